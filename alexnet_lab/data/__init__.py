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

from .augment import AUGMENTATIONS as AUGMENTATIONS
from .augment import augmentation
from .batches import Batches
from .cache import cache_folder as cache_folder
from .colour import ColourJitter, PCAColour, pca_colour
from .datasets import DATA_SETS as DATA_SETS
from .datasets import load_data
from .decoding import unreadable as unreadable
from .per_image import PerImage as PerImage
from .photo_patches import photo_patches
from .photos import Photograph as Photograph
from .photos import photograph, photograph_names
from .pictures import open_image
from .preprocess import IMAGENET_MEAN_RGB as IMAGENET_MEAN_RGB
from .preprocess import centre_crop, preprocess, resize_shorter_side
from .resized import RandomResizedCrop
from .splits import ImageData as ImageData
from .splits import MixedSplit as MixedSplit
from .splits import Split as Split
from .transforms import CentreCrop, CropAndReflect, Normalise, Recipe
from .transforms import Transform as Transform
from .views import ten_views

__all__ = [
    "Batches",
    "CentreCrop",
    "ColourJitter",
    "CropAndReflect",
    "Normalise",
    "PCAColour",
    "RandomResizedCrop",
    "Recipe",
    "augmentation",
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
]


def __dir__() -> list[str]:
    return __all__
