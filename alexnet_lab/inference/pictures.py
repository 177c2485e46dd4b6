"""Pictures from wherever a user keeps them: files, folders, the samples, arrays, images."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from .. import data
from ..data.walk import pictures_below
from ..errors import UserError


class Entry(NamedTuple):
    """One picture, not yet read.

    Attributes
    ----------
    name : str
        What an answer calls it.
    image : Any
        What `alexnet_lab.data.open_image` takes.
    """

    name: str
    image: Any


def is_one(images: Any) -> bool:
    """Tell whether `images` is one picture, and not a batch, a list or a folder of them."""
    if isinstance(images, str | os.PathLike):
        return not Path(images).is_dir()
    if isinstance(images, np.ndarray | torch.Tensor):
        return images.ndim < 4
    return hasattr(images, "read") or not hasattr(images, "__iter__")


def entries(images: Any) -> list[Entry]:
    """Return every picture in `images`; what does not exist is found out before any is read.

    Parameters
    ----------
    images : Any
        A path of a file or a folder, a sample photograph's name, a PIL image, a Photograph, an
        array (H, W, 3), a tensor (3, H, W), an open file; a batch (N, …) or an iterable of these.

    Raises
    ------
    UserError
        For what is nothing of these, and for a folder without pictures.
    """
    found = list(_entries(images))
    return [
        Entry(name or (f"picture {n}" if len(found) > 1 else "the picture"), image)
        for n, (name, image) in enumerate(found, 1)
    ]


def _entries(images: Any) -> Iterator[Entry]:
    if isinstance(images, str | os.PathLike):
        yield from _from_path(os.fspath(images))
    elif is_one(images):
        name = getattr(images, "name", None) or getattr(images, "filename", None)
        yield Entry(str(name) if name and not isinstance(name, int) else "", images)
    else:
        for image in images:
            yield from _entries(image)


def _from_path(source: str) -> Iterator[Entry]:
    path = Path(source)
    if path.is_dir():
        yield from (Entry(str(file), file) for file in pictures_below(path))
    elif path.exists() or path.suffix or len(path.parts) > 1:
        if not path.exists():
            raise UserError(f"no such file: {source!r}")
        yield Entry(source, path)
    else:
        yield Entry(source, data.photograph(source))
