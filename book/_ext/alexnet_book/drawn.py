"""Figures in the page itself, in the page's typeface and colours, light and dark, wide and narrow.

A chapter's figure carries drawings of it (`tools/figure_drawings.py`). Here they become part of the
page: each colour that is one of the page's own by day turns into that colour's name, so that it
follows the page into the dark; pictures inside become WebP files, which both drawings show. Of the
two drawings the style sheet shows the one that fits.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import xml.etree.ElementTree as ET
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from figure_output import KIND, OUTLINED, ROOM_PX
from PIL import Image

from .images import FOLDER, SIDES, keep, to_webp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx

STYLES = Path(__file__).resolve().parents[2] / "_static" / "alexnet-lab.css"
TOKEN = re.compile(r"(--al-[a-z0-9-]+): light-dark\((#[0-9a-f]{6}), #[0-9a-f]{6}\)")
FILE = re.compile(r"(?m)^!\[(?P<alt>.*)\]\((?P<file>[\w/.-]+\.svg)\)$")
SVG, LINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}href"
SHAPES = {"fill", "stroke"}
GROUND = "#ffffff"
LEAST_PX = 11.1  # the smallest words in a figure, where it is shown
POINT_PX = 4 / 3  # no drawing is shown larger than it is
SMALL = 400  # bytes: not worth a request of its own


@cache
def tokens() -> dict[str, str]:
    """Return the name of each of the page's colours by what it is by day."""
    found: dict[str, str] = {}
    for name, day in TOKEN.findall(STYLES.read_text(encoding="utf-8")):
        found.setdefault(day, name)
    return found


def coloured(value: str) -> str:
    """Return a colour as the page names it, or as it is."""
    value = value.strip().lower()
    if value == GROUND:
        return "var(--al-page)"
    name = tokens().get(value)
    return f"var({name})" if name else value


def drawing(
    svg: str, label: str, which: str, folder: Path, up: str, pictures: dict[str, str] | None = None
) -> str:
    """Return an SVG of matplotlib's as a part of a page.

    Parameters
    ----------
    svg : str
        As matplotlib writes it, with text as text.
    label : str
        Its alternative text.
    which : str
        A key of `ROOM_PX`, which has the room that a page gives it (alexnet-lab-media.css).
    folder : Path
        Where the pictures inside are kept; `up` leads there from the page.
    pictures : dict of str to str, optional
        Base64 of WebP, by the names that the drawing calls them.
    """
    ET.register_namespace("", SVG[1:-1])
    root = ET.fromstring(re.sub(r"<!DOCTYPE.*?>", "", svg, flags=re.DOTALL))
    kept_defs = (f"{SVG}clipPath", f"{SVG}pattern")
    for part in list(root):  # what is drawn, what clips it, what hatches it
        if part.tag != f"{SVG}g" and not any(part.find(tag) is not None for tag in kept_defs):
            root.remove(part)
    # Black and white are ink and page, but not on a photograph.
    kept = {"#000000", GROUND} if root.find(f".//{SVG}image") is not None else set()
    used = {link.removeprefix("#") for link in _links(root)}
    prefix = "d" + hashlib.sha256(f"{which}{svg}".encode()).hexdigest()[:6]
    for group in root.iter(f"{SVG}g"):
        if group.get("id", "").startswith(OUTLINED):
            for text in group.iter(f"{SVG}text"):
                text.set("class", "al-drawn-outlined")
    for part in root.iter():
        _settle(part, used, kept, prefix)
        if part.tag == f"{SVG}image":
            _show(part, _picture(part.attrib.pop("href"), pictures or {}, folder, up))
    _drop_ground(root)
    box = [float(each) for each in root.attrib["viewBox"].split()]
    size = [round(POINT_PX * each) for each in box[2:]]
    root.attrib.clear()
    root.attrib.update(
        {
            "viewBox": " ".join(f"{each:g}" for each in box),
            "width": str(size[0]),
            "height": str(size[1]),
            "role": "img",
            "aria-label": label,
            "class": f"al-drawn al-drawn-{which}",
        }
    )
    _enlarge(root, LEAST_PX / min(POINT_PX, ROOM_PX[which] / box[2]))
    text = ET.tostring(root, encoding="unicode")
    return re.sub(r">\s+<", "><", text)


def _links(root: ET.Element) -> Iterator[str]:
    for part in root.iter():
        for name in (LINK, "href"):
            if part.get(name, "").startswith("#"):
                yield part.attrib[name]
        for value in part.attrib.values():
            yield from re.findall(r"url\((#[^)]+)\)", value)


def _settle(part: ET.Element, used: set[str], kept: set[str], prefix: str) -> None:
    """Turn style attributes, which the page's policy forbids, into others; name the colours."""
    for declaration in part.attrib.pop("style", "").split(";"):
        name, _, value = declaration.partition(":")
        name, value = name.strip(), value.strip()
        if name == "font-family" or not value:
            continue
        if name == "image-rendering":
            value = "pixelated"
        if name == "font":  # the short form is no attribute
            part.attrib.update(_font(value))
        else:
            part.set(name, value)
    for name in SHAPES & set(part.attrib) - {n for n in SHAPES if part.get(n) in kept}:
        part.set(name, coloured(part.attrib[name]))
    if "id" in part.attrib:
        old = part.attrib.pop("id")
        if old in used:
            part.set("id", f"{prefix}-{old}")
    for name, value in list(part.attrib.items()):
        if name == LINK:
            del part.attrib[LINK]
            name = "href"
        part.set(
            name,
            re.sub(r"^#|(?<=url\()#", f"#{prefix}-", value)
            if "#" in value
            and (value.startswith("url(") or (name == "href" and part.tag != f"{SVG}image"))
            else value,
        )
    if part.tag == f"{SVG}path" and "d" in part.attrib:
        part.set("d", _rounded(part.attrib["d"]))
    if part.text and not part.text.strip():
        part.text = None


