"""Fixtures: the built book, served, and a browser on it. What is missing is said; in CI, fails."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # pytest's importlib mode leaves the path alone

from served import book_folder, find_browser, serve, start_browser


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


class Visit:
    """One page, opened; what it said and whom it asked."""

    def __init__(self, browser: Any, root: str, *, theme: str = "light", width: int = 1280) -> None:
        self.root = root
        self.context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=theme, reduced_motion="reduce"
        )
        self.page = self.context.new_page()
        self.noise: list[str] = []
        self.strangers: list[str] = []
        self.failures: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.noise.append(f"error: {error}"))
        self.page.on("requestfailed", lambda request: self.failures.append(request.url))
        self.page.on("response", self._answer)
        self.page.route("**/*", self._route)

    def _hear(self, message: Any) -> None:
        if message.type not in {"log", "debug", "info"}:
            self.noise.append(f"{message.type}: {message.text}")

    def _answer(self, response: Any) -> None:
        if response.status >= 400:
            self.failures.append(f"{response.status} {response.url}")

    def _route(self, route: Any) -> None:
        url = route.request.url
        if url.startswith((self.root, "data:", "blob:")):
            route.continue_()
        elif url.endswith("/favicon.ico"):  # the browser's own question, asked of any host
            route.fulfill(status=204)
        else:
            self.strangers.append(url)
            route.abort()

    def open(self, path: str, *, until: str) -> Any:
        """Open a page of the book; wait until it is there ("load") or still ("networkidle")."""
        self.page.goto(self.root + path, wait_until=until)
        return self.page


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
