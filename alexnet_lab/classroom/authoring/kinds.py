"""What an exercise asks of a student, as its answer cell in the source says it.

``"alexnet_lab": {"kind": "design", "level": 3, "minutes": 15}``; the answer in words has minutes
alone. Nothing here is released or graded: a teacher reads it, and a test counts it.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..cells import own, role
from .source import Assignment

KINDS = {
    "transcription": "the formula stands above; some lines of code",
    "construction": "a procedure is described in words; the code must be thought out",
    "derivation": "the formula must be found first, on paper",
    "prediction": "a number is foretold, and then measured",
    "debugging": "something given is wrong, or must be recovered: find out what",
    "design": "an input, a plan or a network is invented that does what is asked",
    "counter-example": "a case is invented in which a plausible belief fails",
}


def table(assignments: Iterable[Assignment]) -> str:
    """Return a Markdown table: each exercise, its kind, level, minutes and points.

    Examples
    --------
    >>> from alexnet_lab.classroom.authoring.kinds import table
    >>> print(table([]))
    | exercise | kind | level | minutes | points |
    |---|---|---|---|---|
    """
    lines = ["| exercise | kind | level | minutes | points |", "|---|---|---|---|---|"]
    for assignment in assignments:
        number = assignment.name.split("-")[0]
        points: dict[str, float] = {}
        titles: dict[str, str] = {}
        for check in assignment.checks:
            points[check.exercise] = points.get(check.exercise, 0) + check.points
            titles[check.exercise] = check.title
        for written in assignment.written:
            points[written.grade_id], titles[written.grade_id] = written.points, written.title
        for cell in assignment.notebook.cells:
            if role(cell) not in ("answer", "written"):
                continue
            about = own(cell)
            kind, level = about.get("kind", "in words"), about.get("level", "")
            lines.append(
                f"| {number}.{titles[cell.id]} | {kind} | {level} | {about.get('minutes', '')} "
                f"| {points[cell.id]:g} |"
            )
    return "\n".join(lines)
