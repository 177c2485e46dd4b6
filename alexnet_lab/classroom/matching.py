"""Which cell of a notebook is which cell of the assignment: one answer for check and grade.

By id first: a cell's own, Colab's place for it, nbgrader's name. Where ids are lost, by what cannot
be lost: the text of a locked cell, the function that an answer defines, and at last the place
between neighbours that are known.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from typing import Any

from .authoring.source import Assignment, defined
from .cells import role


def matched(cells: Sequence[dict[str, Any]], assignment: Assignment, released: Any) -> list[str]:
    """Return for each cell the name of the assignment's cell that it is, or nothing.

    Parameters
    ----------
    cells : sequence of dict
        A submission's cells, in their order; anything may stand in them.
    assignment : Assignment
    released : callable
        From a cell of the source to the text that students get.

    Returns
    -------
    list of str
        The same name may stand more than once: copies.
    """
    known = {cell.id: cell for cell in assignment.notebook.cells if role(cell) != "prose"}
    names = [next((n for n in ids(cell) if n in known), "") for cell in cells]
    _by_text(cells, names, {n: plain_text(released(cell)) for n, cell in known.items()}, assignment)
    _by_function(cells, names, assignment)
    _by_place(cells, names, list(known), assignment)
    return names


def ids(cell: dict[str, Any]) -> Iterable[str]:
    """Give what a cell may be called: its id, Colab's place for the id, nbgrader's name."""
    about = cell.get("metadata")
    about = about if isinstance(about, dict) else {}
    marks = about.get("nbgrader")
    marks = marks if isinstance(marks, dict) else {}
    for name in (cell.get("id"), about.get("id"), marks.get("grade_id")):
        if isinstance(name, str):
            yield name


def text(cell: dict[str, Any]) -> str:
    """Return a cell's text, whatever stands in its place."""
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(piece for piece in source if isinstance(piece, str))
    found = source if isinstance(source, str) else ""
    # Half a surrogate pair is JSON, and no text.
    return found.encode("utf-8", "replace").decode()


def plain_text(source: str) -> str:
    """Return a text without what editors change unasked: ends of lines, space at their ends."""
    lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def defines(source: str) -> set[str]:
    """Return the names that a cell defines at its top, also where it is no valid Python."""
    try:
        return {name for name, _ in defined(source)}
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set(re.findall(r"^(?:def|class)\s+(\w+)", source, re.M))


def wanted(assignment: Assignment) -> dict[str, list[list[Any]]]:
    """Return by answer cell what its reference solution defines; see `defined`."""
    cells = assignment.notebook.cells
    return {cell.id: defined(cell.source) for cell in cells if role(cell) == "answer"}


def below_the_stub(source: str) -> bool:
    """Return whether an answer stands below the stub's `raise`, where it is never reached."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    for node in ast.walk(tree):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        for place, line in enumerate(node.body[:-1]):
            call = line.exc if isinstance(line, ast.Raise) else None
            if isinstance(call, ast.Call):
                call = call.func
            if isinstance(call, ast.Name) and call.id == "NotImplementedError" and place < 2:
                return True
    return False


def _by_text(
    cells: Sequence[dict[str, Any]],
    names: list[str],
    texts: dict[str, str],
    assignment: Assignment,
) -> None:
    left = {t: n for n, t in texts.items() if n not in names and n not in assignment.stubs and t}
    for place, cell in enumerate(cells):
        if not names[place]:
            names[place] = left.pop(plain_text(text(cell)), "")


def _by_function(cells: Sequence[dict[str, Any]], names: list[str], assignment: Assignment) -> None:
    left = {n: {f for f, _ in what} for n, what in wanted(assignment).items() if n not in names}
    for place, cell in enumerate(cells):
        if names[place] or cell.get("cell_type") != "code" or not left:
            continue
        found = defines(text(cell))
        name = next((n for n, what in left.items() if what and what <= found), "")
        if name:
            names[place] = name
            del left[name]


def _by_place(
    cells: Sequence[dict[str, Any]], names: list[str], order: list[str], assignment: Assignment
) -> None:
    """Take for a lost answer the only cell of its kind between its known neighbours."""
    kinds = {cell.id: cell.cell_type for cell in assignment.notebook.cells}
    prose = {plain_text(c.source) for c in assignment.notebook.cells if role(c) == "prose"}
    for name in [n for n in assignment.stubs if n not in names]:
        at = order.index(name)
        first = max((names.index(n) for n in order[:at] if n in names), default=-1)
        last = min((names.index(n) for n in order[at + 1 :] if n in names), default=len(names))
        between = [
            place
            for place in range(first + 1, last)
            if not names[place]
            and cells[place].get("cell_type") == kinds[name]
            and plain_text(text(cells[place])) not in {"", *prose}
        ]
        if len(between) == 1:
            names[between[0]] = name
