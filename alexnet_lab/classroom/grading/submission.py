"""What is taken from a submission: the source text of answers, by the cells' ids; nothing else.

Metadata, tags, outputs, order, kernel and locked cells of a submission are ignored. Its own further
code cells are kept as helpers, behind the cell that they follow.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ...errors import UserError
from ..authoring.release import released_source
from ..authoring.source import Assignment
from ..cells import role
from ..settings import MEBI

MOST_CELLS = 2000
MOST_CHARACTERS = 500_000  # of all answers and helpers together
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
    flags : list of str
        What a teacher may want to know; no flag costs points.
    """

    answers: dict[str, str] = field(default_factory=dict)
    helpers: list[tuple[str, str]] = field(default_factory=list)
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
            raise UnreadableError(f"larger than {most_mb} MB")
        with os.fdopen(os.dup(handle), "rb") as file:
            return file.read(most_mb * MEBI + 1)
    finally:
        os.close(handle)


def read_submission(data: bytes, assignment: Assignment) -> Submission:
    """Take the answers from a submission's bytes.

    Raises
    ------
    UnreadableError
        When these are no notebook, or hold no answer cell of the assignment.
    """
    cells, metadata = _cells(data)
    taken = Submission()
    known = {cell.id: cell for cell in assignment.notebook.cells if role(cell) != "prose"}
    copies: dict[str, list[str]] = {}
    order: list[str] = []
    previous = ""
    for cell in cells:
        names = list(_names(cell))
        name = next((name for name in names if name in known), "")
        if name:
            previous = name
            order.append(name)
            if name in assignment.stubs:
                copies.setdefault(name, []).append(_text(cell))
            elif _text(cell) != released_source(assignment, known[name]):
                taken.flags.append(f"{name}: locked cell was changed (restored)")
            tags = _tags(cell)
            if tags:
                taken.flags.append(f"{name}: tag {', '.join(tags)} (ignored)")
        elif cell.get("cell_type") == "code" and _text(cell).strip():
            taken.helpers.append((previous, _text(cell)))
    taken.answers = {name: "\n".join(texts) for name, texts in copies.items()}
    if not copies:
        raise UnreadableError(_stranger(metadata, assignment))
    taken.flags += _flags(copies, order, known, metadata, assignment)
    _bounded(taken)
    return taken


def _cells(data: bytes) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    try:
        notebook = json.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError, MemoryError) as error:
        kind = "UTF-8" if isinstance(error, UnicodeDecodeError) else "JSON"
        raise UnreadableError(f"not a notebook: no {kind}") from error
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise UnreadableError("not a notebook of format 4: it has no list of cells")
    if len(cells) > MOST_CELLS:
        raise UnreadableError(f"more than {MOST_CELLS} cells")
    metadata = notebook.get("metadata")
    return (
        [cell for cell in cells if isinstance(cell, dict)],
        metadata if isinstance(metadata, dict) else {},
    )


def _names(cell: dict[str, Any]) -> Iterable[str]:
    """Give what a cell may be called: its id, Colab's place for the id, nbgrader's name."""
    about = cell.get("metadata")
    about = about if isinstance(about, dict) else {}
    marks = about.get("nbgrader")
    marks = marks if isinstance(marks, dict) else {}
    for name in (cell.get("id"), about.get("id"), marks.get("grade_id")):
        if isinstance(name, str):
            yield name


def _tags(cell: dict[str, Any]) -> list[str]:
    about = cell.get("metadata")
    tags = about.get("tags") if isinstance(about, dict) else None
    return sorted(_TAGS & {t for t in tags if isinstance(t, str)}) if isinstance(tags, list) else []


def _text(cell: dict[str, Any]) -> str:
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(piece for piece in source if isinstance(piece, str))
    text = source if isinstance(source, str) else ""
    # Half a surrogate pair is JSON, and no text.
    return text.encode("utf-8", "replace").decode()


def _stranger(metadata: dict[str, Any], assignment: Assignment) -> str:
    about = metadata.get("alexnet_lab")
    other = about.get("assignment") if isinstance(about, dict) else None
    if isinstance(other, str) and other != assignment.name:
        return f"another assignment: {other[:64]!r}"
    return "no answer cell of this assignment: another notebook, or all ids are lost"


def _flags(
    copies: dict[str, list[str]],
    order: list[str],
    known: dict[str, Any],
    metadata: dict[str, Any],
    assignment: Assignment,
) -> list[str]:
    flags = [
        f"{name}: {len(t)} copies, joined in order" for name, t in copies.items() if len(t) > 1
    ]
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
