"""What a picture's numbers mean: any range as bytes, or one line that says why not.

The rules are those of the table in :mod:`.pictures`, for files and arrays alike.
"""

from __future__ import annotations

import numpy as np

from ..errors import UserError

#: A picture of 16 bits whose values stay below this share of 65,535 would come out black.
DARKEST = 4095


def to_bytes(values: np.ndarray, name: str, full: int | None = None) -> np.ndarray:
    """Bring a picture's values to 0–255.

    Parameters
    ----------
    values : numpy.ndarray
        Any shape. bool; uint8; 16 bits; whole numbers of other types in 0–255 or 0–65535; floats
        in 0–1 or 0–255.
    name : str
        What an error message calls the picture.
    full : int, optional
        The largest value that could occur, where the file says so; else the type tells.

    Returns
    -------
    numpy.ndarray
        uint8, the same shape.

    Raises
    ------
    UserError
        For values that are no numbers or out of range, and for 16-bit values that use a sixteenth
        of their range: 12 bits, stored in 16, look nearly black.

    Examples
    --------
    >>> import numpy as np
    >>> from alexnet_lab.data.ranges import to_bytes
    >>> to_bytes(np.array([0.0, 0.5, 1.0]), "x").tolist()
    [0, 128, 255]
    >>> to_bytes(np.array([0, 65535], dtype=np.uint16), "x").tolist()
    [0, 255]
    """
    kind = values.dtype.kind
    if kind not in "buif":
        raise UserError(f"{name} holds values of type {values.dtype}: give numbers, e.g. uint8")
    if values.size == 0 or values.dtype == np.uint8:
        return values if values.dtype == np.uint8 else values.astype(np.uint8)
    if kind == "b":
        return values.astype(np.uint8) * np.uint8(255)
    if kind == "f":
        return _from_floats(values, name)
    low, high = int(values.min()), int(values.max())
    top = full or 65535
    if low < 0 or high > top:
        raise UserError(
            f"{name} holds values from {low:,} to {high:,}: bring them to 0–255 (uint8) or"
            " 0–65,535 (uint16) first"
        )
    if full is None and values.dtype.itemsize != 2 and high <= 255:
        return values.astype(np.uint8)
    if full is None and 0 < high <= DARKEST:
        raise UserError(nearly_black(name, high, 65535))
    # 16 bits by 257 exactly, halves up; wide enough for 255 · 65535.
    return ((values.astype(np.uint32) * 255 + top // 2) // top).astype(np.uint8)


def nearly_black(name: str, high: int, top: int) -> str:
    """Return what is said of a picture that uses a sixteenth of its range, or less."""
    bits = (high * 65535 // top).bit_length()
    return (
        f"{name} would come out nearly black: of 16 bits its values use {bits}, up to {high:,} of"
        f" {top:,}; multiply them by {2 ** (16 - bits):,} and save it again"
    )


def _from_floats(values: np.ndarray, name: str) -> np.ndarray:
    low, high = float(values.min()), float(values.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise UserError(f"{name} holds values that are not finite: replace them first")
    if low < 0 or high > 255:
        raise UserError(
            f"{name} holds floating-point values from {low:.4g} to {high:.4g}: bring them to 0–1"
            " or 0–255 first (what was normalised is undone by times std, plus mean)"
        )
    scaled = values * 255.0 if high <= 1 else values
    return np.floor(scaled + 0.5).clip(0, 255).astype(np.uint8)
