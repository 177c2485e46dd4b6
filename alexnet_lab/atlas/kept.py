"""What a command keeps between calls, in files that are named by what it was computed from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from torch import Tensor

from ..files import atomic_write, json_text

_DIGITS = 16


def key_of(*given: str | int | Tensor) -> str:
    """Return a digest for a file's name of all that the file's content depends on.

    Parameters
    ----------
    given : str, int or torch.Tensor
        Digests of weights, fingerprints of data, counts; of a tensor its numbers count.

    Examples
    --------
    >>> from alexnet_lab.atlas.kept import key_of
    >>> key_of("weights", 3) == key_of("weights", 3)
    True
    >>> key_of("weights", 3) == key_of("weights", 4)
    False
    """
    digest = hashlib.sha256()
    for one in given:
        if isinstance(one, Tensor):
            digest.update(f"{one.dtype}{tuple(one.shape)}".encode())
            digest.update(one.contiguous().numpy().data)
        else:
            digest.update(f"{one!r};".encode())
    return digest.hexdigest()[:_DIGITS]


def kept_json(path: Path, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return what a JSON file holds; if it is not there, it is made."""
    if not path.is_file():
        with atomic_write(path) as scratch:
            scratch.write_text(json_text(make(), "the record"), encoding="utf-8")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
