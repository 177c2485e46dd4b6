"""The tool that executes chapters: only what changed, whole or not at all, nothing that varies."""

from __future__ import annotations

import json
from pathlib import Path

import chapter_file
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
    assert capsys.readouterr().out == "1 chapters: none is stale\n"
    assert run(folder, "--check") == 0
    capsys.readouterr()
    assert run(folder, "--all") == 0
    assert "the same" in capsys.readouterr().out
    assert path.read_bytes() == first, "executing twice gives the same file"

    edit(folder, 0, "# Better words")
    assert run(folder) == 0
    assert "none is stale" in capsys.readouterr().out, "prose needs no kernel"
    edit(folder, 3, "3 * x")
    assert run(folder, "--check") == 1
    assert capsys.readouterr().out.split() == ["01_small.ipynb", "stale:", "its", "code", "changed"]
    assert run(folder, "01") == 0
    assert "s, other outputs: last" in capsys.readouterr().out
    assert nbformat.read(path, as_version=4).cells[3].outputs[0].data["text/plain"] == "63"


def test_outputs_changed_by_hand_are_made_again(folder: Path, capsys):
    assert run(folder) == 0
    path = folder / "notebooks" / "01_small.ipynb"
    first = path.read_bytes()
    path.write_text(path.read_text("utf-8").replace('"42"', '"43"'), encoding="utf-8")
    capsys.readouterr()
    assert run(folder) == 0
    assert "stale: its outputs were changed by hand" in capsys.readouterr().out
    assert path.read_bytes() == first


def test_noise_leaves_the_file_as_it_is(folder: Path, capsys, monkeypatch):
    """A last digit that differs from run to run; and a number that truly is another one."""
    edit(folder, 3, "import time\nprint(f'{1 + 1e-9 * (time.time_ns() % 999):.12f}')")
    assert run(folder) == 0
    path = folder / "notebooks" / "01_small.ipynb"
    first = path.read_bytes()
    assert run(folder, "--all") == 0
    assert "the same" in capsys.readouterr().out
    assert path.read_bytes() == first
    monkeypatch.setenv("FIGURE_OF_THE_TEST", "2.5")
    edit(folder, 3, "import os\nprint(os.environ['FIGURE_OF_THE_TEST'])")
    assert run(folder) == 0
    second = path.read_bytes()
    capsys.readouterr()
    monkeypatch.setenv("FIGURE_OF_THE_TEST", "2.9")
    assert run(folder, "--all") == 0
    assert "other outputs: last" in capsys.readouterr().out
    assert path.read_bytes() != second


def test_a_machines_figures_stay_until_they_are_measured(folder: Path):
    path = folder / "notebooks" / "01_small.ipynb"
    edit(folder, 3, "import time\nprint(time.time_ns())")
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[3].metadata["tags"] = ["machine"]
    nbformat.write(notebook, path)
    assert run(folder) == 0
    first = figure(path)
    edit(folder, 1, "x = 22")  # another cell: the chapter is stale, its figures are not
    assert run(folder) == 0
    assert figure(path) == first
    assert run(folder, "--all", "--measure") == 0
    assert figure(path) != first


def figure(path: Path) -> str:
    return nbformat.read(path, as_version=4).cells[3].outputs[0].text


def test_what_was_read_of_the_package_is_noted(folder: Path):
    alone = "import alexnet_lab as al; al.photograph('cat')"
    edit(folder, 1, "import alexnet_lab as al\nnet = al.models.alexnet_2012(10, hidden=(8, 8))")
    edit(folder, 3, f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {alone!r}])")
    assert run(folder) == 0
    notebook = nbformat.read(folder / "notebooks" / "01_small.ipynb", as_version=4)
    parts = notebook.metadata.alexnet_lab.executed.parts
    whole = {name for name, value in parts.items() if not value.startswith("~")}
    assert {"models/variants.py", "models/alexnet.py"} <= whole
    assert "data/photos.py" in whole, "what a process of its own ran counts as well"
    assert "__init__.py" in parts
    assert not {name for name in parts if name.startswith(("widgets/", "classroom/", "cli/"))}
    assert {name for name in parts if not name.endswith(".py")} <= {"models/trained"}


def test_a_file_from_another_program_is_put_in_order(folder: Path, capsys):
    """Colab's metadata and minor version, CRLF, a byte-order mark: nothing of it stays."""
    assert run(folder) == 0
    path = folder / "notebooks" / "01_small.ipynb"
    first = path.read_bytes()
    notebook = json.loads(first)
    notebook["nbformat_minor"] = 0
    notebook["metadata"] |= {"colab": {"provenance": [], "toc_visible": True}, "widgets": {}}
    notebook["metadata"]["kernelspec"] = {"name": "teacher", "display_name": "Of a teacher"}
    notebook["metadata"]["accelerator"] = "GPU"
    for cell in notebook["cells"]:
        person = {"user": {"displayName": "Ada", "userId": "0815"}, "elapsed": 3}
        cell["metadata"] |= {"id": cell.pop("id"), "executionInfo": person, "outputId": "x"}
        cell["metadata"]["vscode"] = {"languageId": "python"}
        cell["source"] = [line.replace("\n", "\r\n") for line in cell["source"]]
    text = json.dumps(notebook, indent=2).replace("\n", "\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    capsys.readouterr()
    assert run(folder, "--check") == 0
    assert run(folder) == 0
    said = capsys.readouterr().out
    assert "put in order" in said
    assert "none is stale" in said
    assert path.read_bytes() == first


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
    chapter_file.write(path, chapter_file.read(path))  # in order, as any run would put it
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
