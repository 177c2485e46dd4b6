"""``collected.csv``: what became of every download; written by collecting, read by grading."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from dataclasses import dataclass

from ...errors import UserError
from ..tables import read_table
from .lateness import read_time
from .roster import Roster, Student

FILE = "collected.csv"
NOTEBOOKS = "notebooks"
HEADINGS = (
    *("student", "name", "file", "system", "time", "late", "deadline", "counts", "digest", "note"),
)


@dataclass(frozen=True)
class HandedIn:
    """One student's submission.

    Attributes
    ----------
    file : str
        The download that counts.
    time : datetime.datetime or None
        When it came, as far as anything tells.
    late : bool
        The platform says that it was late.
    deadline : datetime.datetime or None
        This student's own.
    digest : str
        Of the file's content.
    note : str
        What collecting said of it.
    """

    file: str
    time: dt.datetime | None
    late: bool
    deadline: dt.datetime | None
    digest: str
    note: str


def read_collected(path: str | os.PathLike[str]) -> tuple[dict[str, HandedIn], Roster]:
    """Read which file of each student counts.

    Parameters
    ----------
    path : str or os.PathLike

    Returns
    -------
    (dict of str to HandedIn, Roster)
        By the student's id; and all who are in the table, without addresses and sections.

    Raises
    ------
    UserError
        When it is not a table that collecting wrote.
    """
    found: dict[str, HandedIn] = {}
    students: dict[str, Student] = {}
    for row in read_table(path, HEADINGS, dict.fromkeys(HEADINGS, ())):
        if not row["student"]:
            continue
        students.setdefault(row["student"], Student(row["student"], row["name"]))
        if row["counts"] != "yes":
            continue
        if row["student"] in found:
            raise UserError(f"{row.place}: a second file of {row['student']!r} counts")
        times = [
            read_time(row[column], row.place) if row[column] else None
            for column in ("time", "deadline")
        ]
        found[row["student"]] = HandedIn(
            row["file"], times[0], bool(row["late"]), times[1], row["digest"], row["note"]
        )
    return found, Roster(tuple(students.values()))


def digest(data: bytes) -> str:
    """Return what tells one content of a file from another."""
    return hashlib.sha256(data).hexdigest()[:16]
