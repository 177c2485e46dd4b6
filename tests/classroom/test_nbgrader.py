"""nbgrader itself releases and grades the sources, and its scores agree with ours.

nbgrader brings some 90 packages, so it is in no extra of this project: the tests look for it in the
environment, or take the Python that ALEXNET_LAB_NBGRADER names (`.ci/run` makes one), and are
skipped without. The kernel that nbgrader starts is this environment's.
"""

from __future__ import annotations

import copy
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from alexnet_lab.classroom import grade
from alexnet_lab.classroom.authoring.release import student_notebook
from alexnet_lab.classroom.authoring.source import read_source

ROOT = Path(__file__).resolve().parents[2]
CONFIG = """\
c = get_config()
c.CourseDirectory.course_id = "alexnet"
c.CourseDirectory.root = {root!r}
c.ClearSolutions.code_stub = {{"python": "raise NotImplementedError('not answered yet')"}}
c.ExecutePreprocessor.timeout = 120
"""
SCORES = """\
import json, sys
from nbgrader.api import Gradebook
found = {}
with Gradebook("sqlite:///gradebook.db") as book:
    for submission in book.assignment_submissions("sample"):
        for notebook in submission.notebooks:
            found[submission.student.id] = {
                grade.name: grade.auto_score for grade in notebook.grades
            }
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def nbgrader() -> str:
    """Return a Python that has nbgrader."""
    named = os.environ.get("ALEXNET_LAB_NBGRADER")
    if named:
        return named
    if importlib.util.find_spec("nbgrader") is None:
        pytest.skip("nbgrader is not installed; name a Python that has it: ALEXNET_LAB_NBGRADER")
    return sys.executable


@pytest.fixture
def course(nbgrader, tmp_path):
    """Return a folder with nbgrader's configuration, and a function that runs its commands."""
    (tmp_path / "nbgrader_config.py").write_text(CONFIG.format(root=str(tmp_path)))
    kernel = tmp_path / "jupyter" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": "Python 3", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(spec))

    def run(*command: str) -> str:
        environment = {
            **os.environ,
            "JUPYTER_PATH": str(tmp_path / "jupyter"),
            "HOME": str(tmp_path),
            # nbgrader calls alembic by its bare name.
            "PATH": os.pathsep.join((str(Path(nbgrader).parent), os.environ["PATH"])),
            "PYTHONPATH": str(ROOT),
            "OMP_NUM_THREADS": "1",
            "MPLBACKEND": "agg",
        }
        done = subprocess.run(
            [nbgrader, *command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    return tmp_path, run


def put(path: Path, notebook: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook), encoding="utf-8")


@pytest.mark.slow
def test_scores_agree(course, sandbox, sample, src, student) -> None:
    """The same three notebooks, by nbgrader and by us: the same points in every check."""
    folder, run = course
    put(folder / "source" / "sample" / "sample.ipynb", sample.source())
    run("-m", "nbgrader", "generate_assignment", "sample")
    theirs = json.loads((folder / "release" / "sample" / "sample.ipynb").read_text())
    # A locked cell is released the same by both, and its checksum is the same.
    ours = {c["id"]: c for c in student["cells"]}
    for cell in theirs["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("locked"):
            same = ours[cell["metadata"]["nbgrader"]["grade_id"]]
            assert "".join(cell["source"]) == same["source"]
            marks = cell["metadata"]["nbgrader"]
            assert marks["checksum"] == same["metadata"]["nbgrader"]["checksum"]
    right = dict(sample.ANSWERS)
    wrong = {name: text for name, (text, _) in sample.WRONG.items()}
    mixed = {**right, "relu": wrong["relu"], "mean": wrong["mean"]}
    # Two began with our release, one with nbgrader's.
    for name, begun, answers in (
        ("ada", student, right),
        ("bob", student, mixed),
        ("eve", theirs, wrong),
    ):
        notebook = copy.deepcopy(begun)
        for cell in notebook["cells"]:
            grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
            cell["source"] = answers.get(grade_id, cell["source"])
        put(folder / "submitted" / name / "sample" / "sample.ipynb", notebook)
    run("-m", "nbgrader", "autograde", "sample")
    scores = json.loads(run("-c", SCORES))
    report = grade(src, folder / "submitted", folder / "report")
    assert len(report.results) == 3
    for result in report.results:
        found = scores[result.name.split("/")[0]]
        assert {name: verdict.points for name, verdict in result.graded.verdicts.items()} == {
            name: found[name] for name in sample.CHECKS
        }
    assert [r.graded.points for r in report.results] == [9, 4, 0]


@pytest.mark.slow
def test_nbgrader_releases_every_source(course) -> None:
    """Its release of each of our sources holds no solution, and the same locked cells as ours."""
    folder, run = course
    sources = sorted((ROOT / "assignments").glob("*.ipynb"))
    if not sources:
        pytest.skip("no sources in assignments/")
    for source in sources:
        put(folder / "source" / "all" / source.name, json.loads(source.read_text("utf-8")))
    run("-m", "nbgrader", "generate_assignment", "all")
    for source in sources:
        theirs = json.loads((folder / "release" / "all" / source.name).read_text("utf-8"))
        ours = {c.get("id"): c.source for c in student_notebook(read_source(source)).cells}
        for cell in theirs["cells"]:
            marks = cell["metadata"].get("nbgrader", {})
            if marks.get("locked"):
                assert "".join(cell["source"]) == ours[marks["grade_id"]]
            assert "BEGIN SOLUTION" not in "".join(cell["source"])
            assert "BEGIN HIDDEN" not in "".join(cell["source"])
