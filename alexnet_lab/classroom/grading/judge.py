"""The trusted side: right values, hidden data and comparisons, in a process that no answer runs in.

A check's code is executed here as it stands in the teacher's notebook. In its names, what an answer
defines is an `Answer`: calling it sends data to the jailed kernel and gives back data. So an answer
sees the arguments of its own calls, and nothing else of a check.
"""

from __future__ import annotations

import builtins
import contextlib
import functools
import io
import itertools
import json
import os
import pickle
import selectors
import socket
import sys
import time
import traceback
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import nn

from .. import cells, secret
from ..running import nbval_kernel
from . import answers, seal
from .plain import MOST_BYTES, NotPlainError, decode

POLL_SECONDS = 0.25


class AnswerError(Exception):
    """What an answer raised, or gave in the place of data; its name and its words are data."""

    def __init__(self, name: str, words: str) -> None:
        super().__init__(words)
        self.name, self.words = name, words


@functools.cache
def error_class(name: str) -> type[AnswerError]:
    """Return a class of `AnswerError` that a check may catch by the name of Python's own error."""
    builtin = getattr(builtins, name, None)
    if isinstance(builtin, type) and issubclass(builtin, Exception):
        with contextlib.suppress(TypeError):  # some cannot be mixed
            return type(name, (AnswerError, builtin), {"__init__": AnswerError.__init__})
    return AnswerError


class StopRun(BaseException):
    """The run ends here: `why` says why."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Answer:
    """Something of a student's, to be called with data; it gives data, or another `Answer`."""

    def __init__(self, line: Line, path: list[Any], what: str = "") -> None:
        self._line, self._path, self._what = line, path, what

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it."""
        return self._line.call(self._path, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._line.value([*self._path, name])

    def __reduce__(self) -> tuple[Any, ...]:
        # As an argument it is, on the other side, the student's own thing again.
        return answers.found, (self._path,)

    def __repr__(self) -> str:
        return f"<{self._what or 'answer'}>"


class Line:
    """The line to the jailed kernel, from the trusted end.

    Parameters
    ----------
    end : socket.socket
        This side's end.
    """

    def __init__(self, end: socket.socket) -> None:
        self.end = end
        self.numbers = itertools.count()
        self.watch: Callable[[], None] = lambda: None
        self.causes: dict[str, str] = {}

    def call(self, path: list[Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call something of a student's; what the call changes of its arguments changes here."""
        functions: list[Callable[..., Any]] = []
        body = io.BytesIO()
        try:
            _Pickler(body, functions).dump((args, kwargs))
        except (pickle.PicklingError, TypeError, AttributeError) as error:
            raise TypeError(f"a check hands over what cannot be sent: {error}") from error
        reply = self._ask(path, body.getvalue(), functions)
        if "changed" in reply:
            _apply([args, kwargs], reply["changed"])
        return self._value(path, reply)

    def value(self, path: list[Any]) -> Any:
        """Return what a name or an attribute stands for."""
        return self._value(path, self._ask(path, b"", []))

    def _ask(
        self, path: list[Any], body: bytes, functions: list[Callable[..., Any]]
    ) -> dict[str, Any]:
        number = next(self.numbers)
        self._send(pickle.dumps((number, path, body)))
        while True:
            reply = self._receive()
            if reply.get("number") == number:
                break
            if "back" not in reply:
                raise StopRun("the answers broke the line to the checks")
            self._send(pickle.dumps(_called_back(functions, reply)))
        if "missing" in reply:
            name = str(reply["missing"])
            cause = self.causes.get(name, "")
            words = f"name {name[:64]!r} is not defined"
            raise error_class("NameError")("NameError", f"{words}: {cause}" if cause else words)
        if "error" in reply:
            called = str(reply["error"])[:100]
            raise error_class(called)(called, str(reply.get("words", "")))
        return reply

    def _value(self, path: list[Any], reply: dict[str, Any]) -> Any:
        kind, *rest = reply["value"]
        if kind == "plain":
            try:
                return decode(rest[0])
            except NotPlainError as error:
                raise AnswerError("TypeError", f"{path[0]} gave {error}") from error
        if kind == "kept" and isinstance(rest[0], int):
            return Answer(self, [rest[0]], str(rest[1])[:64])
        words = f"gave {str(rest[-1])[:200]}; numbers, lists, arrays, tensors or layers are wanted"
        raise AnswerError("TypeError", f"{path[0]} {words}")

    def _send(self, data: bytes) -> None:
        view = memoryview(len(data).to_bytes(8, "big") + data)
        while view:
            self._wait(selectors.EVENT_WRITE)
            try:
                view = view[self.end.send(view[: 1 << 20]) :]
            except OSError:
                raise StopRun("the kernel died") from None

    def _receive(self) -> dict[str, Any]:
        length = int.from_bytes(self._exactly(8), "big")
        if length > 2 * MOST_BYTES:
            raise StopRun("an answer gave back too much")
        try:
            reply = json.loads(self._exactly(length))
        except (ValueError, RecursionError):
            reply = None
        if not isinstance(reply, dict):
            raise StopRun("the answers broke the line to the checks")
        return reply

    def _exactly(self, length: int) -> bytes:
        found = bytearray()
        while len(found) < length:
            self._wait(selectors.EVENT_READ)
            try:
                piece = self.end.recv(min(length - len(found), 1 << 20))
            except OSError:
                piece = b""
            if not piece:
                raise StopRun("the kernel died")
            found += piece
        return bytes(found)

    def _wait(self, event: int) -> None:
        with selectors.DefaultSelector() as ready:
            ready.register(self.end, event)
            while not ready.select(POLL_SECONDS):
                self.watch()


