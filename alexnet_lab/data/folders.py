"""Folders of class folders: finding the pictures, telling the parts, decoding."""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import UserError
from .pictures import open_lazily, to_rgb
from .preprocess import centre_crop, resize_shorter_side

Progress = Callable[[int, int], None]  # images done, images in all

_FORMATS = "jpg jpeg jpe png bmp gif tif tiff webp ppm pgm pbm pnm"
SUFFIXES = frozenset(f".{name}" for name in _FORMATS.split())
#: Side of the stored images when `size` is not given and the files are not all alike.
DEFAULT_SIZE = 160
_LARGEST_OWN_SIZE = 256  # images that are all alike keep their size up to this
_VAL_NAMES = ("val", "valid", "validation", "test")
_VAL_ONE_IN = 5  # of a folder without parts, one image in five validates
_FORMAT = "1"  # changes whenever the same files would be decoded otherwise than before
_BLOCK = 2048  # images that are decoded before they are written


@dataclass(frozen=True)
class Picture:
    """A picture file in a class folder."""

    path: str  # relative to the root, with /
    label: int


@dataclass(frozen=True)
class Found:
    """What a folder holds; `val` is None when its pictures are yet to be parted."""

    root: Path
    classes: tuple[str, ...]
    train: list[Picture]
    val: list[Picture] | None

    @property
    def pictures(self) -> list[Picture]:
        """All pictures, training first."""
        return self.train + (self.val or [])


def find_pictures(root: Path) -> Found:
    """List the pictures of a folder of class folders, sorted by class and path.

    ``root/train/<class>/`` and ``root/val/<class>/`` (or ``valid``, ``validation``, ``test``; the
    first of them that is there), or ``root/<class>/``. Deeper folders belong to their class; files
    without the suffix of a picture, and names that begin with a dot, are passed over.
    """
    if not root.is_dir():
        raise UserError(f"{str(root)!r} is not a folder")
    folders = _subfolders(root)
    # Without a second part, a folder "train" that holds pictures is a class, like "car", "bus".
    parted = "train" in folders and (
        _subfolders(root / "train") or any(name in folders for name in _VAL_NAMES)
    )
    if not parted:
        classes = _classes(root)
        return Found(root, classes, _pictures(root, "", classes), None)
    classes = _classes(root / "train")
    train = _pictures(root, "train/", classes)
    val_name = next((name for name in _VAL_NAMES if name in folders), None)
    if val_name is None:
        return Found(root, classes, train, None)
    strangers = sorted(set(_subfolders(root / val_name)) - set(classes))
    if strangers:
        raise UserError(
            f"class {strangers[0]!r} is in {str(root / val_name)!r} but not in train; "
            "both need the same class folders"
        )
    return Found(root, classes, train, _pictures(root, f"{val_name}/", classes))


