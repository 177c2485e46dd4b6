"""The data set of ``train``, or some of it."""

from __future__ import annotations

import sys
from dataclasses import replace

import torch

from .. import data as rooms


def load(name: str, size: int, limit: int | None, shows: bool) -> rooms.ImageData:
    """Load a data set, decoded to `size` pixels.

    Parameters
    ----------
    name : str
        A name or a folder.
    size : int
        Side of the stored images, in pixels.
    limit : int, optional
        So many images for training, and a quarter of that for validation.
    shows : bool
        Whether to count on standard error while images are decoded.
    """
    loaded = rooms.load_data(name, size, progress=_show if shows else None)
    if limit is None:
        return loaded
    return replace(
        loaded,
        train=some(loaded.train, limit, loaded.num_classes),
        val=some(loaded.val, max(1, limit // 4), loaded.num_classes),
    )


def some(split: rooms.Split, count: int, classes: int) -> rooms.Split:
    """Return `count` images of a split, of all classes alike; the same ones every time.

    At least one of each class.
    """
    count = max(count, min(classes, len(split)))
    if count >= len(split):
        return split
    order = torch.randperm(len(split), generator=torch.Generator().manual_seed(0))
    seen = [0] * classes
    turns = []
    for label in split.labels[order].tolist():
        turns.append(seen[label])
        seen[label] += 1
    # The first image of every class, then the second of every class, …
    return split.subset(order[torch.tensor(turns).argsort(stable=True)[:count]])


def _show(done: int, total: int) -> None:
    end = "\n" if done == total else ""
    print(f"\rdecoded {done:,} of {total:,} images", end=end, file=sys.stderr, flush=True)