class _Pickler(pickle.Pickler):
    """Writes arguments; functions of a check stay here, and are called back by a number."""

    def __init__(self, file: io.BytesIO, functions: list[Callable[..., Any]]) -> None:
        super().__init__(file, protocol=5)
        self.functions = functions

    def persistent_id(self, value: Any) -> int | None:
        """Return a function's number, None for what is written as it is."""
        if isinstance(value, types.FunctionType) and value.__module__ == "__main__":
            self.functions.append(value)
            return len(self.functions) - 1
        return None


def _called_back(functions: list[Callable[..., Any]], asked: dict[str, Any]) -> tuple[bool, Any]:
    try:
        return True, functions[asked["back"]](*decode(asked["args"]))
    except Exception as error:
        return False, f"{type(error).__name__}: {error}"


def _apply(value: Any, changed: Any) -> None:
    """Change arguments as the call on the other side has changed its copies."""
    try:
        _changed(value, changed)
    except Exception as error:  # a forged message, or a shape that cannot be
        raise AnswerError("TypeError", "an argument was changed beyond recognition") from error


def _changed(value: Any, changed: Any) -> None:
    if changed is None:
        return
    if isinstance(value, np.ndarray):
        value[...] = decode(changed)
    elif isinstance(value, torch.Tensor):
        with torch.no_grad():
            new = decode(changed)
            if new.shape != value.shape:
                value.resize_(new.shape)
            value.copy_(new)
    elif isinstance(value, np.random.Generator):
        value.bit_generator.state = decode(changed).bit_generator.state
    elif isinstance(value, torch.Generator):
        value.set_state(decode(changed).get_state())
    elif isinstance(value, nn.Module):
        value.load_state_dict({name: decode(part) for name, part in changed[1]})
    elif isinstance(value, (list, tuple, dict)):
        items = list(value.values()) if isinstance(value, dict) else list(value)
        if len(items) == len(changed[1]):
            for item, part in zip(items, changed[1], strict=True):
                _changed(item, part)
        whole = changed[2] if len(changed) > 2 else None
        if isinstance(value, list) and whole is not None:
            value[:] = _kept_or_new(value, decode(whole))
        elif isinstance(value, dict) and whole is not None:
            new = decode(whole)
            value.clear()
            value.update(new)


def _kept_or_new(old: list[Any], new: list[Any]) -> list[Any]:
    """Keep the objects of a list that still has as many: they were changed in place already."""
    plain = (int, float, str, bool, type(None), complex)
    if len(old) != len(new):
        return new
    return [n if isinstance(o, plain) else o for o, n in zip(old, new, strict=True)]


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
            told = self.line.value([answers.SEAL])
            digest, table = seal.before()
            if told == digest:
                return []
            names = self.line.call([answers.SEAL, "changed"], (table,), {})
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
    line._send(b"")
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
