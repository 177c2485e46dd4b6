"""The bench's data: patches of a sprite of photographs, the same in a page and in Python.

As with `alexnet_lab.data.photo_patches` the question is which photograph a patch comes from, and no
pixel is in both parts. The photographs are smaller here: all of them together are one picture.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image

from ..data import photograph
from ..data.photo_patches import CLASSES, TRAIN_COLUMNS
from ..errors import UserError
from . import streams
from .switches import SIDE

LONGEST = 256  # side of a photograph, in pixels
QUALITY = 88
_BLOCK = 16  # of the picture's format: no block lies in two photographs, or in two parts
VAL_EACH = 20  # validation patches of a photograph
SHIFT = 4  # pixels that a patch moves by, at most, where it is cropped anew

Box = tuple[int, int, int, int]
"""Left, top, width, height."""


@dataclass(frozen=True, eq=False)
class Sprite:
    """Photographs below one another in one picture.

    Attributes
    ----------
    data : bytes
        WebP.
    names : tuple of str
        The photographs, in the order of the labels.
    train, val : tuple of Box
        Where in the picture patches of each photograph come from.
    """

    data: bytes
    names: tuple[str, ...]
    train: tuple[Box, ...]
    val: tuple[Box, ...]

    def pixels(self) -> np.ndarray:
        """Return the picture as uint8 (H, W, 3)."""
        with Image.open(io.BytesIO(self.data)) as image:
            return np.asarray(image.convert("RGB"))


@cache
def sprite() -> Sprite:
    """Return the sprite of the fourteen photographs of photo-patches."""
    pictures = [_reduced(Image.fromarray(photograph(name).pixels)) for name in CLASSES]
    rows = [-(-picture.height // _BLOCK) * _BLOCK for picture in pictures]
    whole = Image.new("RGB", (LONGEST, sum(rows)))
    train, val, top = [], [], 0
    for picture, height in zip(pictures, rows, strict=True):
        whole.paste(picture, (0, top))
        own, new = parts(picture.width, picture.height, top)
        train.append(own)
        val.append(new)
        top += height
    buffer = io.BytesIO()
    whole.save(buffer, "WEBP", quality=QUALITY, method=6)
    return Sprite(buffer.getvalue(), CLASSES, tuple(train), tuple(val))


def _reduced(picture: Image.Image) -> Image.Image:
    scale = LONGEST / max(picture.size)
    size = (round(picture.width * scale), round(picture.height * scale))
    return picture.resize(size, Image.Resampling.LANCZOS)


def parts(width: int, height: int, top: int = 0) -> tuple[Box, Box]:
    """Cut a photograph along its longer side: 70 % for training, the rest for validation."""
    wide = width >= height
    longer = width if wide else height
    border = round(TRAIN_COLUMNS * longer / _BLOCK) * _BLOCK
    if min(width, height, longer - border) < SIDE:
        raise UserError(
            f"a photograph of {width} × {height} pixels is too small for patches of {SIDE}"
        )
    if wide:
        return (0, top, border, height), (border, top, width - border, height)
    return (0, top, width, border), (0, top + border, width, height - border)


@dataclass(frozen=True, eq=False)
class Positions:
    """Where patches lie.

    Attributes
    ----------
    labels, left, top : numpy.ndarray
        Whole numbers, one a patch, within the picture.
    """

    labels: np.ndarray
    left: np.ndarray
    top: np.ndarray


def positions(boxes: tuple[Box, ...], each: int, purpose: int) -> Positions:
    """Draw `each` patches of every photograph; `purpose` is the stream, `TRAIN` or `VAL`."""
    count = each * len(boxes)
    labels = np.arange(count) % len(boxes)
    draws = streams.uniform(2 * count, purpose, each).reshape(count, 2)
    box = np.array(boxes)[labels]
    room = box[:, 2:] - SIDE + 1
    at = box[:, :2] + np.floor(draws * room).astype(np.int64)
    return Positions(labels, at[:, 0], at[:, 1])


def crop(pixels: np.ndarray, left: np.ndarray, top: np.ndarray) -> np.ndarray:
    """Return patches, uint8 (N, 3, SIDE, SIDE)."""
    steps = np.arange(SIDE)
    found = pixels[top[:, None, None] + steps[:, None], left[:, None, None] + steps]
    return found.transpose(0, 3, 1, 2)


def credits() -> list[str]:
    """Return what each photograph is, who took it and on what terms it is handed on."""
    return [f"{name}: {photograph(name).credit}" for name in CLASSES]
