"""Arrays and pictures as text: small enough to stand in a page."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import torch

from ..errors import UserError


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
