"""The wheel and the sdist, and an environment with the wheel in it and without the repository.

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

ROOT = Path(__file__).resolve().parent.parent


def call(*command: object, **options: object) -> str:
    """Run a program; return what it printed."""
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout


def _setuptools_version() -> int:
    try:
        return int(version("setuptools").split(".")[0])
    except PackageNotFoundError:
        return 0


def copy_sources(to: Path) -> Path:
    """Copy what wheel and sdist are made of, so that building leaves nothing in the tree."""
    shutil.copytree(
        ROOT / "alexnet_lab", to / "alexnet_lab", ignore=shutil.ignore_patterns("__pycache__")
    )
    for name in ("pyproject.toml", "README.md", "LICENSE", "LICENSES.md"):
        shutil.copy(ROOT / name, to / name)
    return to


def build(source: Path, out: Path, *kinds: str) -> None:
    """Build `--wheel`, `--sdist` or both, each straight from `source`."""
    # With the setuptools that is here, when it is new enough: no network is needed then.
    here = ["--no-isolation"] if _setuptools_version() >= 77 else []
    call(sys.executable, "-m", "build", *kinds, *here, "--outdir", out, source)


def environment(folder: Path, wheel: Path | None = None) -> Path:
    """Make an environment, with the wheel in it if one is given; return its Python."""
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    own = Path(call(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    if wheel is not None:
        pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps"]
        call(*pip, "--no-index", wheel)
    others = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    (own / "others.pth").write_text("\n".join(others) + "\n", encoding="utf-8")
    kernel = folder / "share" / "jupyter" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    launch = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": launch, "display_name": "Python 3", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    return python


def alone(tmp: Path) -> dict[str, str]:
    """Return the surroundings of a program that shall see nothing but that environment."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return kept | {
        "PYTHONNOUSERSITE": "1",
        "JUPYTER_PREFER_ENV_PATH": "1",
        "IPYTHONDIR": str(tmp / "ipython"),
    }
