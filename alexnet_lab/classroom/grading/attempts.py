"""One submission: transplant its answers into the teacher's notebook, run, judge, run again.

A crash, a timeout or a flood of output ends a run. The exercise that did it is
marked, its answer replaced by the stub, and the notebook run once more, so that one crash costs one
exercise.
"""

from __future__ import annotations

import copy
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .. import secret
from ..authoring import rules
from ..authoring.source import Assignment, Check, defined
from ..cells import role
from ..checking import explain, with_earlier
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
    seconds : float
        What the check took, the student's part included.
    """

    points: float
    message: str = ""
    detail: str = ""
    seconds: float = field(default=0.0, compare=False)


@dataclass
class Graded:
    """A submission's result: verdicts by check, and what happened on the way.

    ``flags`` are for the student's page, too; ``suspicions`` are for the teacher alone, and cost no
    points. ``late``: something took too long, which may be the machine's fault.
    """

    verdicts: dict[str, Verdict]
    flags: list[str] = field(default_factory=list)
    suspicions: list[str] = field(default_factory=list)
    runs: int = 0
    seconds: float = 0.0
    late: bool = False

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


def grade_one(
    assignment: Assignment,
    taken: Submission,
    known: str,
    run: Run,
    budget_seconds: float = float("inf"),
) -> Graded:
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
    budget_seconds : float
        When so much time is over, no further run is begun.

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
    end = time.monotonic() + budget_seconds
    for _ in range(len(assignment.stubs) + len(taken.helpers) + 1):
        if done.runs and time.monotonic() > end:
            done.flags.append(f"stopped after {budget_seconds:g} seconds, the time of a submission")
            done.late = True
            break
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
        done.late = done.late or "longer than" in why
        exercise = _blame(name, notebook, assignment, {**stubbed, **dropped})
        done.flags.append(f"{name or 'before the first cell'}: {why}")
        if not exercise:
            break
        (stubbed if exercise in assignment.stubs else dropped)[exercise] = why
    ends = {row.get("id"): row for row in rows if row.get("kind") == "end"}
    broken = {
        name: rules.broken(taken.answers.get(name, ""), without, _others(assignment, taken, name))
        for name, without in assignment.without.items()
    }
    failed: set[str] = set()
    told = [s for row in rows for s in row.get("suspicions", ())]
    done.suspicions = [str(text)[:300] for text in dict.fromkeys(told)]
    for check in assignment.checks:
        why = stubbed.get(check.exercise, "")
        verdict = (
            Verdict(0.0, f"stopped: {why}") if why else _verdict(check, ends.get(check.grade_id))
        )
        if verdict.points and (rule := broken.get(check.exercise)):
            verdict = Verdict(0.0, rule)
        verdict.seconds = float((ends.get(check.grade_id) or {}).get("seconds") or 0.0)
        done.verdicts[check.grade_id] = verdict
        if not verdict.points and check.exercise in assignment.stubs and not why:
            failed.add(check.exercise)
            verdict.message = with_earlier(verdict.message, check.exercise, taken.answers, failed)
    return done


def _others(assignment: Assignment, taken: Submission, name: str) -> list[str]:
    """Return the text of all that one answer can call: given, of other answers, of own cells."""
    given = [cell.source for cell in assignment.notebook.cells if role(cell) == "given"]
    answers = [text for other, text in taken.answers.items() if other != name]
    return [*given, *answers, *(text for _, text in taken.helpers)]


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
    defines = {
        cell.id: defined(cell.source)
        for cell in assignment.notebook.cells
        if role(cell) == "answer"
    }
    notebook.metadata["alexnet_lab"] = {"defines": defines}
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
        said = _about_hidden(check, error, message, str(who))
    return Verdict(0.0, said[:300], detail)


def _about_hidden(check: Check, error: str, message: str, who: str) -> str:
    """Return what a student may read of an error on hidden data.

    The check's own words are for students. Nothing that an answer can choose is shown, or it would
    carry hidden data to the page: no exception's name, no shape or number in the check's sentence,
    no table of `numpy.testing`.
    """
    if who == "answer":
        return "your code stops with an error on data of a hidden check"
    if error != "AssertionError":
        return "the check cannot work with what your code gives on data of a hidden check"
    lines = message.split("\n")
    if who == "library":
        lines = [line for line in lines if check.title in line][:1]
    told = " ".join(word if word in check.words else "…" for word in " ".join(lines).split())
    told = re.sub(r"…( …)+", "…", told)
    return told if told.strip("… ") else "wrong on data of a hidden check"
