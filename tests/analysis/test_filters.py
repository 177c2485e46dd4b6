from __future__ import annotations

import math

import pytest
import torch
from torch import nn

import alexnet_lab as al
from alexnet_lab.analysis import Filters, filters
from alexnet_lab.errors import UserError


def grating(degrees: float, frequency: float, side: int = 11) -> torch.Tensor:
    """A Gabor patch whose bars run at an angle, counter-clockwise from the horizontal."""
    y, x = torch.meshgrid(*[torch.arange(side) - side // 2] * 2, indexing="ij")
    across = math.radians(degrees + 90)
    phase = 2 * math.pi * frequency * (x * math.cos(across) - y * math.sin(across))
    return phase.cos() * torch.exp(-(x**2 + y**2) / (2 * 3.0**2))


def test_weights_towers_and_groups_of_2012():
    model = al.models.AlexNet(10, hidden=(8, 8))
    conv1, conv2 = filters(model), filters(model, "conv2")
    assert repr(conv1) == "Filters(conv1: 96 of 3×11×11, 2 towers of 48)"
    assert (conv1.groups, conv2.groups, conv2.towers) == (1, 2, 2)
    assert conv2.weight.shape == (256, 48, 5, 5)
    assert conv1.tower.tolist() == [1] * 48 + [2] * 48
    torch.testing.assert_close(conv1.of_tower(2).weight, model.features.conv1.weight.detach()[48:])
    assert filters(al.models.AlexNet(10, towers=1, hidden=(8, 8))).towers == 1


def test_the_weight_is_a_copy():
    model = nn.Sequential(nn.Conv2d(3, 2, 3))
    before = filters(model).weight.clone()
    nn.init.zeros_(model[0].weight)
    assert torch.equal(filters(model).weight, torch.zeros(2, 3, 3, 3))
    assert before.any()


def test_towers_of_any_net_come_from_its_groups_but_not_from_depthwise_ones():
    grouped = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Conv2d(4, 8, 3, groups=2))
    depthwise = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Conv2d(4, 4, 3, groups=4))
    assert filters(grouped).towers == 2
    assert filters(depthwise).towers == 1


def test_colourfulness_by_hand():
    grey = torch.ones(3, 2, 2)
    opponent = torch.tensor([1.0, -1, 0])[:, None, None].expand(3, 2, 2)
    red = torch.tensor([1.0, 0, 0])[:, None, None].expand(3, 2, 2)
    found = Filters(torch.stack([grey, opponent, red, torch.zeros(3, 2, 2)])).colourfulness
    # Red is one third grey: (1, 0, 0) − 1/3 leaves 4/9 + 1/9 + 1/9 of 1.
    torch.testing.assert_close(found, torch.tensor([0, 1, 2 / 3, 0]))


@pytest.mark.parametrize("degrees", [0, 30, 45, 90, 135, 160])
def test_orientation_and_frequency_of_gratings(degrees):
    found = Filters(grating(degrees, 0.2).expand(1, 3, 11, 11))
    turned = abs(found.orientation.item() - degrees)
    assert min(turned, 180 - turned) < 6  # degrees; one step of the FFT's grid at 0.2
    assert found.frequency.item() == pytest.approx(0.2, abs=0.02)
    assert found.orientedness > 0.7


def test_horizontal_bars_have_orientation_zero():
    bars = torch.tensor([1.0, 1, -1, -1, 1, 1, -1, -1])[:, None].expand(8, 8)
    found = Filters(bars.expand(1, 1, 8, 8))
    assert found.orientation.item() == 0
    assert found.frequency.item() == pytest.approx(0.25, abs=0.02)


def test_a_blob_has_no_direction():
    y, x = torch.meshgrid(*[torch.arange(11) - 5] * 2, indexing="ij")
    blob = torch.exp(-(x**2 + y**2) / 8).expand(1, 3, 11, 11)
    assert Filters(blob).orientedness < 0.02


def test_order_stays_within_towers():
    weight = torch.tensor([3.0, 1, 2, 9, 7, 8])[:, None, None, None].expand(6, 3, 2, 2)
    both = Filters(weight, towers=2)
    assert both.order("norm").tolist() == [1, 2, 0, 4, 5, 3]
    assert both.order("norm", descending=True).tolist() == [0, 2, 1, 3, 5, 4]
    assert Filters(weight).order("index").tolist() == list(range(6))


def test_errors_name_the_way_out():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3))
    with pytest.raises(UserError, match=r"'relu1' has no filters; convolutions: conv1, conv2"):
        filters(model, "relu1")
    with pytest.raises(UserError, match="sees 4 channels"):
        _ = filters(model, "conv2").colourfulness
    with pytest.raises(UserError, match="unknown measure 'hue'; known: colourfulness"):
        filters(model).order("hue")
    with pytest.raises(UserError, match="7 filters cannot be split over 2"):
        Filters(torch.zeros(7, 3, 2, 2), towers=2)
    with pytest.raises(UserError, match="no tower 2"):
        filters(model).of_tower(2)


def test_the_towers_of_a_real_net_part_by_colour(shared_data):
    # Oracle: Fig. 3 of the paper: one tower's kernels are largely grey, the other's largely colour.
    np = pytest.importorskip("numpy")
    weight = torch.from_numpy(np.load(shared_data / "caffenet-conv" / "conv1_weight_rgb.npy"))
    found = Filters(weight, towers=2)
    first, second = (found.of_tower(t).colourfulness.median() for t in (1, 2))
    assert first < 0.05 < 0.4 < second
