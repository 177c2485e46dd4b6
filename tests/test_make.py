"""Which environment `make` uses, on paths as people have them. Nothing is made: ``make -n``."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
NAMES = ["lab", "My Drive/lab", "a  b/täglich (1)/lab", "it's/lab", "50% off/lab", "a,b/lab"]

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="no make on the path")


@pytest.fixture(params=NAMES)
def clone(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    folder = tmp_path / request.param
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".venv" / "bin" / "python").touch()
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def make(folder: Path, target: str, **active: str) -> subprocess.CompletedProcess[str]:
    hidden = ("VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "MAKEFLAGS", "MAKELEVEL")
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    command = ["make", "--dry-run", target]
    return subprocess.run(command, cwd=folder, env=kept | active, capture_output=True, text=True)


@pytest.mark.parametrize("target", ["book", "lab", "quick", "serve", "offline"])
def test_a_clone_anywhere_uses_its_own_environment(clone: Path, target: str) -> None:
    own = str(clone / ".venv")
    for active in ({}, {"VIRTUAL_ENV": own}, {"CONDA_DEFAULT_ENV": "base", "CONDA_PREFIX": "/c"}):
        done = make(clone, target, **active)
        assert done.returncode == 0, done.stderr
        assert ".venv/bin/python" in done.stdout or ".venv/bin/jupyter" in done.stdout
        assert str(clone.parent) not in done.stdout


def test_by_another_name_of_the_same_folder(tmp_path: Path) -> None:
    folder = tmp_path / "My Drive" / "lab"
    (folder / ".venv").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", folder)
    (tmp_path / "link").symlink_to(folder)
    done = make(tmp_path / "link", "serve", VIRTUAL_ENV=str(folder / ".venv"))
    assert done.stdout.startswith(".venv/bin/python -m http.server")


@pytest.mark.parametrize("kind", ["VIRTUAL_ENV", "CONDA_PREFIX"])
def test_an_active_environment_elsewhere(clone: Path, tmp_path: Path, kind: str) -> None:
    named = {"CONDA_DEFAULT_ENV": "lab"} if kind == "CONDA_PREFIX" else {}
    done = make(clone, "serve", **{kind: str(tmp_path / "env")}, **named)
    assert done.stdout.startswith(f"{tmp_path}/env/bin/python -m http.server")
    done = make(clone, "book", **{kind: str(tmp_path / "an env")}, **named)
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert f'"{tmp_path}/an env" has a space in its path' in line
    assert "deactivate" in line


def test_jupyter_as_root(clone: Path) -> None:
    assert ("--allow-root" in make(clone, "lab").stdout) is (os.geteuid() == 0)


def test_an_environment_for_conda_takes_torch_for_cpus() -> None:
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    (pip,) = (d["pip"] for d in yaml.safe_load(text)["dependencies"] if isinstance(d, dict))
    assert pip[0] == "--extra-index-url https://download.pytorch.org/whl/cpu"
    # Of equal versions pip takes the greatest, and a local label is greater than none.
    assert Version("2.14.1+cpu") > Version("2.14.1")


def test_the_list_of_slow_tests_names_tests_that_are_there() -> None:
    lines = (ROOT / "tests" / "slow_tests.txt").read_text(encoding="utf-8").splitlines()
    named = [line for line in lines if not line.startswith("#")]
    assert named == sorted(set(named))
    for line in named:
        file, test = line.split("[")[0].split("::")
        assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8"), line
