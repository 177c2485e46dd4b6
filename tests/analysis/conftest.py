"""Nets so small that their numbers are checked by hand."""

from __future__ import annotations

import pytest
import torch
from torch import nn


def count_hooks(model: nn.Module) -> int:
    """Count all hooks, of every kind, on every module."""
    kinds = (
        "_forward_hooks",
        "_forward_pre_hooks",
        "_backward_hooks",
        "_backward_pre_hooks",
    )
    return sum(len(getattr(module, name)) for module in model.modules() for name in kinds)


@pytest.fixture
def hooks():
    return count_hooks


class Breaks(nn.Module):
    """A layer that fails, to see what is left behind."""

    def forward(self, x):
        raise RuntimeError("broken on purpose")


@pytest.fixture
def broken() -> nn.Module:
    """A net whose last layer fails, after layers that have run."""
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(inplace=True), nn.Dropout(), Breaks())


@pytest.fixture
def small() -> nn.Module:
    """A net for 3×12×16 images (not square), with an in-place ReLU and dropout, in mixed modes."""
    torch.manual_seed(1)
    net = nn.Sequential(
        nn.Conv2d(3, 4, 3, stride=2, padding=1),  # (4, 6, 8)
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),  # (4, 3, 4)
        nn.Conv2d(4, 6, (3, 1), groups=2),  # (6, 1, 4)
        nn.ReLU(inplace=True),
        nn.Flatten(),
        nn.Dropout(),
        nn.Linear(24, 5),
    )
    net.train()
    net[6].eval()
    return net
