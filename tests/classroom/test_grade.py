"""Grading: what is taken from a submission, blame, resuming, and what is refused."""

from __future__ import annotations

import copy
import csv
import json
from typing import Any

import pytest

from alexnet_lab.classroom import grade
from alexnet_lab.classroom.authoring.source import imported, read_source
from alexnet_lab.classroom.grading.attempts import grade_one, seeds, transplant
from alexnet_lab.classroom.grading.batch import files
from alexnet_lab.classroom.grading.report import page_name
from alexnet_lab.classroom.grading.sandbox import Sandbox, choose
from alexnet_lab.classroom.grading.submission import UnreadableError, read_bytes, read_submission
from alexnet_lab.classroom.secret import derive
from alexnet_lab.classroom.settings import Settings
from alexnet_lab.classroom.settings import Settings as Limits
from alexnet_lab.cli import main
from alexnet_lab.errors import UserError


@pytest.fixture(scope="module")
def assignment(src):
    return read_source(src)


def taken(student, assignment, **answers):
    notebook = copy.deepcopy(student)
    for cell in notebook["cells"]:
        cell["source"] = answers.get(cell["id"].replace("-", "_"), cell["source"])
    return read_submission(json.dumps(notebook).encode(), assignment)


def fake(*outcomes: dict[str, Any]):
    """Return a `run` that answers with canned rows: by cell, passed unless told otherwise."""
    runs = iter(outcomes)
    notebooks = []

    def run(notebook, drawn):
        notebooks.append(notebook)
        told = next(runs)
        rows = []
        for cell in notebook.cells:
            rows.append({"kind": "begin", "id": cell.id})
            row = {"kind": "end", "id": cell.id, "outcome": "passed", "message": "", "error": ""}
            row |= told.get(cell.id, {})
            if row["outcome"] == "killed":
                return rows, "the run was killed"
            rows.append(row)
        return rows, ""

    run.notebooks = notebooks
    return run


def test_only_the_text_of_answers_is_transplanted(student, assignment) -> None:
    notebook = transplant(assignment, taken(student, assignment, relu="relu = 1"))
    names = [cell.id for cell in notebook.cells]
    assert "out-size-picture" not in names  # not drawn: it scores nothing
    assert "title" not in names
    by_name = {cell.id: cell for cell in notebook.cells}
    assert by_name["relu"].source == "relu = 1"
    assert "not answered yet" in by_name["mean"].source
    original = {cell.id: cell for cell in assignment.notebook.cells}
    for name in ("imports", "relu-check", "mean-check"):
        assert by_name[name].source == original[name].source


def test_a_crash_costs_one_exercise(student, assignment) -> None:
    run = fake({"relu-check": {"outcome": "killed"}}, {})
    done = grade_one(assignment, taken(student, assignment, relu="relu = 1"), "x", run)
    points = {name: verdict.points for name, verdict in done.verdicts.items()}
    assert points == {
        "out-size-check": 2, "relu-check": 0, "relu-check-2": 0, "mean-check": 3, "tower-check": 2
    }  # fmt: skip
    assert done.runs == 2
    assert done.flags == ["relu-check: the run was killed"]
    second = {cell.id: cell.source for cell in run.notebooks[1].cells}
    assert "not answered yet" in second["relu"]


def test_a_notebook_that_always_dies_ends(student, assignment) -> None:
    run = fake(*[{"imports": {"outcome": "killed"}}] * 50)
    done = grade_one(assignment, taken(student, assignment), "x", run)
    assert done.points == 0
    assert done.runs == 1  # nothing of the student's stands above the imports
    stopped = {"outcome": "stopped", "first": True, "message": "the kernel died"}
    run = fake(*[{"tower-check": stopped}] * 50)
    done = grade_one(assignment, taken(student, assignment), "x", run)
    assert done.runs == 5  # each run leaves out one more answer, from the nearest upward
    assert done.points == 0


@pytest.mark.parametrize("outcome", ["xfailed", "skipped", "xpassed", "stopped", "failed", ""])
def test_only_passed_scores(student, assignment, outcome) -> None:
    run = fake({"tower-check": {"outcome": outcome}})
    done = grade_one(assignment, taken(student, assignment), "x", run)
    assert done.verdicts["tower-check"].points == 0
    assert done.points == 7


