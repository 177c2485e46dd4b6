"""The first use of a glossary's word in a chapter links to its entry, and shows it on pointing.

So a chapter needs no directive, and a new entry reaches all chapters. Words are matched whole, in
any case, in the plural as well; not in headings, links, code, captions or folded answers.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

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


def entries(doctree: nodes.document) -> dict[str, tuple[str, str]]:
    """Return anchor and text of each entry of a glossary page, by each of its words."""
    found = {}
    for item in doctree.findall(nodes.definition_list_item):
        terms = [child for child in item.children if isinstance(child, nodes.term)]
        text = " ".join(item.children[-1].astext().split())
        for term in terms:
            word = term.astext().strip()
            if term["ids"]:
                found[word.lower()] = (term["ids"][0], text)
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
        linked: set[str] = set()
        for text in list(self.document.findall(nodes.Text)):
            if _is_open(text):
                pieces = list(_pieces(text.astext(), finder, known, linked, page))
                if len(pieces) > 1:
                    text.parent.replace(text, pieces)


def _pieces(
    text: str,
    finder: re.Pattern[str],
    known: dict[str, tuple[str, str]],
    linked: set[str],
    page: str,
) -> Iterator[nodes.Node]:
    end = 0
    for match in finder.finditer(text):
        anchor, meaning = known[match[1].lower()]
        if meaning in linked:  # two words of one entry are one entry
            continue
        linked.add(meaning)
        yield nodes.Text(text[end : match.start()])
        yield nodes.reference(
            "",
            match[0],
            refuri=f"{page}#{anchor}",
            internal=True,
            reftitle=meaning,
            classes=["al-word"],
        )
        end = match.end()
    yield nodes.Text(text[end:])


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


def _known(app: Sphinx, env: BuildEnvironment) -> dict[str, tuple[str, str]]:
    """Read the glossary once a build."""
    if not hasattr(app, "_alexnet_book_words"):
        app._alexnet_book_words = entries(env.get_doctree(GLOSSARY))  # type: ignore[attr-defined]
    return app._alexnet_book_words


def _note_glossary(app: Sphinx, config: Config) -> None:
    """Write the chapters again when an entry changes; Sphinx would not."""
    file = Path(app.confdir, f"{GLOSSARY}.md")
    state = file.read_bytes() if file.is_file() else b""
    config.alexnet_book_glossary = hashlib.sha256(state).hexdigest()


def setup(app: Sphinx) -> None:
    """Register the transform."""
    app.add_config_value("alexnet_book_glossary", "", "html")
    app.connect("config-inited", _note_glossary)
    app.add_post_transform(LinkWords)
