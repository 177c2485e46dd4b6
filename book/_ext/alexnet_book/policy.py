"""A content security policy in every page: nothing runs, loads or is sent but what the site brings.

A static host sends no headers of ours, so the policy stands in the page. It allows no script inside
a page, and of style attributes exactly those that the page had when it was built, by their hashes.
What a page may not hold (a script of its own, an `onclick`) is a warning, which fails the build.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx.util import logging

from alexnet_lab.widgets._runtime.link import FOLDER as WIDGETS
from alexnet_lab.widgets._runtime.link import modules

if TYPE_CHECKING:
    from sphinx.application import Sphinx

logger = logging.getLogger(__name__)

RULES = {
    "default-src": "'self'",  # Firefox fetches the next page ahead; only this rule allows it
    "frame-src": "'none'",
    "media-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",  # icons in the style sheet; what a widget draws or is given
    "font-src": "'self'",
    "connect-src": "'self'",
    "worker-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
}
DATA = {"application/json", "application/ld+json"}  # script elements that are not run
PLACE = re.compile(r"<meta charset=[^>]*>")
OLD = re.compile(r'\n<meta http-equiv="Content-Security-Policy"[^>]*>')
WIDGET = re.compile(r'class="al-widget" data-widget="([a-z0-9-]+)"')


class _Inline(HTMLParser):
    """What stands in a page and acts: style attributes, and what may not be there."""

    def __init__(self) -> None:
        super().__init__()
        self.styles: set[str] = set()
        self.forbidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note them."""
        given = dict(attrs)
        runs = tag == "script" and "src" not in given and given.get("type") not in DATA
        if runs or tag == "style":
            self.forbidden.append(self.get_starttag_text() or tag)
        for name, value in attrs:
            if name == "style" and value:
                self.styles.add(value)
            elif name.startswith("on") or (value or "").strip().lower().startswith("javascript:"):
                self.forbidden.append(self.get_starttag_text() or tag)


def policy(page: str) -> tuple[str, list[str]]:
    """Return the policy of a page, and the tags that it forbids.

    Parameters
    ----------
    page : str
        The whole page, as HTML.
    """
    inline = _Inline()
    inline.feed(page)
    rules = dict(RULES)
    if inline.styles:
        hashes = sorted(f"'sha256-{_digest(style)}'" for style in inline.styles)
        rules["style-src"] += " 'unsafe-hashes' " + " ".join(hashes)
    # A worker has a policy of its own in Chromium; where it inherits, WebAssembly must be allowed.
    if any(_runs_network(name) for name in WIDGET.findall(page)):
        rules["script-src"] += " 'wasm-unsafe-eval'"
    return "; ".join(f"{name} {value}" for name, value in rules.items()), inline.forbidden


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


@cache
def _runs_network(name: str) -> bool:
    """Whether a widget's module leads, by its imports, to the one that starts the network."""
    view = WIDGETS / name.replace("-", "_") / "view.js"
    return WIDGETS / "_runtime" / "page-network.js" in modules(view)


def with_policy(page: str) -> tuple[str, list[str]]:
    """Return a page with its policy, and the tags that the policy forbids."""
    page = OLD.sub("", page)
    text, forbidden = policy(page)
    tag = f'<meta http-equiv="Content-Security-Policy" content="{escape(text, quote=False)}">'
    # Before anything that it rules, and after what says how to read it.
    return PLACE.sub(lambda match: f"{match[0]}\n{tag}", page, count=1), forbidden


def _write(app: Sphinx, error: Exception | None) -> None:
    if error or app.builder.format != "html" or not app.config.templates_path:
        return
    for file in sorted(Path(app.outdir).rglob("*.html")):
        before = file.read_text(encoding="utf-8")
        after, forbidden = with_policy(before)
        for tag in forbidden:
            name = file.relative_to(app.outdir)
            logger.warning("%s: %.80s will not run: see alexnet_book/policy.py", name, tag)
        if after != before:
            file.write_text(after, encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Connect to the very end of the build."""
    app.connect("build-finished", _write, priority=950)
