"""Widgets of the package come alive in a page: their files beside it, their host where needed."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

FOLDER = Path(__file__).resolve().parents[3] / "alexnet_lab" / "widgets"
KINDS = (".js", ".css")
MARK = 'class="al-widget"'


def _add_host(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    if MARK in context.get("body", ""):
        # Added while a page is written, it is on this page only.
        app.add_js_file("widgets/_runtime/host.js", type="module")


def _copy(app: Sphinx, error: Exception | None) -> None:
    """Put the modules into the book as they are; they import one another by relative paths."""
    if error or app.builder.format != "html":
        return
    target = Path(app.outdir, "_static", "widgets")
    shutil.rmtree(target, ignore_errors=True)
    for file in sorted(FOLDER.rglob("*")):
        if file.suffix in KINDS:
            copy = target / file.relative_to(FOLDER)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)


def setup(app: Sphinx) -> None:
    """Connect to the pages as they are written, and to the end of the build."""
    app.connect("html-page-context", _add_host)
    app.connect("build-finished", _copy)
