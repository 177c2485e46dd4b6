"""The effective field, against fields that can be counted by hand."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import alexnet_lab as al
from alexnet_lab.analysis import effective_field
from alexnet_lab.errors import UserError


def ones(*kernels: int) -> nn.Module:
    """Convolutions without padding, one map each, every weight 1."""
    net = nn.Sequential(*(nn.Conv2d(1, 1, k, bias=False) for k in kernels))
    for parameter in net.parameters():
        nn.init.ones_(parameter)
    return net


def test_one_layer_weighs_all_its_pixels_alike():
    found = effective_field(ones(3), torch.zeros(2, 1, 9, 7), "conv1", 1, 2)
    expected = torch.zeros(9, 7)
    expected[1:4, 2:5] = 1 / 9
    torch.testing.assert_close(found.energy, expected)
    assert (found.box.top, found.box.left, found.box.height) == (1, 2, 3)
    assert found.side(0.05) == 1
    assert found.side(0.5) == 3


def test_three_layers_weigh_by_the_number_of_paths():
    found = effective_field(ones(3, 3, 3), torch.zeros(1, 1, 7, 7), "conv3")
    paths = torch.tensor([1.0, 3, 6, 7, 6, 3, 1])
    expected = (paths[:, None] * paths) ** 2
    torch.testing.assert_close(found.energy, expected / expected.sum())
    # By hand: 121² of 141² lie in the middle 3 × 3 places, 139² in the middle 5 × 5.
    assert [found.side(share) for share in (0.1, 0.73, 0.74, 0.97, 0.98)] == [1, 3, 5, 5, 7]


def test_nothing_lies_outside_of_what_can_be_seen_and_the_mode_is_restored():
    torch.manual_seed(0)
    net = al.models.alexnet_mini().train()
    found = effective_field(net, torch.randn(2, 3, 32, 32), "conv2", 4, 5)
    outside = found.energy.clone()
    outside[found.box.slices] = 0
    assert outside.sum() == 0
    assert found.energy.sum() == pytest.approx(1)
    assert 0 < found.side(0.5) <= found.side(0.9) <= found.box.height
    assert net.training
    assert "conv2" in repr(found)


def test_bad_input_is_one_line():
    with pytest.raises(UserError, match="no feature maps"):
        effective_field(al.models.alexnet_mini(), torch.zeros(1, 3, 32, 32), "fc6")
    with pytest.raises(UserError, match="no gradient arrives"):
        effective_field(nn.Sequential(ones(3), nn.ReLU()), torch.zeros(1, 1, 5, 5), "relu1")
    with pytest.raises(UserError, match="between 0 and 1"):
        effective_field(ones(3), torch.zeros(1, 1, 5, 5), "conv1").side(1.0)