def _subfolders(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            names = [e.name for e in entries if not e.name.startswith(".") and e.is_dir()]
    except OSError as error:
        raise UserError(f"cannot read {str(folder)!r}: {(error.strerror or '').lower()}") from error
    return sorted(names)


def _classes(folder: Path) -> tuple[str, ...]:
    classes = _subfolders(folder)
    if not classes:
        raise UserError(
            f"{str(folder)!r} holds no class folders; put the pictures of each class into a folder "
            "with the class's name"
        )
    if len(classes) == 1:
        raise UserError(
            f"{str(folder)!r} holds one class ({classes[0]!r}); there is nothing to tell apart, "
            "give it at least two class folders"
        )
    return tuple(classes)


def _pictures(root: Path, prefix: str, classes: tuple[str, ...]) -> list[Picture]:
    found = []
    for label, name in enumerate(classes):
        base = root / prefix / name
        mine = []
        seen: set[tuple[int, int]] = set()
        for folder, inner, files in os.walk(base, followlinks=True):
            if not _first_visit(folder, seen):  # a link to a folder above would lead here again
                inner[:] = []
                continue
            inner[:] = sorted(entry for entry in inner if not entry.startswith("."))
            within = os.path.relpath(folder, root).replace(os.sep, "/")
            mine += [
                f"{within}/{file}"
                for file in files
                if not file.startswith(".") and os.path.splitext(file)[1].lower() in SUFFIXES
            ]
        if not mine:
            raise UserError(
                f"class {name!r} has no pictures in {str(base)!r}; add some, or remove the class"
            )
        found += [Picture(path, label) for path in sorted(mine)]
    return found


def _first_visit(folder: str, seen: set[tuple[int, int]]) -> bool:
    try:
        status = os.stat(folder)
    except OSError:
        return False
    key = (status.st_dev, status.st_ino)
    return key not in seen and not seen.add(key)  # type: ignore[func-returns-value]


def quick_key(found: Found, size: int | None) -> str:
    """Return a key of where the files are, how long, and when they were last written."""
    digest = _hash(
        _FORMAT, str(found.root.resolve()), *found.classes, str(size), str(found.val is None)
    )
    for picture in found.pictures:
        try:
            status = os.stat(found.root / picture.path)
        except OSError as error:
            raise UserError(
                f"cannot read {str(found.root / picture.path)!r}: {(error.strerror or '').lower()}"
            ) from error
        if not stat.S_ISREG(status.st_mode):
            raise UserError(f"{str(found.root / picture.path)!r} is no regular file; remove it")
        line = f"\0{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {picture.label}\n"
        digest.update(os.fsencode(picture.path) + line.encode())
    return digest.hexdigest()


def read_all(found: Found) -> tuple[dict[str, str], int]:
    """Read every file; return the digest of each and the size that suits them all.

    The size is the pictures' own when all are squares of the same size up to 256, else
    `DEFAULT_SIZE`.
    """
    digests: dict[str, str] = {}
    shapes: set[tuple[int, int] | None] = set()

    def read(picture: Picture) -> tuple[str, str, tuple[int, int] | None]:
        try:
            content = (found.root / picture.path).read_bytes()
        except OSError:
            return picture.path, "", None  # decoding will tell
        digest = hashlib.sha256(content).hexdigest()
        return picture.path, digest, None if len(shapes) > 1 else _shape(content)

    with _threads() as pool:
        for path, digest, shape in pool.map(read, found.pictures, chunksize=256):
            digests[path] = digest
            shapes.add(shape)
    shapes.discard(None)
    own = next(iter(shapes)) if len(shapes) == 1 else None
    alike = own is not None and own[0] == own[1] <= _LARGEST_OWN_SIZE
    return digests, own[0] if own is not None and alike else DEFAULT_SIZE


def _shape(content: bytes) -> tuple[int, int] | None:
    try:
        with open_lazily(io.BytesIO(content), "") as image:
            return image.size
    except UserError:
        return None


def split_by_content(found: Found, digests: dict[str, str]) -> Found:
    """Part the pictures of a folder that has no parts: one in five validates.

    A picture's part depends on its bytes alone: the same on every machine, unchanged when others
    are added, and the same for copies of a picture, so that none is in both parts. Only where a
    class would be left without pictures in one part, its picture next in line is moved there.
    """
    train: list[Picture] = []
    val: list[Picture] = []
    for label, name in enumerate(found.classes):
        mine = [picture for picture in found.train if picture.label == label]
        if len({digests[picture.path] for picture in mine}) < 2:
            raise UserError(
                f"class {name!r} in {str(found.root)!r} has only one picture; it takes two to have "
                "one for training and one for validation"
            )
        ranks = {
            digest: int(digest[:15] or "0", 16) % (1000 * _VAL_ONE_IN)
            for digest in sorted(digests[picture.path] for picture in mine)
        }
        chosen = {digest for digest, rank in ranks.items() if rank < 1000}
        by_rank = sorted(ranks, key=lambda digest: (ranks[digest], digest))
        chosen |= {by_rank[0]}
        chosen -= {by_rank[-1]}
        for picture in mine:
            (val if digests[picture.path] in chosen else train).append(picture)
    return Found(found.root, found.classes, train, val)


def fingerprint(found: Found, digests: dict[str, str], size: int) -> str:
    """Return a digest of the content: classes, parts, every file's bytes, and the stored size."""
    digest = _hash(_FORMAT, str(size), *found.classes)
    for part in (found.train, found.val or []):
        digest.update(b"\0part\n")
        for picture in part:
            digest.update(f"{picture.label} {digests[picture.path]}\n".encode())
    return digest.hexdigest()


def decode(
    root: Path, pictures: list[Picture], size: int, done: Callable[[int], None] | None = None
) -> Iterator[np.ndarray]:
    """Decode pictures in order, as arrays (n, 3, size, size) of uint8, by several threads.

    Raises
    ------
    UserError
        After all were tried: how many cannot be read, and which is the first.
    """
    bad: list[str] = []

    def one(picture: Picture) -> np.ndarray | str:
        path = str(root / picture.path)
        try:
            return decode_one(path, size)
        except UserError as error:
            return str(error)

    with _threads() as pool:
        for start in range(0, len(pictures), _BLOCK):
            part = pictures[start : start + _BLOCK]
            block = np.zeros((len(part), 3, size, size), dtype=np.uint8)
            for k, result in enumerate(pool.map(one, part)):
                if isinstance(result, str):
                    bad.append(result)
                else:
                    block[k] = result.transpose(2, 0, 1)
            if done is not None:
                done(len(part))
            yield block
    if bad:
        rest = f", and {len(bad) - 1:,} more of {len(pictures):,}" if len(bad) > 1 else ""
        raise UserError(f"{bad[0]}{rest}; remove or replace what cannot be read")


def decode_one(path: str, size: int) -> np.ndarray:
    """Decode one picture to uint8 (size, size, 3): shorter side to `size`, centre cropped."""
    with open_lazily(path, repr(path)) as image:
        # A JPEG can be decoded at a half, a quarter or an eighth for a fraction of the work; twice
        # the wanted size is left for the antialiased scaling that follows.
        if min(image.size) >= 4 * size:
            image.draft(None, (2 * size, 2 * size))
        image = to_rgb(image, repr(path))
    if image.size != (size, size):
        image = centre_crop(resize_shorter_side(image, size), size)
    return np.asarray(image)


def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(min(8, os.cpu_count() or 1), thread_name_prefix="alexnet-lab-decode")


def _hash(*parts: str) -> hashlib._Hash:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode("utf-8", "surrogateescape") + b"\0")
    return digest
