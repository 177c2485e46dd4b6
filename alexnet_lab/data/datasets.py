"""Data sets by name, or from a folder."""

from __future__ import annotations

import contextlib
import difflib
import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..errors import UserError
from .cache import Part, Store, cache_folder
from .decoding import Progress
from .download import Remote, UnreachableError, reason, unpacked
from .folders import find_pictures
from .loading import kept, load_folder
from .photo_patches import photo_patches
from .splits import ImageData, Split, balanced

DATA_SETS = ("cifar10", "imagenette", "photo-patches")

# The digests are those that torchvision publishes; there are no stronger ones. They tell damage,
# and that the server has another file now; that nobody listens in is HTTPS's to promise.
_CIFAR10_MD5 = "c58f30108f718f92721af3b95e74349a"
_CIFAR10 = Remote("https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz", f"md5:{_CIFAR10_MD5}")
_CIFAR10_FOLDER = "cifar-10-batches-py"
_IMAGENETTE = {
    stem: Remote(f"https://s3.amazonaws.com/fast-ai-imageclas/{stem}.tgz", f"md5:{md5}")
    for stem, md5 in (
        ("imagenette2-160", "e793b78cc4c9e9a4ccc0c1155377a412"),
        ("imagenette2-320", "3df6f0d01a2c9592104656642f5e78a3"),
        ("imagenette2", "fe2fc210e6bb7c5664d602c3cd71e612"),
    )
}
_IMAGENETTE_IMAGES = 9_469 + 3_925
_IMAGENETTE_CLASSES = {
    "n01440764": "tench",
    "n02102040": "English springer",
    "n02979186": "cassette player",
    "n03000684": "chain saw",
    "n03028079": "church",
    "n03394916": "French horn",
    "n03417042": "garbage truck",
    "n03425413": "gas pump",
    "n03445777": "golf ball",
    "n03888257": "parachute",
}


def load_data(
    name: str | os.PathLike[str],
    size: int | None = None,
    cache: str | os.PathLike[str] | bool | None = None,
    download: bool = True,
    progress: Progress | None = None,
    limit: int | None = None,
) -> ImageData:
    """Load a data set: decoded once, then mapped into memory from the cache.

    Of what is passed over in a folder, and of a cache that cannot be written, a
    :class:`~alexnet_lab.errors.Note` warns.

    Parameters
    ----------
    name : str or os.PathLike
        ``"photo-patches"`` (made from photographs that the dependencies ship, no download),
        ``"cifar10"`` or ``"imagenette"`` (downloaded when first used), or a folder
        of class folders: ``train/<class>/`` with ``val/<class>/`` (or names that read like them:
        ``Training``, ``valid``, ``dev``; ``test`` where there is no other), or ``<class>/`` alone,
        of which one picture in five validates, chosen by its bytes and so alike on every machine.
    size : int, optional
        Side of the stored images, in pixels: pictures are scaled so that the shorter side has this
        length, and centre cropped. Default: 64 for ``photo-patches``, 32 for ``cifar10``, 160 for
        ``imagenette``; for a folder the pictures' own size when all are squares of one size up to
        256, else 160. To train at 224 as in 2012, take 256.
    cache : path or bool, optional
        Folder for decoded data, instead of what :func:`cache_folder` finds; False writes nothing
        and keeps the images in memory. So does a cache that cannot be written, unless it was
        given here.
    download : bool
        Whether a data set that is not on the disk may be downloaded.
    progress : callable, optional
        Called while decoding with the number of images done and their total, first with 0.
    limit : int, optional
        Take so many images for training and a quarter of that for validation, of all classes alike
        and the same ones every time; the others of a folder are not decoded.

    Returns
    -------
    ImageData

    Raises
    ------
    UserError
        In one line: unknown name, folder with fewer than two classes, empty class, a folder that
        may be a part or a class, pictures that cannot be read (all of them), no network, full disk.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> al.data.load_data("photo-patches").train.images.shape
    torch.Size([6000, 3, 64, 64])
    """
    if size is not None and not 1 <= size <= 4096:
        raise UserError(f"size {size}: choose from 1 to 4096 pixels")
    if limit is not None and limit < 1:
        raise UserError(f"limit {limit}: choose at least 1 image")
    given = cache not in (None, True, False)
    store = None if cache is False else Store(cache_folder(None if cache is True else cache), given)
    if name == "photo-patches":
        return _limited(photo_patches() if size is None else photo_patches(size), limit)
    downloads = (store.folder if store else cache_folder()) / "downloads"
    if name == "cifar10":
        return _limited(_cifar10(downloads, size or 32, store, download), limit)
    if name == "imagenette":
        return _imagenette(downloads, size or 160, store, download, progress, limit)
    path = Path(name).expanduser()
    if not path.is_dir():
        raise UserError(_unknown(name, path))
    return load_folder(path, path.resolve().name, size, store, progress, limit)