def test_rows_that_are_missing_are_no_points(student, assignment) -> None:
    done = grade_one(assignment, taken(student, assignment), "x", lambda *_: ([], "nothing came"))
    assert done.points == 0
    assert {v.message for v in done.verdicts.values()} == {"not reached"}
    assert done.runs == 3  # that nothing was begun may be the machine's fault
    assert done.flags == ["before the first cell: nothing came"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"error": "AssertionError", "message": "m", "where": [2, "check"]}, "m"),
        (
            {
                "error": "AssertionError",
                "message": "1. The size of a map: wrong for another size; not (42, 42) ACTUAL",
                "where": [6, "check"],
            },
            "1. The size of a map: wrong for another size;",
        ),
        ({"error": "AssertionError", "message": "", "where": [6, "check"]}, "wrong on data"),
        (
            {
                "error": "AssertionError",
                "message": "Not equal\n1. The size of a map: wrong\nACTUAL 3",
                "where": [6, "library"],
            },
            "1. The size of a map: wrong",
        ),
        ({"error": "AssertionError", "message": "42", "where": [6, "library"]}, "wrong on data of"),
        ({"error": "AssertionError", "message": "42", "where": [6, "answer"]}, "your code stops"),
        ({"error": "Odd42", "message": "42", "where": [6, "answer"]}, "your code stops"),
        ({"error": "ValueError", "message": "42", "where": [0, "answer"]}, "your code stops"),
        ({"error": "TypeError", "message": "42", "where": [6, "check"]}, "the check cannot work"),
        ({"error": "ValueError", "message": "42", "where": [1, "answer"]}, "ValueError: 42"),
    ],
)
def test_what_students_read_of_an_error(student, assignment, row, message) -> None:
    run = fake({"out-size-check": {"outcome": "failed", **row}})
    done = grade_one(assignment, taken(student, assignment), "x", run)
    said = done.verdicts["out-size-check"].message
    assert said.startswith(message) or message in said
    if message != "ValueError: 42":
        assert "42" not in said
        assert "ACTUAL" not in said


def test_seeds_go_to_the_checks_that_ask(assignment) -> None:
    assert seeds(assignment, "s") == {
        "out-size-check": {"out-size": derive("s", "out-size")},
        "relu-check-2": {"relu": derive("s", "relu")},
        "mean-check": {"mean": derive("s", "mean")},
    }
    assert imported(assignment) == ["numpy", "torch", "alexnet_lab"]


