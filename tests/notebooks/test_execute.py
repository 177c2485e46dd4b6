"""The tool that executes chapters: only what changed, whole or not at all, nothing that varies."""

from __future__ import annotations

from pathlib import Path

import execute_chapters
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    cells = [
        new_markdown_cell("# A chapter", id="title"),
        new_code_cell("x = 20 + 1\nprint('a')\nprint('b')", id="first"),
        new_code_cell("object()", id="address"),
        new_code_cell("2 * x", id="last"),
    ]
    (tmp_path / "notebooks").mkdir()
    nbformat.write(new_notebook(cells=cells), tmp_path / "notebooks" / "01_small.ipynb")
    return tmp_path


def run(folder: Path, *more: str) -> int:
    where = ["--notebooks", str(folder / "notebooks"), "--records", str(folder / "records")]
    return execute_chapters.main([*where, *more])


def edit(folder: Path, cell: int, source: str) -> None:
    path = folder / "notebooks" / "01_small.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[cell].source = source
    nbformat.write(notebook, path)


def test_executes_then_leaves_alone_then_executes_what_changed(folder: Path, capsys):
    path = folder / "notebooks" / "01_small.ipynb"
    assert run(folder) == 0
    assert " s" in capsys.readouterr().out
    first = path.read_bytes()
    cells = nbformat.read(path, as_version=4).cells
    assert [cell.id for cell in cells] == ["title", "first", "address", "last"]
    assert cells[1].outputs[0].text == "a\nb\n"
    assert cells[2].outputs[0].data["text/plain"] == "<object at 0x…>"
    assert cells[3].outputs[0].data["text/plain"] == "42"
    assert all("execution" not in cell.metadata for cell in cells)

    assert run(folder) == 0
    assert "unchanged" in capsys.readouterr().out
    assert run(folder, "--all") == 0
    assert "unchanged" not in capsys.readouterr().out
    assert path.read_bytes() == first, "executing twice gives the same file"

    edit(folder, 0, "# Better words")
    assert run(folder) == 0
    assert "unchanged" in capsys.readouterr().out, "prose needs no kernel"
    edit(folder, 3, "3 * x")
    assert run(folder, "01") == 0
    assert "unchanged" not in capsys.readouterr().out
    assert nbformat.read(path, as_version=4).cells[3].outputs[0].data["text/plain"] == "63"


def test_of_a_widget_the_page_and_the_picture_stay(folder: Path):
    edit(folder, 3, "import alexnet_lab as al\nal.widgets.ResponseNormExplorer([1.0, 30.0, 2.0])")
    assert run(folder) == 0
    path = folder / "notebooks" / "01_small.ipynb"
    first = path.read_bytes()
    (output,) = nbformat.read(path, as_version=4).cells[3].outputs
    assert set(output.data) == {"text/plain", "text/html", "image/png"}
    assert len(output.metadata["image/png"]["alt"]) > 40
    assert run(folder, "--all") == 0
    assert path.read_bytes() == first


def test_a_failing_cell_is_one_line_and_the_file_stays(folder: Path, capsys):
    edit(folder, 3, "y = 1\nundefined + y")
    path = folder / "notebooks" / "01_small.ipynb"
    before = path.read_bytes()
    assert run(folder) == 2
    said = capsys.readouterr().err
    assert said == "01_small.ipynb, cell 4 (last): NameError: name 'undefined' is not defined\n"
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_kernel_that_dies_is_named_with_its_cell(folder: Path, capsys):
    edit(folder, 2, "import os\nos._exit(1)")
    assert run(folder) == 2
    said = capsys.readouterr().err
    assert said.startswith("01_small.ipynb, cell 3 (address): ")
    assert said.count("\n") == 1


def test_nothing_to_do_and_damage_are_said_in_one_line(folder: Path, capsys):
    assert run(folder, "07") == 2
    assert "no chapters" in capsys.readouterr().err
    (folder / "notebooks" / "01_small.ipynb").write_text("{", encoding="utf-8")
    assert run(folder) == 2
    said = capsys.readouterr().err
    assert said.startswith("01_small.ipynb: not a notebook")
    assert said.count("\n") == 1
