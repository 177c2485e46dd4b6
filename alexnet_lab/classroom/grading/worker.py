"""A warm parent, seen from outside: jobs in, rows out, and killed when it is late."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ...errors import UserError
from ..settings import MEBI, Settings
from .protocol import frame
from .sandbox import Sandbox

Row = dict[str, Any]
MOST_BYTES = 8 * MEBI  # rows of one run
START_SECONDS = 300.0


class RunEndedError(Exception):
    """The run ended before its end: killed, or too late."""


@dataclass
class Effort:
    """Core-seconds: of warm parents until they were ready, and of all runs."""

    starts: float = 0.0
    runs: float = 0.0


class Worker:
    """One sandbox with a warm parent in it; started when first needed, and again after a death.

    Parameters
    ----------
    sandbox : Sandbox
    modules : list of str
        What the assignment imports.
    settings : Settings

    Attributes
    ----------
    effort : Effort
        What its sandboxes took; of one that was killed, up to its last run that came to its end.
    """

    def __init__(self, sandbox: Sandbox, modules: list[str], settings: Settings) -> None:
        self.sandbox = sandbox
        self.modules = modules
        self.settings = settings
        self.starts = 0
        self.effort = Effort()
        self._so_far = 0.0
        self.nested = False
        self.closed = False
        self._process: subprocess.Popen[bytes] | None = None
        self._log: Any = None
        self._buffer = bytearray()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop for good: a run that goes on in another thread ends, and none is begun."""
        self.closed = True
        self.stop()

    def run(self, notebook: Any, seeds: dict[str, dict[str, int]]) -> tuple[list[Row], str]:
        """Run one notebook.

        Parameters
        ----------
        notebook : dict
            What nbval executes.
        seeds : dict
            By check, by exercise: seeds of hidden data.

        Returns
        -------
        tuple of list and str
            The rows, and why the run ended early, or nothing.
        """
        rows: list[Row] = []
        try:
            self.start()
            end = time.monotonic() + self.settings.wall_seconds
            self._send(frame({"notebook": notebook, "seeds": seeds}), end)
            for row in self._rows(end):
                if row.get("kind") == "done":
                    self.effort.runs += row["cores"] - self._so_far
                    self._so_far = row["cores"]
                    return rows, "" if row.get("code") in (0, 1) else "the run was killed"
                rows.append(row)
        except RunEndedError as error:
            self.stop()
            return rows, str(error)
        return rows, "the run was killed"

    def stop(self) -> None:
        """Kill the sandbox, and all that is in it."""
        process, self._process = self._process, None
        self._buffer.clear()
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    pipe.close()  # type: ignore[union-attr]
        if self._log is not None:
            self._log.close()
            self._log = None
        self.sandbox.clean()

    def start(self) -> None:
        """Start the sandbox, or one anew where each run needs its own.

        Raises
        ------
        UserError
            When it does not start; with its own last words.
        """
        if self.closed:
            raise UserError("grading was stopped")
        if self._process is not None:
            if self._process.poll() is None and self.nested:
                return
            self.stop()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - until `stop`
        self._process = subprocess.Popen(
            self.sandbox.command(self.modules, self.settings),
            env=self.sandbox.environment(),
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            start_new_session=True,
            bufsize=0,
        )
        assert self._process.stdin
        assert self._process.stdout
        os.set_blocking(self._process.stdin.fileno(), False)
        os.set_blocking(self._process.stdout.fileno(), False)
        self.starts += 1
        try:
            warm = next(self._rows(time.monotonic() + START_SECONDS))
        except (RunEndedError, StopIteration):
            warm = {}
        if warm.get("kind") != "warm":
            self._log.seek(0)
            said = self._log.read()[-2000:].decode(errors="replace").strip().splitlines()
            self.stop()
            raise UserError(f"the sandbox did not start: {(said or ['no word from it'])[-1]}")
        self.nested = bool(warm["nested"])
        self._so_far = warm["cores"]
        self.effort.starts += warm["cores"]

    def _send(self, data: bytes, end: float) -> None:
        assert self._process
        assert self._process.stdin
        view = memoryview(data)
        with selectors.DefaultSelector() as ready:
            ready.register(self._process.stdin, selectors.EVENT_WRITE)
            while view:
                if not ready.select(max(0.0, end - time.monotonic())):
                    raise RunEndedError("the run took too long")
                try:
                    view = view[os.write(self._process.stdin.fileno(), view[:65536]) :]
                except BrokenPipeError:
                    raise RunEndedError("the run was killed") from None

    def _rows(self, end: float) -> Iterator[Row]:
        assert self._process
        assert self._process.stdout
        total = 0
        with selectors.DefaultSelector() as ready:
            ready.register(self._process.stdout, selectors.EVENT_READ)
            while True:
                line, newline, rest = bytes(self._buffer).partition(b"\n")
                if newline:
                    self._buffer[:] = rest
                    row = _row(line)
                    if row is not None:
                        yield row
                    continue
                if not ready.select(max(0.0, end - time.monotonic())):
                    raise RunEndedError(
                        f"the run took longer than {self.settings.wall_seconds:g} seconds"
                    )
                piece = os.read(self._process.stdout.fileno(), 65536)
                total += len(piece)
                if not piece:
                    raise RunEndedError("the run was killed")
                if total > MOST_BYTES:
                    raise RunEndedError("the run wrote too many rows")
                self._buffer += piece


def _row(line: bytes) -> Row | None:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None
