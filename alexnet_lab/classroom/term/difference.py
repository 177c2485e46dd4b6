"""What two gradings say differently, student by student, check by check."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..grading.report import BEFORE
from ..tables import number, write_table
from .reports import read_report

HEADINGS = ("student", "what", "before", "after", "message before", "message after")
SHOWN = 20


@dataclass(frozen=True)
class Change:
    """One thing that is different."""

    student: str
    what: str
    before: str
    after: str
    said_before: str = ""
    said_after: str = ""


@dataclass(frozen=True)
class Difference:
    """All changes, in the order of the newer grading."""

    changes: tuple[Change, ...]
    students: int

    def __str__(self) -> str:
        people = len({change.student for change in self.changes})
        if not people:
            return f"{self.students} students: no difference"
        lines = [f"{self.students} students, {people} of them with a difference"]
        for change in self.changes[:SHOWN]:
            lines.append(
                f"{change.student}: {change.what}: {change.before or 'nothing'} -> "
                f"{change.after or 'nothing'}"
            )
        if len(self.changes) > SHOWN:
            lines.append(f"and {len(self.changes) - SHOWN} more; --out FILE has them all")
        return "\n".join(lines)


def compare(
    new: str | os.PathLike[str],
    old: str | os.PathLike[str] | None = None,
    *,
    out: str | os.PathLike[str] | None = None,
) -> Difference:
    """Compare two gradings.

    Parameters
    ----------
    new : str or os.PathLike
        A report's folder, or its ``grades.json``.
    old : str or os.PathLike, optional
        Another; by default ``grades-before.json``, which grading keeps of the last run that said
        something else.
    out : str or os.PathLike, optional
        A table to write.

    Returns
    -------
    Difference

    Raises
    ------
    UserError

    Examples
    --------
    >>> import alexnet_lab as al
    >>> al.classroom.compare("new", "old")
    Traceback (most recent call last):
    alexnet_lab.errors.UserError: cannot read 'new': no such file or directory
    """
    after = read_report(new)
    before = read_report(old if old is not None else after.folder / BEFORE)
    olds, news = before.by_key(), after.by_key()
    changes: list[Change] = []
    for name in dict.fromkeys([*news, *olds]):
        changes += _changes(name, olds.get(name), news.get(name))
    if out is not None:
        rows = [HEADINGS, *(tuple(vars(change).values()) for change in changes)]
        write_table(Path(out), rows)
    return Difference(tuple(changes), len(news))


def _changes(name: str, old: dict[str, Any] | None, new: dict[str, Any] | None) -> list[Change]:
    if old is None or new is None:
        status = [entry["status"] if entry else "" for entry in (old, new)]
        totals = [_total(entry) for entry in (old, new)]
        return [Change(name, "row", *status), Change(name, "total", *totals)]
    found = []
    for check in dict.fromkeys([*old["checks"], *new["checks"]]):
        was, is_ = (entry["checks"].get(check) for entry in (old, new))
        points = [number(v["points"]) if v else "" for v in (was, is_)]
        said = [v["message"] if v else "" for v in (was, is_)]
        if points[0] != points[1] or said[0] != said[1]:
            found.append(Change(name, check, *points, *said))
    marks = [entry["account"]["marks"] for entry in (old, new)]
    for exercise in dict.fromkeys([*marks[0], *marks[1]]):
        was, is_ = (given.get(exercise, {}) for given in marks)
        points = ["" if m.get("points") is None else number(m["points"]) for m in (was, is_)]
        said = [m.get("comment", "") for m in (was, is_)]
        if points[0] != points[1] or said[0] != said[1]:
            found.append(Change(name, f"mark of {exercise}", *points, *said))
    for what, entry in (("status", "status"), ("file", "digest")):
        if old.get(entry) != new.get(entry):
            found.append(Change(name, what, str(old.get(entry, "")), str(new.get(entry, ""))))
    for what in ("penalty", "total"):
        values = [number(entry["account"][what]) for entry in (old, new)]
        if values[0] != values[1]:
            found.append(Change(name, what, *values))
    return found


def _total(entry: dict[str, Any] | None) -> str:
    return number(entry["account"]["total"]) if entry else ""
