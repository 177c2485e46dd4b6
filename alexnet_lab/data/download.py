"""Downloads that end whole: checked by their digest, resumed, tried again, one process at a time.

A file is fetched under ``NAME.part`` and gets its name when its digest is right; an archive is
unpacked into a scratch folder and that renamed. So what has its name is whole, and a kill, a cut
connection or a full disk costs no more than what is still missing. An archive stays beside what was
unpacked from it: a folder that is damaged later is made again from it, without a network.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import http.client
import shutil
import tarfile
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import UserError

ATTEMPTS = 5
TIMEOUT_SECONDS = 30.0
NOT_ALLOWED = "it is not there, and a download is not allowed"
_CHUNK = 1 << 18
# Worth another attempt: the server is busy, or something between us is.
_PASSING = (408, 425, 429, 500, 502, 503, 504)


@dataclass(frozen=True)
class Remote:
    """A file elsewhere.

    Attributes
    ----------
    url : str
    digest : str
        ``"md5:…"`` or ``"sha256:…"``, or the beginning of the latter, as torch has it in the names
        of its files.
    """

    url: str
    digest: str

    @property
    def name(self) -> str:
        """The file's name."""
        return self.url.rpartition("/")[2]

    def matches(self, path: Path) -> bool:
        """Tell whether a file is there and has the digest."""
        kind, _, wanted = self.digest.partition(":")
        found = hashlib.new(kind, usedforsecurity=False)
        try:
            with path.open("rb") as file:
                while piece := file.read(_CHUNK):
                    found.update(piece)
        except FileNotFoundError:
            return False
        return found.hexdigest().startswith(wanted)


class UnreachableError(Exception):
    """It cannot be had; the message is the reason, for the caller to say what to do instead."""


def fetch(
    remote: Remote,
    folder: Path,
    download: bool = True,
    pause: Callable[[float], object] | None = None,
) -> Path:
    """Return a whole file, downloaded if it is not there or is damaged.

    Parameters
    ----------
    remote : Remote
    folder : pathlib.Path
        Where it is kept; made if need be.
    download : bool
        Whether the network may be used.
    pause : callable, optional
        Waits so many seconds between attempts, 1, 2, 4, …; ``time.sleep`` if not given.

    Raises
    ------
    UnreachableError
        No network, no such file there, another file than was expected.
    UserError
        The folder cannot be written to, or the disk is full.
    """
    target = folder / remote.name
    if not download and not target.is_file():
        raise UnreachableError(NOT_ALLOWED)
    with writing(folder), locked(folder, remote.name):
        if remote.matches(target):
            return target
        if not download:
            raise UnreachableError(f"{remote.name} is damaged, and a download is not allowed")
        part = target.with_name(f"{target.name}.part")
        problem: Exception | None = None
        for attempt in range(ATTEMPTS):
            if attempt:
                (pause or time.sleep)(2.0 ** (attempt - 1))
            try:
                _receive(remote.url, part)
            except (urllib.error.URLError, OSError, http.client.HTTPException) as error:
                if not _passes(error):
                    raise
                problem = error
                continue
            if remote.matches(part):
                part.replace(target)
                return target
            part.unlink()  # another file, or damaged on the way: from the start
            problem = OSError("what came is not the file that was expected")
        raise UnreachableError(reason(problem)) from problem


