"""Marks that people give: a file of theirs, read and never written."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ...errors import UserError
from ..tables import read_number, read_table

HEADINGS = {
    "student": ("id", "student id", "code", "file", "identifier", "username"),
    "exercise": ("question", "check", "grade_id"),
    "points": ("mark", "score"),
    "comment": ("comments", "feedback", "note"),
}


@dataclass(frozen=True)
class Mark:
    """What a person gave.

    Attributes
    ----------
    points : float or None
        None: only a comment so far.
    comment : str
    place : str
        File and line, for the teacher.
    """

    points: float | None
    comment: str
    place: str


@dataclass(frozen=True)
class Marks:
    """All marks of an assignment, by student and exercise.

    Attributes
    ----------
    given : dict of str to dict of str to Mark
    repeated : tuple of str
        Places where a mark stands that was given before; the later one counts.
    """

    given: dict[str, dict[str, Mark]]
    repeated: tuple[str, ...] = ()

    def of(self, student: str) -> dict[str, Mark]:
        """Return a student's marks by exercise."""
        return self.given.get(student, {})


def read_marks(
    paths: Iterable[str | os.PathLike[str]],
    students: Mapping[str, str],
    exercises: Mapping[str, float],
    others: Mapping[str, str],
) -> Marks:
    """Read the marks of an assignment.

    Parameters
    ----------
    paths : iterable of str or os.PathLike
        CSV with the columns student, exercise, points, comment. A later row, and a later file,
        counts more than an earlier one; an empty comment leaves an earlier one as it is.
    students : mapping of str to str
        Every name of a submission (id, code, file) and what it is called here.
    exercises : mapping of str to float
        Questions and checks, and the points that each can give.
    others : mapping of str to str
        Further names of exercises.

    Returns
    -------
    Marks

    Raises
    ------
    UserError
        For a student or an exercise that is not there, or points that cannot be; the message names
        the line. A mark that would vanish in silence is worse than a run that stops.
    """
    given: dict[str, dict[str, Mark]] = {}
    repeated = []
    for path in paths:
        for row in read_table(path, ("student", "exercise", "points"), HEADINGS):
            if not row["points"] and not row["comment"]:
                continue  # a row that waits for its mark
            student = _known(row["student"], students, "student", row.place)
            exercise = others.get(row["exercise"], row["exercise"])
            exercise = _known(exercise, {n: n for n in exercises}, "exercise", row.place)
            points = _points(row["points"], exercises[exercise], row.place)
            before = given.setdefault(student, {}).get(exercise)
            if before and points is not None and before.points is not None:
                repeated.append(row.place)
            if points is None and before:
                points = before.points
            comment = row["comment"] or (before.comment if before else "")
            given[student][exercise] = Mark(points, comment, row.place)
    return Marks(given, tuple(repeated))


def _known(text: str, names: Mapping[str, str], what: str, place: str) -> str:
    if text in names:
        return names[text]
    folded = [name for name in names if name.casefold() == text.casefold()]
    if len(folded) == 1:
        return names[folded[0]]
    near = difflib.get_close_matches(text, list(names), n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise UserError(f"{place}: no {what} {text!r}{hint}")


def _points(text: str, most: float, place: str) -> float | None:
    if not text:
        return None
    points = read_number(text)
    if points is None or not 0 <= points <= most:
        raise UserError(f"{place}: points {text!r} must be a number from 0 to {most:g}")
    return points
