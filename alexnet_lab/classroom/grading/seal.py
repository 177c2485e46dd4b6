"""Signs that the tools of a check were exchanged: what names in libraries stand for.

The kernel and the process that runs nbval are forks of one parent, so an object that neither has
replaced has the same address in both. `digest` tells what the watched names stand for; a monkey
patch changes it. It runs in the kernel, next to the answers: it finds what was patched by habit or
for a quick gain, and not who patches this, too.
"""

from __future__ import annotations

import hashlib
import sys
from array import array
from collections.abc import Mapping

WATCHED = (
    "builtins",
    "math",
    "operator",
    "numpy",
    "numpy.linalg",
    "numpy.random",
    "numpy.testing",
    "torch",
    "torch.nn",
    "torch.testing",
    "torch.nn.functional",
    "alexnet_lab.classroom.secret",
)
CLASSES = (
    ("torch", "Tensor"),
    ("torch.nn", "Module"),
    ("torch.nn", "Conv2d"),
    ("numpy.random", "Generator"),
)
# The kernel itself puts these into builtins, or changes them while it runs.
_MOVING = {"_", "__", "___", "get_ipython", "display", "input", "print", "exit", "quit", "open"}
_names: list[tuple[object, str]] = []
_looked_up: list[tuple[Mapping[str, object], str]] = []


def remember() -> None:
    """Note what is watched; called in the parent, before any answer runs."""
    _names.clear()
    _looked_up.clear()
    holders: list[object] = [sys.modules[name] for name in WATCHED if name in sys.modules]
    holders += [
        getattr(sys.modules[module], name)
        for module, name in CLASSES
        if module in sys.modules and hasattr(sys.modules[module], name)
    ]
    for holder in holders:
        for name, value in sorted(vars(holder).items()):
            if name not in _MOVING and (callable(value) or isinstance(value, type)):
                _names.append((holder, name))
                _looked_up.append((vars(holder), name))


def digest() -> str:
    """Return a digest of the addresses of what the names stand for now."""
    now = array("Q", [id(known.get(name)) for known, name in _looked_up])
    return hashlib.sha256(now).hexdigest()


def changed(before: dict[str, int]) -> list[str]:
    """Return the names that stand for something else than in `before`, as `table` gave it."""
    return [name for name, address in table().items() if before.get(name) != address]


def table() -> dict[str, int]:
    """Return the address of what each watched name stands for."""
    return {
        f"{getattr(holder, '__name__', '?')}.{name}": id(vars(holder).get(name))
        for holder, name in _names
    }


def where() -> tuple[int, str]:
    """Return where the last error was raised.

    Returns
    -------
    tuple of int and str
        The line of the cell that was run, from 1 (0: unknown), and who raised the error: the cell
        itself (``"check"``), a library that it called (``"library"``), or a function of another
        cell (``"answer"``).
    """
    import traceback

    frames = list(traceback.walk_tb(getattr(sys, "last_traceback", None)))
    files = [frame.f_code.co_filename for frame, _ in frames]
    cells = [index for index, name in enumerate(files) if _is_cell(name)]
    if not cells:
        return 0, "answer"
    line = frames[cells[0]][1]
    # A function that the check itself defines is in the same file.
    if any(files[index] != files[cells[0]] for index in cells):
        return line, "answer"
    return line, "check" if cells[-1] == len(files) - 1 else "library"


def _is_cell(filename: str) -> bool:
    return "ipykernel_" in filename or filename.startswith("<ipython-input-")
