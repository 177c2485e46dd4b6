"""The pictures that a user names, one after the other; those that cannot be read are told."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from typing import Any

from ..errors import UserError

_MOST_BYTES = 1_000_000_000  # of standard input; more than any picture that is opened


def pictures(given: list[str]) -> Iterator[tuple[str, Any]]:
    """Yield the name of each picture, and the picture or the `UserError` that it met.

    Parameters
    ----------
    given : list of str
        Paths of files and folders, names of sample photographs, or ``-``. What does not exist is
        found out before the first picture is read.

    Yields
    ------
    (str, PIL.Image.Image or UserError)

    Raises
    ------
    UserError
        When one of `given` is nothing of these.
    """
    from .. import data
    from ..inference.pictures import Entry, entries

    found = [e for s in given for e in ([Entry("-", None)] if s == "-" else entries(s))]
    for name, image in found:
        try:
            yield name, data.open_image(_standard_input() if image is None else image)
        except UserError as error:
            if len(found) == 1:
                raise
            yield name, error


def batches(given: list[str], size: int) -> Iterator[list[tuple[str, Any]]]:
    """Yield what `pictures` does, in lists of `size` readable ones; complain of the others.

    Raises
    ------
    UserError
        At the end, when some could not be read.
    """
    batch, bad, count = [], 0, 0
    for name, picture in pictures(given):
        count += 1
        if isinstance(picture, UserError):
            bad += 1
            print(f"alexnet-lab: {' '.join(str(picture).split())}", file=sys.stderr)
            continue
        batch.append((name, picture))
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
    if bad:
        raise UserError(f"{bad} of {count} pictures could not be read; the others are done")


def _standard_input() -> io.BytesIO:
    if sys.stdin is None or sys.stdin.isatty():
        raise UserError("- reads an image from standard input; pipe one into it, e.g. < cat.jpg")
    content = sys.stdin.buffer.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise UserError(f"standard input holds more than {_MOST_BYTES:,} bytes: no picture")
    if not content:
        raise UserError("standard input is empty; pipe an image into it, e.g. < cat.jpg")
    stream = io.BytesIO(content)
    stream.name = "standard input"
    return stream
