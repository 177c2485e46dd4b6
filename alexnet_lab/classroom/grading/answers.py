"""The answers' side of the line: called by data, it answers with data.

It runs in the jailed kernel, in the same process as a student's code, and so nothing here is
trusted. Requests come as pickles, for who sends them may do anything here anyway; what goes back is
JSON of `plain.encode`.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import socket
import struct
import sys
from typing import Any

import numpy as np
import torch
from torch import nn

from ..settings import LINE
from . import tampering
from .serialisation import NotSerialisableError, encode

WATCH = "the watch"  # no name of Python: what `tampering` tells
LONGEST_WORDS = 2000
_kept: list[Any] = []


def send(line: socket.socket, data: bytes) -> None:
    """Write one message: its length, and its bytes."""
    line.sendall(struct.pack(">Q", len(data)) + data)


def receive(line: socket.socket) -> bytes:
    """Read one message; an empty one when the other side has hung up."""
    header = _exactly(line, 8)
    return _exactly(line, struct.unpack(">Q", header)[0]) if len(header) == 8 else b""


def _exactly(line: socket.socket, length: int) -> bytes:
    found = bytearray()
    while len(found) < length:
        piece = line.recv(min(length - len(found), 1 << 20))
        if not piece:
            break
        found += piece
    return bytes(found)


def serve(descriptor: int = LINE) -> None:
    """Answer requests until an empty one comes."""
    with socket.socket(fileno=os.dup(descriptor)) as line:
        while asked := receive(line):
            send(line, json.dumps(_answer(asked, line)).encode())


def _answer(asked: bytes, line: socket.socket) -> dict[str, Any]:
    number = -1
    try:
        number, path, body = pickle.loads(asked)
        args, kwargs = _Unpickler(io.BytesIO(body), line).load() if body else ((), {})
        return {"number": number, **_reply(path, args, kwargs, bool(body))}
    except _MissingError as error:
        return {"number": number, "missing": str(error)}
    except BaseException as error:  # an answer may raise anything, also what ends a program
        return {"number": number, "error": type(error).__name__, "words": _words(error)}


class _MissingError(Exception):
    """A name that no answer has defined."""


def _reply(path: list[Any], args: Any, kwargs: Any, call: bool) -> dict[str, Any]:
    before = json.dumps(content([args, kwargs]))
    value = found(path)
    if call:
        value = value(*args, **kwargs)
    reply: dict[str, Any] = {"value": _code(value)}
    after = content([args, kwargs])
    if json.dumps(after) != before:
        reply["changed"] = after
    return reply


def found(path: list[Any]) -> Any:
    """Return what a path leads to: a name of the student's, or a kept object, and attributes."""
    first, *rest = path
    if first == WATCH:
        return getattr(tampering, rest[0]) if rest else tampering.digest()
    if isinstance(first, int):
        value = _kept[first]
    else:
        from IPython import get_ipython

        shell = get_ipython()  # type: ignore[no-untyped-call]
        names = shell.user_ns if shell else vars(sys.modules["__main__"])
        if first not in names:
            raise _MissingError(first)
        value = names[first]
    for name in rest:
        value = getattr(value, name)
    return value


def _code(value: Any) -> Any:
    try:
        return ["plain", encode(value)]
    except NotSerialisableError as error:
        if isinstance(value, nn.Module) or callable(value):
            _kept.append(value)
            return ["kept", len(_kept) - 1, type(value).__name__[:64]]
        return ["odd", str(error)[:200]]


def content(value: Any) -> Any:
    """Return what a call could change of its arguments, as data; None for what it cannot."""
    if isinstance(value, (np.ndarray, torch.Tensor, np.random.Generator, torch.Generator)):
        try:
            return encode(value)
        except NotSerialisableError:
            return None
    if isinstance(value, nn.Module):
        return ["state", [[name, encode(part)] for name, part in value.state_dict().items()]]
    if isinstance(value, list):
        return ["list", [content(item) for item in value], _plain(value)]
    if isinstance(value, tuple):
        return ["tuple", [content(item) for item in value]]
    if isinstance(value, dict):
        return ["dict", [content(item) for item in value.values()], _plain(value)]
    return None


def _plain(value: Any) -> Any:
    try:
        return encode(value)
    except NotSerialisableError:
        return None


def _words(error: BaseException) -> str:
    try:
        return str(error)[:LONGEST_WORDS]
    except BaseException:  # a student's own exception may do anything
        return ""


class _Unpickler(pickle.Unpickler):
    """Reads arguments; a function of a check becomes one that asks back over the line."""

    def __init__(self, file: io.BytesIO, line: socket.socket) -> None:
        super().__init__(file)
        self.line = line

    def persistent_load(self, number: Any) -> Any:
        """Return a function that runs on the other side."""

        def ask_back(*args: Any) -> Any:
            send(self.line, json.dumps({"back": number, "args": encode(args)}).encode())
            right, value = pickle.loads(receive(self.line))
            if not right:
                raise RuntimeError(value)
            return value

        return ask_back
