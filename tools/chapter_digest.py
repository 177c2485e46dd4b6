"""Whether a chapter is stale: digests, in its metadata, of all that its outputs depend on.

The digests cover the chapter's code, its committed outputs, and the parts of the package that it
read when it was executed. A module counts without comments and docstrings, which no output shows;
one that was imported, but none of whose functions ran, without the functions' bodies as well. Data
count as they are, the records of an experiment as a whole. Style sheets and scripts of widgets are
left out: an output holds a widget's state and picture, and the book takes the scripts as they are.

Versions of Python, torch and others are kept beside them, and said where they differ, but make no
chapter stale: the page names the torch that made it, and a fresh clone, whose torch is the newest,
still builds from what is committed. The weekly run executes all chapters with the newest.
"""

from __future__ import annotations

import ast
import hashlib
import io
import json
import re
import sys
import tokenize
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePosixPath
from typing import Any

import alexnet_lab

PACKAGE = Path(alexnet_lab.__file__).resolve().parent
# What computes and draws the outputs.
COMPUTE = ("torch", "torchvision", "numpy", "matplotlib", "pillow", "scikit-image", "captum")
WEIGHTS = "models/trained"
IDLE = "~"  # before the digest of a module none of whose functions ran
NOT_SHOWN = (".js", ".css", ".pyi", ".typed")


def stale(notebook: Any, package: Path = PACKAGE) -> list[str]:
    """Return why a chapter must be executed again, a phrase each; nothing when its outputs hold.

    Parameters
    ----------
    notebook : NotebookNode
        A chapter, as nbformat reads it.
    package : Path
        The folder of ``alexnet_lab``.
    """
    kept = noted(notebook)
    try:
        reasons = []
        if kept["code"] != code_digest(notebook):
            reasons.append("its code changed")
        if kept["outputs"] != outputs_digest(notebook):
            reasons.append("its outputs were changed by hand")
        changed = [
            name
            for name, was in kept["parts"].items()
            if part_digest(name, package, ran=not was.startswith(IDLE)) != was
        ]
    except (KeyError, TypeError, AttributeError):
        return ["it does not say what it was executed with"]
    return reasons + [f"{name} changed" for name in sorted(changed)]


def noted(notebook: Any) -> dict[str, Any]:
    """Return what a chapter's metadata says of its execution; nothing if it was not executed."""
    ours = notebook.metadata.get("alexnet_lab", {})
    return ours.get("executed", {}) if isinstance(ours, dict) else {}


def digests(notebook: Any, parts: dict[str, bool], package: Path = PACKAGE) -> dict[str, Any]:
    """Return what to keep of an execution: digests, versions; the date is the caller's.

    Parameters
    ----------
    notebook : NotebookNode
        The executed chapter.
    parts : dict of str to bool
        What `parts_read` returned.
    package : Path
        The folder of ``alexnet_lab``.
    """
    return {
        "code": code_digest(notebook),
        "outputs": outputs_digest(notebook),
        "parts": {n: part_digest(n, package, ran=ran) for n, ran in sorted(parts.items())},
        "versions": versions(),
    }


def code_digest(notebook: Any) -> str:
    """Hash the code cells, in order; not the set-up cell, which does nothing outside Colab."""
    cells = [
        [cell.id, cell.source, sorted(cell.metadata.get("tags", []))]
        for cell in notebook.cells
        if cell.cell_type == "code" and "setup" not in cell.metadata.get("tags", [])
    ]
    return _hash(json.dumps(cells).encode())


def outputs_digest(notebook: Any) -> str:
    """Hash the outputs of all code cells."""
    outputs = [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]
    return _hash(json.dumps(outputs, sort_keys=True).encode())


