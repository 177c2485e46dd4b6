"""The nets of 2012: against torch's layers, against `Cifar80Sec`, and by hand."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from alexnet_lab.errors import UserError
from alexnet_lab.experiments.design.nets import (
    LAYOUTS,
    CifarNet,
    LocalConv2d,
    build_net,
    multiply_accumulates,
)
from alexnet_lab.models import cifar_80sec


def test_locally_connected_layer():
    """Oracle: one convolution a place, of which only that place's output counts."""
    torch.manual_seed(0)
    layer = LocalConv2d(3, 4, side=5, kernel=3).double()
    torch.nn.init.normal_(layer.weight)
    torch.nn.init.normal_(layer.bias)
    x = torch.randn(2, 3, 5, 5, dtype=torch.float64)
    out = layer(x)
    for place in range(25):
        kernel = layer.weight[place].view(3, 3, 3, 4).permute(3, 2, 0, 1)  # (maps, C, k, k)
        oracle = F.conv2d(x, kernel, layer.bias[place], padding=1)
        row, column = divmod(place, 5)
        torch.testing.assert_close(out[:, :, row, column], oracle[:, :, row, column])


def test_the_80_second_net_is_that_of_models():
    """Oracle: `Cifar80Sec` with the same weights."""
    net, oracle = CifarNet(layout="80-seconds"), cifar_80sec()
    names = {"conv1": "features.conv1", "conv2": "features.conv2", "conv3": "features.conv3"}
    names |= {"full4": "classifier.fc4", "last": "classifier.fc5"}
    for mine, theirs in names.items():
        oracle.get_submodule(theirs).load_state_dict(net.layers.get_submodule(mine).state_dict())
    x = torch.randn(2, 3, 32, 32)
    torch.testing.assert_close(net(x), oracle(x))
    # By hand: 32²·75·32 + 16²·800·32 + 8²·800·64 + 1024·64 + 64·10.
    assert multiply_accumulates(net, 32) == 12_354_176


def test_the_four_layer_net():
    """By hand, from layers-conv-local-13pct.cfg: two convolutions, two local layers, one full."""
    net = CifarNet(layout="four-layer")
    shapes = [tuple(p.shape) for n, p in net.named_parameters() if n.endswith("weight")]
    assert shapes == [
        (64, 3, 5, 5),
        (64, 64, 5, 5),
        (64, 64 * 9, 32),
        (64, 32 * 9, 32),
        (10, 32 * 64),
    ]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("options", [{"norm": "lrn"}, {"pool": "mean"}, {"activation": "sigmoid"}])
def test_every_layout_runs(layout, options):
    net = CifarNet(7, layout=layout, width=0.1, input_size=24, **options)
    assert net(torch.zeros(2, 3, 24, 24)).shape == (2, 7)


def test_normalisation_before_or_after():
    names = [
        [name for name, _ in CifarNet(norm="lrn", norm_first=first).layers.named_children()][:4]
        for first in (False, True)
    ]
    assert names[0] == ["conv1", "act1", "norm1", "pool1"]
    assert names[1] == ["conv1", "norm1", "act1", "pool1"]


def test_start_of_2012():
    """Oracle: initW of the file; a standard deviation of many draws is near its own."""
    net = CifarNet(layout="four-layer", init="2012").layers
    wanted = {"conv1": 0.0001, "conv2": 0.01, "local3": 0.04, "local4": 0.04, "last": 0.01}
    for name, std in wanted.items():
        assert net.get_submodule(name).weight.std().item() == pytest.approx(std, rel=0.1)
        assert not net.get_submodule(name).bias.any()


def test_modern_start_keeps_the_signal():
    """Kaiming: the mean square of what ReLU gets stays that of the input, within a factor."""
    torch.manual_seed(0)
    net = CifarNet(layout="six-layer", width=0.5)
    x = torch.randn(8, 3, 32, 32)
    for name, layer in net.layers.named_children():
        x = layer(x)
        if name == "local6":
            assert 0.2 < x.square().mean() < 20


def test_building_leaves_the_generator_alone():
    before = torch.get_rng_state()
    one, two = (build_net("cifar_net", 10, {"biases": 1.0}, seed=3) for _ in range(2))
    assert torch.equal(before, torch.get_rng_state())
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))
    assert all((p == 1).all() for n, p in one.named_parameters() if n.endswith("bias"))


def test_unknown_layout():
    with pytest.raises(UserError, match="unknown layout 'five'; known: 80-seconds, four-layer"):
        CifarNet(layout="five")
