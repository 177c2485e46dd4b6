"""Imports without what they load for long and nobody here uses."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

# jsonschema, which nbformat imports, has it build dozens of grammars of web addresses: most of the
# time that nbformat takes. No schema of a notebook names such an address.
GRAMMARS = "rfc3987_syntax"
# ipykernel's debugger: nobody sets a breakpoint in a kernel that grades.
DEBUGGER = "debugpy"


@contextlib.contextmanager
def without(*packages: str) -> Iterator[None]:
    """Let packages that are not loaded yet look as if they were not installed.

    Parameters
    ----------
    packages : str
        Names. What is imported inside must be able to do without them.
    """
    hidden = [name for name in packages if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        for name in hidden:
            if sys.modules.get(name, name) is None:
                del sys.modules[name]
