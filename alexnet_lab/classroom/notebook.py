"""Notebooks from files that may be anything: read, or refused in one line.

What a student hands in is read by `submission`, which trusts nothing and takes the answers' text
alone. Here are one's own notebooks: a teacher's source, a student's file at home.
"""

from __future__ import annotations

import json
import os
import re
import stat
import warnings
from pathlib import Path
from typing import Any

from ..errors import UserError
from .running import imports
from .settings import MEBI

MOST_MB = 100
LONGEST_NAME = 120
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def decoded(data: bytes) -> str:
    """Return a file's text, in whichever of Unicode's forms: PowerShell writes UTF-16."""
    return data.decode(json.detect_encoding(data))


def read_notebook(path: str | os.PathLike[str], *, strict: bool) -> tuple[Any, bytes]:
    """Read a notebook of format 4, or of an older one that nbformat can convert.

    Parameters
    ----------
    path : str or os.PathLike
    strict : bool
        Whether nbformat's schema must be met to the letter. Colab and others are freer than that.

    Returns
    -------
    (nbformat.NotebookNode, bytes)
        The notebook, of which every cell has a type, a text and metadata; and the file's bytes.

    Raises
    ------
    UserError
        When it cannot be read, is no notebook, or holds what no program can write again.
    """
    with imports.without(imports.GRAMMARS):
        import nbformat

    file = Path(path)
    data = _bytes(file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of missing and double ids; we look them up ourselves
            notebook = nbformat.reads(_with_ids(decoded(data)), as_version=4)
            if strict:
                nbformat.validate(notebook)
        problem = _problem(notebook)
    except Exception as error:  # whatever nbformat's parser, converter and schema raise
        lines = " ".join(_said(error).split("\n\n")[0].split()) or type(error).__name__
        problem = f"{type(error).__name__}: {lines}" if isinstance(error, KeyError) else lines
    if problem:
        raise UserError(f"{str(file)!r} is not a notebook: {short(problem, 300)}")
    return notebook, data


def _said(error: Exception) -> str:
    """Return an error's text. A schema's error prints what it is about, however deep that is."""
    try:
        return str(error)
    except RecursionError:
        return "it is nested too deeply to be told"


def readable(data: bytes) -> bool:
    """Return whether nbformat reads a notebook's bytes as they are."""
    import nbformat

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            nbformat.reads(data.decode("utf-8"), as_version=4)
    except Exception:  # whatever its parser and converter raise
        return False
    return True


def _with_ids(text: str) -> str:
    """Return a notebook's text with each cell's id where nbformat looks for it.

    Colab keeps it in the metadata, and nbgrader a name of its own there; nbformat would make up
    another.
    """
    notebook = json.loads(text)
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list) or notebook.get("nbformat") != 4:
        return text
    names = [_id_of(cell) for cell in cells]
    if all(names) and len(set(names)) == len(names):
        for cell, name in zip(cells, names, strict=True):
            cell["id"] = name
        minor = notebook.get("nbformat_minor")
        notebook["nbformat_minor"] = max(5, minor if isinstance(minor, int) else 5)
    return json.dumps(notebook)


def _id_of(cell: Any) -> str:
    about = cell.get("metadata") if isinstance(cell, dict) else None
    if not isinstance(about, dict):
        return ""
    marks = about.get("nbgrader")
    marks = marks if isinstance(marks, dict) else {}
    found = (cell.get("id"), marks.get("grade_id"), about.get("id"))
    return next((name for name in found if isinstance(name, str) and _ID.fullmatch(name)), "")


def short(text: Any, most: int = LONGEST_NAME) -> str:
    """Return a text from a notebook as part of one line: no breaks, of a length to be read."""
    line = " ".join(str(text).split())
    line = line.encode("utf-8", "backslashreplace").decode()
    return line if len(line) <= most else f"{line[: most - 1]}…"


def tags(cell: Any) -> set[str]:
    """Return a cell's tags, none when they are no list of words."""
    found = cell.get("metadata", {}).get("tags")
    return {tag for tag in found if isinstance(tag, str)} if isinstance(found, list) else set()


def _bytes(file: Path) -> bytes:
    try:
        state = file.stat()
        if not stat.S_ISREG(state.st_mode):
            raise UserError(f"cannot read {str(file)!r}: no ordinary file")
        if state.st_size > MOST_MB * MEBI:
            raise UserError(
                f"cannot read {str(file)!r}: larger than {MOST_MB} MB; clear its outputs"
            )
        return file.read_bytes()
    except UserError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a name with a zero byte in it
        reason = getattr(error, "strerror", None) or str(error)
        raise UserError(f"cannot read {str(file)!r}: {reason.lower()}") from error


def _problem(notebook: Any) -> str:
    """Return what is wrong with a notebook that nbformat has read, or nothing."""
    cells = notebook.get("cells")
    if not isinstance(cells, list):
        return "it has no list of cells"
    for number, cell in enumerate(cells):
        if not isinstance(cell, dict) or cell.get("cell_type") not in ("code", "markdown", "raw"):
            return f"cell {number} has no type"
        if not isinstance(cell.get("source"), str):
            return f"cell {number} has no text"
        if not isinstance(cell.get("metadata"), dict):
            return f"cell {number} has no metadata"
    if not isinstance(notebook.get("metadata"), dict):
        return "it has no metadata"
    try:
        json.dumps(notebook, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return "half of a character (a lone surrogate) is in it; delete that and save again"
    return ""
