from __future__ import annotations

from html.parser import HTMLParser

import pytest
import torch
import torch.nn.functional as F
import torchinfo
import torchvision
from torch import nn

import alexnet_lab as al
from alexnet_lab.analysis import ReceptiveField, layer_table
from alexnet_lab.errors import UserError

# The table of the paper's network: output, weights, biases, MACs. Oracle: Krizhevsky et al. 2012,
# §3.5 and Fig. 2, with the sizes that the 2012 source computes (layer.py:1004).
PAPER = {
    "conv1": ((96, 55, 55), 34_848, 96, 105_415_200),
    "conv2": ((256, 27, 27), 307_200, 256, 223_948_800),
    "conv3": ((384, 13, 13), 884_736, 384, 149_520_384),
    "conv4": ((384, 13, 13), 663_552, 384, 112_140_288),
    "conv5": ((256, 13, 13), 442_368, 256, 74_760_192),
    "fc6": ((4096,), 37_748_736, 4096, 37_748_736),
    "fc7": ((4096,), 16_777_216, 4096, 16_777_216),
    "fc8": ((1000,), 4_096_000, 1000, 4_096_000),
}


@pytest.fixture(scope="module")
def of_2012():
    return layer_table(al.models.alexnet_2012())


def test_the_network_of_2012_to_the_digit(of_2012):
    for name, (shape, weights, biases, macs) in PAPER.items():
        row = of_2012[name]
        assert (row.shape_out, row.weights, row.biases, row.macs) == (shape, weights, biases, macs)
    assert of_2012.total_parameters == 60_965_224
    assert of_2012.total_macs == 724_406_816


def test_the_receptive_fields_of_2012(of_2012):
    # By hand: r ← r + (k − 1)·j, j ← j·s, from 11/4, 3/2, 5/1, 3/2, 3/1, 3/1, 3/1, 3/2.
    sizes = {"conv1": 11, "pool1": 19, "conv2": 51, "pool2": 67, "conv3": 99, "conv4": 131}
    sizes |= {"conv5": 163, "pool5": 195}
    jumps = {"conv1": 4, "pool1": 8, "conv2": 8, "pool2": 16, "conv5": 16, "pool5": 32}
    for name, size in sizes.items():
        assert of_2012[name].receptive_field.size == (size, size)
    for name, jump in jumps.items():
        assert of_2012[name].receptive_field.jump == (jump, jump)
    # conv1 pads at the bottom and right only, so the first unit starts at the first pixel.
    assert (of_2012["conv1"].padding, of_2012["conv1"].padding_after) == ((0, 0), (3, 3))
    assert of_2012["conv1"].receptive_field.start == (0, 0)
    assert of_2012["conv2"].receptive_field.start == (-16, -16)
    assert of_2012["fc6"].receptive_field.covers(224, 224)
    assert of_2012["fc8"].receptive_field == of_2012["fc6"].receptive_field


