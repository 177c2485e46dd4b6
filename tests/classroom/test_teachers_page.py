"""The page for teachers: its ten commands, run in order, as typed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECK = "alexnet-lab assignment check "


def commands(root: Path) -> list[str]:
    page = (root / "book" / "for-teachers.md").read_text(encoding="utf-8")
    return re.search(r"```bash\n(.*?)```", page, re.S)[1].strip().splitlines()


def test_there_are_ten_and_each_is_explained(root) -> None:
    page = (root / "book" / "for-teachers.md").read_text(encoding="utf-8")
    assert len(commands(root)) == 10
    assert re.findall(r"^(\d+)\. ", page, re.M) == [str(number) for number in range(1, 11)]


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
    assert said[6].startswith("1 files, 1 graded")
    assert said[8].startswith("2 files, 2 graded")
    late, reference = (row.split(",") for row in said[9].splitlines()[1:])
    assert late[:3] == ["late.ipynb", "graded", "0"]
    assert reference[0] == "reference.ipynb"
    assert reference[2] == reference[3]  # points, of all
    assert (tmp_path / "pages.tar").stat().st_size > 0
