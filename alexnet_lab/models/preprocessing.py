"""From a photograph to one network's input: what a file says of it, or what is customary."""

from __future__ import annotations

import json
import math
import operator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..data import IMAGENET_MEAN_RGB, preprocess
from ..errors import UserError
from ..weights import Opened

# Of torchvision's classification networks; 255 times the familiar 0.485, …, 0.229, ….
_TORCHVISION_MEAN, _TORCHVISION_STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)


@dataclass(frozen=True)
class Preprocess:
    """What makes a photograph into one network's input.

    Parameters
    ----------
    mean : tuple of float
        Of each channel (RGB), in 0–255; subtracted.
    std : tuple of float, optional
        Divides after that, in 0–255. The recipe of 2012 does not divide.
    size : int
        Side of the input in pixels.
    resize : int
        Length of the shorter side before the central crop, in pixels.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...] | None = None
    size: int = 224
    resize: int = 256

    def __call__(self, image: Any) -> Tensor:
        """Return float32 (3, size, size) for whatever `alexnet_lab.data.preprocess` takes."""
        x = preprocess(image, size=self.size, resize=self.resize, mean=list(self.mean))
        return x if self.std is None else x / torch.tensor(self.std).view(3, 1, 1)


def default_preprocess(name: str, size: int) -> Preprocess:
    """Return what a network's inputs are by custom, where no file says it.

    torchvision's statistics for `alexnet_owt`, whose weights are mostly torchvision's; for the
    others 0–255 minus ImageNet's mean, as in 2012.
    """
    statistics = (_TORCHVISION_MEAN, _TORCHVISION_STD)
    mean, std = statistics if name == "alexnet_owt" else (IMAGENET_MEAN_RGB, None)
    return Preprocess(mean, std, size, round(size * 256 / 224))


def described_preprocess(opened: Opened, size: int) -> Preprocess:
    """Return the preprocessing that a file describes, as far as it does."""
    how = opened.about.get("preprocess") or {}
    try:
        made = Preprocess(
            _three(how.get("mean", (0.0, 0.0, 0.0))),
            _three(how["std"]) if how.get("std") else None,
            operator.index(how.get("size", size)),
            operator.index(how.get("resize", round(size * 256 / 224))),
        )
        sound = 1 <= made.size <= made.resize <= 10_000 and 0 not in (made.std or ())
    except (TypeError, ValueError, AttributeError, OverflowError):
        sound = False
    if not sound:
        text = json.dumps(how)
        raise UserError(
            f"{opened.source} describes no preprocessing: {text[:200]}; it needs mean and std of"
            " three channels, and a size that is at most resize"
        )
    return made


def _three(values: Any) -> tuple[float, ...]:
    found = tuple(float(value) for value in values)
    if len(found) != 3 or not all(map(math.isfinite, found)):
        raise ValueError(values)
    return found
