"""Who handed in a file, and when: read from the name that a learning platform gave it.

A platform puts the person in front and leaves the rest of the name to the student. So a pattern is
read from its beginning, and where one fits, nothing behind it can name somebody else.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from .roster import Roster, Student, fold, words

# mod/assign of Moodle: full name, number of the participant, kind of the submission. A folder a
# student, or all in front of the file's own name.
MOODLE = re.compile(r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_\w+?(?:_|$)")
# lib/content_zipper.rb of Canvas: sortable name run together, LATE, user, attachment, and the
# file's own name; a copy that was handed in again ends in -1, -2.
CANVAS = re.compile(
    r"(?P<name>[^\W_]+)_(?P<late>LATE_)?(?P<user>\d+)_(?P<file>\d+)_(?P<rest>.+)", re.S
)
# Blackboard: the assignment, the user, the moment.
BLACKBOARD = re.compile(
    r"(?P<head>.+?)_attempt_(?P<time>\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d)(?:_(?P<rest>.*))?", re.S
)
_AGAIN = re.compile(r"-(\d{1,3})\.ipynb", re.I)
# What a browser or a desktop puts behind a name that is there already.
_COPY = re.compile(r"(?:\((\d{1,3})\)|[ _-]+copy(?:[ _]?(\d{1,3}))?)(?=\.|$)", re.I)
SHORTEST_ID = 4  # in the middle of a name; shorter ones are found by chance


@dataclass(frozen=True)
class Claim:
    """Whose a file is, as far as its name tells.

    Attributes
    ----------
    student : Student or None
    system : str
        ``"Moodle"``, ``"Canvas"``, ``"Blackboard"``, ``"GitHub"``, or ``"name"``.
    problem : str
        Why it is nobody's, if so.
    time : datetime.datetime or None
        When it was handed in, where the name says so.
    late : bool
        Canvas says that it was late, and not by how much.
    order : tuple of int
        Among a student's files without a time: a larger one is newer.
    """

    student: Student | None
    system: str = "name"
    problem: str = ""
    time: dt.datetime | None = None
    late: bool = False
    order: tuple[int, int, int] = (0, 0, 0)


def claim(path: str, roster: Roster) -> Claim:
    """Return whose a file is.

    Parameters
    ----------
    path : str
        Below the folder of submissions, or in an archive; with forward slashes.
    roster : Roster

    Returns
    -------
    Claim
    """
    parts = [part for part in PurePosixPath(path).parts if part not in ("/", ".", "..")]
    copy = _copy(parts[-1]) if parts else 0
    for place, part in enumerate(parts):
        # From outside: a folder of the platform's is not undone by names that stand in it.
        made = part.lower().endswith(".zip") or place == len(parts) - 1
        found = _of_platform(part, roster, copy, file=made)
        if found:
            return found
        if not made and (student := _of_folder(part, roster)):
            own = fold(part) in student.names()
            return Claim(student, "name" if own else "GitHub", order=(0, 0, copy))
    return _plain(parts, roster, copy)


def _of_platform(part: str, roster: Roster, copy: int, *, file: bool) -> Claim | None:
    if match := MOODLE.match(part):
        student, problem = _by_name(match["name"], roster)
        return Claim(student, "Moodle", problem, order=(0, 0, copy))
    if file and (match := BLACKBOARD.match(part)):
        student, problem = _at_the_end(match["head"], roster, "_")
        with contextlib.suppress(ValueError):  # no such day
            when = dt.datetime.strptime(match["time"], "%Y-%m-%d-%H-%M-%S")
            return Claim(student, "Blackboard", problem, when, order=(0, 0, copy))
    if file and (match := CANVAS.match(part)):
        student, problem = _canvas(match, roster)
        again = _AGAIN.search(part)
        order = (int(again[1]) if again else 0, int(match["file"]), copy)
        return Claim(student, "Canvas", problem, late=bool(match["late"]), order=order)
    return None


def _of_folder(part: str, roster: Roster) -> Student | None:
    """Return whose a folder is: one of somebody's names, or the assignment's with it behind."""
    exact = roster.by_name.get(fold(part), [])
    if len(exact) == 1:
        return exact[0]
    ends = [fold(part)[n + 1 :] for n, c in enumerate(fold(part)) if c == "-"]
    for end in ends:
        there = roster.by_name.get(end, []) if len(end) >= SHORTEST_ID else []
        if len(there) == 1:
            return there[0]
    return None


def _canvas(match: re.Match[str], roster: Roster) -> tuple[Student | None, str]:
    number = match["user"]
    by_number = [s for s in roster if number in (s.accounts.get("canvas"), s.id)]
    if len(by_number) == 1:
        return by_number[0], ""
    student, problem = _only(roster.by_run.get("".join(words(match["name"])), []), match["name"])
    if student and student.accounts.get("canvas", number) != number:
        return None, f"{student.id} has another number in Canvas than {number}"
    return student, problem


def _by_name(name: str, roster: Roster) -> tuple[Student | None, str]:
    found = roster.by_words.get(frozenset(words(name))) or roster.by_name.get(fold(name)) or []
    return _only(found, name)


def _at_the_end(text: str, roster: Roster, sign: str) -> tuple[Student | None, str]:
    """Return who stands at the end of a text, behind a sign; the longest name counts."""
    folded = fold(text)
    ends = [folded[n + 1 :] for n, c in enumerate(folded) if c == sign]
    for end in [folded, *ends]:
        if end in roster.by_name:
            return _only(roster.by_name[end], end)
    return None, f"nobody on the roster is called {text[:60]!r}"


def _plain(parts: Sequence[str], roster: Roster, copy: int) -> Claim:
    """Look for a name of somebody's in the folders, from outside, and in the file's own name."""
    order = (0, 0, copy)
    stems = [*parts[:-1], _stem(parts[-1])] if parts else []
    for part in stems:
        found = roster.by_name.get(fold(part))
        if found:
            student, problem = _only(found, part)
            return Claim(student, "name", problem, order=order)
    for part in stems:
        there = _ids_within(part, roster) or _names_within(part, roster)
        if there:
            student, problem = _only(there, part)
            return Claim(student, "name", problem, order=order)
    return Claim(None, "name", "nothing in its path is on the roster", order=order)


def _ids_within(text: str, roster: Roster) -> list[Student]:
    pieces = {piece for piece in re.split(r"[^\w@.+-]+|_", fold(text)) if len(piece) >= SHORTEST_ID}
    pieces |= {p for p in re.split(r"[\W_]+", fold(text)) if len(p) >= SHORTEST_ID}
    ids = {fold(s.id): s for s in roster} | {fold(s.address): s for s in roster if s.address}
    return _each_once([ids[piece] for piece in sorted(pieces) if piece in ids])


def _names_within(text: str, roster: Roster) -> list[Student]:
    there = set(words(text))
    found = [
        (len(name), s) for name, all_ in roster.by_words.items() if name <= there for s in all_
    ]
    # "Anna Maria Berg" is also "Anna Berg"; the longer name is meant. One word alone is too little.
    most = max((length for length, _ in found), default=0)
    return [s for length, s in found if length == most] if most > 1 else []


def _each_once(students: list[Student]) -> list[Student]:
    return list({student.id: student for student in students}.values())


def _only(found: list[Student], text: str) -> tuple[Student | None, str]:
    found = _each_once(found)
    if len(found) == 1:
        return found[0], ""
    if found:
        ids = ", ".join(student.id for student in found[:5])
        return None, f"{text[:60]!r} may be any of {ids}"
    return None, f"nobody on the roster is called {text[:60]!r}"


def _stem(name: str) -> str:
    return _COPY.sub("", re.sub(r"\.(ipynb|zip)\b.*$", "", name, flags=re.I | re.S)).strip()


def _copy(name: str) -> int:
    found = _COPY.search(name)
    return int(found[1] or found[2] or 1) if found else 0
