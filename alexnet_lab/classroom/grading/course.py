"""Whose each result is, and what it comes to: checks, people's marks and lateness together."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ...errors import UserError
from .. import matching, secret
from ..authoring.source import Assignment
from ..notebook import MOST_MB
from ..people.account import account
from ..people.collected import FILE, NOTEBOOKS, HandedIn, digest, read_collected
from ..people.lateness import Lateness
from ..people.marks import Mark, Marks, read_marks
from ..people.names import claim
from ..people.roster import Roster, Student, id_of, read_roster
from .attempts import Graded, Verdict
from .results import ABSENT, Result, shown
from .submission import UnreadableError, read_bytes

MARKS = "marks.csv"
Paths = str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None


@dataclass(frozen=True)
class Course:
    """What is known of the class.

    Attributes
    ----------
    roster : Roster or None
    handed : dict of str to HandedIn
        By student, from ``collected.csv``.
    policy : Lateness or None
    marks : tuple of str
        Files of marks, the last counting most.
    """

    roster: Roster | None = None
    handed: dict[str, HandedIn] = field(default_factory=dict)
    policy: Lateness | None = None
    marks: tuple[str | os.PathLike[str], ...] = ()


def read_course(
    folder: Path,
    out: Path,
    roster: str | os.PathLike[str] | None,
    marks: Paths,
    policy: Lateness | None,
) -> tuple[Path, Course]:
    """Read what is known of the class.

    Parameters
    ----------
    folder : pathlib.Path
        Of submissions, or what collecting wrote.
    out : pathlib.Path
        Of the report; its ``marks.csv`` is read when no other marks are named.
    roster : str or os.PathLike, optional
    marks : str, os.PathLike or a sequence of them, optional
    policy : Lateness, optional

    Returns
    -------
    (pathlib.Path, Course)
        The folder of notebooks; and the course.

    Raises
    ------
    UserError
    """
    everyone = read_roster(roster) if roster else None
    handed: dict[str, HandedIn] = {}
    collected = folder / FILE
    if collected.is_file() and (folder / NOTEBOOKS).is_dir():
        handed, there = read_collected(collected)
        everyone = everyone or there
        strangers = sorted(set(handed) - set(everyone.by_id))
        if strangers:
            raise UserError(f"{strangers[0]!r} in {str(collected)!r} is not on the roster")
        folder = folder / NOTEBOOKS
    elif policy:
        raise UserError(
            f"a deadline needs the times of submissions, and {str(folder)!r} has no {FILE}; "
            "alexnet-lab assignment collect writes it"
        )
    if marks is None:
        files: tuple[str | os.PathLike[str], ...] = (out / MARKS,)
        files = files if (out / MARKS).is_file() else ()
    else:
        files = (marks,) if isinstance(marks, (str, os.PathLike)) else tuple(marks)
    return folder, Course(everyone, handed, policy, files)


def owners(names: Iterable[str], folder: Path, course: Course) -> dict[str, Student]:
    """Return whose each file is; files of nobody are left out.

    Raises
    ------
    UserError
        When a student has two files, or a file is not the one that was collected.
    """
    found: dict[str, Student] = {}
    if course.roster is None:
        return found
    for name in names:
        if course.handed:
            student = course.roster.by_id.get(id_of(name))
            _hold_to_table(student, folder / name, course)
        else:
            student = claim(Path(name).as_posix(), course.roster).student
        if student:
            found[name] = student
    for student, count in Counter(found.values()).items():
        if count > 1:
            raise UserError(
                f"{student.id!r} has {count} files; alexnet-lab assignment collect finds the newest"
            )
    return found


def _hold_to_table(student: Student | None, path: Path, course: Course) -> None:
    row = course.handed.get(student.id) if student else None
    try:
        same = row is not None and digest(read_bytes(path, MOST_MB)) == row.digest
    except UnreadableError:
        same = False
    if not same:
        raise UserError(
            f"{path.name!r} is not what {FILE} tells of; run alexnet-lab assignment collect again"
        )


def settle(
    results: Sequence[Result],
    whose: dict[str, Student],
    assignment: Assignment,
    known: str,
    course: Course,
) -> tuple[tuple[Result, ...], Marks]:
    """Add to each result its student, marks and total, and a row for who handed in nothing.

    Parameters
    ----------
    results : sequence of Result
    whose : dict of str to Student
        By file; see `owners`.
    assignment : Assignment
    known : str
        The course's secret, from which codes are made.
    course : Course

    Returns
    -------
    (tuple of Result, Marks)

    Raises
    ------
    UserError
        For marks that cannot be.
    """
    rows = [replace(result, student=whose.get(result.name)) for result in results]
    there = {student.id for student in whose.values()}
    for student in course.roster or ():
        if student.id not in there:
            nothing = Graded({check.grade_id: Verdict(0.0) for check in assignment.checks})
            rows.append(Result("", ABSENT, "", nothing, {}, student=student))
    rows = [replace(row, code=secret.code(known, assignment.name, row.key)) for row in rows]
    marks = read_marks(course.marks, _names(rows), *_exercises(assignment))
    return tuple(_settled(row, assignment, marks.of(row.key), course) for row in rows), marks


def _settled(row: Result, assignment: Assignment, marks: dict[str, Mark], course: Course) -> Result:
    days, note = 0, ""
    handed = course.handed.get(row.key)
    if course.policy and handed:
        if handed.time:
            days = course.policy.days(handed.time, handed.deadline)
        elif handed.late:
            note = "late, and not known by how much: no penalty until a table of times tells"
        else:
            note = "no time is known"
    checks = {
        c.grade_id: (row.graded.verdicts[c.grade_id].points, c.points) for c in assignment.checks
    }
    questions = {
        w.grade_id: (answered(row, w.grade_id, assignment), w.points) for w in assignment.written
    }
    return replace(row, account=account(checks, questions, marks, course.policy, days, note))


def answered(row: Result, question: str, assignment: Assignment) -> bool:
    """Return whether a student has written anything in the place of an answer."""
    text = matching.plain_text(row.written.get(question, "")).strip()
    stub = matching.plain_text(assignment.stubs.get(question, "")).strip()
    return bool(row.pictures.get(question)) or text not in ("", stub)


def _names(rows: Sequence[Result]) -> dict[str, str]:
    """Return every name of a row; one that two rows share stands for neither, ids excepted."""
    found: dict[str, str] = {}
    shared: set[str] = set()
    for row in rows:
        other = [row.code, shown(row.name), Path(shown(row.name)).stem]
        other += [row.student.address, row.student.name] if row.student else []
        for name in {name for name in other if name}:
            shared |= {name} if found.setdefault(name, row.key) != row.key else set()
    found = {name: key for name, key in found.items() if name not in shared}
    return found | {row.key: row.key for row in rows}


def _exercises(assignment: Assignment) -> tuple[dict[str, float], dict[str, str]]:
    """Return what can be marked, with its points; and further names of the same."""
    points = {written.grade_id: written.points for written in assignment.written}
    points |= {check.grade_id: check.points for check in assignment.checks}
    others: dict[str, list[str]] = {}
    for check in assignment.checks:
        others.setdefault(check.exercise, []).append(check.grade_id)
        others.setdefault(check.title, []).append(check.grade_id)
    for written in assignment.written:
        others.setdefault(written.title, []).append(written.grade_id)
    return points, {name: ids[0] for name, ids in others.items() if len(ids) == 1}
