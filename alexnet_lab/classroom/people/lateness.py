"""Late submissions: a deadline, a grace, a share of the points for each day."""

from __future__ import annotations

import datetime as dt
import math
import os
import re
from dataclasses import dataclass

from ...errors import UserError
from ..tables import read_table
from .roster import Roster

DAY = dt.timedelta(days=1)
HEADINGS = {
    "student": ("id", "student id", "identifier", "username"),
    "file": ("path", "submission"),
    "time": ("submitted", "submitted at", "last modified (submission)", "date", "timestamp"),
    "deadline": ("due", "extension", "due date"),
}


@dataclass(frozen=True)
class Lateness:
    """What a late submission costs.

    A submission is late when it comes after the deadline and the grace. It then loses `percent` of
    the points that can be had for each day that has begun since the deadline, at most `most`
    percent, and never more than it has.

    Attributes
    ----------
    deadline : datetime.datetime
        With its offset from UTC, or without: then all times are of one clock.
    grace : datetime.timedelta
    percent : float
        Of the points that can be had, a day.
    most : float
        Percent that are lost at most.

    Examples
    --------
    >>> import datetime as dt
    >>> from alexnet_lab.classroom.people.lateness import Lateness
    >>> policy = Lateness(dt.datetime(2026, 11, 1, 12), dt.timedelta(minutes=10), 10.0)
    >>> policy.days(dt.datetime(2026, 11, 1, 12, 10)), policy.days(dt.datetime(2026, 11, 2, 13))
    (0, 2)
    >>> policy.penalty(2, of=20.0, has=15.0)
    4.0
    """

    deadline: dt.datetime
    grace: dt.timedelta = dt.timedelta()
    percent: float = 0.0
    most: float = 100.0

    def days(self, time: dt.datetime, deadline: dt.datetime | None = None) -> int:
        """Return how many days late a submission is; 0 when it is in time.

        Parameters
        ----------
        time : datetime.datetime
        deadline : datetime.datetime, optional
            One student's own, in the place of everyone's.
        """
        due = deadline or self.deadline
        late = _like(time, due) - due
        return 0 if late <= self.grace else max(1, math.ceil(late / DAY))

    def penalty(self, days: int, *, of: float, has: float) -> float:
        """Return the points that are lost.

        Parameters
        ----------
        days : int
        of : float
            The points that can be had.
        has : float
            The points that this submission has.
        """
        share = min(days * self.percent, self.most) / 100
        return round(min(of * share, has), 2)


def _like(time: dt.datetime, other: dt.datetime) -> dt.datetime:
    """Return a time with an offset exactly when the other has one."""
    if other.tzinfo is not None and time.tzinfo is None:
        return time.replace(tzinfo=other.tzinfo)
    if other.tzinfo is None and time.tzinfo is not None:
        return time.astimezone().replace(tzinfo=None)
    return time


def read_time(text: str, where: str) -> dt.datetime:
    """Return a time as people and programs write it.

    Parameters
    ----------
    text : str
        ISO 8601, with a blank or a T, with or without seconds and offset.
    where : str
        For the message.

    Raises
    ------
    UserError
    """
    plain = re.sub(r"\s*(Z|UTC)$", "+00:00", text.strip())
    try:
        return dt.datetime.fromisoformat(plain)
    except ValueError:
        raise UserError(f"{where}: {text!r} is not a time; write it as 2026-11-30 23:59") from None


def read_policy(
    deadline: str | None, grace_minutes: float, percent: float, most: float
) -> Lateness | None:
    """Return the policy that a command line tells; None without a deadline.

    Raises
    ------
    UserError
    """
    if not deadline:
        if percent or grace_minutes:
            raise UserError("a penalty and a grace need --deadline, as 2026-11-30 23:59")
        return None
    for name, value, top in (
        ("--grace-minutes", grace_minutes, 1e6),
        ("--penalty-percent", percent, 100),
        ("--most-percent", most, 100),
    ):
        if not 0 <= value <= top:
            raise UserError(f"{name} {value:g}: must be from 0 to {top:g}")
    grace = dt.timedelta(minutes=grace_minutes)
    return Lateness(read_time(deadline, "--deadline"), grace, percent, most)


@dataclass(frozen=True)
class Times:
    """What a table says of times: by student and by file, with deadlines of a student's own."""

    by_student: dict[str, dt.datetime]
    by_file: dict[str, dt.datetime]
    deadlines: dict[str, dt.datetime]
    owners: dict[str, str]


def read_times(path: str | os.PathLike[str] | None, roster: Roster) -> Times:
    """Read a table of times.

    Parameters
    ----------
    path : str or os.PathLike or None
        CSV with the columns student, file, time, deadline. A row with a student and a time says
        when this student handed in; with a file and a time, when that file came; with a student and
        a file, whose it is; with a student and a deadline, until when this student may.
    roster : Roster

    Returns
    -------
    Times
        Students by their ids.

    Raises
    ------
    UserError
    """
    times = Times({}, {}, {}, {})
    for row in read_table(path, (), HEADINGS) if path else ():
        student = roster.find(row["student"], row.place).id if row["student"] else ""
        if not student and not row["file"]:
            raise UserError(f"{row.place}: neither a student nor a file")
        if row["time"]:
            when = read_time(row["time"], row.place)
            table = times.by_file if row["file"] else times.by_student
            table[row["file"] or student] = when
        if row["deadline"]:
            if not student:
                raise UserError(f"{row.place}: a deadline needs its student")
            times.deadlines[student] = read_time(row["deadline"], row.place)
        if student and row["file"]:
            times.owners[row["file"]] = student
    return times
