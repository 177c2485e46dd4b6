"""A chapter's file, whichever program saved it: read, put into this repository's form, written.

Colab keeps user names and numbers of runs in every cell, takes ids away and writes another minor
version of the format; VS Code and JupyterLab leave times and settings; editors on Windows end lines
with CRLF or begin the file with a byte-order mark. Here all that goes, so that only what somebody
wrote, and what came out, makes a difference.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat

from alexnet_lab.files import atomic_write

MINOR = 5  # of nbformat 4: the first with cell ids
OURS = {"title", "mystnb", "alexnet_lab"}  # and which kernel, the same for everyone
# Settings of a cell that a reader's program understands; whatever else is there, an editor left.
SETTINGS = {
    *("tags", "jupyter", "mystnb", "cellView", "nbgrader", "alexnet_lab"),
    *("deletable", "editable", "slideshow", "hide_input"),
}


def read(path: Path) -> Any:
    """Read a chapter and put it in order.

    Raises
    ------
    ValueError
        When it is no notebook; the message is one line.
    """
    try:
        notebook = nbformat.reads(path.read_bytes().decode("utf-8-sig"), as_version=4)
        put_in_order(notebook)
    except Exception as error:  # nbformat raises a dozen kinds on a damaged file
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ValueError(f"{path.name}: not a notebook ({reason})") from error
    return notebook


def put_in_order(notebook: Any) -> None:
    """Leave what somebody wrote and what came out, in place."""
    notebook.nbformat_minor = MINOR
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            **{k: v for k, v in notebook.metadata.items() if k in OURS},
        }
    )
    used: set[str] = set()
    for number, cell in enumerate(notebook.cells, 1):
        wanted = str(cell.get("id") or cell.metadata.get("id") or "")
        if not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", wanted) or wanted in used:
            wanted = f"cell-{number}"
        used.add(wanted)
        cell.id = wanted
        cell.source = cell.source.replace("\r\n", "\n")
        for name in set(cell.metadata) - SETTINGS:
            del cell.metadata[name]
        for output in cell.get("outputs", []):
            for name in set(output.get("metadata", {})) - set(output.get("data", {})):
                del output.metadata[name]


def text_of(notebook: Any) -> str:
    """Return the text of a chapter's file."""
    return nbformat.writes(notebook, version=4).rstrip("\n") + "\n"


def write(path: Path, notebook: Any) -> bool:
    """Write a chapter whole or not at all, if that changes its file; return whether it did."""
    data = text_of(notebook).encode()
    if data == path.read_bytes():
        return False
    with atomic_write(path) as scratch:
        scratch.write_bytes(data)
    return True
