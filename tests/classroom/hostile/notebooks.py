"""Notebooks of odd shape, and files that are none."""

from __future__ import annotations

import copy
import json
from typing import Any

from .making import FULL, GOOD, NONE, RELU, Case, cell, change, helper


def _late(notebook: dict[str, Any]) -> None:
    notebook["cells"].reverse()


def _twice(notebook: dict[str, Any]) -> None:
    first = copy.deepcopy(cell(notebook, "relu"))
    first["source"] = "def relu(x):\n    return None"
    notebook["cells"].insert(3, first)


def _no_metadata(notebook: dict[str, Any]) -> None:
    for c in notebook["cells"]:
        c["metadata"] = {}
    notebook["metadata"] = {}


def _at_the_end(notebook: dict[str, Any]) -> None:
    last = copy.deepcopy(cell(notebook, "relu"))
    last["source"] = "def relu(x):\n    return None"
    notebook["cells"].append(last)


def _recreated(notebook: dict[str, Any]) -> None:
    made = cell(notebook, "relu")
    notebook["cells"].remove(made)
    new = {"cell_type": "code", "id": "a1b2c3", "metadata": {}, "outputs": [], "source": ""}
    notebook["cells"].insert(1, new | {"source": made["source"]})


def _as_markdown(notebook: dict[str, Any]) -> None:
    cell(notebook, "relu")["cell_type"] = "markdown"


def _other_ends(notebook: dict[str, Any]) -> None:
    for c in notebook["cells"]:
        c["source"] = c["source"].replace("\n", "\r\n") + "\r\n"


def _format_3(notebook: dict[str, Any]) -> str:
    cells = [
        {"cell_type": "code", "input": c["source"], "metadata": c["metadata"], "outputs": []}
        if c["cell_type"] == "code"
        else {k: c[k] for k in ("cell_type", "source", "metadata")}
        for c in notebook["cells"]
    ]
    sheets = [{"cells": cells, "metadata": {}}]
    return json.dumps({"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": sheets})


def _no_ids(notebook: dict[str, Any]) -> None:
    notebook["nbformat_minor"] = 0
    for c in notebook["cells"]:
        del c["id"]


def _strange(notebook: dict[str, Any]) -> None:
    _no_metadata(notebook)
    _no_ids(notebook)


def _odd_types(notebook: dict[str, Any]) -> None:
    notebook["metadata"] = []
    notebook["cells"] += [7, None, {}, {"cell_type": "code", "source": {"a": 1}, "metadata": 3}]
    notebook["cells"].append({"cell_type": "code", "id": 5, "source": "x = '\ud800'"})
    cell_ = cell_of(notebook, "relu")
    cell_["source"] = [GOOD["relu"][:9], GOOD["relu"][9:], 4]


def cell_of(notebook: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a cell by its id, in a list that holds other things, too."""
    return next(c for c in notebook["cells"] if isinstance(c, dict) and c.get("id") == name)


def _kernel(notebook: dict[str, Any]) -> None:
    notebook["metadata"]["kernelspec"] = {"name": "ir", "language": "R", "display_name": "R"}


def _other(notebook: dict[str, Any]) -> None:
    notebook["metadata"]["alexnet_lab"]["assignment"] = "pooling"
    for c in notebook["cells"]:
        c["id"] = f"other-{c['id']}"
        c["metadata"].get("nbgrader", {})["grade_id"] = c["id"]


CASES = [
    Case("all right", lambda r: r.good(), FULL),
    Case("blank", lambda r: r.notebook(), NONE, "not answered yet"),
    Case(
        "partly right",
        lambda r: r.notebook(out_size=GOOD["out-size"], tower=GOOD["tower"]),
        {**NONE, "out-size-check": 2, "tower-check": 2},
    ),
    Case("ünïcode – Größe 空白 name", lambda r: r.good(), FULL),
    Case("=cmd() 'quoted\" & <b>", lambda r: r.good(), FULL),
    Case("late order", change(_late), FULL, "reordered"),
    Case("duplicate ids", change(_twice), FULL, "relu: 2 copies, each in its place"),
    Case("lost metadata", change(_no_metadata), FULL),
    Case("lost ids", change(_no_ids), FULL),
    Case("lost both", change(_strange), FULL, "without its id, known by text or place"),
    Case("a stub at the end", change(_at_the_end), FULL, "relu: 2 copies, each in its place"),
    Case("made anew", change(_recreated), FULL, "1 cell without its id"),
    Case("answer in Markdown", change(_as_markdown), RELU, "markdown, not code"),
    Case("other ends of lines", change(_other_ends), FULL),
    Case("format 3", lambda r: _format_3(r.good()), FULL),
    Case(
        "below the stub",
        lambda r: r.good(
            relu="def relu(x):\n    raise NotImplementedError('not answered yet')\n"
            "    return x * (x > 0)"
        ),
        RELU,
        "answered below the line with NotImplementedError",
    ),
    Case("odd types", change(_odd_types), FULL),
    Case("another assignment", change(_other), NONE, "'pooling'", "not graded"),
    Case("foreign kernel", change(_kernel), FULL, "'R' (ignored)"),
    Case("broken json", lambda r: json.dumps(r.good())[:-40], NONE, "no JSON", "not graded"),
    Case("empty", lambda r: "", NONE, "no JSON", "not graded"),
    Case("a list", lambda r: "[1, 2]", NONE, "no list of cells", "not graded"),
    Case("nested deep", lambda r: "[" * 200_000, NONE, "no JSON", "not graded"),
    Case("utf-16", lambda r: json.dumps(r.good()).encode("utf-16"), FULL),
    Case(
        "latin-1",
        lambda r: json.dumps(r.good(why="größer"), ensure_ascii=False).encode("latin-1"),
        NONE,
        "no UTF-8",
        "not graded",
    ),
    Case("byte order mark", lambda r: "\ufeff" + json.dumps(r.good()), FULL),
    Case(
        "helper of use",
        change(helper("def mine(x):\n    return x * (x > 0)"), relu="relu = mine"),
        FULL,
    ),
    Case(
        "5000 cells", change(lambda n: n["cells"].extend([{}] * 5000)), NONE, "cells", "not graded"
    ),
]
