"""From the pictures of a folder to arrays: their bytes' digests, the parts, decoding."""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from ..errors import UserError
from .colour_profiles import changes
from .folders import Found, Picture, find_pictures
from .formats import listed
from .opening import PictureError, open_lazily
from .pictures import read
from .preprocess import centre_crop, resize_shorter_side

Progress = Callable[[int, int], None]  # images done, images in all

#: Side of the stored images when `size` is not given and the files are not all alike.
DEFAULT_SIZE = 160
_LARGEST_OWN_SIZE = 256  # images that are all alike keep their size up to this
_VAL_ONE_IN = 5  # of a folder without parts, one image in five validates
_FORMAT = "1"  # changes whenever the same files would be decoded otherwise than before
_BLOCK = 2048  # images that are decoded before they are written


def quick_key(found: Found, size: int | None, limit: int | None = None) -> str:
    """Return a key of where the files are, how long, and when they were last written."""
    digest = _hash(
        _FORMAT, str(found.root.resolve()), *found.classes, str(size), str(found.val is None)
    )
    if limit is not None:
        digest.update(f"limit {limit}".encode())
    for picture in found.pictures:
        try:
            status = os.stat(found.root / picture.path)
        except OSError:  # decoding will tell
            line = f"\0gone {picture.label}\n"
        else:
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

    def look(picture: Picture) -> tuple[str, str, tuple[int, int] | None]:
        path = found.root / picture.path
        try:
            if not stat.S_ISREG(os.stat(path).st_mode):
                raise OSError
            content = path.read_bytes()
        except OSError:
            # Decoding will tell; until then it is no other picture's copy.
            return picture.path, hashlib.sha256(os.fsencode(picture.path)).hexdigest(), None
        digest = hashlib.sha256(content)
        # Profiles are compressed in a PNG, and have a sign of their own everywhere else.
        if (b"acsp" in content or b"iCCP" in content) and _profile_changes(content):
            digest.update(b"colour profile")  # pictures were once decoded without
        shape = None if len(shapes) > 1 else _shape(content)
        return picture.path, digest.hexdigest(), shape

    with _threads() as pool:
        for path, digest, shape in pool.map(look, found.pictures, chunksize=256):
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


def _profile_changes(content: bytes) -> bool:
    try:
        with open_lazily(io.BytesIO(content), "") as image:
            return changes(image.info.get("icc_profile"))
    except UserError:
        return True  # read without its notes, or not at all


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
    return Found(found.root, found.classes, train, val, found.notes, found.closed)


def fingerprint(found: Found, digests: dict[str, str], size: int) -> str:
    """Return a digest of the content: classes, parts, every file's bytes, and the stored size."""
    digest = _hash(_FORMAT, str(size), *found.classes)
    for part in (found.train, found.val or []):
        digest.update(b"\0part\n")
        for picture in part:
            digest.update(f"{picture.label} {digests[picture.path]}\n".encode())
    return digest.hexdigest()


class Decoder:
    """Decodes the pictures that were found; tells of all that cannot be read at once, at the end.

    Parameters
    ----------
    found : Found
        Where they are.
    size : int
        Side of the arrays, in pixels.
    done : callable, optional
        Called with the number of pictures done since the last call.
    """

    def __init__(self, found: Found, size: int, done: Callable[[int], None] | None = None) -> None:
        self.found, self.size, self.done = found, size, done
        self.bad: list[tuple[str, str, str]] = [  # path, reason, message
            (path, "closed", f"cannot read the folder {path!r}: permission denied")
            for path in found.closed
        ]
        self._left = len(found.pictures)

    def blocks(self, pictures: list[Picture]) -> Iterator[np.ndarray]:
        """Decode pictures in order, as arrays (n, 3, size, size) of uint8, by several threads.

        Raises
        ------
        UserError
            With the last picture of all: which cannot be read.
        """
        with _threads() as pool:
            for start in range(0, len(pictures), _BLOCK):
                part = pictures[start : start + _BLOCK]
                block = np.zeros((len(part), 3, self.size, self.size), dtype=np.uint8)
                for k, result in enumerate(pool.map(self._one, part)):
                    if isinstance(result, tuple):
                        self.bad.append(result)
                    else:
                        block[k] = result.transpose(2, 0, 1)
                if self.done is not None:
                    self.done(len(part))
                self._left -= len(part)
                yield block
        if self._left <= 0:
            self._tell()

    def _one(self, picture: Picture) -> np.ndarray | tuple[str, str, str]:
        try:
            return decode_one(str(self.found.root / picture.path), self.size)
        except UserError as error:
            reason = error.reason if isinstance(error, PictureError) else str(error)
            return picture.path, reason, str(error)

    def _tell(self) -> None:
        bad, out = self.bad, "move it out of the folder"
        if len(bad) == 1:
            raise UserError(f"{bad[0][2]}; replace it, or {out}")
        if bad:
            named = listed([f"{path!r} ({reason[:60]})" for path, reason, _ in bad])
            total = len(self.found.pictures) + len(self.found.closed)
            hint = "" if bad[-1][0] in named else "; alexnet_lab.data.unreadable(folder) names all"
            raise UserError(
                f"{len(bad):,} of {total:,} pictures in {str(self.found.root)!r} cannot be read:"
                f" {named}{hint}; replace them, or {out.replace('it', 'them', 1)}"
            )


def unreadable(folder: str | os.PathLike[str]) -> list[tuple[str, str]]:
    """Try all pictures of a folder of class folders; name those that cannot be read.

    Parameters
    ----------
    folder : str or os.PathLike
        As for :func:`load_data`.

    Returns
    -------
    list of (str, str)
        Path inside the folder, and the reason.
    """
    decoder = Decoder(find_pictures(Path(folder).expanduser()), 8)
    try:
        for _ in decoder.blocks(decoder.found.pictures):
            pass
    except UserError:
        return [(path, reason) for path, reason, _ in decoder.bad]
    return []


def decode_one(path: str, size: int) -> np.ndarray:
    """Decode one picture to uint8 (size, size, 3): shorter side to `size`, centre cropped."""
    # A JPEG can be decoded at a half, a quarter or an eighth for a fraction of the work; twice
    # the wanted size is left for the antialiased scaling that follows.
    image = read(path, repr(path), least=2 * size)
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
