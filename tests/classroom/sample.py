"""A small assignment for the tests: five checks, one free text, in nbgrader's schema 3."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SETUP = """\
import numpy as np
import torch
import alexnet_lab as al"""

ANSWERS = {
    "out-size": '''\
def out_size(n, kernel, stride=1):
    """Return how many places a kernel has on n pixels."""
    ### BEGIN SOLUTION
    free_places = n - kernel
    return free_places // stride + 1
    ### END SOLUTION''',
    "relu": '''\
def relu(x):
    """Return the rectified tensor."""
    ### BEGIN SOLUTION
    return torch.clamp(x, min=0)
    ### END SOLUTION''',
    "mean": '''\
def channel_means(images):
    """Return the mean of each channel: (N, C, H, W) to (C,)."""
    ### BEGIN SOLUTION
    return images.mean(axis=(0, 2, 3))
    ### END SOLUTION''',
    "tower": '''\
def tower_parameters(channels, kernels, size):
    """Return the weights of a layer split over two towers."""
    ### BEGIN SOLUTION
    per_tower = (channels // 2) * (kernels // 2) * size**2
    return 2 * per_tower
    ### END SOLUTION''',
}

CHECKS = {
    "out-size-check": (
        "out-size",
        "1. The size of a map",
        "Count where the left edge of the kernel may stand.",
        2,
        """\
got = int(out_size(7, 3, 2))
assert got == 3, f"1. The size of a map: out_size(7, 3, 2) should be 3, not {got}"
### BEGIN HIDDEN TESTS
secret_numbers = al.classroom.secret_rng("out-size").integers(20, 300, 20)
for secret_size in secret_numbers:
    hidden_expected = (int(secret_size) - 5) // 3 + 1
    assert int(out_size(int(secret_size), 5, 3)) == hidden_expected, (
        "1. The size of a map: wrong for another size; is the stride rounded down?"
    )
### END HIDDEN TESTS""",
    ),
    "relu-check": (
        "relu",
        "2. ReLU",
        "Compare with zero, element by element.",
        1,
        '''\
got = torch.as_tensor(relu(torch.tensor([-1.0, 0.0, 2.0])))
assert torch.equal(got, torch.tensor([0.0, 0.0, 2.0])), f"2. ReLU: relu([-1, 0, 2]) gave {got}"''',
    ),
    "relu-check-2": (
        "relu",
        "2. ReLU, the argument untouched",
        "Do not write into the tensor that you were given.",
        1,
        """\
given = torch.tensor([-1.0, 1.0])
relu(given)
assert given.tolist() == [-1.0, 1.0], "2. ReLU, the argument untouched: x itself was changed"
### BEGIN HIDDEN TESTS
secret_values = al.classroom.secret_rng("relu").normal(size=50)
np.testing.assert_allclose(
    np.asarray(relu(torch.tensor(secret_values)), float), np.maximum(secret_values, 0), rtol=1e-6,
    err_msg="2. ReLU, the argument untouched: wrong on other values",
)
### END HIDDEN TESTS""",
    ),
    "mean-check": (
        "mean",
        "3. Means of the channels",
        "Average over images, rows and columns.",
        3,
        """\
images = np.arange(24.0).reshape(2, 3, 2, 2)
got = np.asarray(channel_means(images), float)
assert got.shape == (3,), f"3. Means of the channels: the shape should be (3,), not {got.shape}"
assert np.allclose(got, [7.5, 11.5, 15.5]), f"3. Means of the channels: gave {got}"
### BEGIN HIDDEN TESTS
secret_images = al.classroom.secret_rng("mean").normal(size=(3, 4, 5, 6))
secret_got = np.asarray(channel_means(secret_images), float)
assert np.allclose(secret_got, secret_images.mean((0, 2, 3))), (
    "3. Means of the channels: wrong on other images"
)
### END HIDDEN TESTS""",
    ),
    "tower-check": (
        "tower",
        "4. Two towers",
        "Each kernel sees the maps of its own tower only.",
        2,
        '''\
got = int(tower_parameters(96, 256, 5))
assert got == 307200, f"4. Two towers: conv2 should have 307200 weights, not {got}"''',
    ),
}

PICTURE = "print(out_size(9, 3))"
WRITTEN = """\
### BEGIN SOLUTION
Because the reference solution says so, in these words.

**Mark scheme**

One point for naming the second graphics card.
### END SOLUTION"""

WRONG = {
    "out-size": ("def out_size(n, kernel, stride=1):\n    return (n - kernel) // stride", "not 2"),
    "relu": ("def relu(x):\n    return x.abs()", "gave tensor([1., 0., 2.])"),
    "mean": (
        "def channel_means(images):\n    return images.mean()",
        "shape should be (3,), not ()",
    ),
    "tower": (
        "def tower_parameters(channels, kernels, size):\n    return channels * kernels * size**2",
        "not 614400",
    ),
}


def cell(kind: str, name: str, source: str, **about: Any) -> dict[str, Any]:
    """Return a cell with nbgrader's metadata; `about` goes beside or over it."""
    own = about.pop("own", None)
    marks = {
        "grade": False,
        "grade_id": name,
        "locked": True,
        "schema_version": 3,
        "solution": False,
        "task": False,
        "cell_type": kind,
        **about,
    }
    made: dict[str, Any] = {
        "cell_type": kind,
        "id": name,
        "metadata": {"nbgrader": marks, **({"alexnet_lab": own} if own else {})},
        "source": source,
    }
    if kind == "code":
        made |= {"outputs": [], "execution_count": None}
    return made


def source() -> dict[str, Any]:
    """Return the teacher's source as a notebook's JSON."""
    cells: list[dict[str, Any]] = [
        {"cell_type": "markdown", "id": "title", "metadata": {}, "source": "# A sample"},
        cell("code", "imports", SETUP),
    ]
    for name, text in ANSWERS.items():
        cells.append(cell("code", name, text, solution=True, locked=False))
        if name == "out-size":
            cells.append(cell("code", "out-size-picture", PICTURE, own={"role": "picture"}))
        for check, (exercise, title, hint, points, asserts) in CHECKS.items():
            if exercise == name:
                own = {"exercise": exercise, "title": title, "hint": hint}
                cells.append(cell("code", check, asserts, grade=True, points=points, own=own))
    written = {"grade": True, "solution": True, "locked": False, "points": 2}
    cells.append(cell("markdown", "why", WRITTEN, own={"title": "5. In your words"}, **written))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def write(folder: Path) -> Path:
    """Write the source into a folder, and return its path."""
    path = folder / "sample.ipynb"
    path.write_text(json.dumps(source()), encoding="utf-8")
    return path
