r"""Markdown to what other programs take: HTML, or plain words.

Formulas become ``\(…\)``, which Moodle, Anki and MathJax read; a link to another page of the book
becomes its words, since there is no such page where the question goes.
"""

from __future__ import annotations

import html
import re

from markdown_it import MarkdownIt

MATH = re.compile(r"(?<![\\$])\$\$(?P<block>.+?)\$\$|(?<![\\$])\$(?P<inline>[^$\n]+?)\$", re.S)
RELATIVE = re.compile(r"\[(?P<text>[^\]]+)\]\((?!https?:)[^)]*\)")
# What stands for a formula while the Markdown is read; prose has no such characters.
OPEN, CLOSE = "\ue000", "\ue001"


def to_html(markdown: str) -> str:
    r"""Return HTML that is also XML: paragraphs, lists, emphasis, code, links to other sites.

    Examples
    --------
    >>> from alexnet_lab.quiz.text import to_html
    >>> to_html("Is $a < b$ *so*?")
    '<p>Is \\(a &lt; b\\) <em>so</em>?</p>'
    """
    formulas: list[str] = []

    def keep(match: re.Match[str]) -> str:
        text = match["inline"] or match["block"]
        formulas.append(rf"\({text.strip()}\)" if match["inline"] else rf"\[{text.strip()}\]")
        return f"{OPEN}{len(formulas) - 1}{CLOSE}"

    reader = MarkdownIt("commonmark", {"html": False, "xhtmlOut": True})
    text = reader.render(RELATIVE.sub(r"\g<text>", MATH.sub(keep, markdown))).strip()
    # The few tags that Markdown has no sign for and our pages write as HTML.
    text = re.sub(r"&lt;(/?(?:em|strong|code|sub|sup))&gt;", r"<\1>", text)
    return re.sub(
        f"{OPEN}(\\d+){CLOSE}", lambda found: html.escape(formulas[int(found[1])], False), text
    )


def to_inline(markdown: str) -> str:
    """Return HTML without the paragraph around it, where there is just one."""
    text = to_html(markdown)
    return text[3:-4] if text.count("<p>") == 1 and text.startswith("<p>") else text


def sentence(markdown: str) -> str:
    """Return a feedback, which goes on after "**B**: ", as a sentence of its own."""
    return markdown[:1].upper() + markdown[1:]


def to_plain(markdown: str) -> str:
    r"""Return the words alone, on one line.

    Examples
    --------
    >>> from alexnet_lab.quiz.text import to_plain
    >>> to_plain("Is `a` *so*?\n\n- yes")
    'Is a so? yes'
    """
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", to_html(markdown))).split()).replace(
        " ?", "?"
    )
