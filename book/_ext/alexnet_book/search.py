"""The search's index: the prose of every section, as readers see it, in one file.

Sphinx's own index knows no numbers, weighs words by how often they occur, and fetches each page
that it found for an excerpt, which a copy on disk cannot. Here `_static/search-index.js` holds the
text; the page (book/_static/search.js) ranks it with MiniSearch.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from sphinx.search.en import SearchEnglish

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx

INDEX = "_static/search-index.js"
ALIASES = "book/search-aliases.yml"
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
# What is no prose: pictures, buttons, what only a screen reader or a script is told.
SILENT_TAGS = {"button", "noscript", "script", "style", "svg", "nav"}
SILENT_CLASSES = {"headerlink", "al-widget", "al-executed", "copybtn", "autosummary"}
SILENT_CLASSES |= {"collapsed", "expanded"}  # what a fold is called
# Found, but quoted in no excerpt.
CODE_CLASSES = {"cell_input", "cell_output", "highlight", "al-device--overview"}
# An element beside which words do not touch.
INLINE = {"a", "abbr", "b", "code", "em", "i", "kbd", "mark", "span", "strong", "sub", "sup", "q"}
INLINE |= {"math", "mi", "mn", "mo", "mrow", "mspace", "mstyle", "msub", "msup", "mtext"}
# Names longer than `net` and `for`, and numbers that are counts: nobody looks for a loss of 0.8123.
CODE_WORD = re.compile(r"[^\W\d]\w{3,}|(?<![\d.,])\d[\d,]*\d\d(?![.,]?\d)")


@dataclass
class Section:
    """What stands under one heading, or beside one term of the glossary."""

    anchor: str
    title: str = ""
    text: list[str] = field(default_factory=list)
    code: list[str] = field(default_factory=list)
    short: bool = False  # an entry of the reference: found by its name and its first sentence

    def entry(self) -> tuple[str, str, str, str]:
        """Return anchor, title, prose, and the words that only the code has."""
        title, text = _plain(self.title), _plain("".join(self.text))
        if self.short:
            return self.anchor, title, text.partition(". ")[0][:200], ""
        known = set(CODE_WORD.findall(f"{title} {text}"))
        words = dict.fromkeys(CODE_WORD.findall(" ".join(self.code)))
        return self.anchor, title, text, " ".join(word for word in words if word not in known)


class _Article(HTMLParser):
    """Cuts the article of a page into sections, in one pass."""

    def __init__(self) -> None:
        super().__init__()
        self.sections: list[Section] = []
        self.open: list[tuple[str, str]] = []  # element, and what it makes of its text
        self.anchors: list[str] = []  # of the sections around
        self.terms = ""  # of the glossary, which share one meaning

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where text belongs from here on."""
        if not self.open and not (
            tag == "article" and "bd-article" in (dict(attrs).get("class") or "")
        ):
            return
        given = dict(attrs)
        classes = set((given.get("class") or "").split())
        kind = self.open[-1][1] if self.open else "text"
        anchor = given.get("id") or ""
        if tag == "section":
            self.anchors.append(anchor)
        if kind == "silent" or tag in SILENT_TAGS or classes & SILENT_CLASSES:
            kind = "silent"
        elif tag in HEADINGS:
            kind = "title"
            self.sections.append(Section(anchor or (self.anchors[-1] if self.anchors else "")))
        elif tag == "dt" and anchor.startswith("term-"):
            kind = "title"
            last = self.sections[-1]
            if last.anchor.startswith("term-") and not "".join(last.text).strip():
                last.title += ", "  # another word for the same
            else:
                self.sections.append(Section(anchor))
        elif tag == "dt" and "sig" in classes and anchor:  # a name of the reference
            self.sections.append(Section(anchor, anchor.rpartition(".")[2], short=True))
            kind = "code"
        elif classes & CODE_CLASSES:
            kind = "code"
        if tag not in VOID:
            self.open.append((tag, kind))
        if tag not in INLINE:
            self._add(" ")

    def handle_endtag(self, tag: str) -> None:
        """Go back to where text belonged before."""
        if not self.open or tag in VOID:
            return
        while self.open and self.open.pop()[0] != tag:
            pass  # an element whose end may be left out
        if tag == "section" and self.anchors:
            self.anchors.pop()
        if tag not in INLINE:
            self._add(" ")

    def handle_data(self, data: str) -> None:
        """Put the text where it belongs."""
        self._add(data)

    def _add(self, data: str) -> None:
        kind = self.open[-1][1] if self.open else "silent"
        if not self.sections or kind == "silent":
            return
        section = self.sections[-1]
        if kind == "title":
            section.title += data
        else:
            (section.code if kind == "code" else section.text).append(data)


def sections_of(page: str) -> Iterator[tuple[str, str, str, str]]:
    """Return anchor, title, prose and words of code of each section of a page.

    Parameters
    ----------
    page : str
        The whole page, as HTML.
    """
    reader = _Article()
    reader.feed(page)
    return (section.entry() for section in reader.sections)


def _plain(text: str) -> str:
    text = re.sub(r"[\u2061-\u2064\xad]", "", text)  # marks of formulas that nobody sees
    return re.sub(r" (?=[,.;:!?)](?:\s|$))", "", " ".join(text.split()))


def _without_sphinx_index(app: Sphinx) -> None:
    if app.builder.format == "html" and app.config.templates_path:
        app.builder.search = False  # type: ignore[attr-defined]


def _page(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    if app.builder.format == "html" and app.config.templates_path:
        yield "search", {}, "search.html"


def _write(app: Sphinx, error: Exception | None) -> None:
    if error or app.builder.format != "html" or not app.config.templates_path:
        return
    pages, entries = [], []
    for document in sorted(app.env.found_docs):
        address = app.builder.get_target_uri(document)
        page = Path(app.outdir, address).read_text(encoding="utf-8")
        found = list(sections_of(page))
        entries += [(len(pages), *entry) for entry in found]
        pages.append((address, found[0][1] if found else document))
    file = Path(app.confdir, ALIASES)
    aliases = yaml.safe_load(file.read_text(encoding="utf-8")) if file.is_file() else {}
    index = {"pages": pages, "sections": entries, "aliases": aliases}
    text = json.dumps(index, ensure_ascii=False, separators=(",", ":"))
    stemmer = SearchEnglish.js_stemmer_code.strip()
    Path(app.outdir, "searchindex.js").unlink(missing_ok=True)  # of an earlier build
    Path(app.outdir, INDEX).write_text(
        f'"use strict";\n{stemmer}\nglobalThis.alexnetLabIndex = {text};\n', encoding="utf-8"
    )


def setup(app: Sphinx) -> None:
    """Replace Sphinx's index and its page."""
    app.connect("builder-inited", _without_sphinx_index)
    app.connect("html-collect-pages", _page)
    app.connect("build-finished", _write, priority=800)
