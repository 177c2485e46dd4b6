"""Downloads of a learning platform to one notebook a student, named by the student's id."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ...errors import UserError
from ...files import atomic_write
from ..authoring.source import Assignment, read_source
from ..grading.submission import UnreadableError, read_submission
from ..people.collected import FILE, HEADINGS, NOTEBOOKS, digest
from ..people.lateness import Times, read_times
from ..people.names import Claim, claim
from ..people.roster import Roster, file_name, read_roster
from ..tables import write_table
from .downloads import Found, look

EARLIEST = dt.datetime.min


@dataclass
class Copy:
    """One file of a student's, or of nobody's.

    Attributes
    ----------
    found : Found
    whose : Claim
    time : datetime.datetime or None
    problem : str
        Why it does not count as a submission, if so.
    digest : str
        Of its bytes; empty when they cannot be read.
    counts : bool
        This one is graded.
    note : str
    """

    found: Found
    whose: Claim
    time: dt.datetime | None = None
    problem: str = ""
    digest: str = ""
    counts: bool = False
    note: str = ""


@dataclass(frozen=True)
class Collected:
    """What became of every file, and who has handed in nothing."""

    copies: tuple[Copy, ...]
    missing: tuple[str, ...]
    students: int
    folder: Path
    #: What a person should look at.
    doubts: tuple[str, ...] = field(default=())

    def __str__(self) -> str:
        counted = sum(copy.counts for copy in self.copies)
        nobodys = sum(copy.whose.student is None for copy in self.copies)
        older = len(self.copies) - counted - nobodys
        first = (
            f"{counted} of {self.students} students have handed in; {len(self.copies)} files: "
            f"{counted} count, {older} are older copies or no submission, {nobodys} are nobody's"
        )
        return "\n".join((first, *self.doubts, f"{self.folder}: {NOTEBOOKS}/, {FILE}"))


def collect(
    src: str | os.PathLike[str],
    downloads: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    roster: str | os.PathLike[str],
    times: str | os.PathLike[str] | None = None,
) -> Collected:
    """Find out whose each file is, and which of a student's copies counts.

    Parameters
    ----------
    src : str or os.PathLike
        The teacher's source: a notebook of another assignment does not count.
    downloads : str or os.PathLike
        A folder with what Moodle, Canvas, Blackboard or GitHub Classroom gave, archives as they
        came.
    out : str or os.PathLike
        Written: ``notebooks/ID.ipynb`` a student, and ``collected.csv`` with a row a file.
    roster : str or os.PathLike
        See `people.roster.read_roster`.
    times : str or os.PathLike, optional
        See `people.lateness.read_times`.

    Returns
    -------
    Collected

    Raises
    ------
    UserError
        For bad input.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> al.classroom.collect("source.ipynb", "downloads", "out", roster="roster.csv")
    Traceback (most recent call last):
    alexnet_lab.errors.UserError: cannot read 'source.ipynb': no such file or directory
    """
    assignment, everyone = read_source(src), read_roster(roster)
    known = read_times(times, everyone)
    folder, target = Path(downloads), Path(out)
    if target.resolve().is_relative_to(folder.resolve()):
        raise UserError(f"{str(target)!r} must not be among the downloads")
    copies = [_copy(found, everyone, known, assignment) for found in look(folder)]
    if not copies:
        raise UserError(f"{str(folder)!r} has no files")
    unknown = sorted({*known.by_file, *known.owners} - {copy.found.path for copy in copies})
    if unknown:
        raise UserError(f"the table of times names {unknown[0]!r}, and no download is called so")
    doubts: list[str] = []
    by_student: dict[str, list[Copy]] = {}
    for copy in copies:
        if copy.whose.student:
            by_student.setdefault(copy.whose.student.id, []).append(copy)
    chosen = {name: _choose(there, doubts) for name, there in by_student.items()}
    for copy in copies:
        if not copy.whose.student and _is_notebook(copy.found.path):
            doubts.append(f"nobody's: {copy.found.path} ({copy.whose.problem})")
    missing = tuple(s.id for s in everyone if s.id not in by_student)
    _write(target, chosen, copies, everyone, missing, known)
    return Collected(tuple(copies), missing, len(everyone), target, tuple(doubts))


def _copy(found: Found, roster: Roster, times: Times, assignment: Assignment) -> Copy:
    whose = claim(found.path, roster)
    if found.path in times.owners:
        whose = replace(whose, student=roster.by_id[times.owners[found.path]], problem="")
    copy = Copy(found, whose)
    # Moodle stores when a file was handed in; others store when the archive was made.
    stored = found.stored if whose.system == "Moodle" else None
    copy.time = times.by_file.get(found.path) or whose.time or stored
    if not _is_notebook(found.path):
        copy.problem = found.problem or "not a notebook: .ipynb is not in its name"
        return copy
    try:
        data = found.read()
        copy.digest = digest(data)
        read_submission(data, assignment)
    except UnreadableError as error:
        copy.problem = str(error)
    if whose.student and whose.student.id in times.by_student:
        copy.time = times.by_student[whose.student.id]
    return copy


def _is_notebook(path: str) -> bool:
    return ".ipynb" in path.rpartition("/")[2].lower()


def _choose(copies: list[Copy], doubts: list[str]) -> Copy:
    """Mark the newest copy that is a submission; without one, the newest file."""
    fit = [copy for copy in copies if not copy.problem] or [c for c in copies if c.digest] or copies
    timed = all(copy.time for copy in fit)
    fit.sort(key=lambda c: (_plain(c.time) if timed else EARLIEST, c.whose.order, c.found.path))
    newest = fit[-1]
    newest.counts = True
    same = [c for c in fit[:-1] if _rank(c, timed) == _rank(newest, timed)]
    name = newest.whose.student.id if newest.whose.student else ""
    if any(copy.digest != newest.digest for copy in same):
        newest.note = "which copy is newer is not known; the last by name counts"
        doubts.append(f"{name}: {newest.note}: {newest.found.path}")
    elif len(fit) > 1:
        newest.note = f"the newest of {len(fit)} copies"
    if newest.problem:
        doubts.append(f"{name}: {newest.found.path}: {newest.problem}")
    for copy in copies:
        if copy is not newest:
            copy.note = copy.problem or "an older copy"
    return newest


def _rank(copy: Copy, timed: bool) -> tuple[object, ...]:
    return (copy.time if timed else None, copy.whose.order)


def _plain(time: dt.datetime | None) -> dt.datetime:
    if time is None:
        return EARLIEST
    return time.astimezone(dt.timezone.utc).replace(tzinfo=None) if time.tzinfo else time


def _write(
    target: Path,
    chosen: dict[str, Copy],
    copies: Sequence[Copy],
    roster: Roster,
    missing: Sequence[str],
    times: Times,
) -> None:
    """Write the notebooks, then the table, which never tells of what is not there."""
    notebooks = target / NOTEBOOKS
    kept = set()
    for name, copy in chosen.items():
        if not copy.digest:
            continue
        kept.add(file_name(name))
        with atomic_write(notebooks / file_name(name)) as scratch:
            scratch.write_bytes(copy.found.read())
    for path in notebooks.glob("*.ipynb") if notebooks.is_dir() else ():
        if path.name not in kept:
            path.unlink()
    rows = [list(HEADINGS)]
    for copy in sorted(copies, key=lambda copy: copy.found.path):
        student = copy.whose.student
        row = {
            "student": student.id if student else "",
            "name": student.name if student else "",
            "file": copy.found.path,
            "system": copy.whose.system,
            "time": _written(copy.time),
            "late": "yes" if copy.whose.late else "",
            "deadline": _written(times.deadlines.get(student.id) if student else None),
            "counts": "yes" if copy.counts and copy.digest else "",
            "digest": copy.digest,
            "note": copy.note or copy.problem or copy.whose.problem,
        }
        rows.append([row[heading] for heading in HEADINGS])
    blank = [""] * (len(HEADINGS) - 3)
    rows += [[name, roster.by_id[name].name, *blank, "nothing handed in"] for name in missing]
    write_table(target / FILE, rows)


def _written(time: dt.datetime | None) -> str:
    return time.isoformat(sep=" ") if time else ""
