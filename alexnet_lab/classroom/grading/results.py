"""What a batch found: a row a file, and all of them with what they were made under."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..authoring.source import Assignment
from ..people.account import Account
from ..people.lateness import Lateness
from ..people.roster import Student
from ..settings import Settings
from .attempts import Graded
from .worker import Effort

ABSENT = "nothing handed in"


@dataclass(frozen=True)
class Result:
    """One row of the grades.

    Attributes
    ----------
    name : str
        The file's path below the folder of submissions.
        Empty for a student who has handed in nothing.
    status : {"graded", "not graded", "nothing handed in"}
    reason : str
        Why it was not graded.
    graded : Graded
        Verdicts; all zero when it was not graded.
    written : dict of str to str
        The free texts that a person reads, by ``grade_id``.
    pictures : dict of str to list of (str, str)
        What was pasted into them: kind, and base64 text.
    student : Student, optional
        Whose it is, where there is a roster.
    code : str
        Stands for the student on the sheets for marking.
    account : Account, optional
        What it comes to, with marks and lateness.
    digest : str
        Of the file's content; empty when it was not graded.
    """

    name: str
    status: str
    reason: str
    graded: Graded
    written: dict[str, str]
    pictures: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    student: Student | None = None
    code: str = ""
    account: Account | None = None
    digest: str = ""

    @property
    def key(self) -> str:
        """What tells this row from others: the student's id, else the file."""
        return self.student.id if self.student else self.name


@dataclass(frozen=True)
class Report:
    """All rows of a batch, under what they were made, and what that took."""

    assignment: Assignment
    results: tuple[Result, ...]
    sandbox: str
    secret: str
    settings: Settings
    effort: Effort = field(default_factory=Effort, compare=False)
    policy: Lateness | None = None
    repeated: tuple[str, ...] = ()

    def __str__(self) -> str:
        there = [r for r in self.results if r.status != ABSENT]
        graded = [r for r in there if r.status == "graded"]
        mean = sum(r.graded.points for r in graded) / len(graded) if graded else 0.0
        first = (
            f"{len(there)} files, {len(graded)} graded, mean {mean:.1f} of "
            f"{self.assignment.points:g} points; sandbox: {self.sandbox}"
        )
        return "\n".join([first, *self._of_people()])

    def _of_people(self) -> Iterator[str]:
        """Say what a person has to do, or should know."""
        accounts = [r.account for r in self.results if r.account]
        given = sum(m.points is not None for a in accounts for m in a.marks.values())
        waiting = sum(len(a.unmarked) for a in accounts)
        if given or waiting:
            repeated = f", {len(self.repeated)} of them given again" if self.repeated else ""
            yield f"marks: {given} given{repeated}; {waiting} answers wait for a person"
        known = [r for r in self.results if r.student]
        if known:
            absent = sum(r.status == ABSENT for r in known)
            nobodys = len(self.results) - len(known)
            words = f"{len(known)} students, {absent} without a file; {nobodys} files of nobody"
            yield f"roster: {words}"
        if self.policy:
            late = sum(a.days > 0 for a in accounts)
            lost = sum(a.penalty for a in accounts)
            unclear = sum(bool(a.note) for a in accounts)
            yield f"late: {late} students, {lost:g} points; of {unclear} the time is not known"


def shown(name: str) -> str:
    """Return a file's name as text: bytes that are none are written as escapes."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
