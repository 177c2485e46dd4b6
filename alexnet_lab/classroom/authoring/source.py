"""A teacher's source: one notebook in nbgrader's schema 3, read and held to the rules."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...errors import UserError
from ..cells import meta, own, role
from ..notebook import read_notebook, short, tags
from . import regions, rules

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TAGS = {"raises-exception", "skip-execution", "nbval-skip", "nbval-raises-exception"}


@dataclass(frozen=True)
class Check:
    """One rubric line: a locked cell whose asserts judge one exercise."""

    grade_id: str
    exercise: str
    title: str
    hint: str
    points: float
    seeds: tuple[str, ...] = ()
    hidden: frozenset[int] = frozenset()  # line numbers, from 1, that students never see
    words: frozenset[str] = frozenset()  # of all texts in its code, and in that of given cells


@dataclass(frozen=True)
class Written:
    """A free-text answer, which a person reads and marks."""

    grade_id: str
    title: str
    points: float


@dataclass(frozen=True)
class Assignment:
    """A source, read: `read_source` makes one.

    Attributes
    ----------
    name : str
        The file's name without suffix.
    version : str
        Twelve characters of the source's digest.
    notebook : nbformat.NotebookNode
        The source as it was read; not to be changed.
    checks : tuple of Check
        In the notebook's order.
    written : tuple of Written
    stubs : dict of str to str
        What students get in the place of each answer, by ``grade_id``.
    without : dict of str to list of str
        What an answer may not use, by its ``grade_id``; see `rules.broken`.
    """

    name: str
    version: str
    notebook: Any
    checks: tuple[Check, ...]
    written: tuple[Written, ...]
    stubs: dict[str, str] = field(repr=False)
    without: dict[str, list[str]] = field(default_factory=dict, repr=False)

    @property
    def points(self) -> float:
        """Points that checks can give; free text comes on top."""
        return sum(check.points for check in self.checks)


def read_source(path: str | os.PathLike[str]) -> Assignment:
    """Read a teacher's source.

    Parameters
    ----------
    path : str or os.PathLike
        A notebook in nbgrader's schema 3; ``cell.id == grade_id`` in every cell of its own.

    Returns
    -------
    Assignment

    Raises
    ------
    UserError
        When it cannot be read, or breaks a rule; the message names the cell.
    """
    file = Path(path)
    notebook, data = read_notebook(file, strict=True)
    return _assignment(file.stem, notebook, hashlib.sha256(data).hexdigest()[:12])


def _assignment(name: str, notebook: Any, version: str) -> Assignment:
    checks: list[Check] = []
    without: dict[str, list[str]] = {}
    words: set[str] = set()
    written: list[Written] = []
    stubs: dict[str, str] = {}
    seen: set[str] = set()
    last = ""
    for number, cell in enumerate(notebook.cells):
        kind = role(cell)
        called = short(meta(cell).get("grade_id") or cell.get("id", "?"), 64)
        where = f"{name}, cell {number} ({called})"
        _hold(cell, kind, where, seen)
        if kind in ("answer", "written"):
            stubs[cell.id] = regions.stub(cell.source, cell.cell_type == "code", where)
        if kind == "answer":
            last = cell.id
            without[cell.id] = _without(cell, where)
        elif kind == "given":
            words |= _words(cell.source)
        elif kind == "check":
            checks.append(_check(cell, last, stubs, words, where))
        elif kind == "written":
            title = str(own(cell).get("title") or cell.id)
            written.append(Written(cell.id, title, _points(cell, where)))
    if not checks:
        raise UserError(f"{name}: no check cell (nbgrader's grade without solution)")
    return Assignment(name, version, notebook, tuple(checks), tuple(written), stubs, without)


def _hold(cell: Any, kind: str, where: str, seen: set[str]) -> None:
    about = meta(cell)
    odd = tags(cell) & _TAGS
    if odd:
        raise UserError(f"{where}: the tag {sorted(odd)[0]!r} would hide what the cell does")
    if kind == "prose":
        if cell.cell_type == "code":
            raise UserError(f"{where}: a code cell without nbgrader's metadata")
        return
    grade_id = about.get("grade_id", "")
    if about.get("schema_version") != 3:
        raise UserError(f"{where}: nbgrader's schema_version must be 3")
    if not isinstance(grade_id, str) or not _ID.fullmatch(grade_id) or cell.get("id") != grade_id:
        raise UserError(
            f"{where}: id {cell.get('id')!r} and grade_id {grade_id!r} must be the same"
        )
    if grade_id in seen:
        raise UserError(f"{where}: a second cell of this grade_id")
    seen.add(grade_id)
    if about.get("task"):
        raise UserError(f"{where}: nbgrader's task cells are not graded here; use a written answer")
    if kind in ("given", "picture", "check") and not about.get("locked"):
        raise UserError(f"{where}: must be locked")
    if kind == "answer" and cell.cell_type != "code":
        raise UserError(f"{where}: a markdown answer needs grade and points")
    if kind == "written" and cell.cell_type == "code":
        raise UserError(f"{where}: code needs a check cell of its own, and no points in the answer")
    for region, roles in (
        (regions.SOLUTION, ("answer", "written")),
        (regions.HIDDEN, ("check",)),
        # nbgrader takes mark schemes only in its task cells; put one into the solution.
        (regions.SCHEME, ()),
    ):
        if f"BEGIN {region}" in cell.source and kind not in roles:
            place = f"in a cell that is {' or '.join(roles)}" if roles else "into the solution"
            raise UserError(f"{where}: BEGIN {region} belongs {place}")


def _without(cell: Any, where: str) -> list[str]:
    """Return what the answer may not use; the reference solution keeps to it."""
    found = own(cell).get("without", [])
    if not isinstance(found, list) or not all(isinstance(rule, str) and rule for rule in found):
        raise UserError(f"{where}: without {found!r} must be a list of names")
    if wrong := rules.broken(cell.source, found):
        raise UserError(f"{where}: the solution breaks its own rule: {wrong}")
    return found


def _words(text: str) -> set[str]:
    """Return the words of all texts in a cell's code; none where it is not Python alone."""
    try:
        tree = ast.parse(text)
    except SyntaxError:  # a magic
        return set()
    return {
        word
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for word in node.value.split()
    }


