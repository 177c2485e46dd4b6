"""A hostile class, graded in the sandbox: each submission's row, and nothing else changed."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
from pathlib import Path

import hostile
import pytest

from alexnet_lab.classroom import grade
from alexnet_lab.classroom.grading.sandbox import choose
from alexnet_lab.classroom.grading.worker import Worker
from alexnet_lab.classroom.settings import Settings

IMAGE = "ALEXNET_LAB_TEST_IMAGE"


def snapshot(folder: Path) -> dict[str, tuple]:
    """Return what is in a folder: kinds, sizes, times."""
    found = {}
    for path in sorted(folder.rglob("*")):
        state = path.lstat()
        found[str(path)] = (state.st_mode, state.st_size, state.st_mtime_ns)
    return found


def grade_class(home: Path, src: Path, student: dict, **sandbox: str) -> dict:
    """Grade the class; return its JSON with what was seen outside the report."""
    folder = home / "submissions"
    folder.mkdir()
    secret = home / "secret"
    secret.write_text("the secret of the hostile class")
    with socket.create_server(("127.0.0.1", 0)) as server:
        room = hostile.Room(student, src, server.getsockname()[1])
        for case in hostile.CASES:
            hostile.write(case, room, folder)
        hostile.write_odd(folder, src)
        before = snapshot(home), snapshot(src.parent)
        out = home.parent / f"{home.name}-report"
        settings = Settings(cell_seconds=12.0, wall_seconds=150.0, processes=100)
        grade(src, folder, out, secret_file=secret, jobs=2, settings=settings, **sandbox)
        server.settimeout(0)
        try:
            server.accept()
            connected = True
        except BlockingIOError:
            connected = False
    found = json.loads((out / "grades.json").read_text(encoding="utf-8"))
    found["rows"] = {entry["file"]: entry for entry in found.pop("submissions")}
    found["unchanged"] = before == (snapshot(home), snapshot(src.parent))
    found["connected"] = connected
    found["out"] = out
    return found


def row_of(graded: dict, case: hostile.Case) -> tuple:
    """Return a case's status, its points, and all that was said."""
    row = graded["rows"][f"{case.name}.ipynb"]
    points = {name: verdict["points"] for name, verdict in row["checks"].items()}
    words = [row["reason"], *row["flags"], *row["suspicions"]]
    words += [verdict["message"] for verdict in row["checks"].values()]
    return row["status"], points, " | ".join(words)


@pytest.fixture(scope="session")
def graded(sandbox, src, student, tmp_path_factory) -> dict:
    """Grade the class once, in bubblewrap."""
    with Worker(choose(sandbox), [], Settings()) as worker:
        worker.start()
        if not worker.nested:
            pytest.skip("no user namespaces inside the sandbox: each run would import torch anew")
    home = tmp_path_factory.mktemp("class")
    yield grade_class(home, src, student, sandbox=sandbox)
    shutil.rmtree(home, ignore_errors=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    "case", hostile.CASES, ids=lambda case: case.name.encode("ascii", "replace").decode()
)
def test_each_submission_gets_its_row(graded, case) -> None:
    status, points, words = row_of(graded, case)
    assert (status, points) == (case.status, case.points), words
    assert case.says in words


@pytest.mark.slow
@pytest.mark.parametrize("name", hostile.ODD)
def test_what_is_no_notebook_gets_a_row(graded, name) -> None:
    row = graded["rows"][name]
    assert (row["status"], row["points"]) == ("not graded", 0)
    assert hostile.ODD[name] in row["reason"]


@pytest.mark.slow
def test_the_whole_class(graded) -> None:
    """At least forty submissions, in a stable order; nothing outside the report has changed."""
    names = list(graded["rows"])
    assert names == sorted(names)
    assert len(names) == len(hostile.CASES) + len(hostile.ODD) >= 40
    assert graded["unchanged"]
    assert not graded["connected"]
    assert not os.path.exists("/tmp/alexnet-lab-hostile")
    assert "bubblewrap" in graded["sandbox"]


@pytest.mark.slow
def test_pages_give_nothing_hidden_away(graded, sample) -> None:
    pages = sorted((graded["out"] / "pages").glob("*.html"))
    assert len(pages) == len(graded["rows"])
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    for hidden in ("secret_numbers", "hidden_expected", "secret_rng(", "Traceback", "leaked "):
        assert hidden not in text
    assert "<script>" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert "Hint: Count where the left edge of the kernel may stand." in text
    assert "leaked " in (graded["out"] / "grades.json").read_text()


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get(IMAGE), reason=f"{IMAGE} names no image")
def test_the_whole_class_in_containers(src, student, tmp_path) -> None:
    """As in bubblewrap, except in a few rows; no container is left. Three minutes on two cores."""
    home = tmp_path / "class"
    home.mkdir()
    graded = grade_class(home, src, student, sandbox="docker", image=os.environ[IMAGE])
    assert graded["unchanged"]
    assert not graded["connected"]
    for case in hostile.CASES:
        wanted, says = hostile.IN_CONTAINER.get(case.name, (case.points, case.says))
        status, points, words = row_of(graded, case)
        assert (case.name, status, points) == (case.name, case.status, wanted), words
        assert says in words, case.name
    engine = choose("docker", os.environ[IMAGE]).engine
    left = [engine, "ps", "--all", "--quiet", "--filter", "name=alexnet-lab-"]
    assert subprocess.run(left, capture_output=True, check=True).stdout == b""
