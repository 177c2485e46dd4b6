"""What search engines read: schema.org's words for a page and its place; a list of all pages."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html import escape, unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alexnet_lab import quiz

from .drawing_file import LICENCE
from .pages import description_of

if TYPE_CHECKING:
    from sphinx.application import Sphinx

CHAPTER = re.compile(r"notebooks/\w+$")
CANONICAL = re.compile(r'<link rel="canonical" href="([^"]+)"')
MINUTES = re.compile(r"about\s+(\d+)\s+minutes", re.IGNORECASE)


@dataclass(frozen=True)
class Described:
    """More objects for a page, and the page above it where that is not the first."""

    objects: list[dict[str, Any]]
    parent: str | None = None


def described(
    app: Sphinx, name: str, title: str, address: str | None, words: str, above: str | None = None
) -> list[dict[str, Any]]:
    """Return a page's objects: the page itself, and the way to it."""
    book = {"@type": "WebSite", "name": app.config.html_title}
    if app.config.html_baseurl:
        book["url"] = app.config.html_baseurl
    page: dict[str, Any] = {
        "@type": "LearningResource" if CHAPTER.match(name) else "WebPage",
        "name": title,
        "description": description_of(app, name, title),
        "inLanguage": app.config.language or "en",
        "license": LICENCE,
        "isAccessibleForFree": True,
        "author": {"@type": "Organization", "name": app.config.author},
        "isPartOf": book,
    }
    if address:
        page["url"] = address
    if CHAPTER.match(name):
        page |= {
            "learningResourceType": "Jupyter notebook",
            "educationalLevel": "higher education",
            "about": {"@type": "Thing", "name": "AlexNet"},
        }
        if minutes := MINUTES.search(words):
            page["timeRequired"] = f"PT{minutes[1]}M"
    found = [page]
    if address and name != app.config.root_doc:
        base = app.config.html_baseurl
        steps = [(app.config.html_title, base), (title, address)]
        if above:
            there = f"{base}{app.builder.get_target_uri(above)}"
            steps.insert(1, (app.env.titles[above].astext(), there))
        found.append(
            {
                "@type": "BreadcrumbList",
                "itemListElement": [
                    {"@type": "ListItem", "position": number, "name": step, "item": url}
                    for number, (step, url) in enumerate(steps, 1)
                ],
            }
        )
    return found


def question_data(question: quiz.Question, name: str) -> dict[str, Any]:
    """Return a question with choices, and its right answer.

    Parameters
    ----------
    question : Question
    name : str
        The question in the words in which people ask it.
    """
    (right,) = (choice.text for choice in question.choices if choice.is_key)
    return {
        "@type": "Question",
        "name": name,
        "acceptedAnswer": {
            "@type": "Answer",
            "text": f"{plain(right)}. {plain(question.explanation)}.",
        },
    }


def plain(marked: str) -> str:
    """Return Markdown or HTML as plain words."""
    words = re.sub(r"<[^>]+>|[*`]|\]\([^)]*\)|\[", "", marked)
    return " ".join(unescape(words).split()).rstrip(".")


def _add(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    more: Described | None = context.pop("structured", None)
    if doctree is None and more is None:
        return
    more = more or Described([])
    title = plain(context.get("title", pagename))
    words = doctree.astext() if doctree is not None else ""
    graph = described(app, pagename, title, context.get("pageurl"), words, more.parent)
    graph += more.objects
    text = json.dumps({"@context": "https://schema.org", "@graph": graph}, ensure_ascii=False)
    text = text.replace("</", "<\\/")  # or the element would end there
    context["metatags"] = (
        context.get("metatags", "") + f'\n<script type="application/ld+json">{text}</script>'
    )


def _list(app: Sphinx, error: Exception | None) -> None:
    """Write `sitemap.xml`: every page that describes itself, under the address that it gives."""
    if error or app.builder.format != "html" or not app.config.html_baseurl:
        return
    found = set()
    for file in Path(app.outdir).rglob("*.html"):
        head = file.read_text(encoding="utf-8").partition("</head>")[0]
        address = CANONICAL.search(head)
        if address and "application/ld+json" in head:
            found.add(unescape(address[1]))
    places = "".join(f"<url><loc>{escape(address)}</loc></url>\n" for address in sorted(found))
    Path(app.outdir, "sitemap.xml").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{places}</urlset>\n',
        encoding="utf-8",
    )


def setup(app: Sphinx) -> None:
    """Describe each page as it is written, and list them all at the end."""
    app.connect("html-page-context", _add)
    app.connect("build-finished", _list)
