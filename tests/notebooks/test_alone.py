"""Each chapter works alone: in an empty folder, with the wheel and Jupyter, without the repository.

nbval runs it there, so that the outputs marked as stable are compared in the same pass
(``make chapters`` does the same on the notebooks where they stand).

The environment is a venv that sees the packages of the one that runs the tests (torch is not
installed a second time), but not the repository: the editable install is made by a ``.pth`` file,
and Python does not read those of a folder that was itself named by one.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import nbformat
import pytest
from chapters import ROOT, Chapter, chapters
from nbformat.v4 import new_code_cell

# Appendices as well: what can be run, is.
CHAPTERS = [*chapters(), *map(Chapter, sorted((ROOT / "notebooks").glob("A[0-9]_*.ipynb")))]
WHERE = """\
import os, alexnet_lab
assert os.path.realpath(alexnet_lab.__file__).startswith({home!r}), alexnet_lab.__file__"""
NBVAL = [
    "-m",
    "pytest",
    "-q",
    "--nbval-lax",
    "--nbval-cell-timeout",
    "300",
    "-p",
    "no:cacheprovider",
]

pytestmark = pytest.mark.slow


def call(*command: object, **options: object) -> str:
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout


def setuptools_version() -> int:
    try:
        return int(version("setuptools").split(".")[0])
    except PackageNotFoundError:
        return 0


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy of what it is made of, so that nothing is left in the tree."""
    source = tmp_path_factory.mktemp("source")
    shutil.copytree(
        ROOT / "alexnet_lab",
        source / "alexnet_lab",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    out = tmp_path_factory.mktemp("wheel")
    # With the setuptools that is here, when it is new enough: no network is needed then.
    here = ["--no-isolation"] if setuptools_version() >= 77 else []
    call(sys.executable, "-m", "build", "--wheel", *here, "--outdir", out, source)
    return next(out.glob("*.whl"))


@pytest.fixture(scope="session")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an environment with the wheel in it; return its Python."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    own = Path(call(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    call(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", own, wheel)
    others = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    (own / "others.pth").write_text("\n".join(others) + "\n", encoding="utf-8")
    kernel = folder / "share" / "jupyter" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    launch = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": launch, "display_name": "Python 3", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    return python


@pytest.mark.parametrize("chapter", CHAPTERS, ids=[c.path.stem for c in CHAPTERS])
def test_chapter_runs_alone(chapter: Chapter, python: Path, tmp_path: Path):
    notebook = nbformat.read(chapter.path, as_version=4)
    home = os.path.realpath(python.parents[1])
    notebook.cells.append(new_code_cell(WHERE.format(home=home)))
    alone = tmp_path / "alone"
    alone.mkdir()
    nbformat.write(notebook, alone / chapter.path.name)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {
        "PYTHONNOUSERSITE": "1",
        "JUPYTER_PREFER_ENV_PATH": "1",
        "IPYTHONDIR": str(tmp_path / "ipython"),
    }
    # Nothing but the installed wheel is used, and nothing is left behind.
    said = call(python, *NBVAL, chapter.path.name, cwd=alone, env=environment)
    assert f"{len(chapter.code) + 1} passed" in said
    assert [path.name for path in alone.iterdir()] == [chapter.path.name]
