"""Notebooks of odd shape, and files that are none."""

from __future__ import annotations

import copy
import json
from typing import Any

from .making import FULL, GOOD, NONE, Case, cell, change, helper


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
    Case("duplicate ids", change(_twice), FULL, "relu: 2 copies"),
    Case("lost metadata", change(_no_metadata), FULL),
    Case("lost ids", change(_no_ids), FULL),
    Case("lost both", change(_strange), NONE, "no answer cell", "not graded"),
    Case("odd types", change(_odd_types), FULL),
    Case("another assignment", change(_other), NONE, "'pooling'", "not graded"),
    Case("foreign kernel", change(_kernel), FULL, "'R' (ignored)"),
    Case("broken json", lambda r: json.dumps(r.good())[:-40], NONE, "no JSON", "not graded"),
    Case("empty", lambda r: "", NONE, "no JSON", "not graded"),
    Case("a list", lambda r: "[1, 2]", NONE, "no list of cells", "not graded"),
    Case("nested deep", lambda r: "[" * 200_000, NONE, "no JSON", "not graded"),
    Case("utf-16", lambda r: json.dumps(r.good()).encode("utf-16"), NONE, "no UTF-8", "not graded"),
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
