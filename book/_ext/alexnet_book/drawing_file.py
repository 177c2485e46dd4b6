"""The drawing of the network as a file of its own, to download: its colours, its licence inside.

The page's style sheet colours the drawing by variables and mixtures, which only a browser knows.
The file gets the same rules with plain colours, by day, so that Inkscape and slides show it too.
"""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import tinycss2

from .drawing import FILE, wide_drawing
from .drawn import STYLES, TOKEN

if TYPE_CHECKING:
    from sphinx.application import Sphinx

RULES = STYLES.with_name("alexnet-lab-pages.css")
LICENCE = "https://opensource.org/license/bsd-3-clause"


def standalone(address: str = "") -> str:
    """Return the drawing as an SVG document.

    Parameters
    ----------
    address : str
        Where the book is, for the file's note of its origin.
    """
    drawing = wide_drawing()
    label = re.search(r'aria-label="([^"]*)"', drawing)
    body = drawing.partition(">")[2].removesuffix("</svg>")
    box = re.search(r'viewBox="0 0 (\d+) (\d+)"', drawing)
    if label is None or box is None:
        raise ValueError("the drawing has no label, or no size")
    about = (
        "<title>AlexNet (2012): two towers on two GPUs</title>"
        f"<desc>{label[1]}</desc>"
        '<metadata><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns:cc="http://creativecommons.org/ns#" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        '<cc:Work rdf:about=""><dc:creator>The AlexNet Lab contributors</dc:creator>'
        f'<dc:source>{address}</dc:source><cc:license rdf:resource="{LICENCE}"/>'
        "</cc:Work></rdf:RDF></metadata>"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {box[1]} {box[2]}" '
        f'width="{box[1]}" height="{box[2]}" font-family="Source Sans 3, Helvetica, Arial, '
        f'sans-serif">{about}<style>{style()}</style>'
        f'<rect width="100%" height="100%" fill="{_days()["--al-page"]}"/>{body}</svg>\n'
    )


def style() -> str:
    """Return the page's rules for the drawing, in what every program with SVG understands."""
    days, said = _days(), []
    rules: list[tuple[str, str]] = []
    for rule in tinycss2.parse_stylesheet(RULES.read_text(encoding="utf-8"), True, True):
        if rule.type == "qualified-rule":
            declared = tinycss2.serialize(rule.content)
            for selector in re.split(r",\s*(?=\.al-network)", tinycss2.serialize(rule.prelude)):
                inside = selector.strip().removeprefix(".al-network ")
                if inside != selector.strip():
                    rules += [(plain, declared) for plain in _plain(inside)]
    towers = {s: m[1] for s, d in rules if (m := re.search(r"--al-tower: var\(([^)]+)\)", d))}
    for plain, declared in rules:
        if plain in towers:
            continue
        if "var(--al-tower)" not in declared:
            said.append(f"{plain}{{{_colours(declared, days)}}}")
            continue
        for tower, name in towers.items():
            # The name of a tower bears the class itself; a block's parts lie below it.
            within = f"{plain}{tower}" if "text" in plain else f"{tower} {plain}"
            said.append(f"{within}{{{_colours(declared, {**days, '--al-tower': days[name]})}}}")
    return "".join(said)


def _plain(selector: str) -> list[str]:
    """Write ``text:is(.a, .b)`` out as ``text.a`` and ``text.b``."""
    parts = re.split(r":is\(([^)]*)\)", selector)
    choices = [[p] if i % 2 == 0 else p.split(", ") for i, p in enumerate(parts)]
    return ["".join(choice) for choice in product(*choices)]


def _days() -> dict[str, str]:
    return dict(TOKEN.findall(STYLES.read_text(encoding="utf-8")))


def _colours(declared: str, values: dict[str, str]) -> str:
    text = re.sub(r"var\((--al-[a-z0-9-]+)\)", lambda m: values.get(m[1], m[0]), declared)
    mixture = r"color-mix\(in srgb, (#\w{6}) (\d+)%, (#\w{6})\)"
    return " ".join(re.sub(mixture, lambda m: _mixed(m[1], int(m[2]), m[3]), text).split())


def _mixed(one: str, percent: int, other: str) -> str:
    pairs = zip(bytes.fromhex(one[1:]), bytes.fromhex(other[1:]), strict=True)
    return "#" + bytes(round((a * percent + b * (100 - percent)) / 100) for a, b in pairs).hex()


def _write(app: Sphinx, error: Exception | None) -> None:
    if error or app.builder.format != "html":
        return
    target = Path(app.outdir, "_static", FILE)
    target.write_text(standalone(app.config.html_baseurl), encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Write the file when the pages are written."""
    app.connect("build-finished", _write)