def test_torchvision_against_torchinfo():
    model = torchvision.models.alexnet(weights=None)
    table = layer_table(model)
    oracle = torchinfo.summary(model, input_size=(1, 3, 224, 224), verbose=0)
    assert table.total_parameters == oracle.total_params
    # torchinfo counts a bias as one more multiply-add at each place.
    biases = sum(row.biases * row.macs // max(row.weights, 1) for row in table)
    assert table.total_macs + biases == oracle.total_mult_adds
    assert table.total_macs == 714_188_480


def test_a_small_net_by_hand(small):
    table = layer_table(small, input_size=(12, 16))
    assert [row.name for row in table] == (
        ["conv1", "relu1", "pool1", "conv2", "relu2", "flatten2", "drop2", "fc3"]
    )
    conv1, conv2, fc3 = table["conv1"], table["conv2"], table["fc3"]
    assert (conv1.shape_in, conv1.shape_out) == ((3, 12, 16), (4, 6, 8))
    assert (conv1.weights, conv1.biases) == (3 * 4 * 9, 4)
    assert conv1.macs == 27 * 4 * 6 * 8
    assert conv1.activation_bytes == 4 * 4 * 6 * 8
    assert (conv2.groups, conv2.kernel, conv2.macs) == (2, (3, 1), 2 * 3 * 6 * 1 * 4)
    # conv1 3/2, pool 2/2, conv2 3×1: rows 3 + 2 + 2·4 = 13, columns 3 + 2 = 5, both from −1.
    assert conv2.receptive_field == ReceptiveField((13, 5), (4, 4), (-1, -1))
    # fc3 sees 1 × 4 places: 13 rows, 5 + 3·4 = 17 columns.
    assert fc3.receptive_field == ReceptiveField((13, 17), (0, 0), (-1, -1))
    assert (fc3.weights, fc3.biases, fc3.macs) == (120, 5, 120)
    assert table.total_parameters == sum(p.numel() for p in small.parameters())


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize(
    ("layer", "size", "expected"),
    [
        (nn.Conv2d(3, 1, 3, dilation=2), (9, 12), ReceptiveField((5, 5), (1, 1), (0, 0))),
        (nn.Conv2d(3, 1, 4, padding="same"), (9, 12), ReceptiveField((4, 4), (1, 1), (-1, -1))),
        (nn.ZeroPad2d((1, 2, 3, 4)), (9, 12), ReceptiveField((1, 1), (1, 1), (-3, -1))),
        (nn.MaxPool2d(3, 2, ceil_mode=True), (8, 12), ReceptiveField((3, 3), (2, 2), (0, 0))),
        (nn.AdaptiveAvgPool2d((3, 2)), (9, 12), ReceptiveField((3, 6), (3, 6), (0, 0))),
        (nn.AdaptiveAvgPool2d((4, 2)), (9, 12), None),  # cells of 3 and of 4 rows
        (nn.Upsample(scale_factor=2), (9, 12), None),
    ],
)
def test_receptive_field_of_one_layer(layer, size, expected):
    assert layer_table(layer, size)[0].receptive_field == expected


def test_ceil_mode_reaches_beyond_the_edge():
    row = layer_table(nn.MaxPool2d(3, 2, ceil_mode=True), (8, 11))[0]
    assert row.shape_out == (3, 4, 5)
    assert (row.padding, row.padding_after) == ((0, 0), (1, 0))


class Functional(nn.Module):
    """Points between layers are joined by functions, as students write it."""

    def __init__(self, residual: bool) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(3, 3, 3, padding=1), nn.Conv2d(3, 3, 3)
        self.residual = residual

    def forward(self, x):
        y = F.relu(self.conv1(x))
        return self.conv2(x + y if self.residual else y)


def test_receptive_fields_pass_functions_but_are_not_guessed_across_sums():
    assert layer_table(Functional(False), 8)["conv2"].receptive_field.size == (5, 5)
    assert layer_table(Functional(True), 8)["conv2"].receptive_field is None


def test_a_layer_that_is_used_twice_counts_once():
    conv = nn.Conv2d(3, 3, 3, padding=1)
    table = layer_table(nn.Sequential(conv, conv), 5)
    assert table.total_parameters == 84
    assert table.total_macs == 2 * 81 * 25
    assert table.rows[1].name == "conv1 (call 2)"
    assert table.rows[1].receptive_field.size == (5, 5)


def test_the_model_is_left_as_it_was(small, broken, hooks):
    modes = [module.training for module in small.modules()]
    layer_table(small, (12, 16))
    assert [module.training for module in small.modules()] == modes
    assert hooks(small) == 0
    with pytest.raises(UserError, match="broken on purpose"):
        layer_table(broken, 8)
    assert hooks(broken) == 0
    assert broken.training
    assert all(p.grad is None for p in small.parameters())


def test_layers_are_found_by_name_and_number(small):
    table = layer_table(small, (12, 16))
    assert table["conv1"] is table[0]
    assert len(table) == len(list(table)) == 8
    with pytest.raises(UserError, match=r"unknown layer 'conv7'.*known: conv1"):
        table["conv7"]


def test_an_input_that_does_not_fit_is_one_line(small):
    with pytest.raises(UserError, match=r"cannot take an input of 3×40×40.*input_size=") as caught:
        layer_table(small, 40)
    assert "\n" not in str(caught.value)


def test_the_models_own_input_size_is_the_default():
    net = nn.Conv2d(1, 1, 3)
    net.input_size = 28
    assert layer_table(net).input_shape == (1, 28, 28)
    assert layer_table(nn.Linear(7, 2)).input_shape == (7,)


def test_half_precision_and_frozen_models_are_measured():
    net = nn.Sequential(nn.Conv2d(3, 2, 3), nn.ReLU()).to(torch.bfloat16).requires_grad_(False)
    table = layer_table(net, 8)
    assert table["relu1"].activation_bytes == 4 * 2 * 36
    assert table["relu1"].receptive_field.size == (3, 3)


def test_the_text_is_aligned_and_has_the_totals(of_2012):
    lines = repr(of_2012).splitlines()
    assert "60,965,224 parameters, 724,406,816 MACs" in lines[0]
    assert max(map(len, lines[:-1])) <= 130
    starts = {line.rindex("  ") for line in lines if line.startswith(("conv1 ", "conv2 "))}
    assert len(starts) == 1
    assert "0+3" in next(line for line in lines if line.startswith("conv1"))
    assert lines[-2].startswith("total")


def test_the_html_is_an_accessible_table(of_2012):
    tags: list[tuple[str, dict]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            tags.append((tag, dict(attrs)))

    html = of_2012._repr_html_()
    Reader().feed(html)
    assert sum(tag == "caption" for tag, _ in tags) == 1
    rows = sum(attrs.get("scope") == "row" for tag, attrs in tags if tag == "th")
    assert rows == len(of_2012) + 1
    assert all("scope" in attrs for tag, attrs in tags if tag == "th")
    # Both themes: the page's own colours, none of ours.
    assert html.count("color:") == html.count("color:inherit")
    assert "#" not in html
