"""Tables: on a phone each row a card, or a first column that stays; verdicts as chips.

Every table of the page is judged by what stands in it, whether Markdown or a cell's output made it:
one that a phone cannot hold gets a class, and its cells the heads of their columns. A verdict is
bold text that is one of the words of `alexnet_lab.experiments`; nothing else marks it, so the same
Markdown reads well on GitHub.
"""

from __future__ import annotations

import re
from html import escape, unescape
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.transforms import SphinxTransform

from alexnet_lab.experiments.design import claim

from .spacing import together

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
CARDS, GRID, VERDICTS = "al-cards", "al-grid", "al-verdicts"
PHONE = 38  # characters of a row on a phone, blanks between columns included
GAP = 2  # characters of such a blank
SENTENCE = 34  # characters: more, and a cell is read as a sentence
MOST_CARDS = 20  # rows; numbers in more of them are compared down the columns
TABLE = re.compile(r"<table\b.*?</table>", re.DOTALL)
ROW = re.compile(r"<tr\b.*?</tr>", re.DOTALL)
CELL = re.compile(r"<(?P<tag>t[hd])\b[^>]*>(?P<content>.*?)</(?P=tag)>", re.DOTALL)
OUTPUT_VERDICT = re.compile(r"<strong>([^<]+)</strong>")  # in a cell's output: no node marks it
NUMBER = re.compile(r"[\d.,–]+")  # as a card's title it needs its column's head: "week 3"
AS_WRITTEN = re.compile(r"(<code\b.*?</code>|<pre\b.*?</pre>|<[^>]*>)", re.DOTALL)
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
                if VERDICTS not in table["classes"]:
                    table["classes"].append(VERDICTS)


def kind_of(table: str) -> str:
    """Return the class of a table that a phone cannot hold: cards, or a grid; else nothing.

    Parameters
    ----------
    table : str
        HTML. Only a table with one row of heads and no merged cells can be cut into cards.
    """
    head, _, _ = table.partition("</thead>")
    rows = [[_words(cell["content"]) for cell in CELL.finditer(row)] for row in ROW.findall(table)]
    if len(ROW.findall(head)) != 1 or not rows[0] or re.search(r"\b(?:col|row)span=", table):
        return ""
    columns = list(zip(*(row for row in rows if len(row) == len(rows[0])), strict=True))
    narrowest = sum(
        max(len(word) for cell in column for word in cell.split() or [""]) + GAP
        for column in columns
    )
    longest = max(len(cell) for column in columns for cell in column)
    if narrowest <= PHONE and (len(columns) < 3 or longest < SENTENCE):
        return ""
    return GRID if len(rows) > MOST_CARDS and longest < SENTENCE else CARDS


def for_a_phone(table: str) -> str:
    """Return a table with its class; of cards, each cell has the head of its column."""
    kind = kind_of(table)
    if not kind:
        return table
    if re.match(r"<table\b[^>]*\bclass=", table):
        table = re.sub(r'(<table\b[^>]*\bclass=")', rf"\1{kind} ", table, count=1)
    else:
        table = table.replace("<table", f'<table class="{kind}"', 1)
    if kind == GRID:
        return table
    first = ROW.findall(table)[0]
    labels = [_words(cell["content"]) for cell in CELL.finditer(first)]
    if len(labels) == 2:  # a name and what it is: the label would say the same on each card
        labels[1] = ""
    head, end, body = table.partition("</thead>")
    titles = [_words(cell[0]) for row in ROW.findall(body) if (cell := CELL.search(row))]
    if not all(NUMBER.fullmatch(title) for title in titles):
        labels[0] = ""  # a recipe called 2012 among others is a name
    return head + end + ROW.sub(lambda row: _labelled(row[0], labels), body)


def spaced(table: str) -> str:
    """Return a table whose words keep together what prose does: an output's are in no node."""
    parts = AS_WRITTEN.split(table)
    return "".join(part if place % 2 else together(part) for place, part in enumerate(parts))


def _words(cell: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", "", cell)).split())


def _labelled(row: str, labels: list[str]) -> str:
    names = iter(labels)

    def one(cell: re.Match[str]) -> str:
        label = next(names, "")
        words = _words(cell["content"])
        if "al-verdict" in cell["content"]:
            label = ""  # a chip says what it is
        elif not words and "<img" not in cell["content"]:
            label = ""  # nothing is there to be named
        tag, opening = cell["tag"], cell[0][: cell.start("content") - cell.start()]
        given = opening.removeprefix(f"<{tag}")
        about = f'data-label="{escape(together(label))}"'
        return f"<{tag} {about}{given}<div>{cell['content']}</div></{tag}>"

    return CELL.sub(one, row)


def _chip(match: re.Match[str]) -> str:
    kind = CHIPS.get(unescape(match[1]))
    return (
        f'<strong class="al-verdict al-verdict--{kind}">{match[1]}</strong>' if kind else match[0]
    )


def _write(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    body = context.get("body") or ""
    body = EMPTY_HEAD.sub('<td class="head"></td>', body)
    body = OUTPUT_VERDICT.sub(_chip, body)
    context["body"] = TABLE.sub(lambda match: for_a_phone(spaced(match[0])), body)


def setup(app: Sphinx) -> None:
    """Register the transform, and connect to the pages as they are written."""
    app.add_transform(MarkVerdicts)
    app.connect("html-page-context", _write)
