"""A hostile class, graded in the sandbox: each submission's row, and nothing else changed."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import socket
import sys
from pathlib import Path
from types import ModuleType

import pytest

from alexnet_lab.classroom import Settings, grade
from alexnet_lab.classroom.sandbox import choose
from alexnet_lab.classroom.worker import Worker


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        f"classroom_{name}", Path(__file__).with_name(f"{name}.py")
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


hostile = load("hostile")


def snapshot(folder: Path) -> dict[str, tuple]:
    """Return what is in a folder: kinds, sizes, times."""
    found = {}
    for path in sorted(folder.rglob("*")):
        state = path.lstat()
        found[str(path)] = (state.st_mode, state.st_size, state.st_mtime_ns)
    return found


@pytest.fixture(scope="session")
def graded(sandbox, src, student, tmp_path_factory) -> dict:
    """Grade the class once, and return its JSON with what was seen outside the report."""
    with Worker(choose(sandbox), [], Settings()) as worker:
        worker.start()
        if not worker.nested:
            pytest.skip("no user namespaces inside the sandbox: each run would import torch anew")
    home = tmp_path_factory.mktemp("class")
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
        report = grade(src, folder, out, secret_file=secret, jobs=2, settings=settings)
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
    found["report"] = report
    found["out"] = out
    yield found
    shutil.rmtree(home, ignore_errors=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    "case", hostile.CASES, ids=lambda case: case.name.encode("ascii", "replace").decode()
)
def test_each_submission_gets_its_row(graded, case) -> None:
    row = graded["rows"][f"{case.name}.ipynb"]
    points = {name: verdict["points"] for name, verdict in row["checks"].items()}
    words = [row["reason"], *row["flags"], *(v["message"] for v in row["checks"].values())]
    assert (row["status"], points) == (case.status, case.points), words
    assert case.says in " | ".join(words)


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
