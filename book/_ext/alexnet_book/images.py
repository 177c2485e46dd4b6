"""Pictures of a page: as WebP, with their size, and loaded when the reader comes near.

What is not drawn in the page itself (`drawn.py`) comes from a file, or from a notebook, as the PNG
or JPEG that GitHub and JupyterLab show (`tools/chapter_outputs.py`). A page gets the same picture
as WebP: without loss where it is a drawing, and where it is a photograph, for which a lossless file
is several times as large, at a quality that shows no difference.
"""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image, UnidentifiedImageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sphinx.application import Sphinx

PICTURE = re.compile(r'<img (?P<before>[^>]*?)src="(?P<up>(?:\.\./)*_images/)(?P<name>[^"]+)"')
FOLDER = "_images"
SIDES = ("width", "height")
QUALITY = 90
WORTH = 0.5  # lossy, only where it saves half


def to_webp(image: Image.Image) -> bytes:
    """Return a picture as WebP.

    Parameters
    ----------
    image : Image
        Any mode. Transparency is kept where there is some.
    """
    image = image.convert("RGBA")
    if image.getchannel("A").getextrema() == (255, 255):
        image = image.convert("RGB")
    exact = _written(image, lossless=True, quality=60, method=3)
    if image.getcolors(1 << 12) is not None:  # few colours: a drawing
        return exact
    lossy = _written(image, quality=QUALITY, method=4)
    return lossy if len(lossy) < WORTH * len(exact) else exact


def _written(image: Image.Image, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", **options)
    return buffer.getvalue()


PIXELS = {"": 1.0, "px": 1.0, "pt": 4 / 3, "in": 96.0}


def drawn_size(path: Path) -> tuple[int, int] | None:
    """Return width and height of an SVG in pixels; None where it does not say them.

    Parameters
    ----------
    path : Path
        An SVG file. Its root's `width` and `height` count, in px, pt or in.
    """
    root = ET.parse(path).getroot()
    found = [re.fullmatch(r"([\d.]+)(px|pt|in|)", root.get(side, "")) for side in SIDES]
    if not all(found):
        return None
    width, height = (round(float(each[1]) * PIXELS[each[2]]) for each in found if each)
    return width, height


def keep(folder: Path, name: str, content: Callable[[], bytes]) -> None:
    """Write a file that is named by what it holds, unless it is there."""
    target = folder / name
    if not target.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content())


def waiting(is_first: bool) -> str:
    """Return the attributes of a picture that can wait; the first of a page cannot."""
    return "" if is_first else ' loading="lazy" decoding="async"'


def _prepared(source: Path, folder: Path, name: str) -> tuple[str, tuple[int, int] | None]:
    """Return the name of the file to show, made smaller where it can be, and the picture's size."""
    if source.suffix == ".svg":
        return name, drawn_size(source)
    with Image.open(source) as image:
        small = f"{Path(name).stem}.webp"
        keep(folder, small, lambda: to_webp(image))
        return small, image.size


def _settle(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    if "<img " not in context.get("body", ""):
        return
    sources = {name: source for source, name in app.builder.images.items()}
    seen: list[str] = []

    def describe(match: re.Match[str]) -> str:
        name = match["name"]
        try:
            shown, size = _prepared(app.srcdir / sources[name], Path(app.outdir, FOLDER), name)
        except (KeyError, UnidentifiedImageError):  # not ours
            return match[0]
        if size is None:
            return match[0]
        seen.append(name)
        width, height = size
        says = f'width="{width}" height="{height}"{waiting(len(seen) == 1)}'
        return f'<img {says} {match["before"]}src="{match["up"]}{shown}"'

    context["body"] = PICTURE.sub(describe, context["body"])


def drop_unused(app: Sphinx, folder: str) -> None:
    """Remove the files of a folder that no page names: of an earlier build, or copied by Sphinx."""
    out = Path(app.outdir)
    if app.builder.format != "html" or not (out / folder).is_dir():
        return
    pages = "".join(page.read_text(encoding="utf-8") for page in out.rglob("*.html"))
    named = set(re.findall(rf'{re.escape(folder)}/([^"\s?#]+)', pages))
    for file in (out / folder).iterdir():
        if file.name not in named:
            file.unlink()


def _finish(app: Sphinx, error: Exception | None) -> None:
    if not error:
        drop_unused(app, FOLDER)


def setup(app: Sphinx) -> None:
    """Connect to the pages as they are written, and to the end of the build."""
    app.connect("html-page-context", _settle)
    app.connect("build-finished", _finish)
