"""`<details>` in a chapter: the Markdown inside is the book's, so the element becomes a real node.

Markdown sees an opening tag, paragraphs, and a closing tag as strangers to each other. Joined into
one node they can be moved (an answer belongs in its question's box), styled, and checked for
balance.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

OPENING = re.compile(r"\s*<details[^>]*>\s*<summary>(?P<summary>.*?)</summary>\s*", re.DOTALL)
CLOSING = re.compile(r"\s*</details>\s*")
TAG = re.compile(r"</?details\b")


class Details(nodes.General, nodes.Element):
    """A disclosure: `summary` is its label (inline HTML), the children are what it hides."""


class JoinDetails(SphinxTransform):
    """Join the opening tag, what follows, and the closing tag into one node."""

    default_priority = 300

    def apply(self, **kwargs: object) -> None:
        """Walk every parent that has an opening tag among its children."""
        for parent in list(self.document.findall(nodes.Element)):
            if any(_is_raw(child, OPENING) for child in parent.children):
                _join(parent)
        for raw in self.document.findall(nodes.raw):
            if TAG.search(raw.astext()):
                logger.warning(
                    "<details> is not as the conventions ask: a line <details>, a line "
                    "<summary>…</summary>, an empty line, the text, an empty line, </details>",
                    location=raw,
                )


def _is_raw(node: nodes.Node, pattern: re.Pattern[str]) -> bool:
    return isinstance(node, nodes.raw) and pattern.fullmatch(node.astext()) is not None


def _join(parent: nodes.Element) -> None:
    children: list[nodes.Node] = []
    current: Details | None = None
    for child in parent.children:
        if current is None and _is_raw(child, OPENING):
            match = OPENING.fullmatch(child.astext())
            current = Details(summary=match["summary"].strip() if match else "")
            current.source, current.line = child.source, child.line
        elif current is not None and _is_raw(child, CLOSING):
            children.append(current)
            current = None
        elif current is not None:
            current += child
        else:
            children.append(child)
    if current is not None:  # never closed among its siblings: put it back, the check above speaks
        children += [nodes.raw("", "<details>", format="html"), *current.children]
        children[-1 - len(current.children)].source = current.source
        children[-1 - len(current.children)].line = current.line
    parent.children = []
    parent.extend(children)


def _kind(summary: str) -> str:
    word = re.split(r"\W", summary, maxsplit=1)[0].lower()
    return word if word in {"answer", "hint", "solution", "feedback"} else "other"


def _visit(self: HTML5Translator, node: Details) -> None:
    self.body.append(
        f'<details class="al-details al-details--{_kind(node["summary"])}">'
        f'<summary>{node["summary"]}</summary><div class="al-details__body">'
    )


def _depart(self: HTML5Translator, node: Details) -> None:
    self.body.append("</div></details>\n")


def setup(app: Sphinx) -> None:
    """Register the node and its transform."""
    app.add_node(Details, html=(_visit, _depart))
    app.add_transform(JoinDetails)
