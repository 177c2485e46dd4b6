"""A folder of submissions: every file gets a row, in a stable order, and a stop costs nothing."""

from __future__ import annotations

import functools
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from ... import __version__
from ...errors import UserError
from ...files import atomic_write
from .. import secret
from ..authoring.source import Assignment, imported, read_source
from ..people.collected import digest
from ..people.lateness import Lateness
from ..running.process import need
from ..settings import Settings
from . import confine, report
from .attempts import Graded, Verdict, grade_one
from .course import Paths, owners, read_course, settle
from .regrading import Regrade, read_regrade
from .results import Report, Result
from .sandbox import Sandbox, choose
from .submission import UnreadableError, read_bytes, read_submission
from .worker import Effort, Worker

STATE = ".state"
TRIES = 2  # of a submission in which something took too long
# What desktops and archives leave in folders.
PASSED_OVER = {"thumbs.db", "desktop.ini", "icon\r", "__macosx"}


def grade(
    src: str | os.PathLike[str],
    submissions: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    secret_file: str | os.PathLike[str] | None = None,
    jobs: int = 1,
    sandbox: str = "auto",
    image: str = "",
    settings: Settings | None = None,
    details: bool = False,
    fresh: bool = False,
    roster: str | os.PathLike[str] | None = None,
    marks: Paths = None,
    late: Lateness | None = None,
    regrade: Sequence[str] = (),
    progress: Callable[[int, int, str], None] | None = None,
) -> Report:
    """Grade a folder of submissions.

    Parameters
    ----------
    src : str or os.PathLike
        The teacher's source.
    submissions : str or os.PathLike
        A folder; every file in it and below gets a row. Names that begin with a dot are left out.
        Or the folder that `collect` wrote.
    out : str or os.PathLike
        The folder of the report, not within that of the submissions.
    secret_file : str or os.PathLike, optional
        The course's secret.
    jobs : int
        Sandboxes at a time.
    sandbox : {"auto", "bwrap", "docker", "none"}
    image : str
        The container's image.
    settings : Settings, optional
        Limits of a submission.
    details : bool
        Pages with errors in full and line numbers of hidden checks: for the teacher.
    fresh : bool
        Grade all again, also what an earlier run into the same folder has graded.
    roster : str or os.PathLike, optional
        Who is in the course; see `people.roster.read_roster`.
    marks : str, os.PathLike or a sequence of them, optional
        Marks that people gave: read, and never written. By default ``marks.csv`` in the report's
        folder, where there is one.
    late : Lateness, optional
        Deadline and penalty.
    regrade : sequence of str
        Students and exercises to grade again. Of an exercise that is named only its own verdicts
        change.
    progress : callable, optional
        Called with the number done, the number of all, and the file's name.

    Returns
    -------
    Report
        Also written: ``grades.csv``, ``grades.json``, a page a file in ``pages/``, and in
        ``marking/`` a sheet a question that people read.

    Raises
    ------
    UserError
        For bad input, or when the sandbox is not usable.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> al.classroom.grade("source.ipynb", "submissions", "report")
    Traceback (most recent call last):
    alexnet_lab.errors.UserError: cannot read 'source.ipynb': no such file or directory
    """
    need("nbval", "pytest", "nbformat", "ipykernel")
    assignment = read_source(src)
    known = secret.read_secret(secret_file)
    settings = settings or Settings()
    folder, target = Path(submissions), Path(out)
    if not folder.is_dir():
        raise UserError(f"{str(folder)!r} is not a folder of submissions")
    if target.resolve().is_relative_to(folder.resolve()):
        raise UserError(f"the report {str(target)!r} must not be among the submissions")
    if jobs < 1:
        raise UserError(f"{jobs} workers; at least 1")
    folder, course = read_course(folder, target, roster, marks, late)
    box = choose(sandbox, image)
    names = list(files(folder))
    if not names:
        raise UserError(f"{str(folder)!r} has no files")
    whose = owners(names, folder, course)
    # What cannot be in a file of marks is said before an hour of grading, not after it.
    settle([_nothing(name, "", assignment) for name in names], whose, assignment, known, course)
    confine.undumpable()
    grader = _Grader(assignment, known, settings, box, folder, target / STATE, fresh)
    grader.regrade = read_regrade(regrade, names, whose, assignment, target / report.FILE)
    found = grader.all(names, min(jobs, len(names)), progress)
    results, given = settle(found, whose, assignment, known, course)
    shown = secret.fingerprint(known)
    whole = Report(
        assignment, results, box.words, shown, settings, grader.effort, late, given.repeated
    )
    report.write(whole, target, details=details)
    return whole


def _nothing(name: str, reason: str, assignment: Assignment) -> Result:
    nothing = {check.grade_id: Verdict(0.0) for check in assignment.checks}
    return Result(name, "not graded", reason, Graded(nothing), {})


