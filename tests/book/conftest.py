"""Fixtures: the built book, served, and a browser on it. What is missing is said; in CI, fails."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # pytest's importlib mode leaves the path alone

from served import Visit, book_folder, find_browser, serve, start_browser


def _missing(reason: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(f"{reason}; in CI the book's checks must run")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def book() -> Path:
    """Return the folder of the built book."""
    folder = book_folder()
    if not (folder / "book" / "index.html").is_file():
        _missing(f"no built book at {folder}; `make book` builds it")
    return folder


@pytest.fixture(scope="session")
def address(book: Path) -> Iterator[str]:
    """Serve the book under a sub-path; return the address of its root."""
    with serve(book) as root:
        yield root


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Return a running Chromium."""
    path = find_browser()
    if path is None:
        _missing(
            "no chromium, chromium-browser or google-chrome on the path, nor ALEXNET_LAB_BROWSER"
        )
    with start_browser(str(path)) as running:
        yield running


@pytest.fixture
def visit(browser: Any, address: str) -> Iterator[Any]:
    """Return a function that opens a page: `visit("search.html", theme="dark", width=360)`."""
    visits: list[Visit] = []

    def open_page(path: str, *, until: str = "load", **options: Any) -> Visit:
        visits.append(Visit(browser, address, **options))
        visits[-1].open(path, until=until)
        return visits[-1]

    yield open_page
    for each in visits:
        each.context.close()
