"""Photographs, data sets, augmentation, ten views.

======================  ============================================================
:func:`photograph`      a photograph that the dependencies ship, with its licence
:func:`preprocess`      §2 of the paper: resize, crop, minus mean
======================  ============================================================
"""

from __future__ import annotations

from .photos import Photograph, photograph, photograph_names
from .preprocess import (
    IMAGENET_MEAN_RGB,
    centre_crop,
    open_image,
    preprocess,
    resize_shorter_side,
)

__all__ = [
    "IMAGENET_MEAN_RGB",
    "Photograph",
    "centre_crop",
    "open_image",
    "photograph",
    "photograph_names",
    "preprocess",
    "resize_shorter_side",
]
