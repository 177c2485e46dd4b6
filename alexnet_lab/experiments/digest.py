"""Digests of rules and settings: whether what stands today is what stood when a run was made."""

from __future__ import annotations

import functools
import hashlib
import inspect
import io
import json
import tokenize
from ast import Constant, Expr, FunctionDef, parse, walk
from collections.abc import Callable, Mapping
from typing import Any


def setting_hash(setting: Mapping[str, Any]) -> str:
    """Return a short digest of a setting."""
    return digest(json.dumps(setting, sort_keys=True))


def digest(text: str) -> str:
    """Return sixteen hexadecimal figures of SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def source_of(function: Callable[..., Any]) -> str:
    """Return the code of a function and of all in this room that it uses.

    White space, comments and docstrings do not count: they change no verdict.
    """
    room = __name__.rpartition(".")[0]
    seen: dict[str, str] = {}

    def visit(value: Any) -> None:
        name = f"{value.__module__}.{value.__qualname__}"
        if name in seen:
            return
        seen[name] = ""
        seen[name] = _code_of(value)
        scope = vars(inspect.getmodule(value))
        names = set(value.__code__.co_names) if inspect.isfunction(value) else set()
        for nested in getattr(getattr(value, "__code__", None), "co_consts", ()):
            names |= set(getattr(nested, "co_names", ()))
        for used in sorted(names & set(scope)):
            other = scope[used]
            if inspect.isfunction(other) and other.__module__.startswith(room):
                visit(other)
            elif isinstance(other, (int, float, str, tuple)):
                seen[f"{value.__module__}.{used}"] = repr(other)

    visit(function)
    return "".join(f"{name}:{code}" for name, code in sorted(seen.items()))


@functools.cache
def _code_of(function: Callable[..., Any]) -> str:
    # Kept from its first reading: a file that is changed while a run goes on is not its code.
    return _bare(inspect.getsource(function))


def _bare(source: str) -> str:
    lines = inspect.cleandoc("\n" + source).splitlines()
    for node in walk(parse("\n".join(lines))):
        if not isinstance(node, FunctionDef):
            continue
        first = node.body[0]
        value = first.value if isinstance(first, Expr) else None
        if isinstance(value, Constant) and isinstance(value.value, str):
            for row in range(first.lineno - 1, first.end_lineno or first.lineno):
                lines[row] = ""
    tokens = tokenize.generate_tokens(io.StringIO("\n".join(lines) + "\n").readline)
    # Joined without white space: what Python 3.12 splits an f-string into comes together again.
    return "".join("".join(t.string.split()) for t in tokens if t.type != tokenize.COMMENT)
