"""Regions between markers, as nbgrader has them: solutions, hidden tests, mark schemes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...errors import UserError

SOLUTION, HIDDEN, SCHEME = "SOLUTION", "HIDDEN TESTS", "MARK SCHEME"
CODE_STUB = 'raise NotImplementedError("not answered yet")'
TEXT_STUB = "YOUR ANSWER HERE"
NOT_ANSWERED = "not answered yet"


def mark(source: str, kind: str, where: str = "a cell") -> Iterator[tuple[str, str]]:
    """Give each line with its place: ``"out"``, ``"begin"``, ``"in"`` or ``"end"``.

    Parameters
    ----------
    source : str
        The text of a cell.
    kind : {"SOLUTION", "HIDDEN TESTS", "MARK SCHEME"}
    where : str
        What an error calls the cell.

    Yields
    ------
    tuple of str
        Line and place.

    Raises
    ------
    UserError
        When a region begins within a region, ends before it began, or never ends.
    """
    inside = False
    for line in source.split("\n"):
        if f"BEGIN {kind}" in line:
            if inside:
                raise UserError(f"{where}: BEGIN {kind} within BEGIN {kind}")
            inside = True
            yield line, "begin"
        elif f"END {kind}" in line:
            if not inside:
                raise UserError(f"{where}: END {kind} without BEGIN {kind}")
            inside = False
            yield line, "end"
        else:
            yield line, "in" if inside else "out"
    if inside:
        raise UserError(f"{where}: BEGIN {kind} without END {kind}")


def drop(source: str, kind: str, where: str = "a cell") -> str:
    """Return the text without the regions of a kind, markers included."""
    return "\n".join(line for line, place in mark(source, kind, where) if place == "out")


def within(source: str, kind: str, where: str = "a cell") -> list[str]:
    """Return the lines inside the regions of a kind, without the markers."""
    return [line for line, place in mark(source, kind, where) if place == "in"]


def stub(source: str, code: bool, where: str = "a cell") -> str:
    """Return the text with a stub in the place of each solution.

    The stub of code tells about how many lines the reference needs. A cell without a region is a
    solution as a whole, as nbgrader has it.
    """
    if f"BEGIN {SOLUTION}" not in source:
        return _code_stub(source.split("\n")) if code else TEXT_STUB
    out: list[str] = []
    region: list[str] = []
    indent = ""
    for line, place in mark(source, SOLUTION, where):
        if place == "out":
            out.append(line)
        elif place == "begin":
            region, indent = [], re.match(r"\s*", line)[0]  # type: ignore[index]
        elif place == "in":
            region.append(line)
        else:
            text = _code_stub(region) if code else TEXT_STUB
            out += [indent + piece for piece in text.split("\n")]
    return "\n".join(out)


def _code_stub(lines: list[str]) -> str:
    count = sum(1 for line in lines if line.strip() and not line.lstrip().startswith("#"))
    effort = "1 line" if count == 1 else f"about {count} lines"
    return f"# YOUR CODE HERE ({effort})\n{CODE_STUB}"
