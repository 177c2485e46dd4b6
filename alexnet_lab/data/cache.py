"""Decoded data sets on the disk: written once, whole or not at all, and mapped into memory.

::

    <cache>/decoded/<fingerprint>/   train.npy  val.npy   uint8 (N, 3, H, W)
                                     train_labels.npy  val_labels.npy  mean_image.npy  record.json
    <cache>/index/<key>.json         which fingerprint a folder had when its files were last read
    <cache>/downloads/               archives, and what was unpacked from them

A decoded set is named by its content, so it can never be stale. The index saves reading every file
at every start: its key is made of the folder's path and each file's name, size, and times of last
modification and last change of status. The latter is set by the system at every write and cannot be
set back by a copying program, so files that were exchanged are noticed. When any of these differ,
all files are read again (a second or two for 60,000), and if their bytes are the same, what was
decoded is used again.

Everything here may be deleted at any time; it is made again.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..errors import UserError
from ..files import atomic_write, json_text
from .leftovers import owner, sweep
from .splits import ImageData, Split, statistics

_PARTS = ("train", "val")


def cache_folder(cache: str | os.PathLike[str] | None = None) -> Path:
    """Return the folder for decoded data: `cache`, else what the environment or the system says.

    ``$ALEXNET_LAB_CACHE``; else ``$XDG_CACHE_HOME/alexnet-lab``; else ``~/.cache/alexnet-lab``, on
    macOS ``~/Library/Caches/alexnet-lab``, on Windows ``alexnet-lab`` in ``%LOCALAPPDATA%``. The
    folder is not made.
    """
    given = cache or os.environ.get("ALEXNET_LAB_CACHE")
    if given:
        return Path(given).expanduser()
    base = os.environ.get("XDG_CACHE_HOME")
    if not base and sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
    if not base:
        base = "~/Library/Caches" if sys.platform == "darwin" else "~/.cache"
    return Path(base).expanduser() / "alexnet-lab"


@dataclass(frozen=True)
class Part:
    """One part of a data set that is about to be decoded.

    Attributes
    ----------
    labels : list of int
        One for each image.
    blocks : callable
        Returns an iterator over arrays (n, 3, size, size) of uint8, in the order of `labels`.
    """

    labels: list[int]
    blocks: Callable[[], Iterator[np.ndarray]]


class Store:
    """The decoded data sets below one folder."""

    def __init__(self, folder: Path, given: bool = False) -> None:
        self.folder = folder
        self.given = given  # by the caller, who should hear if it cannot be written

    def closed(self) -> str | None:
        """Say why nothing can be written here; None if something can."""
        try:
            (self.folder / "decoded").mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder / "decoded"):
                return None
        except OSError as error:
            return (error.strerror or str(error)).lower()

    def remembered(self, key: str) -> dict[str, Any] | None:
        """Return what :meth:`remember` noted under `key`, or None."""
        try:
            note = json.loads((self.folder / "index" / f"{key}.json").read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return note if isinstance(note, dict) and isinstance(note.get("fingerprint"), str) else None

    def remember(self, key: str, fingerprint: str) -> None:
        """Note that the files with this key have this content."""
        with atomic_write(self.folder / "index" / f"{key}.json") as scratch:
            scratch.write_text(json.dumps({"fingerprint": fingerprint}) + "\n", "utf-8")

    def open(self, fingerprint: str, name: str) -> ImageData | None:
        """Return a decoded set, mapped into memory; None when it is not there or is damaged."""
        try:
            return _open(self.folder / "decoded" / fingerprint, fingerprint, name)
        except (OSError, ValueError, KeyError, TypeError, EOFError, UserError):
            return None

    def write(
        self, fingerprint: str, name: str, classes: tuple[str, ...], size: int, parts: list[Part]
    ) -> ImageData:
        """Decode a set into a scratch folder, give it its name when it is whole, and open it.

        Another process that does the same at the same time does no harm: the first one wins.
        """
        decoded = self.folder / "decoded"
        try:
            decoded.mkdir(parents=True, exist_ok=True)
            sweep(decoded)
            _require_room(decoded, sum(len(part.labels) for part in parts) * 3 * size * size)
            scratch = Path(tempfile.mkdtemp(dir=decoded, prefix=f".part-{owner()}-"))
            try:
                for part_name, part in zip(_PARTS, parts, strict=True):
                    _write_array(
                        scratch / f"{part_name}.npy", len(part.labels), size, part.blocks()
                    )
                    _save(scratch / f"{part_name}_labels.npy", np.array(part.labels, np.int64))
                mean, std, mean_image = statistics(_mapped(scratch / "train.npy"))
                _save(scratch / "mean_image.npy", mean_image.numpy())
                record = {
                    "fingerprint": fingerprint,
                    "name": name,
                    "classes": list(classes),
                    "size": size,
                    "counts": [len(part.labels) for part in parts],
                    "mean": mean.tolist(),
                    "std": std.tolist(),
                }
                with (scratch / "record.json").open("w", encoding="utf-8") as file:
                    file.write(json_text(record, "the data set", indent=1))
                    _flush(file)
                self._settle(scratch, decoded / fingerprint, name)
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
        except OSError as error:
            raise UserError(
                f"cannot write the cache {str(self.folder)!r}: "
                f"{(error.strerror or str(error)).lower()}; set ALEXNET_LAB_CACHE to another folder"
            ) from error
        data = self.open(fingerprint, name)
        if data is None:
            raise UserError(
                f"the cache {str(self.folder)!r} cannot be read back; set ALEXNET_LAB_CACHE to "
                "another folder"
            )
        return data

    def _settle(self, scratch: Path, target: Path, name: str) -> None:
        for _ in range(3):
            try:
                scratch.rename(target)
                return
            except OSError:
                if not target.exists():
                    raise
            if self.open(target.name, name) is not None:  # another process was first
                return
            broken = scratch.with_name(scratch.name + "-broken")
            try:
                target.rename(broken)
            except OSError:  # another process has just put it right, or away
                continue
            shutil.rmtree(broken, ignore_errors=True)


def in_memory(
    fingerprint: str, name: str, classes: tuple[str, ...], parts: list[Part]
) -> ImageData:
    """Decode a set without writing anything."""
    splits = [Split(torch.from_numpy(_joined(p)), torch.tensor(p.labels)) for p in parts]
    mean, std, mean_image = statistics(splits[0].images)
    return ImageData(name, splits[0], splits[1], classes, mean, std, mean_image, fingerprint)


def _open(folder: Path, fingerprint: str, name: str) -> ImageData:
    record = json.loads((folder / "record.json").read_text("utf-8"))
    size, classes = record["size"], tuple(record["classes"])
    splits = []
    for part, count in zip(_PARTS, record["counts"], strict=True):
        images = _mapped(folder / f"{part}.npy")
        labels = torch.from_numpy(np.load(folder / f"{part}_labels.npy"))
        if tuple(images.shape) != (count, 3, size, size) or len(labels) != count:
            raise ValueError("the arrays are not what the record says")
        if count and not 0 <= labels.min() <= labels.max() < len(classes):
            raise ValueError("labels without a class")
        splits.append(Split(images, labels))
    mean_image = torch.from_numpy(np.load(folder / "mean_image.npy"))
    if tuple(mean_image.shape) != (3, size, size) or record["fingerprint"] != fingerprint:
        raise ValueError("not the set that was asked for")
    mean, std = torch.tensor(record["mean"]), torch.tensor(record["std"])
    return ImageData(name, splits[0], splits[1], classes, mean, std, mean_image, fingerprint)


def _mapped(path: Path) -> torch.Tensor:
    # "c": copy on write. torch wants writable memory; what is written never reaches the file.
    # numpy refuses to map a file that is shorter than its header says.
    return torch.from_numpy(np.load(path, mmap_mode="c"))


def _write_array(path: Path, count: int, size: int, blocks: Iterator[np.ndarray]) -> None:
    # Written as a stream, not through a map: on a full disk a map kills the process.
    header = {"descr": "|u1", "fortran_order": False, "shape": (count, 3, size, size)}
    written = 0
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        for block in blocks:
            file.write(np.ascontiguousarray(block).data)
            written += len(block)
        if written != count:
            raise ValueError(f"{written} images decoded of {count}")
        _flush(file)


def _save(path: Path, array: np.ndarray) -> None:
    with path.open("wb") as file:
        np.save(file, array)
        _flush(file)


def _flush(file: Any) -> None:
    file.flush()
    os.fsync(file.fileno())


def _joined(part: Part) -> np.ndarray:
    images, written = np.zeros((0, 3, 1, 1), np.uint8), 0
    for block in part.blocks():
        if not written:  # once as much memory, not twice
            images = np.empty((len(part.labels), *block.shape[1:]), np.uint8)
        images[written : written + len(block)] = block
        written += len(block)
    return images


def _require_room(folder: Path, wanted: int) -> None:
    """Refuse before the work what the disk cannot hold."""
    free = shutil.disk_usage(folder).free
    if wanted > free:
        raise UserError(
            f"the decoded images take {in_words(wanted)}, and {str(folder)!r} has {in_words(free)}"
            " free: set ALEXNET_LAB_CACHE to a folder on another disk, or take fewer or smaller"
            " images"
        )


def in_words(size: float) -> str:
    """Return a number of bytes as people write it.

    Examples
    --------
    >>> from alexnet_lab.data.cache import in_words
    >>> in_words(2_633_000_000)
    '2.6 GB'
    """
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
