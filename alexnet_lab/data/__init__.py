"""Photographs, data sets, augmentation, ten views.

========================  ==========================================================
:func:`photograph`        a photograph that the dependencies ship, with its licence
:func:`preprocess`        §2 of the paper: resize, crop, minus mean
:func:`load_data`         a data set by name, or a folder of class folders
:class:`Batches`          whole batches, augmented as tensors, resumable
:func:`augmentation`      the recipes: none, 2012, sheet, modern
:func:`pca_colour`        the principal colours of a data set (§4.1)
:func:`ten_views`         four corners, centre, and reflections (§4.1)
========================  ==========================================================
"""

from __future__ import annotations

from .augment import AUGMENTATIONS, augmentation
from .batches import Batches
from .cache import cache_folder
from .colour import ColourJitter, PCAColour, pca_colour
from .datasets import DATA_SETS, load_data
from .decoding import unreadable
from .per_image import PerImage
from .photo_patches import photo_patches
from .photos import Photograph, photograph, photograph_names
from .pictures import open_image
from .preprocess import IMAGENET_MEAN_RGB, centre_crop, preprocess, resize_shorter_side
from .resized import RandomResizedCrop
from .splits import ImageData, MixedSplit, Split
from .transforms import CentreCrop, CropAndReflect, Normalise, Recipe, Transform
from .views import ten_views

__all__ = [
    "AUGMENTATIONS",
    "DATA_SETS",
    "IMAGENET_MEAN_RGB",
    "Batches",
    "CentreCrop",
    "ColourJitter",
    "CropAndReflect",
    "ImageData",
    "MixedSplit",
    "Normalise",
    "PCAColour",
    "PerImage",
    "Photograph",
    "RandomResizedCrop",
    "Recipe",
    "Split",
    "Transform",
    "augmentation",
    "cache_folder",
    "centre_crop",
    "load_data",
    "open_image",
    "pca_colour",
    "photo_patches",
    "photograph",
    "photograph_names",
    "preprocess",
    "resize_shorter_side",
    "ten_views",
    "unreadable",
]


def __dir__() -> list[str]:
    return __all__
