"""The trusted side: right values, hidden data and comparisons, in a process that no answer runs in.

A check's code is executed here as it stands in the teacher's notebook. In its names, what an answer
defines is an `Answer`: calling it sends data to the jailed kernel and gives back data. So an answer
sees the arguments of its own calls, and nothing else of a check.
"""

from __future__ import annotations

import contextlib
import io
import os
import socket
import sys
import time
import traceback
import types
from collections.abc import Iterator
from typing import Any

from .. import cells, secret
from ..running import nbval_kernel
from . import answers, tampering
from .line import POLL_SECONDS, Answer, AnswerError, Line, StopRun


class Bench:
    """Where checks are executed: names of the teacher's own cells, and answers by proxy.

    Parameters
    ----------
    end : socket.socket
        This side's end of the line.
    names : dict of str to list of [str, bool]
        By answer cell: what the reference solution defines; see `defined`.
    seeds : dict
        By check, by exercise: seeds of hidden data.
    seconds : float
        Limit of a check.
    """

    def __init__(
        self,
        end: socket.socket,
        names: dict[str, list[list[Any]]],
        seeds: dict[str, dict[str, int]],
        seconds: float,
    ) -> None:
        self.line = Line(end)
        self.names, self.seeds, self.seconds = names, seeds, seconds
        self.missing: dict[str, str] = {}
        self.room = types.ModuleType("__main__")
        sys.modules["__main__"] = self.room
        os.environ[secret.GRADING] = "1"

    def given(self, cell: Any) -> str:
        """Execute one of the teacher's cells; return what went wrong, or nothing."""
        try:
            self._execute(cell["source"], cells.name(cell))
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        return ""

    def answered(self, cell: Any, why: str) -> None:
        """Put in place what an answer's cell defines; `why` says why it did not run, if so."""
        for name, call in self.names.get(cells.name(cell), ()):
            if why:
                self.line.causes[name] = f"its cell stops with {why}"
            else:
                self.line.causes.pop(name, None)
            vars(self.room)[name] = Answer(self.line, [name], name) if call else Lazy(name)

    def check(self, kernel: nbval_kernel.StrictKernel, cell: Any) -> dict[str, Any]:
        """Execute a check; return its row."""
        end = time.monotonic() + self.seconds

        def watch() -> None:
            kernel.drain()
            kernel.ask()
            if not kernel.is_alive():
                raise StopRun("the kernel died")
            if time.monotonic() > end:
                raise StopRun(f"took longer than {self.seconds:g} seconds")

        self.line.watch = watch
        secret.offer(self.seeds.get(cells.name(cell), {}))
        row: dict[str, Any] = {"outcome": "passed"}
        try:
            with _served(kernel, self.line):
                suspicion = self._suspicion()
                try:
                    self._fetch()
                    self._execute(cell["source"], cells.name(cell))
                except AnswerError as error:
                    row = _row(error.name, error.words)
                    row["where"] = [_line_of(error, cells.name(cell)), "answer"]
                except NameError as error:
                    row = _row("NameError", self.missing.get(error.name or "", str(error)))
                    row["where"] = [_line_of(error, cells.name(cell)), "answer"]
                except Exception as error:
                    row = _row(type(error).__name__, str(error))
                    row["where"] = _where(error, cells.name(cell))
        except StopRun as stop:
            raise nbval_kernel.StoppedError(stop.why) from None
        finally:
            secret.offer({})
        return row | {"suspicions": suspicion} if suspicion else row

    def _suspicion(self) -> list[str]:
        """Return what in the libraries was replaced in the kernel; a teacher may want to know."""
        try:
            told = self.line.value([answers.WATCH])
            digest, table = tampering.before()
            if told == digest:
                return []
            names = self.line.call([answers.WATCH, "changed"], (table,), {})
            return [f"replaced: {', '.join(str(name) for name in names)[:200]}"]
        except (AnswerError, TypeError, ValueError):
            return ["what watches the libraries does not answer"]

    def _fetch(self) -> None:
        """Fetch the values of names that an answer gives by an assignment."""
        for name, value in list(vars(self.room).items()):
            if isinstance(value, Lazy):
                try:
                    vars(self.room)[name] = self.line.value([name])
                except AnswerError as error:
                    del vars(self.room)[name]
                    self.missing[name] = error.words

    def _execute(self, text: str, name: str) -> None:
        from IPython.core.inputtransformer2 import TransformerManager

        if "%" in text or "!" in text:
            text = TransformerManager().transform_cell(text)
        silence = io.StringIO()
        with contextlib.redirect_stdout(silence), contextlib.redirect_stderr(silence):
            exec(compile(text, _file(name), "exec", dont_inherit=True), vars(self.room))


class Lazy:
    """The value of a name, to be fetched when the first check runs."""

    def __init__(self, name: str) -> None:
        self.name = name


def _row(name: str, words: str) -> dict[str, Any]:
    return {"outcome": "failed", "error": name, "message": words}


@contextlib.contextmanager
def _served(kernel: nbval_kernel.StrictKernel, line: Line) -> Iterator[None]:
    """Have the kernel answer the line, for the time of a check."""
    code = f"__import__({answers.__name__!r}, fromlist=['serve']).serve()"
    message = kernel.kc.execute(code, silent=True, store_history=False, allow_stdin=False)
    yield
    line.close()
    try:
        kernel.await_reply(message, POLL_SECONDS + 10)
    except nbval_kernel.StoppedError as error:
        raise StopRun(str(error)) from None
    except Exception:  # the queue is empty: it does not answer
        raise StopRun("the kernel does not answer") from None
    payload = kernel.reply.get("payload") or ()
    if any(isinstance(p, dict) and p.get("source") == "ask_exit" for p in payload):
        raise StopRun("exit() or quit() was called")
    kernel.reply = {}


_FILE = "<cell "


def _file(name: str) -> str:
    return f"{_FILE}{name}>"


def _where(error: BaseException, name: str) -> list[Any]:
    """Return the line of the check, and who raised: the check's own cells, or a library."""
    last = [frame for frame, _ in traceback.walk_tb(error.__traceback__)][-1]
    ours = last.f_code.co_filename.startswith(_FILE)
    return [_line_of(error, name), "check" if ours else "library"]


def _line_of(error: BaseException, name: str) -> int:
    """Return the line of the check, from 1, that was being run; 0 when there is none."""
    for frame, number in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename == _file(name):
            return number
    return 0
