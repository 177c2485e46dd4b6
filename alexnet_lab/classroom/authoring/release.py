"""From a teacher's source to the notebook that students get."""

from __future__ import annotations

import copy
import hashlib
import os
import secrets as random_secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import UserError
from ...files import atomic_write
from .. import secret
from ..cells import meta, own, role
from ..running import process
from . import regions
from .source import Assignment, dumps, read_source

# A line that short says nothing: `return out`, `rng = …`.
TELLING = 20
# What stays of a cell's metadata.
KEPT = {"nbgrader", "alexnet_lab", "tags", "deletable", "editable"}
# What `kinds` reads is for teachers.
TEACHERS = ("kind", "level", "minutes")


@dataclass(frozen=True)
class Released:
    """What `release` did."""

    path: Path
    checks: int
    points: float
    written: int
    seconds: float

    def __str__(self) -> str:
        return (
            f"{self.path}: {self.checks} checks, {self.points:g} points"
            f"{f', {self.written} free text' if self.written else ''}; the source passes, "
            f"in {self.seconds:.1f} s of cells; unanswered, every check says so"
        )


def release(
    src: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    secret_file: str | os.PathLike[str] | None = None,
    secrets: int = 0,
) -> Released:
    """Write the student's notebook of a source, when all of it holds.

    Parameters
    ----------
    src : str or os.PathLike
        The teacher's source.
    out : str or os.PathLike
        Where to write; in a folder, also one that is still to be made and ends with a slash, the
        file takes the source's name.
    secret_file : str or os.PathLike, optional
        The course's secret.
    secrets : int
        Run the source under so many random secrets as well.

    Returns
    -------
    Released

    Raises
    ------
    UserError
        When the source does not pass under nbval, a check of the release does not fail with "not
        answered yet", or a line of a solution or a hidden check would survive. Nothing is written.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> al.classroom.release("source.ipynb", "students/")
    Traceback (most recent call last):
    alexnet_lab.errors.UserError: cannot read 'source.ipynb': no such file or directory
    """
    assignment = read_source(src)
    folder = Path(out).is_dir() or os.fspath(out).endswith(("/", os.sep))
    target = Path(out) / Path(src).name if folder else Path(out)
    if target.resolve() == Path(src).resolve():
        raise UserError(f"{str(target)!r} is the source itself; release into another file")
    known = secret.read_secret(secret_file)
    seconds = 0.0
    for each in [known, *(random_secrets.token_hex(16) for _ in range(secrets))]:
        seconds = _source_passes(assignment, each)
    student = student_notebook(assignment)
    _nothing_survives(assignment, student)
    _release_fails(assignment, student)
    with atomic_write(target) as scratch:
        scratch.write_text(dumps(student), encoding="utf-8")
    return Released(
        target, len(assignment.checks), assignment.points, len(assignment.written), seconds
    )


def student_notebook(assignment: Assignment) -> Any:
    """Return the notebook that students get: no solution, hidden check, output or count.

    Nothing of the teacher's machine or account goes along: not the kernel, not what Colab, VS Code
    and others write into a cell. Cells carry nbgrader's checksum, by which `check` sees that a
    locked one was changed.
    """
    import nbformat

    notebook = copy.deepcopy(assignment.notebook)
    for cell in notebook.cells:
        kind = role(cell)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        for key in set(cell.metadata) - KEPT:
            del cell.metadata[key]
        for key in TEACHERS:
            own(cell).pop(key, None)
        if not own(cell):
            cell.metadata.pop("alexnet_lab", None)
        if kind == "prose":
            continue
        cell.source = released_source(assignment, cell)
        about = cell.metadata.nbgrader
        cell.metadata.deletable = False
        if about.get("locked"):
            cell.metadata.editable = False
        about.cell_type = cell.cell_type
        about.checksum = checksum(cell)
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "alexnet_lab": {"assignment": assignment.name, "version": assignment.version},
        }
    )
    return notebook


