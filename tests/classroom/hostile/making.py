"""How a hostile submission is made: the released notebook, answers that are right, and a trick."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FULL = {"out-size-check": 2, "relu-check": 1, "relu-check-2": 1, "mean-check": 3, "tower-check": 2}
NONE = dict.fromkeys(FULL, 0)
RELU = {**FULL, "relu-check": 0, "relu-check-2": 0}
TOWER = {**FULL, "tower-check": 0}
MEAN = {**FULL, "mean-check": 0}

GOOD = {
    "out-size": "def out_size(n, kernel, stride=1):\n    return (n - kernel) // stride + 1",
    "relu": "def relu(x):\n    return x * (x > 0)",
    "mean": "def channel_means(images):\n    return np.mean(images, (0, 2, 3))",
    "tower": (
        "def tower_parameters(channels, kernels, size):\n"
        "    return channels * kernels * size**2 // 2"
    ),
    "why": "Because one card had three gigabytes. <script>alert(1)</script>",
}
BAD_RELU = "\ndef relu(x):\n    return x + 1"


@dataclass(frozen=True)
class Case:
    """A submission: how it is made, its points, and what the flags or messages must say."""

    name: str
    make: Callable[[Room], Any]
    points: dict[str, int]
    says: str = ""
    status: str = "graded"


@dataclass
class Room:
    """What the submissions are made from: the released notebook, and paths that they try."""

    student: dict[str, Any]
    teacher: Path
    port: int

    def notebook(self, **answers: str) -> dict[str, Any]:
        """Return the student's notebook with answers; underscores stand for hyphens."""
        notebook = copy.deepcopy(self.student)
        given = {name.replace("_", "-"): text for name, text in answers.items()}
        for cell in notebook["cells"]:
            cell["source"] = given.get(cell["id"], cell["source"])
        return notebook

    def good(self, **answers: str) -> dict[str, Any]:
        """Return a notebook that is right, except for these answers."""
        return self.notebook(
            **{**{name.replace("-", "_"): text for name, text in GOOD.items()}, **answers}
        )


def cell(notebook: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a cell by its id."""
    return next(c for c in notebook["cells"] if c["id"] == name)


def relu(text: str) -> Callable[[Room], Any]:
    """Return a maker: all right, but the second answer is this text."""
    return lambda room: room.good(relu=text.replace("PORT", str(room.port)))


def change(do: Callable[[dict[str, Any]], Any], **answers: str) -> Callable[[Room], Any]:
    """Return a maker: all right except these answers, then changed."""

    def make(room: Room) -> Any:
        notebook = room.good(**answers)
        do(notebook)
        return notebook

    return make


def helper(text: str) -> Callable[[dict[str, Any]], None]:
    """Return a change: a cell of the student's own with this text."""

    def do(notebook: dict[str, Any]) -> None:
        made = {"cell_type": "code", "id": "mine", "metadata": {}, "outputs": [], "source": text}
        notebook["cells"].insert(2, made)

    return do


def write(case: Case, room: Room, folder: Path) -> None:
    """Write a case's notebook into a folder."""
    made = case.make(room)
    if isinstance(made, dict):
        made = json.dumps(made)
    data = made if isinstance(made, bytes) else made.encode()
    (folder / f"{case.name}.ipynb").write_bytes(data)
