"""One submission: transplant its answers into the teacher's notebook, run, judge, run again.

A crash, a timeout, a flood of output or a sign of tampering ends a run. The exercise that did it is
marked, its answer replaced by the stub, and the notebook run once more, so that one crash costs one
exercise.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .. import secret
from ..authoring.source import Assignment, Check
from ..cells import role
from ..checking import explain
from .submission import Submission, helper_id

ATTEMPTS = 3
Run = Callable[[Any, dict[str, dict[str, int]]], tuple[list[dict[str, Any]], str]]


@dataclass
class Verdict:
    """What one check said.

    Attributes
    ----------
    points : float
    message : str
        What the student reads; empty when passed.
    detail : str
        What only the teacher reads: the error in full, the line in the source.
    """

    points: float
    message: str = ""
    detail: str = ""


@dataclass
class Graded:
    """A submission's result: verdicts by check, and what happened on the way."""

    verdicts: dict[str, Verdict]
    flags: list[str] = field(default_factory=list)
    runs: int = 0
    seconds: float = 0.0

    @property
    def points(self) -> float:
        """Points of all checks."""
        return sum(verdict.points for verdict in self.verdicts.values())


def seeds(assignment: Assignment, known: str) -> dict[str, dict[str, int]]:
    """Return for each check the seeds of the hidden data that it draws."""
    return {
        check.grade_id: {name: secret.derive(known, name) for name in check.seeds}
        for check in assignment.checks
        if check.seeds
    }


def grade_one(assignment: Assignment, taken: Submission, known: str, run: Run) -> Graded:
    """Grade one submission.

    Parameters
    ----------
    assignment : Assignment
    taken : Submission
        From `submission.read_submission`.
    known : str
        The course's secret.
    run : callable
        Runs a notebook: `worker.Worker.run`.

    Returns
    -------
    Graded
    """
    stubbed: dict[str, str] = {}
    dropped: dict[str, str] = {}
    done = Graded({})
    drawn = seeds(assignment, known)
    rows: list[dict[str, Any]] = []
    # Each further run leaves out one more thing, so this ends.
    for _ in range(len(assignment.stubs) + len(taken.helpers) + 1):
        notebook = transplant(assignment, taken, stubbed, dropped)
        for _ in range(ATTEMPTS):
            rows, early = run(notebook, drawn)
            done.runs += 1
            if rows:  # else no cell was begun: not the answers' doing
                break
        done.seconds += sum(float(row.get("seconds") or 0) for row in rows)
        blamed = _culprit(rows, early, notebook)
        if not blamed:
            break
        name, why = blamed
        exercise = _blame(name, notebook, assignment, {**stubbed, **dropped})
        done.flags.append(f"{name or 'before the first cell'}: {why}")
        if not exercise:
            break
        (stubbed if exercise in assignment.stubs else dropped)[exercise] = why
    ends = {row.get("id"): row for row in rows if row.get("kind") == "end"}
    for check in assignment.checks:
        why = stubbed.get(check.exercise, "")
        done.verdicts[check.grade_id] = (
            Verdict(0.0, f"stopped: {why}") if why else _verdict(check, ends.get(check.grade_id))
        )
    return done


def transplant(
    assignment: Assignment,
    taken: Submission,
    stubbed: dict[str, str] | None = None,
    dropped: dict[str, str] | None = None,
) -> Any:
    """Return the teacher's notebook with a student's answers in it.

    Parameters
    ----------
    assignment : Assignment
    taken : Submission
    stubbed : dict, optional
        Answers to leave out: the stub stands for them.
    dropped : dict, optional
        Helpers to leave out, by `submission.helper_id`.

    Returns
    -------
    nbformat.NotebookNode
        Code cells only: the source's own, unchanged, except that pictures are not drawn and hold
        nothing; answers; and helpers, each behind the cell that it followed.
    """
    import nbformat

    helpers: dict[str, list[Any]] = {}
    for number, (after, text) in enumerate(taken.helpers):
        name = helper_id(number, text)
        if name not in (dropped or {}):
            cell = nbformat.v4.new_code_cell(text, id=name)
            helpers.setdefault(after, []).append(cell)
    notebook = copy.deepcopy(assignment.notebook)
    cells = helpers.pop("", [])
    for cell in notebook.cells:
        if cell.cell_type == "code" and role(cell) != "picture":
            cell = copy.deepcopy(cell)
            cell.outputs, cell.execution_count = [], None
            cell.metadata.pop("tags", None)
            if role(cell) == "answer":
                given = taken.answers.get(cell.id, assignment.stubs[cell.id])
                cell.source = assignment.stubs[cell.id] if cell.id in (stubbed or {}) else given
            cells.append(cell)
        cells += helpers.pop(cell.get("id", ""), [])
    notebook.cells = cells
    return notebook


def _culprit(rows: list[dict[str, Any]], early: str, notebook: Any) -> tuple[str, str] | None:
    """Return the cell that ended the run, and why."""
    begun = ""
    for row in rows:
        if row.get("kind") == "begin":
            begun = str(row.get("id"))
        elif row.get("outcome") == "stopped" and row.get("first"):
            return str(row.get("id")), str(row.get("message"))[:200]
    ended = sum(row.get("kind") == "end" for row in rows)
    if early or ended < len(notebook.cells):
        return begun, early or "the run was cut short"
    return None


def _blame(name: str, notebook: Any, assignment: Assignment, known: dict[str, str]) -> str:
    """Return the answer or helper to leave out: the cell's own, else the nearest above."""
    for check in assignment.checks:
        if check.grade_id == name and check.exercise not in known:
            return check.exercise
    names = [cell.id for cell in notebook.cells]
    upto = names[: names.index(name) + 1] if name in names else []
    for cell_name in reversed(upto):
        can_go = cell_name in assignment.stubs or cell_name.startswith("helper-")
        if can_go and cell_name not in known:
            return cell_name
    return ""


def _verdict(check: Check, row: dict[str, Any] | None) -> Verdict:
    if row is None:
        return Verdict(0.0, "not reached")
    if row.get("outcome") == "passed":
        return Verdict(check.points)
    detail = f"{row.get('error')}: {row.get('message')}".strip(": ")[:2000]
    if row.get("outcome") != "failed":
        return Verdict(0.0, str(row.get("message"))[:300], detail)
    line, who = (row.get("where") or [0, "answer"])[:2]
    if line:
        detail = f"line {line} of {check.grade_id}: {detail}"
    error, message = str(row.get("error")), str(row.get("message"))
    said = explain({**row, "error": error, "message": message})
    if line in check.hidden or (line == 0 and check.hidden):
        said = _about_hidden(check, error, message, str(who)) or said
    return Verdict(0.0, said[:300], detail)


def _about_hidden(check: Check, error: str, message: str, who: str) -> str:
    """Return what a student may read of an error on hidden data; nothing: the message itself.

    The check's own words are for students. What an answer raises while it works on hidden data may
    repeat these data, and so do the tables of `numpy.testing`.
    """
    if who == "check" and error == "AssertionError":
        return "" if message else "wrong on data of a hidden check"
    if who == "library" and error == "AssertionError":
        told = [line.strip() for line in message.split("\n") if check.title in line]
        return told[0] if told else "wrong on data of a hidden check"
    return f"{error[:60]} in your code, on data of a hidden check"
