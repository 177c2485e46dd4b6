"""What a batch found: a row a file, and all of them with what they were made under."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..authoring.source import Assignment
from ..settings import Settings
from .attempts import Graded
from .worker import Effort


@dataclass(frozen=True)
class Result:
    """One row of the grades.

    Attributes
    ----------
    name : str
        The file's path below the folder of submissions.
    status : {"graded", "not graded"}
    reason : str
        Why it was not graded.
    graded : Graded
        Verdicts; all zero when it was not graded.
    written : dict of str to str
        The free texts that a person reads, by ``grade_id``.
    pictures : dict of str to list of (str, str)
        What was pasted into them: kind, and base64 text.
    """

    name: str
    status: str
    reason: str
    graded: Graded
    written: dict[str, str]
    pictures: dict[str, list[tuple[str, str]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """All rows of a batch, under what they were made, and what that took."""

    assignment: Assignment
    results: tuple[Result, ...]
    sandbox: str
    secret: str
    settings: Settings
    effort: Effort = field(default_factory=Effort, compare=False)

    def __str__(self) -> str:
        graded = [r for r in self.results if r.status == "graded"]
        mean = sum(r.graded.points for r in graded) / len(graded) if graded else 0.0
        return (
            f"{len(self.results)} files, {len(graded)} graded, mean {mean:.1f} of "
            f"{self.assignment.points:g} points; sandbox: {self.sandbox}"
        )


def shown(name: str) -> str:
    """Return a file's name as text: bytes that are none are written as escapes."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
