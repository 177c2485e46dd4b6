"""What several test files need."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from built import build, copy_sources, environment
from served import find_browser, start_browser

ROOT = Path(__file__).resolve().parent.parent
if "PYTEST_XDIST_WORKER" in os.environ:
    # As many workers as cores: threads of torch would only get into each other's way.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
# Files in which most tests train, start kernels or programs, grade, or try hundreds of cases:
# `make quick` leaves them out, as it does tests that are marked slow on their own.
SLOW = (
    "classroom/test_assignments.py",
    "classroom/test_check.py",
    "classroom/test_hostile.py",
    "classroom/test_nbgrader.py",
    "cli/test_bad_input.py",
    "cli/test_training_runs.py",
    "experiments/test_running.py",
    "experiments/test_smoke.py",
    "fuzz/",
    "lab/test_training.py",
    "models/test_distributed.py",
    "models/test_launch.py",
    "notebooks/test_execute.py",
    "test_packaging.py",
    "training/test_distributed.py",
    "training/test_memory.py",
    "training/test_resume.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of slow files, and slow tests of others."""
    slow = set((ROOT / "tests" / "slow_tests.txt").read_text(encoding="utf-8").splitlines())
    for item in items:
        file = item.path.relative_to(ROOT / "tests").as_posix()
        if file.startswith(SLOW) or item.nodeid in slow:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True)
def _no_figure_stays_open() -> Iterator[None]:
    """Close what pyplot holds and undo what styles set, so that no test sees another's figures."""
    matplotlib = sys.modules.get("matplotlib")
    before = matplotlib.rcParams.copy() if matplotlib else None
    yield
    if before is not None and matplotlib is not None:
        matplotlib.rcParams.update(before)
    elif matplotlib := sys.modules.get("matplotlib"):
        matplotlib.rcdefaults()
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the folder of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of data to test against but never to publish; skip where it is not."""
    folder = Path(os.environ.get("ALEXNET_LAB_SHARED", ROOT.parent / "shared")) / "data"
    if not folder.is_dir():
        pytest.skip(f"no reference data at {folder} (optional; see CONTRIBUTING.md)")
    return folder


@pytest.fixture(scope="session")
def missing() -> Any:
    """Return what to call when a check cannot run: it skips, and in CI fails."""

    def say(reason: str) -> None:
        if os.environ.get("CI"):
            pytest.fail(f"{reason}; in CI the checks in a browser must run")
        pytest.skip(reason)

    return say


@pytest.fixture(scope="session")
def browser(missing: Any) -> Iterator[Any]:
    """Return a running Chromium: one for all tests, since playwright starts once a process."""
    path = find_browser()
    if path is None:
        missing(
            "no chromium, chromium-browser or google-chrome on the path, nor ALEXNET_LAB_BROWSER"
        )
    with start_browser(str(path)) as running:
        yield running


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build wheel and sdist; return the folder with both."""
    out = tmp_path_factory.mktemp("dist")
    build(copy_sources(tmp_path_factory.mktemp("source")), out, "--wheel", "--sdist")
    return out


@pytest.fixture(scope="session")
def wheel(dist: Path) -> Path:
    """Return the wheel."""
    return next(dist.glob("*.whl"))


@pytest.fixture(scope="session")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the Python of an environment with the wheel in it."""
    return environment(tmp_path_factory.mktemp("environment"), wheel)
