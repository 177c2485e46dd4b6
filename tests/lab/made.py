"""Data sets without any sense, small enough to train on in a second."""

from __future__ import annotations

import torch

from alexnet_lab.data import ImageData, Split
from alexnet_lab.data.splits import statistics


def noise(
    name: str = "noise", classes: tuple[str, ...] = ("a", "b", "c"), side: int = 72, count: int = 24
) -> ImageData:
    """Make a data set of noise; its training and validation parts are different."""
    generator = torch.Generator().manual_seed(side)
    images = torch.randint(
        0, 256, (2 * count, 3, side, side), dtype=torch.uint8, generator=generator
    )
    labels = torch.arange(count) % len(classes)
    train, val = Split(images[:count], labels), Split(images[count:], labels)
    return ImageData(name, train, val, classes, *statistics(train.images), str(side) * 32)