def _limited(data: ImageData, limit: int | None) -> ImageData:
    """Return some of the images of a set that is decoded already."""
    if limit is None:
        return data

    def some(split: Split, count: int) -> Split:
        return split.subset(balanced(split.labels.tolist(), count, data.num_classes))

    return replace(data, train=some(data.train, limit), val=some(data.val, max(1, limit // 4)))


def _unknown(name: str | os.PathLike[str], path: Path) -> str:
    shown = os.fspath(name)
    if path.exists():
        return f"{shown!r} is a file; give the folder that holds the class folders"
    if os.sep in shown or "/" in shown:
        return f"no folder {shown!r}; known by name: {', '.join(DATA_SETS)}"
    near = difflib.get_close_matches(shown, DATA_SETS, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    known = f"{', '.join(DATA_SETS)}, or a folder of class folders"
    return f"unknown data set {shown!r}; {hint}known: {known}"


def _imagenette(
    downloads: Path,
    size: int,
    store: Store | None,
    download: bool,
    progress: Progress | None,
    limit: int | None,
) -> ImageData:
    # The smallest of the three archives that has enough pixels.
    stem = f"imagenette2{'-160' if size <= 160 else '-320' if size <= 320 else ''}"
    with _downloading("imagenette", _IMAGENETTE[stem].url, downloads, download):
        folder = unpacked(_IMAGENETTE[stem], downloads, stem, download)
        if _count(folder) != _IMAGENETTE_IMAGES:  # pictures were lost, or never unpacked
            unpacked(_IMAGENETTE[stem], downloads, stem, download, fresh=True)
    count = _count(folder)
    if count != _IMAGENETTE_IMAGES:
        raise UserError(
            f"{str(folder)!r} holds {count:,} of {_IMAGENETTE_IMAGES:,} pictures: delete it and"
            " try again"
        )
    data = load_folder(folder, "imagenette", size, store, progress, limit)
    return replace(data, classes=tuple(_IMAGENETTE_CLASSES.get(c, c) for c in data.classes))


def _count(folder: Path) -> int:
    try:
        return len(find_pictures(folder).pictures)
    except UserError:  # not even the folders are there
        return 0


def _cifar10(downloads: Path, size: int, store: Store | None, download: bool) -> ImageData:
    # There is one CIFAR-10, and torchvision compares what it reads with its checksums: so the
    # archive's stands for the content, and 170 MB need not be read again at every start.
    content = hashlib.sha256(f"cifar10 1 {size} {_CIFAR10_MD5}".encode()).hexdigest()
    data = store.open(content, "cifar10") if store else None
    if data is not None:
        return data
    from torchvision.datasets import CIFAR10

    with _downloading("cifar10", _CIFAR10.url, downloads, download):
        unpacked(_CIFAR10, downloads, _CIFAR10_FOLDER, download)
        try:
            sets = [CIFAR10(downloads, train=train) for train in (True, False)]
        except RuntimeError:  # its files are not what their checksums say
            unpacked(_CIFAR10, downloads, _CIFAR10_FOLDER, download, fresh=True)
            sets = [CIFAR10(downloads, train=train) for train in (True, False)]
    parts = [Part(list(s.targets), _resized_blocks(s.data, size)) for s in sets]
    classes = tuple(sets[0].classes)
    return kept(store, content, "cifar10", classes, size, parts)


def _resized_blocks(images: np.ndarray, size: int) -> Callable[[], Iterator[np.ndarray]]:
    from .preprocess import resize_shorter_side

    def blocks() -> Iterator[np.ndarray]:
        for start in range(0, len(images), 1000):
            block = images[start : start + 1000]  # (n, 32, 32, 3)
            if block.shape[1] != size:
                block = np.stack([np.asarray(resize_shorter_side(image, size)) for image in block])
            yield block.transpose(0, 3, 1, 2)

    return blocks


@contextlib.contextmanager
def _downloading(name: str, url: str, folder: Path, download: bool) -> Iterator[None]:
    """Turn what is raised when a data set cannot be had into one line."""
    try:
        yield
    except (OSError, RuntimeError, EOFError, UnreachableError) as error:
        if not download:
            raise UserError(
                f"{name} is not in {str(folder)!r}, or damaged; allow the download, or"
                " give a folder of class folders"
            ) from error
        raise UserError(
            f"cannot download {name} ({reason(error)}); "
            f"fetch {url} where there is a network, put it into {str(folder)!r} and try "
            "again, or take photo-patches, which needs none"
        ) from error
