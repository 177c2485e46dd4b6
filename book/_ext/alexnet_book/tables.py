"""Tables: verdicts as chips, a table of verdicts as cards on a phone, no head that heads nothing.

A verdict is bold text that is one of the words of `alexnet_lab.experiments`; nothing else marks it,
so the same Markdown reads well on GitHub.
"""

from __future__ import annotations

import re
from html import escape, unescape
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.transforms import SphinxTransform

from alexnet_lab.experiments.design import claim

if TYPE_CHECKING:
    from sphinx.application import Sphinx

CHIPS = {
    claim.REPRODUCED: "yes",
    claim.AT_SMALL_SCALE: "small",
    claim.CONTRADICTED: "no",
    claim.SMALLER: "no",
    claim.UNTESTABLE: "cannot",
    claim.UNDECIDED: "open",
}
CARDS = "al-cards"
TABLE = re.compile(rf'<table class="[^"]*\b{CARDS}\b.*?</table>', re.DOTALL)
ROW = re.compile(r"<tr\b.*?</tr>", re.DOTALL)
CELL = re.compile(r"<t[hd]\b[^>]*>(.*?)</t[hd]>", re.DOTALL)
EMPTY_HEAD = re.compile(r'<th class="head">(?:<p></p>|\s)*</th>')


class MarkVerdicts(SphinxTransform):
    """Give verdicts their class, and the tables whose cells they are."""

    default_priority = 350

    def apply(self, **kwargs: object) -> None:
        """Rewrite the document in place."""
        for strong in self.document.findall(nodes.strong):
            kind = CHIPS.get(strong.astext())
            if not kind:
                continue
            strong["classes"] += ["al-verdict", f"al-verdict--{kind}"]
            cell = strong.parent.parent
            if isinstance(cell, nodes.entry) and cell.astext() == strong.astext():
                table = cell.parent.parent.parent.parent
                if CARDS not in table["classes"]:
                    table["classes"].append(CARDS)


def with_labels(table: str) -> str:
    """Return a table whose cells carry the heads of their columns, for a card to show."""
    labels = [_words(cell) for cell in CELL.findall(ROW.findall(table)[0])]
    return ROW.sub(lambda row: _labelled(row[0], labels), table)


def _words(cell: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", cell)).strip()


def _labelled(row: str, labels: list[str]) -> str:
    names = iter(labels)
    return re.sub(r"<td\b", lambda _: f'<td data-label="{escape(next(names, ""))}"', row)


def _write(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    body = context.get("body") or ""
    body = EMPTY_HEAD.sub('<td class="head"></td>', body)
    context["body"] = TABLE.sub(lambda match: with_labels(match[0]), body)


def setup(app: Sphinx) -> None:
    """Register the transform, and connect to the pages as they are written."""
    app.add_transform(MarkVerdicts)
    app.connect("html-page-context", _write)
