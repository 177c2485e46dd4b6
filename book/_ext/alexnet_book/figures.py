"""A paragraph `**Figure 1.2.** …` right after a plot is its caption; mentions link to it.

A page without a number has a letter in its place, or its file's name: Figure L.1, Figure A0.1.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

from .devices import drop_empty_text

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

NUMBER = r"(?:\d+|[A-Z]\d*)\.\d+"
CAPTION = re.compile(rf"Figure ({NUMBER})\.?")
MENTION = re.compile(rf"\b(?:Figure|Exercise) {NUMBER}\b")


class Figure(nodes.General, nodes.Element):
    """An output and its caption."""


class Caption(nodes.General, nodes.TextElement):
    """The caption of a Figure."""


class MakeFigures(SphinxTransform):
    """Join captions to the outputs before them, then link mentions of figures and exercises."""

    default_priority = 320  # after devices.MakeDevices, which names the exercises

    def apply(self, **kwargs: object) -> None:
        """Rewrite the document in place."""
        for paragraph in list(self.document.findall(nodes.paragraph)):
            number = _number(paragraph)
            if number:
                _attach(paragraph, number)
        ids = {name for node in self.document.findall(nodes.Element) for name in node["ids"]}
        for text in list(self.document.findall(nodes.Text)):
            if _is_prose(text):
                _link(text, ids)


def _number(paragraph: nodes.paragraph) -> str | None:
    drop_empty_text(paragraph)
    first = paragraph.children[0] if paragraph.children else None
    if not isinstance(first, nodes.strong):
        return None
    match = CAPTION.fullmatch(first.astext())
    return match[1] if match else None


def _attach(paragraph: nodes.paragraph, number: str) -> None:
    siblings = paragraph.parent.children
    place = siblings.index(paragraph)
    cell = siblings[place - 1] if place else None
    output = None
    if isinstance(cell, nodes.container) and cell.get("nb_element") == "cell_code":
        output = next((c for c in cell.children if c.get("nb_element") == "cell_code_output"), None)
    if output is None:
        logger.warning("Figure %s: no plot right before its caption", number, location=paragraph)
        return
    caption = Caption("", "", *paragraph.children)
    paragraph.parent.remove(paragraph)
    figure = Figure(ids=[nodes.make_id(f"figure-{number}")])
    cell.replace(output, figure)
    figure += [output, caption]


def _is_prose(text: nodes.Text) -> bool:
    parent: nodes.Node | None = text.parent
    if not isinstance(parent, nodes.paragraph | nodes.emphasis | nodes.entry | nodes.Text):
        return False
    while parent is not None:
        if isinstance(parent, nodes.reference | nodes.literal | nodes.title | Caption):
            return False
        parent = parent.parent
    return True


def _link(text: nodes.Text, ids: set[str]) -> None:
    content, pieces, end = text.astext(), [], 0
    for match in MENTION.finditer(content):
        name = nodes.make_id(match[0])
        if name not in ids:
            continue
        pieces.append(nodes.Text(content[end : match.start()]))
        pieces.append(nodes.reference("", match[0], internal=True, refid=name))
        end = match.end()
    if pieces:
        text.parent.replace(text, [*pieces, nodes.Text(content[end:])])


def _visit_figure(self: HTML5Translator, node: Figure) -> None:
    self.body.append(self.starttag(node, "figure", CLASS="al-figure"))


def _depart_figure(self: HTML5Translator, node: Figure) -> None:
    self.body.append("</figure>\n")


def _visit_caption(self: HTML5Translator, node: Caption) -> None:
    self.body.append("<figcaption>")


def _depart_caption(self: HTML5Translator, node: Caption) -> None:
    self.body.append("</figcaption>")


def setup(app: Sphinx) -> None:
    """Register the nodes and their transform."""
    app.add_node(Figure, html=(_visit_figure, _depart_figure))
    app.add_node(Caption, html=(_visit_caption, _depart_caption))
    app.add_transform(MakeFigures)
