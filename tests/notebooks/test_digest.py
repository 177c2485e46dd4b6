"""When a chapter is stale: what its digests cover, and what they leave out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import chapter_file
import nbformat
import pytest
from chapter_digest import digests, essence, part_of, parts_read, stale
from chapters import ROOT
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

MODULE = '''"""Squares."""

import math  # the square root

SIDE = 3  # of a square


def area(side: int = SIDE) -> int:
    """Return the area."""
    # No surprise here.
    return side * side


class Square:
    """A square."""

    def side(self) -> str:
        """Return "its side", as text."""
        return "side #1"
'''
CHAPTERS = sorted((ROOT / "notebooks").glob("[0-9A][0-9]_*.ipynb"))


@pytest.fixture
def package(tmp_path: Path) -> Path:
    (tmp_path / "shapes").mkdir()
    (tmp_path / "shapes" / "square.py").write_text(MODULE, encoding="utf-8")
    (tmp_path / "shapes" / "round.py").write_text(MODULE, encoding="utf-8")
    records = tmp_path / "experiments" / "records" / "towers" / "laptop"
    records.mkdir(parents=True)
    (records / "one.json").write_text("{}", encoding="utf-8")
    return tmp_path


@pytest.fixture
def chapter(package: Path) -> Any:
    """Return a chapter that called one module, imported another, and read a record."""
    cells = [
        new_code_cell("import sys", id="setup", metadata={"tags": ["setup"]}),
        new_markdown_cell("# Squares", id="title"),
        new_code_cell("print(area())", id="area", outputs=[new_output("stream", text="9\n")]),
    ]
    notebook = new_notebook(cells=cells)
    opened = [
        package / "shapes",
        package / "shapes" / "__pycache__" / "square.cpython-311.pyc",
        package / "shapes" / "round.py",
        package / "experiments" / "records" / "towers" / "laptop" / "one.json",
    ]
    parts = parts_read(opened, [package / "shapes" / "square.py"], package)
    notebook.metadata["alexnet_lab"] = {"executed": digests(notebook, parts, package)}
    return nbformat.from_dict(notebook)


def edit(package: Path, name: str, old: str, new: str) -> None:
    path = package / "shapes" / f"{name}.py"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_fresh_until_something_changes(chapter: Any, package: Path) -> None:
    assert stale(chapter, package) == []
    chapter.cells[1].source = "# Other words"
    chapter.cells[0].source = "import another_address"
    assert stale(chapter, package) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Return the area.", "Return how large it is:\n\n    side times side."),
        ("# No surprise here.", "# Nor here."),
        ("  # the square root", ""),
        ("    # No surprise here.\n", "\n\n"),
        ('"""Squares."""', '"""Fläche."""'),
    ],
)
def test_words_for_readers_of_code_make_nothing_stale(
    chapter: Any, package: Path, old: str, new: str
) -> None:
    edit(package, "square", old, new)
    assert stale(chapter, package) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("side * side", "side * 2"),
        ("SIDE = 3", "SIDE = 4"),
        ("side #1", "side #2"),
        ("import math", "import cmath"),
        ("side: int = SIDE", "side: int = 2"),
    ],
)
def test_code_that_ran_makes_the_chapter_stale(
    chapter: Any, package: Path, old: str, new: str
) -> None:
    edit(package, "square", old, new)
    assert stale(chapter, package) == ["shapes/square.py changed"]


def test_of_a_module_that_was_only_imported_bodies_do_not_count(
    chapter: Any, package: Path
) -> None:
    edit(package, "round", "side * side", "3.14 * side * side / 4")
    assert stale(chapter, package) == []
    edit(package, "round", "side: int = SIDE", "side: int = 2")
    assert stale(chapter, package) == ["shapes/round.py changed"]


def test_a_new_record_a_changed_one_and_a_lost_module(chapter: Any, package: Path) -> None:
    folder = package / "experiments" / "records" / "towers" / "laptop"
    (folder / "two.json").write_text("{}", encoding="utf-8")
    assert stale(chapter, package) == ["experiments/records/towers changed"]
    (folder / "two.json").unlink()
    assert stale(chapter, package) == []
    (folder / "one.json").write_text('{"a": 1}', encoding="utf-8")
    (package / "shapes" / "square.py").unlink()
    assert stale(chapter, package) == [
        "experiments/records/towers changed",
        "shapes/square.py changed",
    ]


def test_code_outputs_and_no_note_at_all(chapter: Any, package: Path) -> None:
    chapter.cells[2].outputs[0].text = "10\n"
    assert stale(chapter, package) == ["its outputs were changed by hand"]
    chapter.cells[2].source += "  # again"
    assert "its code changed" in stale(chapter, package)
    for damaged in ({}, {"executed": {}}, {"executed": 3}, "text", {"executed": {"code": 1}}):
        chapter.metadata["alexnet_lab"] = damaged
        assert stale(chapter, package) == ["it does not say what it was executed with"]


def test_another_version_makes_nothing_stale(chapter: Any, package: Path) -> None:
    chapter.metadata.alexnet_lab.executed.versions["torch"] = "1.0"
    assert stale(chapter, package) == []


def test_parts(package: Path) -> None:
    assert part_of(package / "shapes", package) is None
    assert part_of(package / "widgets" / "towers" / "view.js", package) is None
    assert part_of(package / "experiments" / "records", package) is None
    assert part_of(package / "models" / "trained" / "lab.json", package) == "models/trained"
    cached = package / "shapes" / "__pycache__" / "round.cpython-313.pyc.140"
    assert part_of(cached, package) == "shapes/round.py"


def test_essence() -> None:
    assert essence('def f():\n    """Text."""\n    return 1  # one\n') == "def f():\n    return 1"
    assert essence("def f(): return 1\n", bodies=False) == "def f():"
    assert essence("not python (") == "not python ("
    for path in sorted((ROOT / "alexnet_lab").rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        whole, skeleton = essence(source), essence(source, bodies=False)
        assert len(skeleton) <= len(whole) <= len(source), path


@pytest.mark.parametrize("path", CHAPTERS, ids=[path.stem for path in CHAPTERS])
def test_every_committed_chapter_is_what_its_code_gives(path: Path) -> None:
    """Where this fails, ``make book`` executes the chapter: commit it with the change."""
    notebook = chapter_file.read(path)
    assert stale(notebook) == []
    assert chapter_file.text_of(notebook).encode() == path.read_bytes()
