"""The data set without a download: tell which photograph a patch comes from.

Patches of fourteen photographs that the dependencies ship. Those for training lie in the left 70 %
of a photograph's columns, those for validation in the right 30 %: no pixel is in both.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import torch

from ..errors import UserError
from .photos import photograph
from .splits import ImageData, Split, statistics

#: The photographs, in the order of the labels.
CLASSES = (
    "astronaut",
    "brick",
    "cat",
    "coffee",
    "coins",
    "flower",
    "grass",
    "gravel",
    "hubble",
    "motorcycle",
    "retina",
    "rocket",
    "temple",
    "tissue",
)
TRAIN_COLUMNS = 0.7  # the left part of the columns, that patches for training come from
_LARGEST_SIDE = 640  # larger photographs are reduced, so that a patch shows more than texture


@dataclass(frozen=True, eq=False)
class Region:
    """The part of a photograph that patches of one kind come from.

    Attributes
    ----------
    name : str
        The photograph.
    columns : (int, int)
        First column, and the one after the last, in the photograph as shipped.
    reduction : int
        So many pixels of the photograph, across and down, make one pixel of `pixels`.
    pixels : numpy.ndarray
        uint8, shape (H, W, 3).
    """

    name: str
    columns: tuple[int, int]
    reduction: int
    pixels: np.ndarray


def regions(part: str) -> list[Region]:
    """Return the regions for ``"train"`` or ``"val"``, in the order of `CLASSES`.

    A photograph larger than 640 pixels is reduced by a whole factor, each region by itself: even
    the averaging mixes no training pixels into validation.
    """
    found = []
    for name in CLASSES:
        pixels = photograph(name).pixels
        border = int(pixels.shape[1] * TRAIN_COLUMNS)
        low, high = (0, border) if part == "train" else (border, pixels.shape[1])
        reduction = -(-max(pixels.shape[:2]) // _LARGEST_SIDE)
        found.append(Region(name, (low, high), reduction, _reduced(pixels[:, low:high], reduction)))
    return found


def _reduced(pixels: np.ndarray, factor: int) -> np.ndarray:
    height, width = (side - side % factor for side in pixels.shape[:2])
    blocks = pixels[:height, :width].reshape(height // factor, factor, width // factor, factor, 3)
    return np.round(blocks.mean((1, 3))).astype(np.uint8) if factor > 1 else pixels


def patch_positions(
    parts: list[Region], size: int, count: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw labels (count,) and positions (count, 2: top, left, in the region's pixels) of patches.

    Every label comes equally often, up to one; positions are uniform.
    """
    labels = rng.permutation(np.arange(count) % len(parts))
    room = np.array([np.array(region.pixels.shape[:2]) - size for region in parts])
    return labels, rng.integers(0, room[labels] + 1)


def photo_patches(size: int = 64, train: int = 6000, val: int = 1500, seed: int = 0) -> ImageData:
    """Make the data set; takes about a second, and is the same everywhere.

    Parameters
    ----------
    size : int
        Side of a patch, in pixels; 8 to 96. 64 shows enough to recognise most photographs by;
        32 is faster and harder.
    train, val : int
        How many patches.
    seed : int
        Of the positions.

    Returns
    -------
    ImageData
        Named ``"photo-patches"``; the classes are the photographs' names.

    Raises
    ------
    UserError
        When the patches do not fit into the photographs.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> data = al.data.photo_patches(size=32, train=100, val=20)
    >>> data.name, len(data.train), len(data.classes)
    ('photo-patches', 100, 14)
    """
    if not 8 <= size <= 96:
        raise UserError(f"patches of {size} pixels: choose from 8 to 96")
    if min(train, val) < len(CLASSES):
        raise UserError(f"{min(train, val)} patches do not show all {len(CLASSES)} photographs")
    rng = np.random.default_rng(seed)
    digest = hashlib.sha256(f"photo-patches 1 {size}".encode())
    splits = []
    for part, count in (("train", train), ("val", val)):
        parts = regions(part)
        labels, positions = patch_positions(parts, size, count, rng)
        images = np.empty((count, 3, size, size), dtype=np.uint8)
        for label, region in enumerate(parts):
            mine = np.flatnonzero(labels == label)
            windows = np.lib.stride_tricks.sliding_window_view(
                region.pixels, (size, size), axis=(0, 1)
            )  # (H', W', 3, size, size), a view
            images[mine] = windows[positions[mine, 0], positions[mine, 1]]
        digest.update(images.tobytes() + labels.astype("<i8").tobytes())
        splits.append(Split(torch.from_numpy(images), torch.from_numpy(labels.astype(np.int64))))
    mean, std, mean_image = statistics(splits[0].images)
    return ImageData(
        "photo-patches", splits[0], splits[1], CLASSES, mean, std, mean_image, digest.hexdigest()
    )
