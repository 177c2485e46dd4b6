"""A student's own check, at home or on Colab: the visible checks, one line an exercise."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..errors import UserError
from .authoring import regions, rules
from .authoring.release import checksum
from .authoring.source import dumps
from .cells import meta, name, own, role
from .matching import below_the_stub, defines
from .notebook import read_notebook, readable, short, tags
from .running import process

BELOW = "delete the line with NotImplementedError: your answer stands below it"


@dataclass(frozen=True)
class Line:
    """What one check of one exercise says."""

    title: str
    passed: bool
    message: str = ""
    hint: str = ""
    part: str = ""  # " (2 of 3)" where several checks have this title

    def __str__(self) -> str:
        title = f"{self.title}{self.part}"
        if self.passed:
            return f"{title}: visible checks passed"
        message = self.message.removeprefix(self.title).lstrip(": ")
        if not self.hint or message.endswith(regions.NOT_ANSWERED):
            return f"{title}: {message}"
        stop = "" if message.endswith((".", "?", "!")) else "."
        return f"{title}: {message}{stop} Hint: {self.hint}"


@dataclass(frozen=True)
class Checked:
    """All lines of a check, and its warnings; its text is what the command prints."""

    lines: tuple[Line, ...]
    warnings: tuple[str, ...] = ()
    written: tuple[str, ...] = field(default=())

    @property
    def passed(self) -> bool:
        """Whether every visible check passed."""
        return all(line.passed for line in self.lines)

    def summary(self) -> str:
        """Return the last line: how many passed, and what that does not mean."""
        good = sum(line.passed for line in self.lines)
        count = f"{good} of {len(self.lines)} visible checks passed"
        written = f" A person reads: {', '.join(self.written)}." if self.written else ""
        return f"{count}. Grading runs more checks than these, on other data.{written}"

    def __str__(self) -> str:
        warnings = [f"warning: {text}" for text in self.warnings]
        return "\n".join([*warnings, *(str(line) for line in self.lines), self.summary()])


def check(
    notebook: str | os.PathLike[str],
    *,
    cell_seconds: float = 120.0,
    say: Callable[[str], None] | None = None,
) -> Checked:
    """Run the visible checks of one's own notebook.

    Parameters
    ----------
    notebook : str or os.PathLike
        A released notebook with answers in it. It is run as it is, in its folder; not changed.
    cell_seconds : float
        Limit of a cell.
    say : callable, optional
        Called with each line as soon as it is known.

    Returns
    -------
    Checked

    Raises
    ------
    UserError
        When the file is no notebook, or one without checks.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> al.classroom.check("my-answers.ipynb")
    Traceback (most recent call last):
    alexnet_lab.errors.UserError: cannot read 'my-answers.ipynb': no such file or directory
    """
    path = Path(notebook)
    nb, data = read_notebook(path, strict=False)
    checks = {name(cell): cell for cell in nb.cells if role(cell) == "check"}
    if not checks:
        raise UserError(f"{str(path)!r} has no checks; is it an assignment?")
    warnings = tuple(_changed(nb))
    for text in warnings if say else ():
        say(f"warning: {text}")  # type: ignore[misc]
    lines: list[Line] = []
    told, parts = _told(nb), _parts(checks)

    def watch(row: dict[str, Any]) -> None:
        if row["id"] in told.cells and row["outcome"] != "passed":
            told.causes[row["id"]] = explain(row)
        if row["id"] in checks:
            lines.append(replace(_line(checks[row["id"]], row, told), part=parts[row["id"]]))
            if say:
                say(str(lines[-1]))

    with _runnable(path, nb, data) as runnable:
        process.run(runnable, cell_seconds=cell_seconds, watch=watch)
    written = tuple(_title(cell) for cell in nb.cells if role(cell) == "written")
    done = Checked(tuple(lines), warnings, written)
    if say:
        say(done.summary())
    return done


@contextlib.contextmanager
def _runnable(path: Path, nb: Any, data: bytes) -> Iterator[Path]:
    """Give a file that nbval reads: the notebook itself, or a copy without what disturbs it."""
    if readable(data):
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        copy.write_text(dumps(nb), encoding="utf-8")
        yield copy


def _parts(checks: dict[str, Any]) -> dict[str, str]:
    """Return for each check which of those with its title it is; nothing where it is the only."""
    titles = [_title(cell) for cell in checks.values()]
    seen: Counter[str] = Counter()
    found = {}
    for called, title in zip(checks, titles, strict=True):
        seen[title] += 1
        many = titles.count(title)
        found[called] = f" ({seen[title]} of {many})" if many > 1 else ""
    return found


@dataclass
class _Told:
    """What is known of the answers' cells, by exercise, beside what their checks say."""

    cells: dict[str, Any]
    rules: dict[str, str]
    causes: dict[str, str] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)


