"""What a teacher downloads: folders, notebooks, archives in archives; looked into, never unpacked.

Nothing is extracted by a name that stands in an archive. A notebook's bytes are read, up to a
limit, and go where the roster says; so no name leads out of a folder, and links are not followed.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ...errors import UserError
from ..grading.batch import files, is_anybodys
from ..grading.submission import UnreadableError, read_bytes
from ..notebook import MOST_MB  # of a notebook, and of an archive in an archive
from ..settings import MEBI

MOST_ENTRIES = 50_000
MOST_DEEP = 3  # a platform's archive, a student's in it, and one more

MOST_ALL_MB = 4000  # of everything that one archive holds


@dataclass(frozen=True)
class Found:
    """One file: where it stands, and how to read it.

    Attributes
    ----------
    path : str
        Below the folder of downloads; what is in an archive follows the archive's own name.
    place : pathlib.Path
        The file on disk.
    inside : tuple of str
        Names to follow, from archive to archive; empty for a file on disk.
    stored : datetime.datetime or None
        The time that the outermost archive tells of it.
    problem : str
        Why it cannot be read, if so.
    """

    path: str
    place: Path
    inside: tuple[str, ...] = ()
    stored: dt.datetime | None = None
    problem: str = ""

    def read(self) -> bytes:
        """Return the bytes.

        Raises
        ------
        UnreadableError
        """
        if self.problem:
            raise UnreadableError(self.problem)
        if not self.inside:
            return read_bytes(self.place, MOST_MB)
        with _opened(self.place) as archive:
            data = _entry(archive, self.inside[0])
        for name in self.inside[1:]:
            with _opened(io.BytesIO(data)) as archive:
                data = _entry(archive, name)
        return data


def look(folder: Path) -> Iterator[Found]:
    """Give every file below a folder, and in its archives, in a stable order.

    Raises
    ------
    UserError
        When the folder is not there.
    """
    if not folder.is_dir():
        raise UserError(f"{str(folder)!r} is not a folder of downloads")
    for name in files(folder):
        place = folder / name
        path = _shown(Path(name).as_posix())
        if not name.lower().endswith(".zip"):
            yield Found(path, place)
            continue
        try:
            if stat.S_ISLNK(os.lstat(place).st_mode):
                raise UnreadableError("a symbolic link, not a file")
            with _opened(place) as archive:
                yield from _within(archive, path, place, (), None)
        except UnreadableError as error:
            yield Found(path, place, problem=str(error))


def _within(
    archive: zipfile.ZipFile,
    path: str,
    place: Path,
    above: tuple[str, ...],
    stored: dt.datetime | None,
) -> Iterator[Found]:
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        raise UnreadableError(f"an archive of more than {MOST_ENTRIES} files")
    if sum(entry.file_size for entry in entries) > MOST_ALL_MB * MEBI:
        raise UnreadableError(f"an archive of more than {MOST_ALL_MB} MB")
    for entry in sorted(entries, key=lambda entry: entry.filename):
        name = _name(entry)
        parts = [part for part in name.split("/") if part not in ("", ".", "..")]
        if entry.is_dir() or not all(map(is_anybodys, parts)):
            continue
        whole = _shown(f"{path}/{name}")
        when = stored or _time(entry)
        inside = (*above, entry.filename)
        if stat.S_ISLNK(entry.external_attr >> 16):
            yield Found(whole, place, inside, when, "a symbolic link, not a file")
        elif not name.lower().endswith(".zip"):
            yield Found(whole, place, inside, when)
        elif len(inside) >= MOST_DEEP:
            yield Found(whole, place, inside, when, "an archive too deep in archives")
        else:
            try:
                with _opened(io.BytesIO(_entry(archive, entry.filename))) as inner:
                    yield from _within(inner, whole, place, inside, when)
            except UnreadableError as error:
                yield Found(whole, place, inside, when, str(error))


def _shown(path: str) -> str:
    """Return a path as one line of text, as tables hold it."""
    text = path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return " ".join(text.split())


def _opened(file: Path | io.BytesIO) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise UnreadableError("not an archive that can be read; unpack it by hand") from error


def _entry(archive: zipfile.ZipFile, name: str) -> bytes:
    """Read one entry, bounded by what comes out and not by what its header says."""
    try:
        with archive.open(name) as file:
            data = file.read(MOST_MB * MEBI + 1)
    except RuntimeError as error:  # zipfile's word for a password
        raise UnreadableError("locked with a password") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, KeyError, ValueError) as error:
        raise UnreadableError("damaged in its archive") from error
    except NotImplementedError as error:
        raise UnreadableError("packed in a way that cannot be read; unpack it by hand") from error
    if len(data) > MOST_MB * MEBI:
        raise UnreadableError(f"larger than {MOST_MB} MB")
    return data


def _name(entry: zipfile.ZipInfo) -> str:
    """Return an entry's name; older programs write UTF-8 and do not say so."""
    name = entry.filename
    if not entry.flag_bits & 0x800:
        with contextlib.suppress(UnicodeEncodeError, UnicodeDecodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/").lstrip("/")


def _time(entry: zipfile.ZipInfo) -> dt.datetime | None:
    try:
        when = dt.datetime(*entry.date_time)
    except ValueError:
        return None
    return when if when.year > 1980 else None  # the first that it can tell: none was told