def _enlarge(root: ET.Element, least: float) -> None:
    """Let no words be smaller than can be read; an exponent may be."""
    for text in root.iter(f"{SVG}text"):
        size = text.get("font-size", "").removesuffix("px")
        if size and float(size) < least:
            text.set("font-size", f"{least:.3g}px")


def _font(short: str) -> dict[str, str]:
    """Return the attributes that stand for a short form, such as ``italic 700 10px 'Lab Sans'``."""
    found = {}
    for word in short.split(" '")[0].split():
        if re.fullmatch(r"[\d.]+px", word):
            found["font-size"] = word
        elif word in ("italic", "oblique"):
            found["font-style"] = word
        elif word == "bold" or word.isdigit():
            found["font-weight"] = word
    return found


def _rounded(path: str) -> str:
    """Return a path with a hundredth of a point: nobody sees more."""
    short = re.sub(r"-?\d+\.\d+", lambda m: f"{float(m[0]):.2f}".rstrip("0").rstrip("."), path)
    return " ".join(short.split())


def _show(part: ET.Element, address: str) -> None:
    """Show a picture: a file as an ``img``, for SVG's ``image`` cannot wait for the reader."""
    if address.startswith("data:"):
        part.set("href", address)
        return
    part.tag = f"{SVG}foreignObject"
    about = {"class": "al-drawn-picture", "src": address, "alt": ""}
    size = {side: part.attrib[side].partition(".")[0] for side in SIDES}
    ET.SubElement(part, "img", {**about, **size, "loading": "lazy", "decoding": "async"})


def _picture(address: str, pictures: dict[str, str], folder: Path, up: str) -> str:
    if address.startswith("#"):
        small = base64.b64decode(pictures[address.removeprefix("#")])
    else:
        kind, _, text = address.partition(",")
        small = base64.b64decode(text)
        if "webp" not in kind:
            with Image.open(io.BytesIO(small)) as image:
                small = to_webp(image)
    if len(small) < SMALL:
        return "data:image/webp;base64," + base64.b64encode(small).decode()
    name = f"drawn-{hashlib.sha256(small).hexdigest()[:16]}.webp"
    keep(folder, name, lambda: small)
    return f"{up}{FOLDER}/{name}"


def _drop_ground(root: ET.Element) -> None:
    """Take the sheet of paper out: the first shape, as large as the figure."""
    for figure in root:
        for group in list(figure):
            path = group.find(f"{SVG}path")
            if path is not None and path.get("fill") in (GROUND, "var(--al-page)"):
                figure.remove(group)
                return


def both(found: dict[str, Any], label: str, folder: Path, up: str) -> str:
    """Return the drawings of a figure, for a page."""
    names = {"wide": "wide", "narrow": "narrow"} if "narrow" in found else {"wide": "only"}
    pictures = found.get("pictures")
    return "".join(
        drawing(found[which], label, name, folder, up, pictures) for which, name in names.items()
    )


def _put_in(app: Sphinx, docname: str, source: list[str]) -> None:
    """Give each output that carries drawings an HTML of them, before the chapter is read."""
    page = Path(app.env.doc2path(docname))
    folder = Path(app.outdir, FOLDER)
    up = "../" * docname.count("/")
    if page.suffix == ".md" and app.builder.format == "html":
        for found in FILE.finditer(source[0]):  # when the file is drawn anew, so is the page
            app.env.note_dependency(str(page.parent / found["file"]))
        source[0] = FILE.sub(lambda found: _inside(found, page.parent, folder, up), source[0])
    if page.suffix != ".ipynb":
        return
    notebook = json.loads(source[0])
    for cell in notebook["cells"]:
        about: dict[str, Any] = cell["metadata"].get("mystnb", {}).get("image", {})
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            found = data.pop(KIND, None)
            if found and app.builder.format == "html":
                html = both(found, about.get("alt", ""), folder, up)
                data["text/html"] = f'<div class="al-drawings">{html}</div>'
    source[0] = json.dumps(notebook)


def _inside(found: re.Match[str], here: Path, folder: Path, up: str) -> str:
    """Return a page's figure, where matplotlib drew it, as part of the page."""
    path = here / found["file"]
    svg = path.read_text(encoding="utf-8") if path.is_file() else ""
    if "Matplotlib" not in svg:  # another's drawing, or no file: Sphinx shows it, or warns
        return found[0]
    html = drawing(svg, found["alt"], "single", folder, up)
    return f'<div class="al-drawings">{html}</div>'


def setup(app: Sphinx) -> None:
    """Connect to the chapters as they are read."""
    app.connect("source-read", _put_in)
