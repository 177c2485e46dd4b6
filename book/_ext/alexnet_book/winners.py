"""`{winners} FILE.yml`: the winners' errors by year, as a drawing and as a table of one source."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import yaml
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from sphinx.application import Sphinx

WIDTH, LINE, LEFT, LONGEST = 340, 40, 48, 212  # pixels of a phone
PLACES = {"arxiv.org": "its paper", "papers.nips.cc": "the paper, Table 2"}
PLACES |= {"doi.org": "the challenge's history", "image-net.org": "the challenge's results"}


@dataclass(frozen=True)
class Winner:
    """The best entry of a year: top-5 error on the test set, in percent, and who says so."""

    year: int
    entry: str
    kind: str
    error: float
    source: str
    second: float | None = None


def winners(file: Path) -> list[Winner]:
    """Return the entries of a file, in the order of their years."""
    found = [Winner(**row) for row in yaml.safe_load(file.read_text(encoding="utf-8"))]
    return sorted(found, key=lambda one: one.year)


def drawing(found: list[Winner]) -> str:
    """Return a bar a year, with its entry and its error; the best of the others as a frame."""
    most = max(max(one.error, one.second or 0) for one in found)
    said = ", ".join(f"{one.error} % in {one.year}" for one in found)
    alt = f"Top-5 errors of the winners, one bar a year: {said}. The largest fall is to 2012."
    high = LINE * len(found) + 4
    size = f'viewBox="0 0 {WIDTH} {high}"'
    label = f'role="img" aria-label="{escape(alt)}"'
    parts = [f'<svg class="al-chart al-winners" {size} {label}>']
    for number, one in enumerate(found):
        top = LINE * number
        parts.append(f'<text class="year" x="0" y="{top + 33}">{one.year}</text>')
        parts.append(f'<text x="{LEFT}" y="{top + 16}">{escape(one.entry)}</text>')
        bars = [(one.kind, one.error, f"{one.error} %")]
        if one.second is not None:
            bars.insert(0, ("second", one.second, f"next: {one.second} %"))
        for kind, error, words in bars:
            wide = round(LONGEST * error / most, 1)
            place = f'x="{LEFT}" y="{top + 22}" width="{wide}" height="13" rx="2"'
            parts.append(f'<rect class="{kind}" {place}/>')
            parts.append(f'<text x="{LEFT + wide + 5:.1f}" y="{top + 33}">{words}</text>')
    return "".join([*parts, "</svg>"])


def table(found: list[Winner]) -> list[str]:
    """Return the lines of a table in Markdown."""
    lines = ["| year | best entry | top-5 error | source |", "|---|---|---|---|"]
    for one in found:
        place = PLACES[urlsplit(one.source).netloc]
        lines.append(f"| {one.year} | {one.entry} | {one.error} % | [{place}]({one.source}) |")
    return lines


class Winners(SphinxDirective):
    """The drawing, with the directive's content as its caption, and the table."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the drawing and the table."""
        _, path = self.env.relfn2path(self.arguments[0])
        self.env.note_dependency(path)
        found = winners(Path(path))
        caption, rows = nodes.container(), nodes.container()
        self.state.nested_parse(self.content, self.content_offset, caption)
        self.state.nested_parse(StringList(table(found), source=path), 0, rows)
        return [
            nodes.raw("", f"<figure>{drawing(found)}<figcaption>", format="html"),
            *caption.children,
            nodes.raw("", "</figcaption></figure>", format="html"),
            *rows.children,
        ]


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("winners", Winners)
