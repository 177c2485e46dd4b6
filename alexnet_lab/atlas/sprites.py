"""Pictures of units as sheets: WebP files from which a page shows pieces."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ..files import atomic_write

SHEET = 8  # units on one sheet of large pictures
COLUMNS = 16  # of a tower's sheet of small ones
LARGE, SMALL = 96, 48  # sides in pixels; a smaller receptive field is kept as it is
_EXACT = 20  # up to this side pictures are stored without loss
_QUALITY = {LARGE: 50, SMALL: 45}


@dataclass(frozen=True)
class Sizes:
    """Sides of stored pictures, in pixels: of the first start, and of the smaller ones."""

    large: int
    small: int

    @classmethod
    def of(cls, side: int) -> Sizes:
        """Return them for a receptive field of `side` pixels."""
        return cls(min(side, LARGE), min(side, SMALL))


def write_sheets(folder: Path, layer: str, starts: Sequence[Tensor], towers: int) -> None:
    """Write a layer's pictures.

    Parameters
    ----------
    folder : pathlib.Path
        Gets ``conv5-000.webp``, … with the first start of eight units in one row and the second
        one, smaller, below; and ``conv5-tower1.webp``, … with all units of a tower, small.
    layer : str
        Its name.
    starts : sequence of torch.Tensor
        Two, uint8, (units, 3, side, side).
    towers : int
        The units are dealt out to so many, in equal runs.
    """
    first, second = (_images(start) for start in starts[:2])
    size = Sizes.of(first[0].width)
    for begin in range(0, len(first), SHEET):
        sheet = Image.new("RGB", (SHEET * size.large, size.large + size.small))
        for column, (one, two) in enumerate(
            zip(first[begin : begin + SHEET], second[begin : begin + SHEET], strict=True)
        ):
            sheet.paste(_sized(one, size.large), (column * size.large, 0))
            sheet.paste(_sized(two, size.small), (column * size.large, size.large))
        _save(sheet, folder / sheet_name(layer, begin), size.large)
    each = len(first) // towers
    for tower in range(towers):
        mine = first[tower * each : (tower + 1) * each]
        sheet = Image.new("RGB", (COLUMNS * size.small, -(-each // COLUMNS) * size.small))
        for place, image in enumerate(mine):
            row, column = divmod(place, COLUMNS)
            sheet.paste(_sized(image, size.small), (column * size.small, row * size.small))
        _save(sheet, folder / f"{layer}-tower{tower + 1}.webp", size.small)


def sheet_name(layer: str, unit: int) -> str:
    """Return the name of the sheet that holds a unit's large picture."""
    return f"{layer}-{unit // SHEET * SHEET:03d}.webp"


def stored_picture(folder: Path, layer: str, unit: int, side: int) -> Tensor:
    """Read a unit's large picture, enlarged to its receptive field again.

    Parameters
    ----------
    folder : pathlib.Path
        Where `write_sheets` wrote.
    layer, unit : str, int
        Which one.
    side : int
        Of the receptive field.

    Returns
    -------
    torch.Tensor
        (3, side, side), 0–255.
    """
    large = Sizes.of(side).large
    left = unit % SHEET * large
    with Image.open(folder / sheet_name(layer, unit)) as sheet:
        piece = sheet.convert("RGB").crop((left, 0, left + large, large))
    enlarged = piece.resize((side, side), Image.Resampling.BICUBIC)
    return torch.from_numpy(np.array(enlarged)).permute(2, 0, 1).float()


def _images(pixels: Tensor) -> list[Image.Image]:
    return [Image.fromarray(p) for p in pixels.permute(0, 2, 3, 1).contiguous().numpy()]


def _sized(image: Image.Image, side: int) -> Image.Image:
    return image if image.width == side else image.resize((side, side), Image.Resampling.LANCZOS)


def _save(sheet: Image.Image, path: Path, side: int) -> None:
    buffer = io.BytesIO()
    if side <= _EXACT:
        sheet.save(buffer, "WEBP", lossless=True, method=6)
    else:
        quality = _QUALITY[LARGE] if side > SMALL else _QUALITY[SMALL]
        sheet.save(buffer, "WEBP", quality=quality, method=6)
    with atomic_write(path) as scratch:
        scratch.write_bytes(buffer.getvalue())
