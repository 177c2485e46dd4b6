"""Marks handed back: gradebooks, a folder a student, a list for mail merge."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import UserError
from ...files import atomic_write
from ..grading.results import ABSENT
from ..people.roster import file_name
from ..tables import number, write_table
from . import gradebooks
from .reports import Graded, read_report

FEEDBACK = "feedback"
MAIL = "mail.csv"
MISSING = ("blank", "zero")


@dataclass(frozen=True)
class Exported:
    """What was written, and for whom something is left open."""

    folder: Path
    students: int
    pages: int
    waiting: int
    above: int

    def __str__(self) -> str:
        lines = [
            f"{self.students} students, {self.pages} pages of feedback",
            f"{self.folder}: canvas.csv, moodle.csv, {MAIL}, {FEEDBACK}/",
        ]
        if self.waiting:
            lines.append(
                f"{self.waiting} totals wait for a person's marks and are left open; "
                "--preliminary writes them"
            )
        if self.above:
            lines.append(
                f"{self.above} totals are above {gradebooks.MOST_IN_MOODLE:g}: Moodle takes them "
                "only where its site allows unlimited grades"
            )
        return "\n".join(lines)


def export(
    reports: Sequence[str | os.PathLike[str]],
    out: str | os.PathLike[str],
    *,
    titles: Sequence[str] = (),
    missing: str = "blank",
    preliminary: bool = False,
) -> Exported:
    """Write gradebooks for Canvas and Moodle, and feedback.

    Parameters
    ----------
    reports : sequence of str or os.PathLike
        Folders that grading wrote, with a roster.
    out : str or os.PathLike
        Written: ``canvas.csv``, ``moodle.csv``, ``mail.csv``, ``feedback/ID/ASSIGNMENT.html``.
    titles : sequence of str
        What the assignments are called in the gradebook, one a report.
    missing : {"blank", "zero"}
        What stands for a student who has handed in nothing and has no mark.
    preliminary : bool
        Totals also where answers still wait for a person.

    Returns
    -------
    Exported

    Raises
    ------
    UserError

    Examples
    --------
    >>> import alexnet_lab as al
    >>> al.classroom.export(["report"], "out")
    Traceback (most recent call last):
    alexnet_lab.errors.UserError: cannot read 'report': no such file or directory
    """
    if missing not in MISSING:
        raise UserError(f"missing {missing!r}; known: {', '.join(MISSING)}")
    if not reports:
        raise UserError("no reports to export")
    graded = [read_report(path) for path in reports]
    names = gradebooks.titles(graded, titles)
    by_student = [report.by_student() for report in graded]
    students: dict[str, dict[str, Any]] = {}
    for entries in by_student:
        for name, entry in entries.items():
            students.setdefault(name, entry["student"])
    waiting = [
        sum(bool(entry["account"]["unmarked"]) for entry in entries.values())
        for entries in by_student
    ]
    points = [_points(entries, missing, preliminary) for entries in by_student]
    comments = [
        {name: _comments(entry) for name, entry in entries.items()} for entries in by_student
    ]
    folder = Path(out)
    people = list(students.values())
    table = gradebooks.canvas(people, graded, names, points)
    write_table(folder / "canvas.csv", table, spreadsheet=False)
    table = gradebooks.moodle(people, names, points, comments)
    write_table(folder / "moodle.csv", table, spreadsheet=False)
    pages = _feedback(folder / FEEDBACK, graded, by_student)
    write_table(folder / MAIL, _mail(people, names, by_student, points))
    above = sum((p or 0) > gradebooks.MOST_IN_MOODLE for of in points for p in of.values())
    return Exported(folder, len(people), pages, 0 if preliminary else sum(waiting), above)


def _points(
    entries: dict[str, dict[str, Any]], missing: str, preliminary: bool
) -> dict[str, float | None]:
    found: dict[str, float | None] = {}
    for name, entry in entries.items():
        account = entry["account"]
        total: float | None = account["total"]
        if account["unmarked"] and not preliminary:
            total = None
        elif entry["status"] == ABSENT and not account["marks"]:
            total = 0.0 if missing == "zero" else None
        found[name] = total
    return found


def _comments(entry: dict[str, Any]) -> str:
    marks = entry["account"]["marks"]
    return "; ".join(f"{name}: {m['comment']}" for name, m in marks.items() if m["comment"])


def _feedback(
    folder: Path, reports: Sequence[Graded], by_student: Sequence[dict[str, dict[str, Any]]]
) -> int:
    """Copy each student's pages into a folder of the student's; return how many."""
    written: set[Path] = set()
    for report, entries in zip(reports, by_student, strict=True):
        for name, entry in entries.items():
            if not entry["page"]:
                continue
            target = folder / _folder(name) / f"{report.name}.html"
            try:
                with atomic_write(target) as scratch:
                    shutil.copyfile(report.folder / entry["page"], scratch)
            except FileNotFoundError as error:
                raise UserError(f"{error.filename!r} is not there; grade once more") from error
            written.add(target)
    for path in folder.glob("*/*.html"):
        if path not in written:
            path.unlink()
    return len(written)


def _folder(student: str) -> str:
    return file_name(student).removesuffix(".ipynb")


def _mail(
    students: Sequence[dict[str, Any]],
    names: Sequence[str],
    by_student: Sequence[dict[str, dict[str, Any]]],
    points: Sequence[dict[str, float | None]],
) -> list[list[str]]:
    columns = (column for name in names for column in (name, f"{name} of", f"{name} days late"))
    rows = [["address", "name", "id", "section", "folder", *columns]]
    for student in students:
        name = student["id"]
        row = [student["address"], student["name"], name, student["section"]]
        row.append(f"{FEEDBACK}/{_folder(name)}")
        for entries, of in zip(by_student, points, strict=True):
            total = of.get(name)
            account = entries[name]["account"] if name in entries else None
            row.append("" if total is None else number(total))
            row += [number(account["of"]), str(account["days"])] if account else ["", ""]
        rows.append(row)
    return rows