def test_files_in_a_stable_order_without_hidden_ones(tmp_path) -> None:
    for name in ("b/2.ipynb", "a.ipynb", ".ipynb_checkpoints/a.ipynb", "b/.DS_Store", "b/1.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    (tmp_path / "dir.ipynb").mkdir()
    (tmp_path / "link").symlink_to(tmp_path)
    assert list(files(tmp_path)) == ["a.ipynb", "b/1.txt", "b/2.ipynb", "dir.ipynb", "link"]


def test_page_names_never_collide() -> None:
    names = [
        "a/b.ipynb",
        "a_b.ipynb",
        "../../x.ipynb",
        "\udcff.ipynb",
        "\u00e9.ipynb",
        "e\u0301.ipynb",
    ]
    pages = [page_name(name) for name in names]
    assert len(set(pages)) == len(names)
    assert all("/" not in page and not page.startswith(".") for page in pages)


def test_large_files_are_not_read(tmp_path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"x" * (1 << 20))
    assert len(read_bytes(path, 1)) == 1 << 20
    with path.open("ab") as file:
        file.write(b"x")
    with pytest.raises(UnreadableError, match="larger than 1 MB"):
        read_bytes(path, 1)


def test_what_is_refused(src, tmp_path, monkeypatch) -> None:
    folder = tmp_path / "s"
    folder.mkdir()
    with pytest.raises(UserError, match="not a folder of submissions"):
        grade(src, tmp_path / "none", tmp_path / "r")
    with pytest.raises(UserError, match="must not be among"):
        grade(src, folder, folder / "r")
    with pytest.raises(UserError, match="unknown sandbox 'jail'"):
        choose("jail")
    monkeypatch.setattr("alexnet_lab.classroom.grading.sandbox.shutil.which", lambda _: None)
    monkeypatch.setattr("alexnet_lab.classroom.grading.sandbox.sys.platform", "linux")
    with pytest.raises(UserError, match=r"not usable here \(it is not installed\); install it"):
        choose("auto")
    with pytest.raises(UserError, match="needs --image"):
        choose("docker")
    monkeypatch.setattr("alexnet_lab.classroom.grading.sandbox.os.getuid", lambda: 0)
    with pytest.raises(UserError, match="answers are not run as root without a sandbox"):
        choose("none")
    monkeypatch.setattr("alexnet_lab.classroom.grading.sandbox.os.getuid", lambda: 1000)
    assert "none" in choose("none").words
    monkeypatch.setattr("alexnet_lab.classroom.grading.sandbox.sys.platform", "darwin")
    with pytest.raises(UserError, match="grading needs Linux"):
        choose("auto")


def test_grade_as_typed_and_again(sandbox, src, student, sample, tmp_path, capsys) -> None:
    """Two files; then a third, and only that one is run."""
    folder = tmp_path / "submitted"
    (folder / "ada").mkdir(parents=True)
    right = copy.deepcopy(student)
    for cell in right["cells"]:
        cell["source"] = sample.ANSWERS.get(cell["id"], cell["source"])
    (folder / "ada" / "sample.ipynb").write_text(json.dumps(right))
    (folder / "blank.ipynb").write_text(json.dumps(student))
    command = ["assignment", "grade", str(src), str(folder), "--out", str(tmp_path / "report")]
    assert main(command) == 0
    out = capsys.readouterr().out
    assert out.startswith("2 files, 2 graded, mean 4.5 of 9 points; sandbox: bubblewrap")
    with (tmp_path / "report" / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [
        [
            *("file", "status", "points", "of", *sample.CHECKS, "why", "unmarked"),
            *("total", "total of", "flags", "suspicions"),
        ],
        ["ada/sample.ipynb", "graded", *"99", *"21132", "", "0", "9", "11", "", ""],
        ["blank.ipynb", "graded", *"09", *"00000", "", "0", "0", "11", "", ""],
    ]
    (folder / "c.ipynb").write_text("{")

    def run(*_: Any) -> Any:
        raise AssertionError("a result was not kept")

    kept = sorted(p.name for p in (tmp_path / "report" / "pages").iterdir())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("alexnet_lab.classroom.grading.worker.Worker.run", run)
        assert main(command) == 0
        with pytest.raises(AssertionError, match="was not kept"):
            grade(src, folder, tmp_path / "report", settings=Settings(cell_seconds=21.0))
    assert capsys.readouterr().out.startswith("3 files, 2 graded")
    assert set(kept) < {p.name for p in (tmp_path / "report" / "pages").iterdir()}
    (folder / "c.ipynb").unlink()
    assert main(command) == 0
    assert sorted(p.name for p in (tmp_path / "report" / "pages").iterdir()) == kept


def test_an_interrupt_keeps_no_half_result(src, student, tmp_path, monkeypatch) -> None:
    """Ctrl-C kills the sandbox in the middle of a run; the next run must not believe that."""
    folder = tmp_path / "submitted"
    folder.mkdir()
    (folder / "blank.ipynb").write_text(json.dumps(student))
    monkeypatch.setattr(
        "alexnet_lab.classroom.grading.batch.choose", lambda *_: Sandbox("none", "a fake")
    )

    def killed(worker: Any, *_: Any) -> Any:
        worker.close()
        return [{"kind": "begin", "id": "imports"}], "the run was killed"

    monkeypatch.setattr("alexnet_lab.classroom.grading.worker.Worker.run", killed)
    with pytest.raises(UserError, match="grading was stopped"):
        grade(src, folder, tmp_path / "report")
    assert not (tmp_path / "report").exists()


def test_limits_are_the_ones_that_the_help_tells() -> None:
    from alexnet_lab.cli.assignment import _LIMITS

    for name, text in _LIMITS.items():
        assert f"({getattr(Limits(), name.replace('-', '_')):g})" in text
