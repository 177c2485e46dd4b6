from __future__ import annotations

import pytest
import torch
from torch import nn

from alexnet_lab.analysis import activations
from alexnet_lab.errors import UserError


@pytest.fixture
def x():
    return torch.randn(2, 3, 12, 16, generator=torch.Generator().manual_seed(0))


def test_every_layer_against_the_layers_run_by_hand(small, x):
    found = activations(small, x)
    small.eval()
    for layer, (name, seen) in zip(small, found.items(), strict=True):
        x = layer(x.clone())
        torch.testing.assert_close(seen, x, msg=name)


def test_an_in_place_relu_does_not_overwrite_what_came_before(small, x):
    found = activations(small, x, ["conv1", "relu1"])
    assert list(found) == ["conv1", "relu1"]
    assert (found["conv1"] < 0).any()  # with a hook that only detaches, nothing is below 0
    torch.testing.assert_close(found["relu1"], found["conv1"].relu())


def test_one_name_paths_and_unknown_names(small, x):
    assert list(activations(small, x, "conv2")) == ["conv2"]
    assert activations(small, x, "3")["3"].shape == (2, 6, 1, 4)
    with pytest.raises(UserError, match=r"unknown layer 'conv4'"):
        activations(small, x, "conv4")


def test_a_layer_that_does_not_run_is_reported():
    class Skips(nn.Module):
        def __init__(self):
            super().__init__()
            self.used, self.unused = nn.Conv2d(3, 1, 1), nn.Conv2d(3, 1, 1)

        def forward(self, x):
            return self.used(x)

    x = torch.zeros(1, 3, 4, 5)
    assert list(activations(Skips(), x)) == ["used"]
    with pytest.raises(UserError, match=r"'unused' gave no tensor"):
        activations(Skips(), x, "unused")


def test_the_graph_is_kept_only_on_request(small, x):
    assert not activations(small, x)["fc3"].requires_grad
    x.requires_grad_()
    kept = activations(small, x, ["conv1", "fc3"], grad=True)
    (gradient,) = torch.autograd.grad(kept["conv1"].sum(), x, retain_graph=True)
    assert gradient.abs().sum() > 0


def test_nothing_is_left_behind(small, broken, x, hooks):
    modes = [module.training for module in small.modules()]
    activations(small, x)
    assert hooks(small) == 0
    assert [module.training for module in small.modules()] == modes
    with pytest.raises(RuntimeError, match="on purpose"):
        activations(broken, x)
    assert hooks(broken) == 0
    assert all(module.training for module in broken.modules())
