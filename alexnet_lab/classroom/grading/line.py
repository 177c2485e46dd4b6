"""The line to the jailed kernel, from the trusted end: calls go out as data, data come back.

Nothing that comes over it is believed to be more than data: it is JSON, decoded by `plain`,
whatever the student's process has become.
"""

from __future__ import annotations

import builtins
import contextlib
import functools
import io
import itertools
import json
import pickle
import socket
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn

from . import answers
from .serialisation import MOST_BYTES, NotSerialisableError, decode

POLL_SECONDS = 0.25


class AnswerError(Exception):
    """What an answer raised, or gave in the place of data; its name and its words are data."""

    def __init__(self, name: str, words: str) -> None:
        super().__init__(words)
        self.name, self.words = name, words


@functools.cache
def error_class(name: str) -> type[AnswerError]:
    """Return a class of `AnswerError` that a check may catch as an error of Python."""
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
        # Whoever waits longer than that looks after the kernel in between.
        end.settimeout(POLL_SECONDS)
        self._came = bytearray()
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
            except NotSerialisableError as error:
                raise AnswerError("TypeError", f"{path[0]} gave {error}") from error
        if kind == "kept" and isinstance(rest[0], int):
            return Answer(self, [rest[0]], str(rest[1])[:64])
        words = f"gave {str(rest[-1])[:200]}; numbers, lists, arrays, tensors or layers are wanted"
        raise AnswerError("TypeError", f"{path[0]} {words}")

    def close(self) -> None:
        """Tell the other end that nothing more is asked."""
        self._send(b"")

    def _send(self, data: bytes) -> None:
        view = memoryview(len(data).to_bytes(8, "big") + data)
        while view:
            try:
                view = view[self.end.send(view[: 1 << 20]) :]
            except TimeoutError:
                self.watch()
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
        while len(self._came) < length:
            try:
                piece = self.end.recv(1 << 16)
            except TimeoutError:
                self.watch()
                continue
            except OSError:
                piece = b""
            if not piece:
                raise StopRun("the kernel died")
            self._came += piece
        found = bytes(self._came[:length])
        del self._came[:length]
        return found


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