def unpacked(
    remote: Remote,
    folder: Path,
    name: str,
    download: bool = True,
    fresh: bool = False,
    pause: Callable[[float], object] | None = None,
) -> Path:
    """Return the folder `name` of a tar archive, unpacked whole.

    Parameters
    ----------
    remote : Remote
        The archive; it stays in `folder`.
    folder : pathlib.Path
        Where the archive and what is unpacked are kept.
    name : str
        The one folder at the top of the archive.
    download : bool
        Whether the network may be used.
    fresh : bool
        Unpack again what is there: it is damaged.
    pause : callable
        As in :func:`fetch`.
    """
    target = folder / name
    if target.is_dir() and not fresh:
        return target
    archive = fetch(remote, folder, download, pause)
    with writing(folder), locked(folder, name) as alone:
        if target.is_dir() and not fresh:  # another process was first
            return target
        # What processes that were killed have left.
        for left in folder.glob(f".{name}.unpacking-*") if alone else ():
            shutil.rmtree(left, ignore_errors=True)
        scratch = Path(tempfile.mkdtemp(dir=folder, prefix=f".{name}.unpacking-"))
        try:
            with tarfile.open(archive) as opened:
                # Nothing may land outside the folder. Pythons older than 3.10.12 and 3.11.4 cannot
                # promise that; there the archive's digest has to do.
                opened.extraction_filter = getattr(tarfile, "data_filter", None)
                opened.extractall(scratch)
            if target.is_dir():
                target.rename(scratch / ".damaged")
            (scratch / name).rename(target)
        except tarfile.TarError as error:
            raise UnreachableError(f"{remote.name} cannot be unpacked: {error}") from error
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return target


def reason(error: BaseException | None) -> str:
    """Return in a few words why a download failed."""
    inner = getattr(error, "reason", None) or error
    if isinstance(error, urllib.error.HTTPError):
        inner = f"the server says {error.code} {error.reason}"
    elif isinstance(inner, TimeoutError):
        inner = "no answer in time"
    elif isinstance(inner, OSError) and inner.strerror:
        inner = inner.strerror
    return " ".join(str(inner).split())[:200] or type(error).__name__


@contextlib.contextmanager
def locked(folder: Path, name: str) -> Iterator[bool]:
    """Be the only process that works on `name`; yield whether that is so.

    The system takes the lock from a process that dies, so none is ever left behind. Windows and
    some network file systems have no such lock: two processes at once then do the work twice.
    """
    try:
        import fcntl
    except ImportError:
        yield False
        return
    with (folder / f".{name}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            alone = True
        except OSError as error:
            if error.errno not in (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP):
                raise
            alone = False
        yield alone


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Make a folder, and say in one line when it cannot be written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except urllib.error.URLError as error:  # an OSError, too
        raise UnreachableError(reason(error)) from error
    except http.client.HTTPException as error:
        raise UnreachableError(reason(error)) from error
    except OSError as error:
        raise UserError(
            f"cannot write {str(folder)!r}: {(error.strerror or str(error)).lower()}; "
            "let ALEXNET_LAB_CACHE name another folder"
        ) from error


def _receive(url: str, part: Path) -> None:
    """Fetch what is missing of a file; what came before a cut stays in `part`."""
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"User-Agent": "alexnet-lab"})
    if have:
        request.add_header("Range", f"bytes={have}-")
    try:
        answer = urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS)
    except urllib.error.HTTPError as error:
        if error.code == 416:  # we have all, or more than all: the digest will tell
            return
        raise
    with answer:
        goes_on = answer.status == 206 and _start(answer) == have
        if answer.status == 206 and not goes_on:
            part.unlink(missing_ok=True)
            raise ConnectionError("the server sent another part than was asked for")
        expected = answer.headers.get("Content-Length")
        got = 0
        with part.open("ab" if goes_on else "wb") as file:
            while piece := answer.read(_CHUNK):
                try:
                    file.write(piece)
                    file.flush()
                except OSError:  # a full disk: what is there is in the way of everything else
                    part.unlink(missing_ok=True)
                    raise
                got += len(piece)
        if expected is not None and got < int(expected):
            raise http.client.IncompleteRead(b"", int(expected) - got)


def _start(answer: http.client.HTTPResponse) -> int | None:
    words = (answer.headers.get("Content-Range") or "").removeprefix("bytes ").partition("-")
    return int(words[0]) if words[0].isdecimal() else None


def _passes(error: Exception) -> bool:
    """Tell whether another attempt may help."""
    if isinstance(error, urllib.error.HTTPError):
        return error.code in _PASSING
    if isinstance(error, urllib.error.URLError):
        # A name that is not known stays so; a connection that was refused or cut may be back.
        return isinstance(error.reason, ConnectionError | TimeoutError)
    if isinstance(error, http.client.HTTPException | ConnectionError | TimeoutError):
        return True
    return isinstance(error, OSError) and error.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH)
