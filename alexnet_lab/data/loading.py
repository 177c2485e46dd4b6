"""A folder of class folders as a data set: found, parted, decoded, kept."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..errors import Note, UserError
from .cache import Part, Store, in_memory
from .decoding import Decoder, Progress, fingerprint, quick_key, read_all, split_by_content
from .folders import Found, Picture, find_pictures
from .splits import ImageData, balanced


def load_folder(
    path: Path,
    name: str,
    size: int | None,
    store: Store | None,
    progress: Progress | None,
    limit: int | None,
) -> ImageData:
    """Load a folder of class folders; see :func:`load_data`."""
    found = find_pictures(path)
    for line in found.notes:
        warnings.warn(line, Note, stacklevel=3)
    if limit is not None:
        found = _few(found, limit)
    key = quick_key(found, size, limit)
    if store is not None and not found.closed:
        note = store.remembered(key)
        data = store.open(note["fingerprint"], name) if note else None
        if data is not None:
            return data
    digests, own_size = read_all(found)
    if found.val is None:
        found = split_by_content(found, digests)
        if limit is not None:
            found = _few(found, limit)
    side = size or own_size
    content = fingerprint(found, digests, side)
    data = kept(store, content, name, found.classes, side, _parts(found, side, progress))
    if store is not None:
        with contextlib.suppress(UserError):  # a cache that cannot be written has told so
            store.remember(key, content)
    return data


def _few(found: Found, limit: int) -> Found:
    """Return `limit` pictures for training and a quarter for validation, before any is read.

    Of pictures that are yet to be parted, by their bytes, enough to choose from later.
    """
    classes = len(found.classes)

    def some(pictures: list[Picture], count: int) -> list[Picture]:
        chosen = balanced([picture.label for picture in pictures], count, classes)
        return [pictures[k] for k in chosen.tolist()]

    if found.val is None:
        return replace(found, train=some(found.train, 2 * limit + 20 * classes))
    val = some(found.val, max(1, limit // 4))
    return replace(found, train=some(found.train, limit), val=val)


def kept(
    store: Store | None,
    content: str,
    name: str,
    classes: tuple[str, ...],
    size: int,
    parts: list[Part],
) -> ImageData:
    """Open a set in the cache, or decode it: into the cache, or into memory without one."""
    if store is None:
        return in_memory(content, name, classes, parts)
    data = store.open(content, name)
    if data is not None:
        return data
    why = None if store.given else store.closed()
    if why is None:
        return store.write(content, name, classes, size, parts)
    warnings.warn(
        f"cannot write the cache {str(store.folder)!r} ({why}): images are decoded into memory, and"
        " again next time; to keep them, set ALEXNET_LAB_CACHE to a folder that can be written",
        Note,
        stacklevel=4,
    )
    return in_memory(content, name, classes, parts)


def _parts(found: Found, size: int, progress: Progress | None) -> list[Part]:
    total, count = len(found.pictures), 0

    def done(more: int) -> None:
        nonlocal count
        count += more
        if progress is not None:
            progress(count, total)

    decoder = Decoder(found, size, done)

    def blocks(pictures: list[Picture], first: bool) -> Callable[[], Iterator[np.ndarray]]:
        def decoded() -> Iterator[np.ndarray]:
            if first:
                done(0)
            return decoder.blocks(pictures)

        return decoded

    return [
        Part([p.label for p in part], blocks(part, first))
        for part, first in ((found.train, True), (found.val or [], False))
    ]
