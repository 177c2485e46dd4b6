"""A hostile class: one submission a trick, and the row that it must get.

Built by code in a temporary folder; the large file is sparse. Each trick sits in one exercise, so
that the others show that it cost nothing more.
"""

from __future__ import annotations

import os
from pathlib import Path

from . import marks, notebooks, running
from .making import RELU, Case, Room, write

__all__ = ["CASES", "IN_CONTAINER", "ODD", "Case", "Room", "write", "write_odd"]

CASES = [*notebooks.CASES, *running.CASES, *marks.CASES]

# Rows that differ in a container: whatever an answer may reach there is the container's own, and
# goes with it. Points, and what is said.
IN_CONTAINER = {
    "kills all it sees": (RELU, ""),
    "writes elsewhere": (RELU, "NameError"),
}

# Files that are no notebooks, and what their row says.
ODD = {
    "a link.ipynb": "a symbolic link",
    "a pipe.ipynb": "not an ordinary file",
    "a folder.ipynb": "not an ordinary file",
    "two gigabytes.ipynb": "larger than 100 MB",
    "notes.txt": ".ipynb is not in its name",
}


def write_odd(folder: Path, target: Path) -> None:
    """Write the files that are no notebooks."""
    (folder / "a link.ipynb").symlink_to(target)
    os.mkfifo(folder / "a pipe.ipynb")
    (folder / "a folder.ipynb").mkdir()
    with open(folder / "two gigabytes.ipynb", "wb") as file:
        file.truncate(2 << 30)  # sparse: it takes no room on the disk
    (folder / "notes.txt").write_text("remember the milk")
