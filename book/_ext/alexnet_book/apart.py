"""A widget's still and its state leave the page and become files, fetched when a reader comes near.

In a notebook both stand in the output itself, which is what makes it work anywhere. In a page they
would be most of the page, and nothing is drawn before all of it has come.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from .images import FOLDER as IMAGES
from .images import drop_unused, keep, to_webp, waiting

if TYPE_CHECKING:
    from sphinx.application import Sphinx

FOLDER = "_static/states"
# The output's own line sends its reader to this very page.
NOTE = "<p>A still of an interactive view. Where JavaScript is on, it comes alive.</p>"
HEIGHTS = "book/explorer_heights.json"  # how tall each is when alive: tools/measure_explorers.py
LARGE = 2_000  # bytes of state that are worth a request
WIDGET = re.compile(
    r'(?P<box><div class="al-widget" data-widget="[a-z0-9-]+")>'
    r'<img (?P<about>[^>]*?) style="[^"]*" src="data:image/png;base64,(?P<still>[^"]+)">'
    r"<p>.*?</p>"
    r'<script type="application/json">(?P<state>.*?)</script></div>',
    re.DOTALL,
)


def _named(content: bytes, suffix: str) -> str:
    return f"{hashlib.sha256(content).hexdigest()[:32]}{suffix}"


def _part(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    body = context.get("body", "")
    if 'class="al-widget"' not in body:
        return
    out, up = Path(app.outdir), "../" * pagename.count("/")
    heights = iter(_heights(app).get(pagename, ()))

    def part(match: re.Match[str]) -> str:
        png, state = base64.b64decode(match["still"]), match["state"].encode("utf-8")
        still = _named(png, ".webp")
        with Image.open(io.BytesIO(png)) as image:
            keep(out / IMAGES, still, lambda: to_webp(image))
        is_first = "<img " not in body[: match.start()]
        picture = f'<img {match["about"]}{waiting(is_first)} src="{up}{IMAGES}/{still}">'
        # The page keeps that room: nothing moves when the widget takes the still's place.
        sizes = next(heights, ())
        room = ",".join(f"{width}:{height}" for width, height in sizes)
        box = f'{match["box"]} data-room="{room}"' if room else match["box"]
        if len(state) < LARGE:
            inside = f'<script type="application/json">{match["state"]}</script>'
            return f"{box}>{picture}{NOTE}{inside}</div>"
        name = _named(state, ".json")
        keep(out / FOLDER, name, lambda: state)
        return f'{box} data-state-file="{up}{FOLDER}/{name}">{picture}{NOTE}</div>'

    context["body"], count = WIDGET.subn(part, body)
    if count != body.count('class="al-widget"'):
        raise ValueError(f"{pagename}: a widget is not as widgets/_runtime/base.py writes it")


def _heights(app: Sphinx) -> dict[str, list[list[list[int]]]]:
    file = Path(app.srcdir, HEIGHTS)
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


def _finish(app: Sphinx, error: Exception | None) -> None:
    if not error:
        drop_unused(app, FOLDER)


def setup(app: Sphinx) -> None:
    """Connect to the pages as they are written, and to the end of the build."""
    app.connect("html-page-context", _part, priority=600)
    app.connect("build-finished", _finish)
