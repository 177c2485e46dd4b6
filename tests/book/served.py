"""The built book behind a plain file server, and a browser that may talk to nobody else."""

from __future__ import annotations

import functools
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
PREFIX = "/alexnet-lab"  # GitHub Pages serves a project under its name, never at the root

BROWSER_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def book_folder() -> Path:
    """Return the folder of the built book, whether it exists or not."""
    return Path(os.environ.get("ALEXNET_LAB_BOOK", ROOT / "_build" / "html"))


def find_browser() -> str | None:
    """Return the path of an installed Chromium or Chrome; nothing is ever downloaded."""
    named = os.environ.get("ALEXNET_LAB_BROWSER")
    if named:
        return named
    for name in ("chromium", "chromium-browser", "google-chrome"):
        path = shutil.which(name)
        if path:
            return path
    return None


def toc_pages() -> list[str]:
    """Return the pages that the table of contents lists, as paths inside the book."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    documents = [toc["root"]]
    todo = [*toc.get("parts", ()), *toc.get("chapters", ())]
    while todo:
        entry = todo.pop(0)
        if "file" in entry:
            documents.append(entry["file"])
        todo[:0] = [*entry.get("chapters", ()), *entry.get("sections", ())]
    return [f"{document}.html" for document in documents]


class _Handler(SimpleHTTPRequestHandler):
    """Serve the book under PREFIX; anything else is not there."""

    def translate_path(self, path: str) -> str:
        if not path.startswith(PREFIX + "/"):
            return os.path.join(self.directory, "no such file")
        return super().translate_path(path[len(PREFIX) :])

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve a folder; yield the address of its root, which ends in a slash."""
    handler = functools.partial(_Handler, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{PREFIX}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def start_browser(path: str) -> Iterator[Any]:
    """Start the browser; yield playwright's handle on it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=BROWSER_ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()
