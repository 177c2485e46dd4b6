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
# The kernel itself puts these into builtins, or changes them while it runs; the last one follows
# torch's default type, which anybody may set.
_MOVING = {"_", "__", "___", "get_ipython", "display", "input", "print", "exit", "quit", "open"}
_MOVING |= {"Storage"}
# This package imports most of itself late: what is replaced in it is known by where it comes from.
_OURS = __name__.partition(".")[0]
_STUDENTS = "__main__"
_watched: list[tuple[object, tuple[str, ...]]] = []
_before: dict[str, int] = {}
_told = ""


def remember() -> None:
    """Note what is watched and what it stands for; called in the parent, before answers run."""
    global _told
    _watched.clear()
    holders: list[object] = [sys.modules[name] for name in WATCHED if name in sys.modules]
    holders += [
        getattr(sys.modules[module], name)
        for module, name in CLASSES
        if module in sys.modules and hasattr(sys.modules[module], name)
    ]
    for holder in holders:
        names = [n for n, v in sorted(vars(holder).items()) if n not in _MOVING and callable(v)]
        _watched.append((holder, tuple(names)))
    _before.clear()
    _before.update(table())
    _told = digest()


def before() -> tuple[str, dict[str, int]]:
    """Return the digest and the table of the parent, of which every process here is a fork."""
    return _told, _before


def digest() -> str:
    """Return a digest of the addresses of what the names stand for now."""
    made = hashlib.sha256()
    for holder, names in _watched:
        made.update(array("Q", map(id, map(vars(holder).get, names))))
    made.update("\0".join(_strangers()).encode("utf-8", "replace"))
    return made.hexdigest()


def changed(before: dict[str, int]) -> list[str]:
    """Return the names that stand for something else than in `before`, as `table` gave it."""
    other = [name for name, address in table().items() if before.get(name) != address]
    return other + _strangers()


def table() -> dict[str, int]:
    """Return the address of what each watched name stands for."""
    return {
        f"{getattr(holder, '__name__', '?')}.{name}": id(vars(holder).get(name))
        for holder, names in _watched
        for name in names
    }


def _strangers() -> list[str]:
    """Return the names in this package that stand for something of a student's own."""
    return [
        f"{module}.{name}"
        for module, held in list(sys.modules.items())
        if module.partition(".")[0] == _OURS and held is not None
        for name, value in list(vars(held).items())
        if callable(value) and getattr(value, "__module__", "") == _STUDENTS
    ]


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
