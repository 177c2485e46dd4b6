"""The page for teachers: its ten commands, run in order, as typed."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from alexnet_lab.cli import parser

CHECK = "alexnet-lab assignment check "


def commands(root: Path) -> list[str]:
    page = (root / "book" / "for-teachers.md").read_text(encoding="utf-8")
    return re.search(r"```bash\n(.*?)```", page, re.S)[1].strip().splitlines()


def test_there_are_ten_and_each_is_explained(root) -> None:
    page = (root / "book" / "for-teachers.md").read_text(encoding="utf-8")
    assert len(commands(root)) == 10
    assert re.findall(r"^(\d+)\. ", page, re.M) == [str(number) for number in range(1, 11)]


def test_all_other_commands_are_known_as_they_are_typed(root) -> None:
    page = (root / "book" / "for-teachers.md").read_text(encoding="utf-8")
    typed = [line for block in re.findall(r"```bash\n(.*?)```", page, re.S)[1:]
             for line in block.splitlines() if line.startswith("alexnet-lab ")]  # fmt: skip
    assert len(typed) >= 3
    for line in typed:
        assert parser().parse_args(shlex.split(line, comments=True)[1:]).run


@pytest.mark.slow
def test_the_ten_commands(root, sandbox, tmp_path) -> None:
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    (tmp_path / "assignments").mkdir()
    shutil.copy(root / "assignments" / "1-convolution.ipynb", tmp_path / "assignments")
    # The command is that of this tree, whatever is installed.
    tool = tmp_path / "bin" / "alexnet-lab"
    tool.parent.mkdir()
    tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m alexnet_lab "$@"\n')
    tool.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{tool.parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(root),
        "OMP_NUM_THREADS": "1",
    }
    said = {}
    for number, command in enumerate(commands(root), 1):
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        # Nothing is answered yet, so the check tells so by its exit code.
        assert done.returncode == (1 if command.startswith(CHECK) else 0), (command, done.stderr)
        said[number] = done.stdout
    assert "every check says so" in said[2]
    assert re.search(r"^0 of \d+ visible checks passed\.", said[3], re.M)
    points = re.search(r"1 files, 1 graded, mean ([\d.]+) of (\d+) points", said[6])
    assert float(points[1]) == float(points[2])  # the reference has all
    assert said[8].startswith("1 files, 1 graded")
    (row,) = (row.split(",") for row in said[9].splitlines()[1:])
    assert row[:3] == ["ada.ipynb", "graded", "0"]
    with tarfile.open(tmp_path / "pages.tar") as pages:
        names = pages.getnames()
    assert len([name for name in names if name.endswith(".html")]) == 1
    assert "reference" not in "".join(names)  # no model answer is handed out
