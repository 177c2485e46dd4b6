"""Grading without a kernel: what a sandbox would say, told by words in the answers.

The boundary is `Worker.run`: everything before it (reading, matching, transplanting) and after it
(judging, keeping, reports) is the real thing.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Set
from typing import Any

import pytest

from alexnet_lab.classroom.cells import own, role
from alexnet_lab.classroom.grading.sandbox import Sandbox

WRONG = "# a wrong answer"


def rows(notebook: Any, broken: Set[str] = frozenset()) -> list[dict[str, Any]]:
    """Return a run's rows: a check fails where it is broken, or its answer says so."""
    texts = {cell.id: cell.source for cell in notebook.cells}
    found: list[dict[str, Any]] = []
    for cell in notebook.cells:
        row = {"kind": "end", "id": cell.id, "outcome": "passed", "message": "", "error": ""}
        row["seconds"] = 0.01
        if role(cell) == "check":
            title, answer = own(cell)["title"], texts[own(cell)["exercise"]]
            if "not answered yet" in answer:
                row |= {"outcome": "failed", "error": "NotImplementedError"}
                row |= {"message": "not answered yet", "where": [1, "answer"]}
            elif WRONG in answer or cell.id in broken:
                row |= {"outcome": "failed", "error": "AssertionError"}
                row |= {"message": f"{title}: that is wrong", "where": [1, "check"]}
        found += [{"kind": "begin", "id": cell.id}, row]
    return found


def install(patch: pytest.MonkeyPatch, broken: Set[str] = frozenset()) -> list[str]:
    """Put canned rows in the sandbox's place; return a list that grows with each run.

    `broken` are checks that fail for everyone, as long as they are in it.
    """
    ran: list[str] = []

    def run(_: Any, notebook: Any, seeds: Any) -> tuple[list[dict[str, Any]], str]:
        ran.append(notebook.cells[0].id)
        return rows(notebook, broken), ""

    patch.setattr("alexnet_lab.classroom.grading.batch.choose", lambda *_: Sandbox("none", "fake"))
    patch.setattr("alexnet_lab.classroom.grading.worker.Worker.run", run)
    return ran


def answered(student: dict[str, Any], answers: dict[str, str], **metadata: Any) -> bytes:
    """Return a notebook with answers, as bytes; `metadata` makes it another file."""
    notebook = copy.deepcopy(student)
    for cell in notebook["cells"]:
        cell["source"] = answers.get(cell["id"], cell["source"])
    notebook["metadata"] |= metadata
    return json.dumps(notebook).encode()
