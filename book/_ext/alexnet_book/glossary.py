"""The first use of a glossary's word in a chapter links to its entry, and shows it on pointing.

So a chapter needs no directive, and a new entry reaches all chapters. Words are matched whole, in
any case, in the plural as well; not in headings, links, code, captions or folded answers.

An entry may end in ``{parts}`pooling [data-trait=s]` ``: the explorers, and the parts of them, that
its word names. Where a chapter has such an explorer, the first use in each section carries these
parts, and terms.js lights them up.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from .details import Details
from .devices import Device
from .figures import Caption

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.environment import BuildEnvironment

GLOSSARY = "book/glossary"
CHAPTERS = "notebooks/"
# A link inside one of these would be a link too many, or break what is copied.
CLOSED = (nodes.reference, nodes.literal, nodes.title, nodes.raw, nodes.math, Caption, Details)


class Parts(nodes.Invisible, nodes.Inline, nodes.Element):
    """The parts that an entry's word names; nothing is written."""


@dataclass(frozen=True)
class Entry:
    """An entry of the glossary: where it stands, what it says, and the parts that it names.

    A part is an explorer's name, a blank, and a selector inside it.
    """

    anchor: str
    text: str
    parts: tuple[str, ...] = ()

    def parts_in(self, source: str) -> tuple[str, ...]:
        """Return the parts of the explorers that a chapter's file holds."""
        named = {part: part.partition(" ")[0] for part in self.parts}
        return tuple(part for part, widget in named.items() if _holds(source, widget))


def _holds(source: str, widget: str) -> bool:
    return re.search(rf'data-widget=\\?"{widget}\\?"', source) is not None


def entries(doctree: nodes.document) -> dict[str, Entry]:
    """Return the entries of a glossary page by each of their words."""
    found = {}
    for item in doctree.findall(nodes.definition_list_item):
        terms = [child for child in item.children if isinstance(child, nodes.term)]
        text = " ".join(item.children[-1].astext().split())
        parts = tuple(part for node in item.findall(Parts) for part in node["parts"])
        for term in terms:
            word = term.astext().strip()
            if term["ids"]:
                found[word.lower()] = Entry(term["ids"][0], text, parts)
    return found


def pattern(words: list[str]) -> re.Pattern[str]:
    """Return what finds the words, the longest first, also in the plural."""
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(rf"\b({'|'.join(map(re.escape, longest_first))})(?:s|es)?\b", re.IGNORECASE)


class LinkWords(SphinxPostTransform):
    """Link each entry once a page, where its word first stands in the prose."""

    default_priority = 21  # after citations, whose links are closed to it
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Rewrite the document in place."""
        document = self.env.docname
        if not document.startswith(CHAPTERS) or GLOSSARY not in self.env.found_docs:
            return
        known = _known(self.app, self.env)
        finder, page = pattern(list(known)), self.app.builder.get_relative_uri(document, GLOSSARY)
        source = Path(self.env.doc2path(document)).read_text(encoding="utf-8")
        parts = {entry: entry.parts_in(source) for entry in known.values()}
        linked: set[tuple[Entry, nodes.Node | None]] = set()
        for text in list(self.document.findall(nodes.Text)):
            if _is_open(text):
                linker = Linker(known, parts, linked, page, _section(text))
                pieces = list(linker.pieces(text.astext(), finder))
                if len(pieces) > 1:
                    text.parent.replace(text, pieces)


@dataclass(frozen=True)
class Linker:
    """Makes links of words: each entry once a page, and once a section where it names a part."""

    known: dict[str, Entry]
    parts: dict[Entry, tuple[str, ...]]
    linked: set[tuple[Entry, nodes.Node | None]]
    page: str
    section: nodes.Node | None = None

    def pieces(self, text: str, finder: re.Pattern[str]) -> Iterator[nodes.Node]:
        """Yield what stands between the links, and the links."""
        end = 0
        for match in finder.finditer(text):
            entry = self.known[match[1].lower()]
            parts = self.parts.get(entry, ())
            place = (entry, self.section if parts else None)
            if place in self.linked:  # two words of one entry are one entry
                continue
            self.linked.add(place)
            yield nodes.Text(text[end : match.start()])
            yield self.link(match[0], entry, parts)
            end = match.end()
        yield nodes.Text(text[end:])

    def link(self, word: str, entry: Entry, parts: tuple[str, ...]) -> nodes.Node:
        """Return a link to an entry; one that names parts says which."""
        address = f"{self.page}#{entry.anchor}"
        if not parts:
            return nodes.reference(
                "",
                word,
                refuri=address,
                internal=True,
                reftitle=entry.text,
                classes=["al-word"],
            )
        about = {"href": address, "title": entry.text, "data-parts": ", ".join(parts)}
        attributes = " ".join(f'{name}="{escape(value)}"' for name, value in about.items())
        html = f'<a class="reference internal al-word" {attributes}>{escape(word)}</a>'
        return nodes.raw("", html, format="html")


def _section(text: nodes.Text) -> nodes.Node | None:
    parent: nodes.Node | None = text.parent
    while parent is not None and not isinstance(parent, nodes.section):
        parent = parent.parent
    return parent


def _is_open(text: nodes.Text) -> bool:
    parent: nodes.Node | None = text.parent
    if not isinstance(parent, nodes.paragraph | nodes.emphasis):
        return False
    while parent is not None:
        if isinstance(parent, CLOSED) or "lead" in getattr(parent, "attributes", {}).get(
            "classes", ()
        ):
            return False
        if isinstance(parent, Device) and parent["kind"] == "overview":
            return False
        parent = parent.parent
    return True


def _known(app: Sphinx, env: BuildEnvironment) -> dict[str, Entry]:
    """Read the glossary once a build."""
    if not hasattr(app, "_alexnet_book_words"):
        app._alexnet_book_words = entries(env.get_doctree(GLOSSARY))  # type: ignore[attr-defined]
    return app._alexnet_book_words


def _note_glossary(app: Sphinx, config: Config) -> None:
    """Write the chapters again when an entry changes; Sphinx would not."""
    file = Path(app.confdir, f"{GLOSSARY}.md")
    state = file.read_bytes() if file.is_file() else b""
    config.alexnet_book_glossary = hashlib.sha256(state).hexdigest()


def _role(
    name: str, rawtext: str, text: str, lineno: int, inliner: Any, *rest: Any
) -> tuple[list[nodes.Node], list[nodes.system_message]]:
    return [Parts(parts=[part.strip() for part in text.split(",")])], []


def _skip(self: Any, node: Parts) -> None:
    raise nodes.SkipNode


def _add_script(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    if " data-parts=" in context.get("body", ""):
        app.add_js_file("terms.js")


def setup(app: Sphinx) -> None:
    """Register role, transform and script."""
    app.add_config_value("alexnet_book_glossary", "", "html")
    app.connect("config-inited", _note_glossary)
    app.add_node(Parts, html=(_skip, None))
    app.add_role("parts", _role)
    app.add_post_transform(LinkWords)
    app.connect("html-page-context", _add_script)