def part_of(path: Path, package: Path = PACKAGE) -> str | None:
    """Return the part to which a file or folder of the package belongs; None if no output shows it.

    A module is a part. Of data the folder is: what is beside a file may have been looked for.
    """
    inside = PurePosixPath(path.relative_to(package).as_posix())
    if "__pycache__" in inside.parts:
        if not (found := re.match(r"(\w+)\.", inside.name)):
            return None
        inside = inside.parent.parent / f"{found[1]}.py"
    if inside.suffix in NOT_SHOWN:
        return None
    if inside.suffix == ".py":
        return inside.as_posix()
    if inside.parts[:2] == ("experiments", "records"):
        return "/".join(inside.parts[:3]) if inside.parts[2:] else None  # all of one experiment
    if (package / inside).is_dir():
        return None  # a folder of modules that the import system looked through
    return inside.parent.as_posix()


def parts_read(
    opened: Iterable[Path], ran: Iterable[Path], package: Path = PACKAGE
) -> dict[str, bool]:
    """Return the parts of an execution, and of each whether more than its import counts.

    Parameters
    ----------
    opened : iterable of Path
        Files and folders of the package that were opened.
    ran : iterable of Path
        Modules of which a function ran.
    package : Path
        The folder of ``alexnet_lab``.
    """
    called = {part for path in ran if (part := part_of(path, package)) is not None}
    parts = {part for path in opened if (part := part_of(path, package)) is not None}
    if any(part.startswith("weights") for part in parts):
        parts.add(WEIGHTS)  # safetensors opens files where Python cannot see it
    return {part: part in called or not part.endswith(".py") for part in parts}


def part_digest(name: str, package: Path = PACKAGE, *, ran: bool = True) -> str:
    """Hash a module, whole or (`IDLE`) without its functions' bodies, or a folder; "" if gone."""
    path = package / name
    if path.is_dir():
        files = sorted(f for f in path.rglob("*") if f.is_file() and "__pycache__" not in f.parts)
        text = b"".join(
            f.relative_to(path).as_posix().encode() + hashlib.sha256(f.read_bytes()).digest()
            for f in files
            if f.suffix != ".py"
        )
        return _hash(text)
    try:
        return ("" if ran else IDLE) + _module_digest(path, path.stat().st_mtime_ns, ran)
    except OSError:
        return ""


@cache
def _module_digest(path: Path, changed_ns: int, ran: bool) -> str:
    return _hash(essence(path.read_text(encoding="utf-8"), bodies=ran).encode())


def essence(source: str, *, bodies: bool = True) -> str:
    """Return a module's text without comments, docstrings, empty lines, and maybe `bodies`.

    The text is cut, not parsed and written again: that differs between versions of Python.
    """
    try:
        tree = ast.parse(source)
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (SyntaxError, tokenize.TokenError):
        return source
    lines = source.splitlines(keepends=True)
    spans = [(t.start, t.end) for t in tokens if t.type == tokenize.COMMENT]
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    documented = functions | ast.Module | ast.ClassDef
    for node in ast.walk(tree):
        if isinstance(node, functions) and not bodies:
            spans.append(_span(lines, node.body[0], node.body[-1]))
        elif isinstance(node, documented) and ast.get_docstring(node, clean=False) is not None:
            spans.append(_span(lines, node.body[0], node.body[0]))
    # From the end, and what lies within another span goes with that.
    spans.sort(key=lambda span: (span[0], (-span[1][0], -span[1][1])))
    outer = [span for n, span in enumerate(spans) if all(span[1] > o[1] for o in spans[:n])]
    for (top, left), (bottom, right) in reversed(outer):
        kept = lines[top - 1][:left] + lines[bottom - 1][right:]
        lines[top - 1 : bottom] = [kept]
    return "\n".join(line.rstrip() for line in lines if line.strip())


def _span(
    lines: list[str], first: ast.stmt, last: ast.stmt
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return line and character where statements start and end; ast counts bytes."""
    top, bottom = first.lineno, last.end_lineno or last.lineno
    left = len(lines[top - 1].encode()[: first.col_offset].decode())
    right = len(lines[bottom - 1].encode()[: last.end_col_offset].decode())
    return (top, left), (bottom, right)


def versions() -> dict[str, str]:
    """Return the versions of Python and of what computes and draws."""
    found = {"python": f"{sys.version_info.major}.{sys.version_info.minor}"}
    for name in COMPUTE:
        try:
            found[name] = version(name).split("+")[0]
        except PackageNotFoundError:
            found[name] = "-"
    return found


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]
