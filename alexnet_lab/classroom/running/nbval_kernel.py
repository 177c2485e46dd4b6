"""nbval, made strict: what a cell did is written down as a row, and nothing else counts.

nbval 0.11 alone waits 2000 s for a cell and for ever for a dead kernel, takes a cell for passed
when no error was *shown*, and believes the notebook's tags. Here a cell has passed only when the
kernel *replied* that it ran without an error; a kernel's death is seen at once; output is counted
while it comes; and after a timeout, a death or a flood the rest of the notebook is not run.
"""

from __future__ import annotations

import contextlib
import time
from collections import defaultdict, deque
from collections.abc import Callable
from queue import Empty
from typing import Any

import pytest
from nbval import plugin as nbval
from nbval.kernel import RunningKernel

from .. import cells

Emit = Callable[..., None]
POLL_SECONDS = 0.25
START_SECONDS = 60.0


class StoppedError(Exception):
    """A cell ended the run: a timeout, a dead kernel, a flood of output."""


class StrictKernel(RunningKernel):
    """nbval's kernel, watched.

    Attributes
    ----------
    reply : dict
        Content of the kernel's last reply on the shell channel.
    output_limit : int
        Bytes that a cell may print or show.
    problem : callable
        Asked while a cell runs and after it; what it returns, if anything, ends the run.
    """

    reply: dict[str, Any]
    output_limit = 1_000_000
    problem: Callable[[], str] = staticmethod(lambda: "")

    def __init__(self, *args: Any, **options: Any) -> None:
        self._waiting: deque[Any] = deque()
        self._bytes = 0
        self.reply = {}
        self._starting = True
        super().__init__(*args, **options)
        self._starting = False

    def begin(self) -> None:
        """Forget what the cell before printed."""
        self._waiting.clear()
        self._bytes = 0
        self.reply = {}

    def ask(self) -> None:
        """End the run if there is a problem.

        Raises
        ------
        StoppedError
        """
        if told := self.problem():
            raise StoppedError(told)

    def await_reply(self, msg_id: str, timeout: float | None = None) -> None:
        """Wait for the reply, and read output meanwhile, so that a flood is seen as it comes."""
        # nbval gives a kernel 10 s to say its first word; a busy machine may need more.
        least = START_SECONDS if self._starting else 0.0
        end = time.monotonic() + max(60.0 if timeout is None else timeout, least)
        while True:
            self.drain()
            try:
                message = self.kc.get_shell_msg(timeout=POLL_SECONDS)
            except Empty:
                if not self.is_alive():
                    raise StoppedError("the kernel died") from None
                self.ask()
                if time.monotonic() > end:
                    raise
                continue
            if message["parent_header"].get("msg_id") == msg_id:
                self.reply = message["content"]
                return

    def get_message(self, stream: str, timeout: float | None = None) -> Any:
        """Return the next message, first of all those that were read while waiting."""
        if stream == "iopub" and self._waiting:
            return self._waiting.popleft()
        # nbval's own method writes each message out for a log that nobody reads.
        if stream == "shell":
            return self.kc.get_shell_msg(timeout=timeout)
        message = self.kc.get_iopub_msg(timeout=timeout)
        self._count(message)
        return message

    def drain(self) -> None:
        """Read the output that has come, and count it."""
        while True:
            try:
                message = self.kc.get_iopub_msg(timeout=0)
            except Empty:
                return
            self._count(message)
            self._waiting.append(message)

    def _count(self, message: Any) -> None:
        content = message["content"]
        if message["msg_type"] == "stream":
            self._bytes += len(content.get("text", ""))
        elif message["msg_type"] in ("display_data", "execute_result", "error"):
            self._bytes += len(str(content))
        if self._bytes > self.output_limit:
            raise StoppedError(f"more than {self.output_limit // 1000} kB of output")


