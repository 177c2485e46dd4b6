"""Where a line may end, on a page of any width.

Not between a number and its unit, nor within "Figure 2" or an interval, nor between a formula and
its comma, nor within a short word of code (``--resume``). But a sentence that a cell printed may:
it goes on in the next line. Chapters are written with plain blanks, to read well as Markdown.
Explorers write their own text in the page, by the same rule (widgets/_runtime/spacing-core.js).
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx

BLANK = "\N{NO-BREAK SPACE}"
# What is known by its number: "Figure 2", "row 5".
NUMBERED = (
    "arm|assignment|channel|chapter|column|epoch|exercise|figure|filter|kernel|layer|map|part"
    "|question|row|section|seed|stage|step|table|tower|unit"
)
TOGETHER = re.compile(
    r"(?<=\d) (?=(?:%|[kMG]?B|[kMG]|ms|s|min|px)(?!\w))"  # 15.3 %, 8 MB, 61 M
    r"|(?<=\d) (?=[×x→–/±−] ?\d)|(?<=\d [×x→–/±−]) (?=\d)|(?<=×) (?=10[⁻⁰¹²³⁴-⁹])"  # 224 × 224
    r"|(?<=\b[a-zα-ω]) (?=[=<>≤≥] ?[\d−-])|(?<=\b[a-zα-ω] [=<>≤≥]) (?=[\d−-])"  # s = 2
)
NAMED = re.compile(rf"\b({NUMBERED}) (?=\d)", re.IGNORECASE)
INTERVAL = re.compile(  # −0.76 [−3.39, 1.87], 2.2 [2.2, ∞), N(0, 0.01)
    r"(?:(?<=\d) (?=\[))?(?:[\[(][−-]?[\d.,]*\d|\([−-]∞), (?:[−-]?[\d.,]*\d[\])]|∞\))"
)
CLOSING = re.compile(r"[,.;:!?)’”]+")
HYPHENED = re.compile(r"(\b(?:\w-\w+|\w+(?:-\d+)+)\b)")  # t-interval, CIFAR-10, top-5
LONG = re.compile(r"(\S{30,})")  # an address, written out
# A word of code that is longer may have to break where a column is narrow.
WHOLE = 20  # characters
CODE_WORD = re.compile(r'<span class="pre">([^<]+)</span>')
OUTPUT = re.compile(
    r'(<div class="output (?:stream|text_plain)[^"]*"><div class="highlight"><pre)>(.*?)</pre>',
    re.DOTALL,
)
COLUMNS = re.compile(r"\S {2,}\S|^ ", re.MULTILINE)
VERBATIM = (nodes.literal, nodes.literal_block, nodes.math, nodes.math_block, nodes.raw)


def together(text: str) -> str:
    """Return a text in which no line ends within a number and its unit, a name or an interval.

    Parameters
    ----------
    text : str
        A piece of prose.
    """
    text = NAMED.sub(rf"\1{BLANK}", TOGETHER.sub(BLANK, text))
    return INTERVAL.sub(lambda found: found[0].replace(" ", BLANK), text)


def _pieces(text: str) -> Iterator[nodes.Node]:
    """Yield the text; what must not break, and what may break anywhere, in elements."""
    for place, words in enumerate(LONG.split(text)):
        if place % 2:
            yield nodes.inline("", words, classes=["al-long"])
            continue
        for number, piece in enumerate(HYPHENED.split(words)):
            if number % 2:
                yield nodes.inline("", piece, classes=["al-together"])
            elif piece:
                yield nodes.Text(piece)


class KeepTogether(SphinxPostTransform):
    """Put no-break spaces into the prose, and punctuation beside the formula before it."""

    default_priority = 900
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Rewrite the document in place."""
        for formula in list(self.document.findall(nodes.math)):
            after = formula.next_node(descend=False, siblings=True)
            if isinstance(after, nodes.Text) and (mark := CLOSING.match(after)):
                formula["closed_by"] = mark[0]  # mathml.py writes it
                after.parent.replace(after, nodes.Text(after[mark.end() :]))
        for text in list(self.document.findall(nodes.Text)):
            if isinstance(text.parent, VERBATIM):
                continue
            kept = together(text)
            if kept != text or HYPHENED.search(text) or LONG.search(text):
                text.parent.replace(text, list(_pieces(kept)))


def is_prose(printed: str) -> bool:
    """Return whether nothing in an output stands in a column below something else.

    Parameters
    ----------
    printed : str
        The text; several lines, perhaps.
    """
    lines = printed.strip("\n")
    return "\n" not in lines or not COLUMNS.search(lines)


def _mark_word(match: re.Match[str]) -> str:
    long = len(unescape(match[1])) > WHOLE
    return f'<span class="pre al-long">{match[1]}</span>' if long else match[0]


def _mark_output(match: re.Match[str]) -> str:
    printed = unescape(re.sub(r"<[^>]+>", "", match[2]))
    return f'{match[1]} class="al-said">{match[2]}</pre>' if is_prose(printed) else match[0]


def _write(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    if body := context.get("body"):
        context["body"] = OUTPUT.sub(_mark_output, CODE_WORD.sub(_mark_word, body))


def setup(app: Sphinx) -> None:
    """Register the transform, and connect to the pages as they are written."""
    app.add_post_transform(KeepTogether)
    app.connect("html-page-context", _write)
