"""Arrays and pictures as text: small enough to stand in a page."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import torch

from ...errors import UserError


def pack(values: Any, kind: str) -> str:
    """Return numbers as base64 of little-endian bytes; data-core.js reads them.

    Parameters
    ----------
    values : array_like
        Any shape; read row after row.
    kind : {"u1", "u2", "f4"}
        How each number is stored, as NumPy names it.
    """
    array = np.ascontiguousarray(np.asarray(values), dtype=np.dtype(kind).newbyteorder("<"))
    return base64.b64encode(array.tobytes()).decode("ascii")


def unpack(text: str, kind: str) -> np.ndarray:
    """Return the numbers that `pack` packed, in one row."""
    return np.frombuffer(base64.b64decode(text), np.dtype(kind).newbyteorder("<")).copy()


def picture_address(pixels: np.ndarray, form: str = "JPEG", quality: int = 85) -> str:
    """Return uint8 (H, W, 3) as a ``data:`` address of a small picture."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format=form, quality=quality)
    text = base64.b64encode(buffer.getvalue()).decode("ascii")
    return f"data:image/{form.lower()};base64,{text}"


def square(image: Any, side: int) -> np.ndarray:
    """Return the middle of a picture, scaled: uint8 (side, side, 3).

    Parameters
    ----------
    image : Photograph, array_like or tensor
        uint8, (H, W, 3) or (3, H, W).
    side : int
        Pixels.

    Raises
    ------
    UserError
        When it is no such picture.
    """
    from PIL import Image

    pixels = np.asarray(getattr(image, "pixels", image))
    if pixels.ndim == 3 and pixels.shape[0] == 3 and pixels.shape[2] != 3:
        pixels = pixels.transpose(1, 2, 0)
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8 or not pixels.size:
        raise UserError(
            f"picture of shape {pixels.shape}, {pixels.dtype}; give uint8 (H, W, 3) in 0–255"
        )
    height, width = pixels.shape[:2]
    short = min(height, width)
    if max(height, width) > 50 * short:
        raise UserError(f"a picture of {width} × {height} pixels is too narrow; crop it")
    size = (_scaled(width, short, side), _scaled(height, short, side))
    scaled = Image.fromarray(np.ascontiguousarray(pixels))
    scaled = scaled.resize(size, Image.Resampling.BILINEAR)
    left, top = (round((n - side) / 2) for n in size)
    return np.asarray(scaled)[top : top + side, left : left + side]


def _scaled(length: int, short: int, side: int) -> int:
    return side if length == short else int(side * length / short)


def numbers(values: Any, what: str) -> torch.Tensor:
    """Return finite numbers as a float64 tensor on the CPU.

    Raises
    ------
    UserError
        When they are no numbers, none at all, or one is not finite.
    """
    try:
        found = torch.as_tensor(values).detach().cpu().double()
    except (TypeError, ValueError, RuntimeError) as error:
        raise UserError(f"{what} are numbers, not {type(values).__name__}: {error}") from error
    if not found.numel():
        raise UserError(f"{what} are empty (shape {tuple(found.shape)})")
    if not found.isfinite().all():
        raise UserError(f"one of the {what} is not a finite number")
    return found
