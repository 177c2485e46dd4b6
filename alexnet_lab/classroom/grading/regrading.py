"""Grading again: one student, or one exercise of all, while everything else stays as it was."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...errors import UserError
from ..authoring.source import Assignment
from ..people.roster import Student
from .attempts import Graded, Verdict
from .results import shown


@dataclass(frozen=True)
class Regrade:
    """What is graded again.

    Attributes
    ----------
    files : frozenset of str
        Only these, where there are any.
    checks : frozenset of str
        Only the verdicts of these change, where there are any.
    before : dict of str to dict
        By file, what the report said before.
    """

    files: frozenset[str] = frozenset()
    checks: frozenset[str] = frozenset()
    before: dict[str, dict[str, Any]] = field(default_factory=dict)

    def wants(self, name: str) -> bool:
        """Return whether a file is to be run, whatever was kept of it."""
        return name in self.files if self.files else bool(self.checks)

    def merged(self, name: str, digest: str, graded: Graded) -> Graded:
        """Return a new result with what stays of the one before.

        Nothing stays of another file that had the same name.
        """
        entry = self.before.get(shown(name), {})
        if not self.checks or not self.wants(name) or entry.get("digest") != digest:
            return graded
        for check, verdict in entry.get("checks", {}).items():
            if check in graded.verdicts and check not in self.checks:
                graded.verdicts[check] = Verdict(**verdict)
        return graded


def read_regrade(
    words: Sequence[str],
    names: Iterable[str],
    whose: dict[str, Student],
    assignment: Assignment,
    report: Path,
) -> Regrade:
    """Return what is to be graded again.

    Parameters
    ----------
    words : sequence of str
        Students (ids, names, files) and exercises or checks.
    names : iterable of str
        Files of submissions.
    whose : dict of str to Student
        By file.
    assignment : Assignment
    report : pathlib.Path
        ``grades.json`` of the report before.

    Returns
    -------
    Regrade

    Raises
    ------
    UserError
        When a word is neither, or there is no report to keep the rest of.
    """
    files: set[str] = set()
    checks: set[str] = set()
    for word in words:
        of_exercise = {
            c.grade_id for c in assignment.checks if word in (c.grade_id, c.exercise, c.title)
        }
        of_student = {name for name in names if word in _called(name, whose.get(name))}
        if not of_exercise and not of_student:
            raise UserError(f"--regrade {word!r}: neither a student with a file nor an exercise")
        checks |= of_exercise
        files |= of_student
    return Regrade(frozenset(files), frozenset(checks), _before(report) if checks else {})


def _called(name: str, student: Student | None) -> set[str]:
    path = Path(shown(name))
    own = {student.id, student.name, student.address} if student else set()
    return {shown(name), path.name, path.stem, *own} - {""}


def _before(report: Path) -> dict[str, dict[str, Any]]:
    try:
        entries = json.loads(report.read_text(encoding="utf-8"))["submissions"]
        return {entry["file"]: entry for entry in entries if entry["file"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{str(report)!r} holds no grades to keep the other exercises of; grade once first"
        ) from error
