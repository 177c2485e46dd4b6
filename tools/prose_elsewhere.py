"""The English that is in no page: what explorers, messages, docstrings and assignments say.

`tools/prose.py` reads the pages; the same phrases are looked for here. A string of code counts as
prose if it is a few words long; a formula's name or a style sheet's class is not.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from prose import Page, pieces

Reader = Callable[[str], Iterator[str]]
WORDS = re.compile(r"(?:[A-Za-z’'“”(),.:;?!–-]+ ){3,}")  # four words in a row, at least
SCRIPT = re.compile(r"""`(?:[^`\\]|\\.)*`|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'""")
COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'`])//[^\n]*", re.DOTALL)
# Code in a docstring: examples, and names between backquotes.
EXAMPLE = re.compile(r"^ *(?:>>>|\.\.\. ).*$", re.MULTILINE)
MARKED = re.compile(r"``.+?``|`.+?`", re.DOTALL)


def elsewhere(root: Path) -> list[Page]:
    """Return what is said outside the book's pages, a page for each file that says something."""
    found = [
        *_files(root, ("alexnet_lab", "book/_static"), "*.js", script_words),
        *_files(root, ("alexnet_lab", "book/_ext"), "*.py", python_words),
        *_files(root, ("assignments",), "*.ipynb", assignment_words),
        *_files(root, (".",), "[A-Z]*.md", pieces, deep=False),
        *_files(root, ("assignments", "docs"), "*.md", pieces),
    ]
    return [page for page in found if page.prose]


def _files(
    root: Path, folders: tuple[str, ...], kind: str, read: Reader, *, deep: bool = True
) -> Iterator[Page]:
    for folder in folders:
        for path in sorted((root / folder).rglob(kind) if deep else (root / folder).glob(kind)):
            if "minisearch" in path.parts or "node_modules" in path.parts:
                continue
            name = path.relative_to(root).as_posix()
            said = [(name, piece) for piece in read(path.read_text(encoding="utf-8"))]
            yield Page(name, said)


def script_words(text: str) -> Iterator[str]:
    """Yield the strings of a script that are read by people; comments are not."""
    for literal in SCRIPT.findall(COMMENT.sub("", text)):
        said = re.sub(r"\$\{[^}]*\}", "k", literal[1:-1])
        if WORDS.search(f"{said} "):
            yield said


def python_words(text: str) -> Iterator[str]:
    """Yield docstrings, and the strings of a module that are as long as a sentence."""
    tree = ast.parse(text)
    parts = {
        part for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values
    }
    for node in ast.walk(tree):
        if node in parts:
            continue
        if isinstance(node, ast.JoinedStr):
            values = (getattr(part, "value", "") for part in node.values)
            whole = "".join(value if isinstance(value, str) else "k" for value in values)
        else:
            whole = getattr(node, "value", "") if isinstance(node, ast.Constant) else ""
        if isinstance(whole, str):
            said = MARKED.sub("k", EXAMPLE.sub("", whole))
            for part in re.split(r"\n\s*\n", said):
                words = " ".join(part.split())
                if WORDS.search(f"{words} "):
                    yield words


def assignment_words(text: str) -> Iterator[str]:
    """Yield what a teacher's source says: its text, its checks' titles and messages, its hints."""
    for cell in json.loads(text)["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            yield from pieces(source)
        else:
            try:
                yield from python_words(source)
            except SyntaxError:  # a cell that students complete
                yield from (line for line in source.splitlines() if "#" in line)
        about = cell["metadata"].get("alexnet_lab", {})
        if isinstance(about, dict):
            yield from (str(value) for value in about.values() if WORDS.search(f"{value} "))
