"""The built book behind a plain file server, and a browser that may talk to nobody else."""

from __future__ import annotations

import functools
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
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

# What axe finds by colours. All its other rules see one page in both themes: one theme will do.
COLOURS = ("color-contrast", "link-in-text-block")

# Pictures load when a reader comes near; a script comes near to all of them at once.
LOAD_ALL = """Promise.all([...document.images].map(image => {
    image.loading = 'eager';
    return image.decode().catch(() => null);
}))"""


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


class Handler(SimpleHTTPRequestHandler):
    """Serve the book under PREFIX; anything else is not there."""

    def translate_path(self, path: str) -> str:
        if not path.startswith(PREFIX + "/"):
            return os.path.join(self.directory, "no such file")
        return super().translate_path(path[len(PREFIX) :])

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def serve(folder: Path, kind: type[Handler] = Handler) -> Iterator[str]:
    """Serve a folder; yield the address of its root, which ends in a slash."""
    handler = functools.partial(kind, directory=str(folder))
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
def start_browser(path: str, *more: str) -> Iterator[Any]:
    """Start the browser, with `more` arguments; yield playwright's handle on it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*BROWSER_ARGUMENTS, *more])
        try:
            yield browser
        finally:
            browser.close()


class Visit:
    """One page, opened; what it said, whom it asked and for what."""

    def __init__(
        self,
        browser: Any,
        root: str,
        *,
        theme: str = "light",
        width: int = 1280,
        touch: bool = False,
    ) -> None:
        self.root = root
        self.context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=theme,
            reduced_motion="reduce",
            has_touch=touch,
            is_mobile=touch,
        )
        self.page = self.context.new_page()
        self.noise: list[str] = []
        self.strangers: list[str] = []
        self.failures: list[str] = []
        self.broken_off: list[str] = []  # of the failures: left before they came
        self.asked: list[str] = []
        self.first: list[str] = []  # asked for when the page was opened
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.noise.append(f"error: {error}"))
        self.page.on("requestfailed", self._fail)
        self.page.on("response", self._answer)
        self.page.route("**/*", self._route)

    def _hear(self, message: Any) -> None:
        if message.type not in {"log", "debug", "info"}:
            self.noise.append(f"{message.type}: {message.text}")

    def _fail(self, request: Any) -> None:
        self.failures.append(request.url)
        if request.failure in ("net::ERR_ABORTED", "NS_BINDING_ABORTED"):
            self.broken_off.append(request.url)

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
        self.first = list(self.asked)
        return self.page

    @contextmanager
    def seen_as(self, theme: str, **media: str) -> Iterator[Any]:
        """Show the open page in a theme, as a reader's system changes it, and back to light."""
        chosen = "theme => document.documentElement.dataset.theme === theme"
        self.page.emulate_media(color_scheme=theme, **media)
        self.page.wait_for_function(chosen, arg=theme)
        try:
            yield self.page
        finally:
            self.page.emulate_media(color_scheme="light", media="screen", forced_colors="none")
            self.page.wait_for_function(chosen, arg="light")

    def axe(
        self, where: str | None = None, *, rules: tuple[str, ...] = (), slight: bool = False
    ) -> list[str]:
        """Return, in words, what axe finds serious or worse, or all; of some rules, where named."""
        axe = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
        self.page.evaluate(f"() => {{ if (!window.axe) {{ {axe} }} }}")
        options = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
        result = self.page.evaluate("([w, o]) => axe.run(w ?? document, o)", [where, options])
        return [
            f"{each['id']}: {node['html'][:160]} … {node['failureSummary'][:300]}"
            for each in result["violations"]
            if slight or each["impact"] in {"serious", "critical"}
            for node in each["nodes"][:3]
        ]