def _told(nb: Any) -> _Told:
    cells = {name(cell): cell for cell in nb.cells if role(cell) == "answer"}
    codes = [c for c in nb.cells if c.cell_type == "code" and role(c) not in ("check", "picture")]
    told = _Told(cells, {})
    for called, cell in cells.items():
        without = own(cell).get("without", [])
        right = isinstance(without, list) and all(isinstance(rule, str) for rule in without)
        others = [other.source for other in codes if other is not cell]
        told.rules[called] = rules.broken(cell.source, without if right else [], others)
        if cell.cell_type != "code":
            told.causes[called] = f"its cell is {cell.cell_type}, not code; change its type"
        elif below_the_stub(cell.source):
            told.causes[called] = BELOW
    return told


def _line(cell: Any, row: dict[str, Any], told: _Told) -> Line:
    about = own(cell)
    title = _title(cell)
    exercise = str(about.get("exercise") or "")
    rule = told.rules.get(exercise, "")
    if row["outcome"] == "passed":
        return Line(title, not rule, rule)
    message, cause = explain(row), told.causes.get(exercise, "")
    if cause and (cause == BELOW or row["error"] == "NameError"):
        message = cause if cause == BELOW else f"the answer is not there: {cause}"
    told.failed.add(exercise)
    texts = {called: answer.source for called, answer in told.cells.items()}
    message = with_earlier(message, exercise, texts, told.failed)
    return Line(title, False, message, short(about.get("hint") or "", 300))


def _title(cell: Any) -> str:
    about = own(cell)
    return short(about.get("title") or about.get("exercise") or name(cell))


def with_earlier(message: str, exercise: str, answers: dict[str, str], failed: set[str]) -> str:
    """Return why an answer failed, and whether it calls another one that failed, too.

    Parameters
    ----------
    message : str
        What the check says.
    exercise : str
        Whose check.
    answers : dict of str to str
        Texts of all answers, by exercise.
    failed : set of str
        Exercises of which a check does not pass.
    """
    mine = answers.get(exercise, "")
    for other in failed - {exercise}:
        for function in defines(answers.get(other, "")) & rules.uses(mine):
            if message != regions.NOT_ANSWERED:
                stop = "" if message.endswith((".", "?", "!")) else "."
                return f"{message}{stop} It calls {function}, which is not right yet: begin there."
            if regions.CODE_STUB not in mine:
                return f"it calls {function}, which is {regions.NOT_ANSWERED}"
    return message


def explain(row: dict[str, Any]) -> str:
    """Return in one line why a cell failed, as a student reads it."""
    message = " ".join(str(row["message"]).split())
    if regions.NOT_ANSWERED in message:
        return regions.NOT_ANSWERED
    if row["error"] == "AssertionError":
        return message or "an assert of the check failed"
    if row["error"] == "NameError" and row["outcome"] == "failed":
        return f"NameError: {message} (did its cell above run without an error?)"
    return f"{row['error']}: {message}".strip(": ")


def _changed(nb: Any) -> list[str]:
    """Return a warning for each locked cell that is not as it was released, or tagged."""
    found = []
    for cell in nb.cells:
        about = meta(cell)
        if not about:
            continue
        called = short(name(cell), 64)
        if about.get("locked") and about.get("checksum") not in (None, checksum(cell)):
            found.append(f"the locked cell {called} was changed; grading uses the original")
        odd = sorted(tags(cell) & {"raises-exception", "skip-execution"})
        if odd:
            found.append(f"the tag {odd[0]} on {called} has no effect in grading")
    return found
