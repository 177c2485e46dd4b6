"""Files are written whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .errors import UserError


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a scratch path beside `path`, and move it over `path` when the block succeeds.

    Parameters
    ----------
    path : str or os.PathLike
        Where the finished file goes. Its folder is made if it is not there.

    Yields
    ------
    pathlib.Path
        An empty file in the same folder, with the same suffix; write to it. After an error it is
        removed, and what stood at `path` before is untouched.

    Raises
    ------
    UserError
        When the folder cannot be made or written to, or the disk is full.
    """
    target = Path(path)
    if target.exists() and not target.is_file():  # replacing /dev/null would do harm
        raise UserError(f"cannot write {str(target)!r}: it is there, and no ordinary file")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            dir=target.parent, prefix=f".{target.stem}-", suffix=target.suffix
        )
    except OSError as error:
        raise UserError(f"cannot write {str(target)!r}: {_reason(error)}") from error
    os.close(handle)
    scratch = Path(name)
    try:
        yield scratch
        with scratch.open("rb") as written:
            os.fsync(written.fileno())
        # mkstemp makes files that only their owner can read; give the usual rights.
        scratch.chmod(0o666 & ~_umask())
        scratch.replace(target)
    except OSError as error:
        raise UserError(f"cannot write {str(target)!r}: {_reason(error)}") from error
    finally:
        scratch.unlink(missing_ok=True)


def json_text(value: Any, what: str, **options: Any) -> str:
    """Return JSON, in which NaN and infinity have no place.

    Parameters
    ----------
    value : Any
        What ``json.dumps`` takes.
    what : str
        What an error message calls it.
    **options
        For ``json.dumps``.

    Raises
    ------
    UserError
        For numbers that are not finite: Python would write NaN, which other programs cannot read.

    Examples
    --------
    >>> from alexnet_lab.files import json_text
    >>> json_text({"loss": 0.5}, "the record")
    '{"loss": 0.5}'
    """
    try:
        return json.dumps(value, allow_nan=False, **options)
    except ValueError as error:
        raise UserError(
            f"{what} holds numbers that are not finite; a run with a lower learning rate will not"
        ) from error


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _umask() -> int:
    # There is no way to read the mask without setting it.
    mask = os.umask(0)
    os.umask(mask)
    return mask
