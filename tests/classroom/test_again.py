"""Grading again, comparing two gradings, and what a class found hard."""

from __future__ import annotations

import csv
import json

import canned
import pytest

from alexnet_lab.classroom import compare, grade, statistics
from alexnet_lab.cli import main
from alexnet_lab.errors import UserError


@pytest.fixture
def class_of_four(tmp_path, student, sample):
    folder = tmp_path / "submitted"
    folder.mkdir()
    wrong = {"relu": canned.WRONG}
    for name, answers in (
        ("ada", sample.ANSWERS | {"why": "Two cards."}),
        ("bob", sample.ANSWERS | wrong),
        ("eve", sample.ANSWERS | wrong),
        ("kim", {}),
    ):
        data = canned.answered(student, answers, who=name)
        (folder / f"{name}.ipynb").write_bytes(data)
    return folder


def points(report, check: str) -> dict[str, float]:
    data = json.loads((report / "grades.json").read_text())
    return {e["file"][:3]: e["checks"][check]["points"] for e in data["submissions"]}


def test_one_exercise_is_graded_again_and_the_rest_stays(
    src, class_of_four, tmp_path, monkeypatch, capsys
) -> None:
    """A check was wrong; when it is mended, another one breaks, and nobody loses by that."""
    broken = {"mean-check"}
    ran = canned.install(monkeypatch, broken)
    report = tmp_path / "report"
    grade(src, class_of_four, report)
    assert points(report, "mean-check") == {"ada": 0, "bob": 0, "eve": 0, "kim": 0}
    assert len(ran) == 4
    grade(src, class_of_four, report)
    assert len(ran) == 4
    with pytest.raises(UserError, match=r"cannot read .*grades-before"):
        compare(report)
    broken.clear()
    broken.add("tower-check")
    grade(src, class_of_four, report, regrade=["mean"])
    assert len(ran) == 8
    assert points(report, "mean-check") == {"ada": 3, "bob": 3, "eve": 3, "kim": 0}
    assert points(report, "tower-check") == {"ada": 2, "bob": 2, "eve": 2, "kim": 0}
    grade(src, class_of_four, report)  # what was found together is kept together
    assert len(ran) == 8
    assert points(report, "tower-check")["ada"] == 2
    command = ["assignment", "compare", str(report), "--out", str(tmp_path / "changes.csv")]
    assert main(command) == 1
    said = capsys.readouterr().out
    assert said.startswith("4 students, 3 of them with a difference\nada.ipynb: mean-check: 0 -> 3")
    with (tmp_path / "changes.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["student"][:3], row["what"]) for row in rows] == [
        (name, what) for name in ("ada", "bob", "eve") for what in ("mean-check", "total")
    ]
    assert compare(report, report).changes == ()
    # One student alone, who now meets the other broken check; the others are not run.
    grade(src, class_of_four, report, regrade=["bob"])
    assert len(ran) == 9
    assert points(report, "tower-check") == {"ada": 2, "bob": 0, "eve": 2, "kim": 0}
    # One exercise of one student.
    grade(src, class_of_four, report, regrade=["ada.ipynb", "4. Two towers"])
    assert len(ran) == 10
    assert points(report, "tower-check") == {"ada": 0, "bob": 0, "eve": 2, "kim": 0}


def test_another_file_keeps_nothing(
    src, class_of_four, tmp_path, student, sample, monkeypatch
) -> None:
    """With an exercise graded again, a file that has changed is graded as a whole."""
    canned.install(monkeypatch)
    report = tmp_path / "report"
    with pytest.raises(UserError, match="grade once first"):
        grade(src, class_of_four, report, regrade=["mean"])
    grade(src, class_of_four, report)
    worse = sample.ANSWERS | {"tower": canned.WRONG}
    (class_of_four / "ada.ipynb").write_bytes(canned.answered(student, worse))
    grade(src, class_of_four, report, regrade=["mean"])
    assert points(report, "tower-check")["ada"] == 0
    assert [c.what for c in compare(report).changes] == ["tower-check", "file", "total"]
    (class_of_four / "new.ipynb").write_bytes(canned.answered(student, worse))
    (class_of_four / "kim.ipynb").unlink()
    grade(src, class_of_four, report)
    assert {(c.student, c.what) for c in compare(report).changes} == {
        (f"{name}.ipynb", what) for name in ("new", "kim") for what in ("row", "total")
    }
    with pytest.raises(UserError, match="'meen': neither a student with a file nor an exercise"):
        grade(src, class_of_four, report, regrade=["meen"])


def test_what_a_class_found_hard(src, class_of_four, tmp_path, monkeypatch, capsys) -> None:
    canned.install(monkeypatch)
    report = tmp_path / "report"
    report.mkdir()
    (report / "marks.csv").write_text("student,exercise,points\nada,why,1\n")
    grade(src, class_of_four, report)
    found = statistics(report, out=tmp_path / "statistics.csv")
    relu = next(line for line in found.lines if line.name == "relu-check")
    assert (relu.students, relu.full, relu.mean, relu.unanswered) == (4, 0.25, 0.25, 1)
    assert (relu.message, relu.told, relu.seconds) == ("that is wrong", 2, 0.01)
    why = next(line for line in found.lines if line.name == "why")
    assert (why.students, why.full, why.mean, why.unanswered) == (1, 0, 1, 3)
    assert sorted(found.totals) == [0, 7, 7, 10]
    assert main(["assignment", "statistics", str(report)]) == 0
    said = capsys.readouterr().out
    assert "totals of 11: quarter, half, three quarters at 5.25, 7, 7.75" in said
    assert (
        "relu-check       25% in full, mean 0.25 of 1; 1 unanswered; 2 times: that is wrong" in said
    )
    assert "25 %" in (tmp_path / "statistics.csv").read_text(encoding="utf-8")
