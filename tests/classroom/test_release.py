"""Releasing: what students get, and what is refused."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import nbformat
import pytest

from alexnet_lab.classroom import release, secret_rng
from alexnet_lab.classroom.authoring import regions
from alexnet_lab.classroom.authoring.release import checksum, student_notebook
from alexnet_lab.classroom.authoring.source import read_source
from alexnet_lab.classroom.secret import GRADING, VARIABLE, derive, offer
from alexnet_lab.errors import UserError


def write(path: Path, notebook: dict) -> Path:
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def cell(notebook: dict, name: str) -> dict:
    return next(c for c in notebook["cells"] if c["id"] == name)


def test_release_runs_both_and_writes_the_students_notebook(src, tmp_path) -> None:
    """The one test that runs nbval over the source and over the release."""
    secret = tmp_path / "secret"
    secret.write_text("0123456789abcdef\n")
    done = release(src, tmp_path / "out" / "sample.ipynb", secret_file=secret)
    assert (done.checks, done.points, done.written) == (5, 9.0, 1)
    nbformat.validate(nbformat.read(done.path, as_version=4))
    assert done.path.read_text().count("not answered yet") == 4


def test_no_solution_hidden_line_or_output_survives(sample, student) -> None:
    text = json.dumps(student)
    for gone in ("free_places", "per_tower", "secret_rng", "hidden_expected", "in these words"):
        assert gone in json.dumps(sample.source())
        assert gone not in text
    assert "BEGIN" not in text
    assert "second graphics card" not in text
    assert cell(student, "why")["source"] == regions.TEXT_STUB
    assert all(not c.get("outputs") for c in student["cells"])


def test_the_stub_tells_the_effort(student) -> None:
    assert cell(student, "out-size")["source"].endswith(
        '    # YOUR CODE HERE (about 2 lines)\n    raise NotImplementedError("not answered yet")'
    )
    assert "(1 line)" in cell(student, "relu")["source"]


def test_cells_carry_nbgraders_checksum(student) -> None:
    marked = [c for c in student["cells"] if "nbgrader" in c["metadata"]]
    assert len(marked) == 12
    assert all(c["metadata"]["nbgrader"]["checksum"] == checksum(c) for c in marked)
    assert student["metadata"]["alexnet_lab"]["assignment"] == "sample"


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("relu", lambda c: c["metadata"]["nbgrader"].update(grade_id="other"), "must be the same"),
        ("relu", lambda c: c["metadata"]["nbgrader"].update(schema_version=2), "schema_version"),
        ("relu-check", lambda c: c["metadata"]["nbgrader"].update(locked=False), "locked"),
        ("relu-check", lambda c: c["metadata"]["nbgrader"].update(points=-1), "points -1"),
        ("relu-check", lambda c: c["metadata"].update(tags=["raises-exception"]), "raises-excep"),
        ("relu-check", lambda c: c["metadata"]["alexnet_lab"].update(exercise="x"), "judges 'x'"),
        ("relu-check", lambda c: c.update(source="assert ("), "line 1"),
        (
            "relu-check",
            lambda c: c.update(source="### BEGIN HIDDEN TESTS\nrelu(1)\n### END HIDDEN TESTS"),
            "hidden as a whole",
        ),
        (
            "relu-check-2",
            lambda c: c.update(source=c["source"].replace('secret_rng("relu")', "secret_rng(x)")),
            "as a literal",
        ),
        ("relu", lambda c: c.update(source=c["source"].replace("### END SOLUTION", "")), "without"),
        ("imports", lambda c: c.update(source="### BEGIN SOLUTION\n### END SOLUTION"), "belongs"),
        (
            "why",
            lambda c: c.update(source="### BEGIN MARK SCHEME\n### END MARK SCHEME"),
            "into the",
        ),
        ("imports", lambda c: c["metadata"].pop("nbgrader"), "without nbgrader's metadata"),
        ("title", lambda c: c.update(cell_type="graph"), "is not a notebook"),
    ],
)
def test_a_source_that_breaks_a_rule_is_refused(sample, tmp_path, name, change, message) -> None:
    notebook = copy.deepcopy(sample.source())
    change(cell(notebook, name))
    with pytest.raises(UserError, match=message.replace("(", r"\(")):
        read_source(write(tmp_path / "sample.ipynb", notebook))


def test_a_solution_that_stands_elsewhere_is_refused(sample, tmp_path, monkeypatch) -> None:
    notebook = copy.deepcopy(sample.source())
    cell(notebook, "title")["source"] += "\n\n    return torch.clamp(x, min=0)"
    monkeypatch.setattr("alexnet_lab.classroom.running.process.run", lambda *_, **__: [])
    path = write(tmp_path / "sample.ipynb", notebook)
    with pytest.raises(UserError, match=r"'return torch.clamp\(x, min=0\)' of relu"):
        release(path, tmp_path / "out.ipynb")
    assert not (tmp_path / "out.ipynb").exists()


def test_what_does_not_behave_is_refused(src, tmp_path, monkeypatch) -> None:
    row = {"error": "", "message": "", "seconds": 0.0}

    def fake(rows):
        answers = iter(rows)
        monkeypatch.setattr(
            "alexnet_lab.classroom.running.process.run",
            lambda *_, **__: [{**row, **r} for r in next(answers)],
        )

    failed = {"id": "relu-check", "outcome": "failed", "error": "AssertionError", "message": "no"}
    fake([[failed]])
    with pytest.raises(UserError, match="source itself fails at relu-check: AssertionError: no"):
        release(src, tmp_path / "out.ipynb")
    fake([[], [{"id": "relu-check", "outcome": "passed"}]])
    with pytest.raises(UserError, match="relu-check must fail with 'not answered yet'; it passed"):
        release(src, tmp_path / "out.ipynb")
    with pytest.raises(UserError, match="the source itself"):
        release(src, src)
    assert not (tmp_path / "out.ipynb").exists()


def test_secret_seeds(monkeypatch, tmp_path) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    public = secret_rng("relu").integers(1 << 62)
    assert secret_rng("relu").integers(1 << 62) == public
    assert secret_rng("mean").integers(1 << 62) != public
    monkeypatch.setenv(VARIABLE, "another secret of this year")
    assert secret_rng("relu").integers(1 << 62) != public
    # The oracle is openssl.
    assert derive("key", "relu") == int(HMAC_OF_KEY[:32], 16)
    monkeypatch.setenv(GRADING, "1")
    with pytest.raises(RuntimeError, match="only while its check runs"):
        secret_rng("relu")
    offer({"relu": 5})
    assert secret_rng("relu").integers(1 << 62) != public
    offer({})


# printf 'exercise relu' | openssl dgst -sha256 -hmac key
HMAC_OF_KEY = "62e9d8f470a536fd1b158b63e8d9e90c6e844e7cbdc3ad6bffda2bb490dc5e2f"


def test_student_notebook_leaves_the_source_alone(src) -> None:
    assignment = read_source(src)
    before = json.dumps(assignment.notebook)
    student_notebook(assignment)
    assert json.dumps(assignment.notebook) == before
