"""What several test files need."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "book"))  # pytest's importlib mode leaves the path alone

from served import find_browser, start_browser  # noqa: E402


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
