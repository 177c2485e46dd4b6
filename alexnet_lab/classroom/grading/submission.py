"""What is taken from a submission: the source text of answers, by the cells' ids; nothing else.

Metadata, tags, outputs, order, kernel and locked cells of a submission are ignored. Its own further
code cells are kept as helpers, behind the cell that they follow.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import re
import stat
from dataclasses import dataclass, field
from typing import Any

from ...errors import UserError
from .. import matching
from ..authoring.release import released_source
from ..authoring.source import Assignment
from ..cells import role
from ..notebook import decoded
from ..settings import MEBI

MOST_CELLS = 2000
MOST_CHARACTERS = 500_000  # of all answers and helpers together
MOST_PICTURE = 8_000_000  # characters of base64
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_TAGS = {"raises-exception", "skip-execution", "nbval-skip", "nbval-raises-exception"}


class UnreadableError(UserError):
    """A submission that cannot be graded; the message says why, in one line."""


@dataclass
class Submission:
    """What was taken from one file.

    Attributes
    ----------
    answers : dict of str to str
        Text of each answer that is there, by ``grade_id``.
    helpers : list of tuple of str
        The student's own code cells: the known cell that each follows (or nothing), and its text.
    pictures : dict of str to list of (str, str)
        Pasted into written answers: kind, as ``"image/png"``, and base64 text.
    flags : list of str
        What a teacher may want to know; no flag costs points.
    """

    answers: dict[str, str] = field(default_factory=dict)
    helpers: list[tuple[str, str]] = field(default_factory=list)
    pictures: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)


def read_bytes(path: str | os.PathLike[str], most_mb: int) -> bytes:
    """Return the bytes of an ordinary file of bounded size.

    Raises
    ------
    UnreadableError
        For a link, a pipe, a folder, a file that is too large or may not be read.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | getattr(os, "O_NOCTTY", 0)
    try:
        if stat.S_ISLNK(os.lstat(path).st_mode):
            raise UnreadableError("a symbolic link, not a file")
        handle = os.open(path, flags)
    except UnreadableError:
        raise
    except OSError as error:
        raise UnreadableError(f"cannot be read: {(error.strerror or '').lower()}") from error
    try:
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode):
            raise UnreadableError("not an ordinary file")
        if state.st_size > most_mb * MEBI:
            raise UnreadableError(
                f"larger than {most_mb} MB; clear its outputs, or allow more: --submission-mb"
            )
        with os.fdopen(os.dup(handle), "rb") as file:
            return file.read(most_mb * MEBI + 1)
    finally:
        os.close(handle)


def read_submission(data: bytes, assignment: Assignment) -> Submission:
    """Take the answers from a submission's bytes.

    Of several copies of an answer's cell one stands in the answer's place, and the others where
    they stood, as helpers: the notebook that is graded defines what the own run of the student had
    defined when it came to the check.

    Raises
    ------
    UnreadableError
        When these are no notebook, or hold no answer cell of the assignment.
    """
    cells, metadata = _cells(data)
    taken = Submission()
    known = {cell.id: cell for cell in assignment.notebook.cells if role(cell) != "prose"}
    other = _other_assignment(metadata, assignment)
    if other and not any(name in known for cell in cells for name in matching.ids(cell)):
        raise UnreadableError(other)
    released = functools.partial(released_source, assignment)
    names = matching.matched(cells, assignment, released)
    lost = [n for n, cell in zip(names, cells, strict=True) if n and n not in matching.ids(cell)]
    copies = {name: names.count(name) for name in names if name in assignment.stubs}
    chosen = {name: _in_place(name, names, list(known)) for name in copies}
    previous = ""
    for place, (cell, name) in enumerate(zip(cells, names, strict=True)):
        text = matching.text(cell)
        if name in copies and place != chosen[name]:
            if cell.get("cell_type") == "code":
                taken.helpers.append((previous, text))
        elif name:
            previous = name
            if name in copies:
                _take(taken, cell, known[name], text)
            elif matching.plain_text(text) != matching.plain_text(released(known[name])):
                taken.flags.append(f"{name}: locked cell was changed (restored)")
            tags = _tags(cell)
            if tags:
                taken.flags.append(f"{name}: tag {', '.join(tags)} (ignored)")
        elif cell.get("cell_type") == "code" and text.strip():
            taken.helpers.append((previous, text))
    if not copies:
        raise UnreadableError("no answer cell of this assignment: another notebook")
    if lost:
        taken.flags.append(f"{_count(len(lost), 'cell')} without its id, known by text or place")
    taken.flags += _flags(copies, names, known, metadata, assignment)
    _bounded(taken)
    return taken


