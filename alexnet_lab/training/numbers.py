"""Numbers that a file is to hold, and may not: a record of a run can be damaged like any file."""

from __future__ import annotations

import math
from typing import Any


def count(value: Any) -> int:
    """Return a whole number of at least 0; raise a TypeError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise TypeError(f"{value!r:.40} is not a count")
    return value


def number(value: Any) -> float:
    """Return a number, finite or not; raise a TypeError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r:.40} is not a number")
    if isinstance(value, int) and abs(value) >= 2**63:
        raise TypeError("a number of more than 64 bits")
    return value


def amount(value: Any) -> float:
    """Return a finite number of at least 0; raise a TypeError for anything else."""
    if not (math.isfinite(number(value)) and value >= 0):
        raise TypeError(f"{value!r:.40} is not an amount")
    return value
