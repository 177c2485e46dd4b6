"""Blockquotes that say where a statement comes from, or that ask the reader something.

`> **Paper, §3.1** — text` becomes a box whose icon, label and colour say: this is what the paper
says. In a notebook it stays what it is, a quotation with a bold label.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

from .details import Details

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

# The words that a label may begin with, and the class that each gives. First match wins.
KINDS = {
    "This chapter": "overview",
    "This assignment": "overview",
    "Paper": "paper",
    "Code of 2012": "code2012",
    "Today": "today",
    "Measured": "measured",
    "Predict": "predict",
    "Check": "predict",
    "Question": "predict",
    "Exercise": "exercise",
    "Note": "note",
}
HOLDS_ANSWERS = {"predict", "exercise"}
DASH = re.compile(r"^\s+[—–]\s+")


class Device(nodes.General, nodes.Element):
    """A box: `kind` is one of the values of KINDS, `label` the words in bold.

    `data`, where it is set, becomes the element's `data-` attributes.
    """


class MakeDevices(SphinxTransform):
    """Turn labelled quotations into devices, and give questions the answers that follow them."""

    default_priority = 310  # after details.JoinDetails

    def apply(self, **kwargs: object) -> None:
        """Rewrite the document in place."""
        for quote in list(self.document.findall(nodes.block_quote)):
            device = _device(quote)
            if device is not None:
                quote.replace_self(device)
        for device in list(self.document.findall(Device)):
            if device["kind"] in HOLDS_ANSWERS:
                _take_answers(device)


def drop_empty_text(paragraph: nodes.paragraph) -> None:
    """Remove the empty strings that the Markdown parser leaves before bold words."""
    for child in list(paragraph.children):
        if isinstance(child, nodes.Text) and not child.astext():
            paragraph.remove(child)


def _device(quote: nodes.block_quote) -> Device | None:
    paragraph = quote.children[0] if quote.children else None
    if not isinstance(paragraph, nodes.paragraph):
        return None
    drop_empty_text(paragraph)
    if len(paragraph.children) < 2:
        return None
    strong, text = paragraph.children[:2]
    if not isinstance(strong, nodes.strong) or not isinstance(text, nodes.Text):
        return None
    dash = DASH.match(text.astext())
    if dash is None:
        return None
    label = strong.astext()
    kind = next((kind for word, kind in KINDS.items() if re.match(rf"{word}\b", label)), None)
    if kind is None:
        logger.warning("unknown device %r; known: %s", label, ", ".join(KINDS), location=paragraph)
        return None
    rest = text.astext()[dash.end() :]
    if rest[:1].islower():  # the label no longer runs into the sentence
        rest = rest[0].upper() + rest[1:]
    paragraph.remove(strong)
    paragraph.replace(text, nodes.Text(rest))
    device = Device("", *quote.children, kind=kind, label=label)
    device.source, device.line = quote.source, quote.line
    if kind == "exercise":
        device["ids"].append(nodes.make_id(label))
    return device


def _take_answers(device: Device) -> None:
    while True:
        following = device.next_node(descend=False, siblings=True)
        if not isinstance(following, Details):
            return
        following.parent.remove(following)
        device += following


def _visit(self: HTML5Translator, node: Device) -> None:
    name = self.document.settings.env.new_serialno("al-device")
    label_id = f"device-{name + 1}"
    self.body.append(
        self.starttag(
            node,
            "div",
            CLASS=f"al-device al-device--{node['kind']}",
            role="note",
            **{"aria-labelledby": label_id},
            **{f"data-{name}": value for name, value in node.get("data", {}).items()},
        )
    )
    self.body.append(
        f'<p class="al-device__label" id="{label_id}">{self.encode(node["label"])}</p>\n'
    )


def _depart(self: HTML5Translator, node: Device) -> None:
    self.body.append("</div>\n")


def setup(app: Sphinx) -> None:
    """Register the node and its transform."""
    app.add_node(Device, html=(_visit, _depart))
    app.add_transform(MakeDevices)
