"""Pictures say their size, so that a page does not jump, and load when the reader comes near."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from PIL import Image, UnidentifiedImageError

if TYPE_CHECKING:
    from sphinx.application import Sphinx

PICTURE = re.compile(r'<img (?P<before>[^>]*?)src="(?:\.\./)*_images/(?P<name>[^"]+)"')


def _settle(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    if "<img " not in context.get("body", ""):
        return
    sources = {name: source for source, name in app.builder.images.items()}

    def describe(match: re.Match[str]) -> str:
        try:
            with Image.open(app.srcdir / sources[match["name"]]) as image:
                width, height = image.size
        except (KeyError, UnidentifiedImageError):  # an SVG, or not ours
            return match[0]
        size = f'width="{width}" height="{height}" loading="lazy" decoding="async"'
        return match[0].replace("<img ", f"<img {size} ", 1)

    context["body"] = PICTURE.sub(describe, context["body"])


def setup(app: Sphinx) -> None:
    """Connect to the pages as they are written."""
    app.connect("html-page-context", _settle)