def released_source(assignment: Assignment, cell: Any) -> str:
    """Return what students get of a cell's text."""
    kind = role(cell)
    if kind in ("answer", "written"):
        return assignment.stubs[cell.id]
    if kind == "check":
        return regions.drop(cell.source, regions.HIDDEN)
    return cell.source


def checksum(cell: Any) -> str:
    """Return nbgrader's checksum of a cell (`nbgrader.utils.compute_checksum`, schema 3)."""
    about = meta(cell)
    parts = [cell["source"], cell["cell_type"]]
    parts += [str(bool(about.get(key, False))) for key in ("grade", "solution", "locked")]
    parts.append(str(about.get("grade_id")))
    points = about.get("points")
    if about.get("grade") and isinstance(points, int | float) and abs(points) < 1e300:
        parts.append(str(float(points)))
    return hashlib.md5("".join(parts).encode(), usedforsecurity=False).hexdigest()


def _source_passes(assignment: Assignment, known: str) -> float:
    rows = _run(assignment.name, assignment.notebook, {secret.VARIABLE: known})
    for row in rows:
        if row["outcome"] != "passed":
            said = f"{row['error']}: {row['message']}".strip(": ").split("\n")[0]
            raise UserError(f"{assignment.name}: the source itself fails at {row['id']}: {said}")
    return float(sum(row["seconds"] for row in rows))


def _release_fails(assignment: Assignment, student: Any) -> None:
    rows = {row["id"]: row for row in _run(assignment.name, student, {})}
    for cell in student.cells:
        row = rows.get(cell.get("id"))
        if row is None:
            continue
        unanswered = regions.NOT_ANSWERED in row["message"] and row["outcome"] == "failed"
        kind = role(cell)
        if kind == "check" and not unanswered:
            raise UserError(
                f"{assignment.name}: unanswered, the check {cell.id} must fail with "
                f"{regions.NOT_ANSWERED!r}; it {_did(row)}"
            )
        if kind != "check" and row["outcome"] != "passed" and not unanswered:
            raise UserError(f"{assignment.name}: unanswered, the cell {cell.id} {_did(row)}")
        if kind == "answer" and row["outcome"] != "passed":
            raise UserError(
                f"{assignment.name}: the unanswered cell {cell.id} must run, and only its function "
                f"fail when a check calls it; it {_did(row)}"
            )


def _did(row: dict[str, Any]) -> str:
    said = f"{row['error']}: {row['message']}".strip(": ").split("\n")[0]
    return f"{row['outcome']}{f' with {said!r}' if said else ''}"


def _nothing_survives(assignment: Assignment, student: Any) -> None:
    """Look for lines of solutions and hidden checks in all that students get."""
    lines: dict[str, set[str]] = {}
    for cell in student.cells:
        for line in cell.source.split("\n"):
            lines.setdefault(line.strip(), set()).add(cell.get("id", ""))
        for kind in (regions.SOLUTION, regions.HIDDEN, regions.SCHEME):
            if f"BEGIN {kind}" in cell.source or f"END {kind}" in cell.source:
                raise UserError(f"{assignment.name}: a marker survives in {cell.get('id')}")
    for cell in assignment.notebook.cells:
        for kind in (regions.SOLUTION, regions.HIDDEN, regions.SCHEME):
            for line in regions.within(cell.source, kind):
                text = line.strip()
                # The visible part of the same cell may say the same: nothing is given away there.
                places = lines.get(text, set()) - {cell.get("id", "")}
                if len(text) >= TELLING and places:
                    raise UserError(
                        f"{assignment.name}: the line {text!r} of {cell.id} ({kind.lower()}) "
                        f"also stands in {', '.join(sorted(places))}"
                    )


def _run(name: str, notebook: Any, environment: dict[str, str]) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.ipynb"
        bare = copy.deepcopy(notebook)
        for cell in bare.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        path.write_text(dumps(bare), encoding="utf-8")
        return process.run(path, environment=environment)