def _check(cell: Any, last: str, stubs: dict[str, str], words: set[str], where: str) -> Check:
    about = own(cell)
    exercise = str(about.get("exercise") or last)
    if exercise not in stubs:
        raise UserError(f"{where}: judges {exercise!r}, and no answer cell above has this grade_id")
    visible = regions.drop(cell.source, regions.HIDDEN, where)
    try:
        has_code = bool(ast.parse(visible).body)
        tree = ast.parse(cell.source)
    except SyntaxError as error:
        raise UserError(f"{where}: line {error.lineno}: {error.msg}") from error
    if not has_code:
        raise UserError(f"{where}: hidden as a whole, so that it passes when nothing is answered")
    places = enumerate(regions.mark(cell.source, regions.HIDDEN, where), 1)
    return Check(
        grade_id=cell.id,
        exercise=exercise,
        title=str(about.get("title") or exercise),
        hint=str(about.get("hint") or ""),
        points=_points(cell, where),
        seeds=_seeds(tree, where),
        words=frozenset(words | _words(cell.source)),
        hidden=frozenset(number for number, (_, place) in places if place != "out"),
    )


def _points(cell: Any, where: str) -> float:
    points = meta(cell).get("points")
    if isinstance(points, bool) or not isinstance(points, (int, float)) or not 0 <= points < 1e6:
        raise UserError(f"{where}: points {points!r} must be a number of at least 0")
    return float(points)


def _seeds(tree: ast.AST, where: str) -> tuple[str, ...]:
    """Return the names that a check gives to `secret_rng`: these seeds it gets, and no others."""
    names = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        called = getattr(function, "attr", getattr(function, "id", ""))
        if called != "secret_rng":
            continue
        first = node.args[0] if node.args else None
        if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
            raise UserError(f"{where}: secret_rng needs the exercise's name as a literal")
        names.append(first.value)
    return tuple(dict.fromkeys(names))


def imported(assignment: Assignment) -> list[str]:
    """Return the modules that the read-only cells import, in their order, each once."""
    names: list[str] = []
    for cell in assignment.notebook.cells:
        if cell.cell_type != "code" or role(cell) != "given":
            continue
        try:
            tree = ast.parse(cell.source)
        except SyntaxError:  # a magic: the set-up cell's pip, perhaps
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.append(node.module)
    return list(dict.fromkeys(names))


def defined(text: str) -> list[list[Any]]:
    """Return the names that a cell defines at its top, each with whether it is to be called.

    Parameters
    ----------
    text : str
        A reference solution.

    Returns
    -------
    list of [str, bool]
    """
    found: list[list[Any]] = []
    for node in ast.parse(text).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.append([node.name, True])
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)]
            call = isinstance(node.value, ast.Lambda)
            found += [[name, call] for name in names]
    return found


def dumps(notebook: Any) -> str:
    """Return a notebook as JSON text that ends with a line feed, keys in order."""
    return json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
