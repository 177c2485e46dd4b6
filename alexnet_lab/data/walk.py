"""Walking through folders: every picture once, what is hidden or a system's own passed over."""

from __future__ import annotations

import functools
import os
import warnings
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import Note, UserError
from .formats import described, is_companion, is_picture, is_system, suffixes


@dataclass
class Walked:
    """What lies in a folder and below it; paths relative to `root`, with /, sorted.

    Attributes
    ----------
    pictures, others : list of str
        Files that can be read by their names, and the rest.
    closed : list of str
        Folders that cannot be read.
    """

    pictures: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)


def walk(folder: Path, root: Path) -> Walked:
    """List all files below a folder; links are followed, and none twice."""
    found = Walked()
    seen: set[tuple[int, int]] = set()

    def relative(path: str) -> str:
        return os.path.relpath(path, root).replace(os.sep, "/")

    def closed(error: OSError) -> None:
        if isinstance(error, FileNotFoundError | NotADirectoryError):
            return  # gone, or never there: it holds no pictures
        found.closed.append(relative(str(error.filename)))

    for base, inner, files in os.walk(folder, followlinks=True, onerror=closed):
        if not _first_visit(base, seen):  # a link to a folder above would lead here again
            inner[:] = []
            continue
        inner[:] = sorted(name for name in inner if not is_system(name))
        within = relative(base)
        for name in files:
            if not is_system(name):
                mine = found.pictures if is_picture(name) else found.others
                mine.append(name if within == "." else f"{within}/{name}")
    for paths in (found.pictures, found.others, found.closed):
        paths.sort()
    return found


def pictures_below(folder: Path) -> list[Path]:
    """Return all pictures of a folder, at any depth; a `Note` says what is not read.

    Raises
    ------
    UserError
        When there are none, with what is there instead.
    """
    found = walk(folder, folder)
    others = described(found.others) if found.others else ""
    if not found.pictures:
        only = f", only {others}" if others else ""
        known = " ".join(sorted(suffixes()))
        raise UserError(f"no pictures in folder {str(folder)!r}{only}; known: {known}")
    if not all(map(is_companion, found.others)):
        warnings.warn(f"passed over in {str(folder)!r}: {others}", Note, stacklevel=2)
    return [folder / name for name in found.pictures]


def subfolders(folder: Path) -> list[str]:
    """Return the names of the folders in a folder, sorted."""
    return _entries(folder)[0]


def pictures_in(folder: Path) -> list[str]:
    """Return the names of the pictures that lie directly in a folder, sorted."""
    return [name for name in _entries(folder)[1] if is_picture(name)]


def _entries(folder: Path) -> tuple[list[str], list[str]]:
    folders: list[str] = []
    files: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if not is_system(entry.name):
                    (folders if entry.is_dir() else files).append(entry.name)
    except OSError as error:
        raise UserError(f"cannot read {str(folder)!r}: {(error.strerror or '').lower()}") from error
    return sorted(folders), sorted(files)


class Looked:
    """Remembers which folders hold a picture, at any depth."""

    def __init__(self) -> None:
        self.holds_pictures = functools.cache(self._holds_pictures)

    def _holds_pictures(self, folder: Path) -> bool:
        seen: set[tuple[int, int]] = set()
        for base, inner, files in os.walk(folder, followlinks=True):
            if not _first_visit(base, seen):
                inner[:] = []
                continue
            inner[:] = [name for name in inner if not is_system(name)]
            if any(is_picture(name) and not is_system(name) for name in files):
                return True
        return False

    def filled(self, folder: Path) -> list[str]:
        """Return the names of the folders in a folder that hold pictures, at any depth."""
        return [name for name in subfolders(folder) if self.holds_pictures(folder / name)]


def _first_visit(folder: str, seen: set[tuple[int, int]]) -> bool:
    try:
        status = os.stat(folder)
    except OSError:
        return False
    key = (status.st_dev, status.st_ino)
    return key not in seen and not seen.add(key)  # type: ignore[func-returns-value]