def files(folder: Path) -> Iterator[str]:
    """Give the paths of all files below a folder, links and pipes included, in a stable order.

    What begins with a dot is left out, and what desktops and archives make by themselves.
    """
    found = []
    for where, folders, names in os.walk(folder, followlinks=False):
        folders[:] = [name for name in folders if is_anybodys(name)]
        linked = [name for name in folders if os.path.islink(os.path.join(where, name))]
        # A folder that is called a notebook is somebody's submission, and gets its row.
        odd = [name for name in folders if name.lower().endswith(".ipynb")]
        for name in {*names, *linked, *odd}:
            if is_anybodys(name):
                found.append(os.path.relpath(os.path.join(where, name), folder))
        folders[:] = [name for name in folders if name not in odd]
    yield from sorted(found)


def is_anybodys(name: str) -> bool:
    """Return whether a name is not one that desktops, archives and programs give by themselves."""
    return not name.startswith(".") and name.lower() not in PASSED_OVER


@functools.cache
def _code() -> str:
    """Return a digest of the code that grades: what another version found is not believed."""
    digest = hashlib.sha256(__version__.encode())
    for path in sorted(Path(__file__).parents[1].rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


class _Grader:
    def __init__(
        self,
        assignment: Assignment,
        known: str,
        settings: Settings,
        box: Sandbox,
        folder: Path,
        state: Path,
        fresh: bool,
    ) -> None:
        self.assignment, self.known, self.settings = assignment, known, settings
        self.box, self.folder, self.state, self.fresh = box, folder, state, fresh
        self.workers: SimpleQueue[Worker] = SimpleQueue()
        self.effort = Effort()
        self.regrade = Regrade()

    def all(
        self, names: list[str], jobs: int, progress: Callable[[int, int, str], None] | None
    ) -> list[Result]:
        made = [Worker(self._box(), imported(self.assignment), self.settings) for _ in range(jobs)]
        for worker in made:
            self.workers.put(worker)
        results: dict[str, Result] = {}
        pool = ThreadPoolExecutor(jobs)
        try:
            waiting = {pool.submit(self.one, name): name for name in names}
            for future in as_completed(waiting):
                name = waiting[future]
                results[name] = future.result()
                if progress:
                    progress(len(results), len(names), name)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in made:
                worker.close()
                self.effort.starts += worker.effort.starts
                self.effort.runs += worker.effort.runs
        return [results[name] for name in names]

    def _box(self) -> Sandbox:
        return Sandbox(self.box.kind, self.box.words, self.box.image, self.box.engine)

    def one(self, name: str) -> Result:
        """Grade one file, or take what an earlier run found."""
        try:
            if ".ipynb" not in Path(name).name.lower():
                raise UnreadableError("not a notebook: .ipynb is not in its name")
            data = read_bytes(self.folder / name, self.settings.submission_mb)
            kept = None if self.regrade.wants(name) else self._kept(name, data)
            if kept:
                return kept
            taken = read_submission(data, self.assignment)
        except UnreadableError as error:
            return _nothing(name, str(error), self.assignment)
        worker = self.workers.get()
        try:
            graded = grade_one(
                self.assignment, taken, self.known, worker.run, self.settings.budget_seconds
            )
            if worker.closed:  # killed from outside: that says nothing about the answers
                raise UserError("grading was stopped")
        finally:
            self.workers.put(worker)
        graded = self.regrade.merged(name, digest(data), graded)
        graded.flags = [*taken.flags, *graded.flags]
        written = {w.grade_id: taken.answers.get(w.grade_id, "") for w in self.assignment.written}
        result = Result(name, "graded", "", graded, written, taken.pictures, digest=digest(data))
        self._keep(result, data, 1 + self._tries(name, data))
        return result

    def _path(self, name: str, data: bytes) -> Path:
        """Return where a result is kept: by all that it depends on."""
        key = hashlib.sha256()
        about = [_code(), self.assignment.version, secret.fingerprint(self.known)]
        for part in (*about, json.dumps(asdict(self.settings)), self.box.words, name):
            key.update(part.encode("utf-8", "surrogateescape") + b"\0")
        key.update(data)
        return self.state / f"{key.hexdigest()[:40]}.json"

    def _keep(self, result: Result, data: bytes, tries: int) -> None:
        with atomic_write(self._path(result.name, data)) as scratch:
            kept = {"graded": asdict(result.graded), "tries": tries}
            text = json.dumps(kept | {"written": result.written, "pictures": result.pictures})
            scratch.write_text(text, encoding="utf-8")

    def _tries(self, name: str, data: bytes) -> int:
        try:
            return int(json.loads(self._path(name, data).read_text(encoding="utf-8"))["tries"])
        except (OSError, ValueError, KeyError, TypeError):
            return 0

    def _kept(self, name: str, data: bytes) -> Result | None:
        if self.fresh:
            return None
        try:
            found: dict[str, Any] = json.loads(self._path(name, data).read_text(encoding="utf-8"))
            graded = found["graded"]
            if graded["late"] and found["tries"] < TRIES:
                return None  # the machine may have been busy
            verdicts = {key: Verdict(**value) for key, value in graded.pop("verdicts").items()}
            pictures = {k: [(a, b) for a, b in v] for k, v in found["pictures"].items()}
            whole = Graded(verdicts, **graded)
            return Result(
                name, "graded", "", whole, found["written"], pictures, digest=digest(data)
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None
