"""What a cell of an assignment is: its metadata, nbgrader's and this project's, read."""

from __future__ import annotations

from typing import Any


def meta(cell: Any) -> dict[str, Any]:
    """Return nbgrader's metadata of a cell, empty when it has none."""
    found = cell.get("metadata", {}).get("nbgrader", {})
    return found if isinstance(found, dict) else {}


def own(node: Any) -> dict[str, Any]:
    """Return this project's metadata of a cell or a notebook, empty when it has none."""
    found = node.get("metadata", {}).get("alexnet_lab", {})
    return found if isinstance(found, dict) else {}


def name(cell: Any) -> str:
    """Return what a cell is called: nbgrader's ``grade_id``, else its id, else nothing."""
    return str(meta(cell).get("grade_id") or cell.get("id") or "")


def role(cell: Any) -> str:
    """Return what a cell of a source is.

    Returns
    -------
    {"prose", "given", "picture", "answer", "check", "written"}
        Prose is markdown that nobody locks or grades; given is read-only.
    """
    about = meta(cell)
    if not about:
        return "prose"
    if about.get("grade"):
        return "written" if about.get("solution") else "check"
    if about.get("solution"):
        return "answer"
    return "picture" if own(cell).get("role") == "picture" else "given"
