"""What a class found hard: who passed each check, what most others were told, how long it took."""

from __future__ import annotations

import os
import statistics as stats
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..grading.results import ABSENT
from ..tables import number, write_table
from .reports import Graded, read_report

UNANSWERED = "not answered yet"
HEADINGS = (
    *("check", "title", "points", "students", "full share", "mean", "unanswered"),
    *("commonest message", "told", "median seconds"),
)


@dataclass(frozen=True)
class Line:
    """A check, or a question that people mark.

    Attributes
    ----------
    name, title : str
    points : float
        That it can give.
    students : int
        Who count: graded, and of a question also marked.
    full : float
        The share of them with all points, 0 to 1.
    mean : float
        Points.
    unanswered : int
    message : str
        The commonest of those who failed it, of who has answered; the check's title left out.
    told : int
        How many were told so.
    seconds : float
        Median; 0 for what people mark.
    """

    name: str
    title: str
    points: float
    students: int
    full: float
    mean: float
    unanswered: int = 0
    message: str = ""
    told: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Statistics:
    """All lines of an assignment, and the totals of the class."""

    name: str
    lines: tuple[Line, ...]
    totals: tuple[float, ...]
    of: float

    def __str__(self) -> str:
        out = [f"{self.name}: {len(self.totals)} graded"]
        if self.totals:
            quarters = _quarters(self.totals)
            middle = ", ".join(number(value) for value in quarters)
            out[0] += f"; totals of {number(self.of)}: quarter, half, three quarters at {middle}"
        width = max((len(line.name) for line in self.lines), default=0)
        for line in self.lines:
            told = f"; {line.told} times: {line.message}" if line.told else ""
            blank = f"; {line.unanswered} unanswered" if line.unanswered else ""
            out.append(
                f"{line.name:{width}}  {line.full:4.0%} in full, mean {number(line.mean)} of "
                f"{number(line.points)}{blank}{told}"
            )
        return "\n".join(out)


def statistics(
    report: str | os.PathLike[str], *, out: str | os.PathLike[str] | None = None
) -> Statistics:
    """Return what a class found hard.

    Parameters
    ----------
    report : str or os.PathLike
        A folder that grading wrote.
    out : str or os.PathLike, optional
        A table to write.

    Returns
    -------
    Statistics

    Raises
    ------
    UserError

    Examples
    --------
    >>> import alexnet_lab as al
    >>> al.classroom.statistics("report")
    Traceback (most recent call last):
    alexnet_lab.errors.UserError: cannot read 'report': no such file or directory
    """
    graded = read_report(report)
    entries = [entry for entry in graded.entries if entry["status"] == "graded"]
    lines = [_of_check(check, entries) for check in graded.data["checks"]]
    there = [entry for entry in graded.entries if entry["status"] != ABSENT]
    lines += [_of_question(question, there) for question in graded.data["written"]]
    totals = tuple(entry["account"]["total"] for entry in entries)
    found = Statistics(graded.name, tuple(lines), totals, _of(graded))
    if out is not None:
        write_table(Path(out), [HEADINGS, *map(_row, lines)])
    return found


def _of_check(check: dict[str, Any], entries: Sequence[dict[str, Any]]) -> Line:
    verdicts = [entry["checks"][check["id"]] for entry in entries]
    messages = Counter(v["message"] for v in verdicts if v["message"])
    unanswered = messages.pop(UNANSWERED, 0)
    message, told = max(messages.items(), key=lambda item: (item[1], item[0]), default=("", 0))
    seconds = [verdict.get("seconds", 0.0) for verdict in verdicts]
    return Line(
        name=check["id"],
        title=check["title"],
        points=check["points"],
        students=len(verdicts),
        full=_share(verdict["points"] >= check["points"] for verdict in verdicts),
        mean=stats.fmean(v["points"] for v in verdicts) if verdicts else 0.0,
        unanswered=unanswered,
        message=message.removeprefix(check["title"]).lstrip(": "),
        told=told,
        seconds=stats.median(seconds) if seconds else 0.0,
    )


def _of_question(question: dict[str, Any], entries: Sequence[dict[str, Any]]) -> Line:
    name = question["grade_id"]
    marks = [entry["account"]["marks"].get(name, {}).get("points") for entry in entries]
    given = [points for points in marks if points is not None]
    waiting = sum(name in entry["account"]["unmarked"] for entry in entries)
    return Line(
        name=name,
        title=question["title"],
        points=question["points"],
        students=len(given),
        full=_share(points >= question["points"] for points in given),
        mean=stats.fmean(given) if given else 0.0,
        unanswered=len(entries) - len(given) - waiting,
    )


def _share(found: Any) -> float:
    values = list(found)
    return sum(values) / len(values) if values else 0.0


def _quarters(totals: Sequence[float]) -> list[float]:
    if len(totals) == 1:
        return [totals[0]] * 3
    return stats.quantiles(totals, n=4, method="inclusive")


def _of(graded: Graded) -> float:
    return max((entry["account"]["of"] for entry in graded.entries), default=0.0)


def _row(line: Line) -> list[str]:
    return [
        *(line.name, line.title, number(line.points), str(line.students)),
        *(number(100 * line.full) + " %", number(line.mean), str(line.unanswered)),
        *(line.message, str(line.told), f"{line.seconds:.3f}"),
    ]