def _in_place(name: str, names: list[str], order: list[str]) -> int:
    """Return which copy of an answer follows the cell that it follows in the source."""
    before = order[order.index(name) - 1] if order.index(name) else ""
    places = [place for place, found in enumerate(names) if found == name]
    for place in places:
        last = next((n for n in reversed(names[:place]) if n and n != name), "")
        if last == before:
            return place
    return places[0]


def _take(taken: Submission, cell: dict[str, Any], original: Any, text: str) -> None:
    name = original.id
    if original.cell_type == "code" and cell.get("cell_type") != "code":
        kind = str(cell.get("cell_type"))[:20]
        taken.flags.append(f"{name}: the answer's cell is {kind}, not code")
        text = f"raise TypeError('this cell is {kind!s:.20}, not code; change its type')"
    elif original.cell_type == "code" and matching.below_the_stub(text):
        taken.flags.append(f"{name}: answered below the line with NotImplementedError")
    taken.answers[name] = text
    if original.cell_type != "code":
        taken.pictures[name] = _pictures(cell)


def _pictures(cell: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the pictures that were pasted into a written answer: kind, and base64 text."""
    found: list[tuple[str, str]] = []
    attached = cell.get("attachments")
    for bundle in attached.values() if isinstance(attached, dict) else ():
        for kind, data in bundle.items() if isinstance(bundle, dict) else ():
            data = "".join(data) if isinstance(data, list) else data
            right = kind in PICTURES and isinstance(data, str) and len(data) < MOST_PICTURE
            if right and re.fullmatch(r"[A-Za-z0-9+/=\s]+", data):
                found.append((kind, "".join(data.split())))
    return found[:20]


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _cells(data: bytes) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    try:
        notebook = json.loads(decoded(data))
    except (UnicodeDecodeError, ValueError, RecursionError, MemoryError) as error:
        kind = "UTF-8" if isinstance(error, UnicodeDecodeError) else "JSON"
        raise UnreadableError(f"not a notebook: no {kind}") from error
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if cells is None and isinstance(notebook, dict):  # format 3 had its cells in worksheets
        sheets = notebook.get("worksheets")
        first = sheets[0] if isinstance(sheets, list) and sheets else None
        cells = first.get("cells") if isinstance(first, dict) else None
    if not isinstance(cells, list):
        raise UnreadableError("not a notebook: it has no list of cells")
    if len(cells) > MOST_CELLS:
        raise UnreadableError(f"more than {MOST_CELLS} cells")
    metadata = notebook.get("metadata")
    return (
        [cell for cell in cells if isinstance(cell, dict)],
        metadata if isinstance(metadata, dict) else {},
    )


def _tags(cell: dict[str, Any]) -> list[str]:
    about = cell.get("metadata")
    tags = about.get("tags") if isinstance(about, dict) else None
    return sorted(_TAGS & {t for t in tags if isinstance(t, str)}) if isinstance(tags, list) else []


def _other_assignment(metadata: dict[str, Any], assignment: Assignment) -> str:
    about = metadata.get("alexnet_lab")
    other = about.get("assignment") if isinstance(about, dict) else None
    if isinstance(other, str) and other != assignment.name:
        return f"another assignment: {other[:64]!r}"
    return ""


def _flags(
    copies: dict[str, int],
    names: list[str],
    known: dict[str, Any],
    metadata: dict[str, Any],
    assignment: Assignment,
) -> list[str]:
    flags = [f"{n}: {count} copies, each in its place" for n, count in copies.items() if count > 1]
    order = [name for name in names if name]
    there = set(order)
    flags += [
        f"{name}: cell missing{'' if name in assignment.stubs else ' (restored)'}"
        for name in known
        if name not in there
    ]
    if list(dict.fromkeys(order)) != [name for name in known if name in there]:
        flags.append("cells were reordered (the source's order used)")
    kernel = metadata.get("kernelspec")
    language = kernel.get("language") if isinstance(kernel, dict) else None
    if isinstance(language, str) and language.lower() != "python":
        flags.append(f"kernel of the language {language[:32]!r} (ignored)")
    about = metadata.get("alexnet_lab")
    version = about.get("version") if isinstance(about, dict) else None
    if isinstance(version, str) and version != assignment.version:
        flags.append("from another release of this assignment")
    return flags


def _bounded(taken: Submission) -> None:
    total = sum(map(len, taken.answers.values())) + sum(len(text) for _, text in taken.helpers)
    if total > MOST_CHARACTERS:
        raise UnreadableError(f"more than {MOST_CHARACTERS // 1000} thousand characters of answers")


def helper_id(number: int, text: str) -> str:
    """Return the id of a helper cell in the notebook that is graded."""
    return f"helper-{number}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
