"""Fixtures: the built book, served, and pages of it. What is missing is said; in CI, fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from question_page import sample as sample
from question_page import sample_address as sample_address
from question_page import visit_sample as visit_sample
from served import Visit, book_folder, serve


@pytest.fixture(scope="session")
def book(missing: Any) -> Path:
    """Return the folder of the built book."""
    folder = book_folder()
    if not (folder / "book" / "index.html").is_file():
        missing(f"no built book at {folder}; `make book` builds it")
    return folder


@pytest.fixture(scope="session")
def address(book: Path) -> Iterator[str]:
    """Serve the book under a sub-path; return the address of its root."""
    with serve(book) as root:
        yield root


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