class Rows:
    """A pytest plugin that emits a row before each cell and one after it.

    Parameters
    ----------
    emit : callable
        Called with the row's fields as keywords: ``kind`` is ``"begin"`` or ``"end"``; ``id`` the
        cell's; ``outcome`` ``"passed"``, ``"failed"`` or ``"stopped"``; ``message``; ``error``, the
        exception's name; ``seconds``.
    around : object, optional
        Its ``instead(kernel, cell)`` may run a cell elsewhere and return its row, or None;
        ``after(kernel, cell, row)`` is called behind a cell that nbval ran, and may change the row.
    """

    def __init__(self, emit: Emit, around: Any = None) -> None:
        self.emit = emit
        self.around = around
        self.stopped = ""
        self.seconds = 0.0

    def pytest_configure(self, config: Any) -> None:
        """Put the strict parts in nbval's place; this process runs nothing else."""
        nbval.RunningKernel = StrictKernel
        original = nbval.IPyNbCell.runtest

        def runtest(cell: Any) -> None:
            self.run(cell, original)

        nbval.IPyNbCell.runtest = runtest

    def run(self, item: Any, original: Callable[[Any], None]) -> None:
        """Run one cell, and emit its rows."""
        name = cells.name(item.cell)
        self.emit(kind="begin", id=name)
        began = time.monotonic()
        row: dict[str, Any] = {"outcome": "stopped", "message": "", "error": ""}
        try:
            if self.stopped:
                raise StoppedError(f"not run: {self.stopped}")
            row.update(self._cell(item, original))
        except StoppedError as error:
            row["message"] = str(error)
            row["first"] = not self.stopped
            self.stopped = self.stopped or f"{name}: {error}"
        row["seconds"] = round(time.monotonic() - began, 3)
        self.emit(kind="end", id=name, **row)
        if row["outcome"] != "passed":
            item.raise_cell_error(f"{row['error']}: {row['message']}".strip(": "))

    def _cell(self, item: Any, original: Callable[[Any], None]) -> dict[str, Any]:
        row: dict[str, Any] | None
        kernel = item.parent.kernel
        item.output_timeout = 10
        # A comment such as NBVAL_SKIP, a tag such as raises-exception: nothing says what counts.
        item.options = defaultdict(bool)
        kernel.begin()
        if self.around and (row := self.around.instead(kernel, item.cell)) is not None:
            return row
        row = {"outcome": "passed"}
        try:
            original(item)
        except nbval.NbCellError as error:
            row = {"outcome": "failed", "message": str(error), "error": "CellError"}
        except RuntimeError as error:  # nbval's own, when the kernel is gone
            raise StoppedError(str(error)) from error
        if item.parent.timed_out:
            limit = item.config.option.nbval_cell_timeout
            raise StoppedError(f"took longer than {limit:g} seconds")
        reply = kernel.reply
        # `exit()` ends the kernel a moment later, when another cell would get the blame.
        if any(_source(payload) == "ask_exit" for payload in reply.get("payload") or ()):
            raise StoppedError("exit() or quit() was called")
        if reply.get("status") != "ok":
            row = {
                "outcome": "failed",
                "error": str(reply.get("ename", "")),
                "message": str(reply.get("evalue", "")),
            }
        if self.around:
            self.around.after(kernel, item.cell, row)
        return row


def _source(payload: Any) -> str:
    return str(payload.get("source", "")) if isinstance(payload, dict) else ""


# Parts of pytest that a cell has no use for; each costs something at the start, or around a test.
_NEEDLESS = (
    *("cacheprovider", "debugging", "doctest", "faulthandler", "junitxml", "logging"),
    *("pastebin", "setuponly", "setupplan", "stepwise", "subtests", "threadexception", "tmpdir"),
    *("unittest", "unraisableexception", "warnings"),
)


def options(file: str, folder: str, cell_seconds: float) -> list[str]:
    """Return pytest's arguments for one notebook, deaf to any configuration that lies around."""
    return [
        *("-p", "nbval.plugin", "-c", "/dev/null"),
        *(word for name in _NEEDLESS for word in ("-p", f"no:{name}")),
        *("--nbval-lax", "--nbval-current-env", f"--nbval-cell-timeout={cell_seconds:g}"),
        *(
            f"--rootdir={folder}",
            "--tb=no",
            "-q",
            "--color=no",
            "-W",
            "ignore",
            "--capture=no",
            file,
        ),
    ]


def run(file: str, folder: str, cell_seconds: float, rows: Rows) -> int:
    """Run one notebook in this process, and return pytest's exit code.

    Where a parent of this process has called `prepare` with the same, half the start is done.
    """
    asked = options(file, folder, cell_seconds)
    config = _prepared.pop(" ".join(asked), None)
    if config is None:
        return int(pytest.main(asked, plugins=[rows]))
    config.pluginmanager.register(rows)
    try:
        return int(config.hook.pytest_cmdline_main(config=config))
    finally:
        config._ensure_unconfigure()


_prepared: dict[str, Any] = {}


def prepare(file: str, folder: str, cell_seconds: float) -> None:
    """Read pytest's options and load its plugins, for forks of this process that call `run`.

    pytest has no public name for the first half of `pytest.main`; in a version that has it no
    more, forks do all of it themselves.
    """
    asked = options(file, folder, cell_seconds)
    with contextlib.suppress(ImportError, TypeError):
        from _pytest.config import _prepareconfig

        _prepared[" ".join(asked)] = _prepareconfig(asked)
