"""Tables that gradebooks import, by the rules of the programs that read them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ...errors import UserError
from ..tables import number
from .reports import Graded

# lib/gradebook_importer.rb of Canvas: a heading that holds one of these is no assignment's.
_NOT_IN_CANVAS = re.compile(
    r"(Current|Final) (Score|Points|Grade)|Override (Score|Grade|Status)|"
    r"^(Student|LastName|FirstName|ID|SIS (User|Login) ID|Section|Integration ID|Root Account)$"
)
CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
MOODLE = ("ID number", "Email address")
# gradeimport_csv of Moodle: a larger one stops the whole import, unless the site allows it.
MOST_IN_MOODLE = 100.0
NO_GRADE = "-"  # in Moodle: leaves no grade


def titles(reports: Sequence[Graded], given: Sequence[str]) -> list[str]:
    """Return what each assignment is called in the gradebook.

    Parameters
    ----------
    reports : sequence of Graded
    given : sequence of str
        One a report, or none: then the assignments' own names.

    Raises
    ------
    UserError
        When there are more or fewer, two are the same, or Canvas would take one for a sum.
    """
    found = list(given) or [report.name for report in reports]
    if len(found) != len(reports):
        raise UserError(f"{len(found)} titles for {len(reports)} reports")
    for title in found:
        if found.count(title) > 1:
            raise UserError(f"two reports are called {title!r}; give each a --title of its own")
        if not title.strip() or _NOT_IN_CANVAS.search(title):
            raise UserError(f"no gradebook takes {title!r} for an assignment; give another --title")
    return found


def canvas(
    students: Sequence[dict[str, Any]],
    reports: Sequence[Graded],
    names: Sequence[str],
    points: Sequence[dict[str, float | None]],
) -> list[list[str]]:
    """Return the table that Canvas imports: Grades, Import.

    An empty cell changes nothing there. Canvas knows a student by its own number, else by the SIS
    ids, else by the name.

    Parameters
    ----------
    students : sequence of dict
        As in ``grades.json``.
    reports : sequence of Graded
    names : sequence of str
        An existing assignment is found by its title, surely by ``Title (number)``.
    points : sequence of dict of str to float or None
        One a report, by student.

    Returns
    -------
    list of list of str
    """  # fmt: skip
    possible = [number(_of(report)) for report in reports]
    rows = [[*CANVAS, *names], ["Points Possible", *[""] * (len(CANVAS) - 1), *possible]]
    for student in students:
        accounts = student.get("accounts", {})
        row = [student["name"] or student["id"], accounts.get("canvas", ""), student["id"]]
        row += [accounts.get("login", ""), student["section"]]
        rows.append([*row, *(_cell(of.get(student["id"]), "") for of in points)])
    return rows


def moodle(
    students: Sequence[dict[str, Any]],
    names: Sequence[str],
    points: Sequence[dict[str, float | None]],
    comments: Sequence[dict[str, str]],
) -> list[list[str]]:
    """Return the table that Moodle imports: Grades, Import, CSV file.

    Map ``ID number`` or ``Email address`` to the user. Grade and feedback of an assignment are
    mapped together: Moodle takes a grade away where feedback comes alone.

    Parameters
    ----------
    students : sequence of dict
    names : sequence of str
    points : sequence of dict of str to float or None
    comments : sequence of dict of str to str

    Returns
    -------
    list of list of str
    """  # fmt: skip
    rows = [[*MOODLE, *(column for name in names for column in (name, f"{name} feedback"))]]
    for student in students:
        row = [student["id"], student["address"]]
        for of, said in zip(points, comments, strict=True):
            row += [_cell(of.get(student["id"]), NO_GRADE), said.get(student["id"], "")]
        rows.append(row)
    return rows


def _cell(points: float | None, nothing: str) -> str:
    return nothing if points is None else number(points)


def _of(report: Graded) -> float:
    return max((entry["account"]["of"] for entry in report.entries), default=0.0)
