"""The student's own check: one line an exercise, what is wrong, and a hint."""

from __future__ import annotations

import copy
import json
import subprocess
import sys

import pytest

from alexnet_lab.classroom import check, checking
from alexnet_lab.classroom.authoring import regions
from alexnet_lab.cli import main
from alexnet_lab.errors import UserError

EXPECTED = """\
warning: the locked cell relu-check-2 was changed; grading uses the original
1. The size of a map: out_size(7, 3, 2) should be 3, not 2. \
Hint: Count where the left edge of the kernel may stand.
2. ReLU: visible checks passed
2. ReLU, the argument untouched: visible checks passed
3. Means of the channels: the shape should be (3,), not (). \
Hint: Average over images, rows and columns.
4. Two towers: not answered yet
2 of 5 visible checks passed. Grading runs more checks than these, on other data. \
A person reads: 5. In your words.
"""


def answered(student, sample, **answers) -> dict:
    notebook = copy.deepcopy(student)
    for cell in notebook["cells"]:
        name = cell["id"]
        if name in answers:
            cell["source"] = answers[name]
    return notebook


@pytest.fixture
def mixed(student, sample, tmp_path):
    """Return a notebook with a right, two wrong and an unanswered exercise, and a changed check."""
    notebook = answered(
        student,
        sample,
        relu="def relu(x):\n    return x.clamp(min=0)",
        mean=sample.WRONG["mean"][0],
        **{"out-size": sample.WRONG["out-size"][0], "relu-check-2": "pass"},
    )
    path = tmp_path / "mine.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def test_one_line_an_exercise(mixed, sample, capsys) -> None:
    before = mixed.read_bytes()
    assert main(["assignment", "check", str(mixed)]) == 1
    assert capsys.readouterr().out == EXPECTED
    assert mixed.read_bytes() == before
    assert [p.name for p in mixed.parent.iterdir()] == ["mine.ipynb"]


def test_plain_nbval_works_too(mixed) -> None:
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "-c", "/dev/null", mixed.name],
        cwd=mixed.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "1. The size of a map: out_size(7, 3, 2) should be 3, not 2" in done.stdout
    assert "not answered yet" in done.stdout
    # Also the picture of the unanswered exercise's neighbour passes: 8 of 11 code cells.
    assert "3 failed, 8 passed" in done.stdout


def test_colab_keeps_ids_elsewhere(mixed, capsys) -> None:
    """Colab drops `cell.id` (it writes nbformat 4.0) and keeps metadata."""
    notebook = json.loads(mixed.read_text())
    notebook["nbformat_minor"] = 0
    for cell in notebook["cells"]:
        cell["metadata"]["id"] = cell.pop("id")
    mixed.write_text(json.dumps(notebook))
    done = check(mixed)
    assert [line.passed for line in done.lines] == [False, True, True, False, False]


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "is not a notebook"), ('{"cells": [], "metadata": {}, "nbformat": 4}', "no ")],
)
def test_what_is_no_assignment(tmp_path, text, message) -> None:
    path = tmp_path / "x.ipynb"
    path.write_text(text)
    with pytest.raises(UserError, match=message):
        check(path)
    with pytest.raises(UserError, match="cannot read"):
        check(tmp_path / "none.ipynb")


EARLIER = {"a": "def slope(x):\n    return x", "b": "def judge(x):\n    return slope(x) > 1"}


@pytest.mark.parametrize(
    ("message", "answer", "failed", "says"),
    [
        ("wrong.", EARLIER["b"], {"a", "b"}, "wrong. It calls slope, which is not right yet: "),
        ("not answered yet", EARLIER["b"], {"a", "b"}, "it calls slope, which is not answered yet"),
        ("wrong", EARLIER["b"], {"b"}, "wrong"),
        ("wrong", "def judge(slope):\n    return slope", {"a", "b"}, "wrong"),
        ("not answered yet", f"def judge(x):\n    {regions.CODE_STUB}", {"a"}, "not answered yet"),
        ("wrong", "def judge(:", {"a", "b"}, "wrong"),
    ],
)
def test_an_answer_that_calls_a_wrong_one_says_so(message, answer, failed, says) -> None:
    said = checking.with_earlier(message, "b", EARLIER | {"b": answer}, failed)
    assert said.startswith(says)
    assert said == says or "slope" in says


def test_several_checks_of_one_title_are_numbered() -> None:
    cells = {n: {"metadata": {"alexnet_lab": {"title": n[0]}}} for n in ("a1", "b1", "a2")}
    assert checking._parts(cells) == {"a1": " (1 of 2)", "b1": "", "a2": " (2 of 2)"}
    assert str(checking.Line("5. Bugs", True, part=" (2 of 3)")).startswith("5. Bugs (2 of 3): ")
