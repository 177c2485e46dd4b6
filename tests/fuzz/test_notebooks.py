"""Notebooks that are none, or not quite: checked, graded and released, or refused in one line."""

from __future__ import annotations

import copy
import csv
import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alexnet_lab.classroom import check, release
from alexnet_lab.classroom.authoring import regions
from alexnet_lab.classroom.authoring.source import read_source
from alexnet_lab.classroom.cells import name, role
from alexnet_lab.classroom.grading import batch, sandbox
from alexnet_lab.classroom.running import process
from alexnet_lab.classroom.settings import Settings
from alexnet_lab.errors import UserError

from .kit import FULL, attempt, broken, cases, count, one_line, tree, watched

SOURCE = Path(__file__).parents[2] / "assignments" / "1-convolution.ipynb"
#: What JSON can hold, for places where something else belongs.
THINGS: tuple[Any, ...] = (
    None, True, 0, -1, 4, 1.5, 10**400, float("nan"), float("inf"), "", "x", "code", "\udcff", "\0",
    "ünï\u202e", "a" * 100_000, [], ["x"], [None], [[]], {}, {"x": {}}, {"cells": []}, [{"id": 3}],
)  # fmt: skip


def deep(levels: int) -> Any:
    """Return lists in lists."""
    made: Any = []
    for _ in range(levels):
        made = [made]
    return made


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every value within."""
    inner = node.items() if isinstance(node, dict) else enumerate(node)
    found = []
    for key, value in inner:
        found.append((*path, key))
        if isinstance(value, dict | list):
            found += places(value, (*path, key))
    return found


@st.composite
def mutated(draw: Any, whole: dict[str, Any]) -> bytes:
    """Draw a notebook that was sound: values exchanged, keys lost, cells doubled, bytes broken."""
    notebook = copy.deepcopy(whole)
    for _ in range(draw(st.integers(1, 3))):
        every = places(notebook)
        if not every:
            break
        *above, last = every[draw(st.integers(0, len(every) - 1))]
        node = notebook
        for key in above:
            node = node[key]
        how = draw(st.sampled_from(("thing", "thing", "lose", "double", "swap", "deep", "key")))
        if how == "thing":
            node[last] = copy.deepcopy(draw(st.sampled_from(THINGS)))
        elif how == "lose":
            del node[last]
        elif how == "double" and isinstance(node, list):
            node.insert(last, copy.deepcopy(node[last]))
        elif how == "swap" and isinstance(node, list):
            node.append(node.pop(last))
        elif how == "deep":
            node[last] = deep(draw(st.sampled_from((50, 400, 990))))
        elif isinstance(node, dict):
            node[draw(st.sampled_from(("id", "\udcff", "tags", "nbgrader", "source", "x" * 9)))] = 3
    text = json.dumps(notebook)
    how = draw(st.sampled_from(("", "", "", "", "cut", "bytes", "nest", "utf-16", "bom", "twice")))
    if how == "cut":
        text = text[: draw(st.integers(0, len(text)))]
    elif how == "nest":
        text = "[" * 100_000
    elif how == "twice":
        text *= 2
    data = text.encode("utf-16" if how == "utf-16" else "utf-8-sig" if how == "bom" else "utf-8")
    return draw(broken(st.just(data))) if how == "bytes" else data


@pytest.fixture(scope="module")
def wholes() -> Any:
    """Return the teacher's notebook and the student's."""
    from alexnet_lab.classroom.authoring.release import student_notebook

    class Notebooks(tuple):
        def __repr__(self) -> str:
            return "the teacher's and the student's notebook"

    source = json.loads(SOURCE.read_text(encoding="utf-8"))
    student = json.loads(json.dumps(student_notebook(read_source(SOURCE))))
    return Notebooks((source, student))


@pytest.fixture
def no_kernels(monkeypatch) -> None:
    """Give rows without running cells: this is about what is read, not what is run."""

    def rows(path: Any, *, watch: Any = None, **_: Any) -> list[dict[str, Any]]:
        found = []
        cells = nbformat.read(path, as_version=4).cells
        stubs = any(regions.CODE_STUB in cell.source for cell in cells)
        for cell in cells:
            if cell.cell_type == "code":
                row = {"id": name(cell), "outcome": "passed", "error": "", "message": ""}
                if stubs and role(cell) == "check":
                    row |= {"outcome": "failed", "message": regions.NOT_ANSWERED}
                found.append({**row, "kind": "end", "seconds": 0.1})
                if watch:
                    watch(found[-1])
        return found

    def run(_: Any, notebook: Any, __: Any) -> tuple[list[dict[str, Any]], str]:
        json.dumps({"notebook": notebook})  # as it is sent to the sandbox
        made = []
        for cell in notebook.cells:
            row = {"id": name(cell), "outcome": "passed", "error": "", "message": ""}
            made += [{"kind": "begin", "id": row["id"]}, {**row, "kind": "end", "seconds": 0.1}]
        return made, ""

    monkeypatch.setattr(process, "run", rows)
    monkeypatch.setattr(batch.Worker, "run", run)
    monkeypatch.setattr(batch, "choose", lambda *_: sandbox.Sandbox("none", "none"))


def empty(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    return folder


@cases(quick=40, full=400)
@given(draw=st.data())
def test_check(tmp_path_factory, no_kernels, wholes, draw) -> None:
    folder = empty(tmp_path_factory.getbasetemp() / "check")
    path = folder / "mine.ipynb"
    path.write_bytes(draw.draw(mutated(wholes[1])))
    before = tree(folder)

    def work() -> Any:
        said: list[str] = []
        done = check(path, say=said.append)
        for line in (*said, str(done)):
            line.encode()  # a terminal can show it
        for line in said:
            one_line(line)
        return done

    attempt("mutated notebooks, checked", work, "mine.ipynb")
    assert tree(folder) == before


@cases(quick=40, full=400)
@given(draw=st.data())
def test_release(tmp_path_factory, no_kernels, wholes, draw) -> None:
    folder = empty(tmp_path_factory.getbasetemp() / "release")
    path = folder / "source.ipynb"
    path.write_bytes(draw.draw(mutated(wholes[0])))
    before = tree(folder)
    out = folder / "out" / "released.ipynb"
    done = attempt("mutated notebooks, released", lambda: release(path, out), "source")
    if done is None:
        assert tree(folder) == before
    else:
        nbformat.validate(nbformat.read(out, as_version=4))


@cases(quick=4, full=10)
@given(draw=st.data())
def test_grade(tmp_path_factory, no_kernels, wholes, draw) -> None:
    """Forty at a time, as a course hands in; every file gets a row, whatever is in it."""
    folder = empty(tmp_path_factory.getbasetemp() / "grade")
    files = {f"{n:02}.ipynb": draw.draw(mutated(wholes[1])) for n in range(40)}
    handed, out = folder / "in", folder / "out"
    handed.mkdir()
    for title, data in files.items():
        (handed / title).write_bytes(data)
    before = tree(handed)
    with watched():
        done = batch.grade(SOURCE, handed, out, settings=Settings())
    assert tree(handed) == before
    assert [result.name for result in done.results] == sorted(files)
    for result in done.results:
        count("mutated notebooks, graded", result.status)
        if result.reason:
            one_line(result.reason)
        for flag in result.graded.flags:
            one_line(flag)
    with (out / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.reader(file))) == len(files) + 1
    told = json.loads((out / "grades.json").read_text(encoding="utf-8"))
    assert len(told["submissions"]) == len(files) == len(list((out / "pages").glob("*.html")))
    assert batch.grade(SOURCE, handed, out, settings=Settings()).results == done.results


@pytest.mark.parametrize(
    "change", ["outputs", *(["source", "execution_count", "metadata"] if FULL else [])]
)
def test_nbval_itself_meets_odd_cells(tmp_path, wholes, change) -> None:
    """What passes our own reading is run for true: rows, or one line."""
    notebook = copy.deepcopy(wholes[1])
    notebook["cells"] = [c for c in notebook["cells"] if c["cell_type"] == "code"][:3]
    odd = {
        "source": "print('\udcff')",
        "outputs": [{"output_type": "x"}],
        "execution_count": "3",
        "metadata": {"tags": 3},
    }
    for cell in notebook["cells"]:
        cell[change] = odd[change]
    path = tmp_path / "odd.ipynb"
    path.write_text(json.dumps(notebook))
    with watched():
        try:
            assert process.run(path)
        except UserError as error:
            one_line(str(error), "odd.ipynb")
