"""What search engines read of a page: schema.org's words for a lesson, its place, its questions."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import TYPE_CHECKING, Any

from alexnet_lab import quiz

from .drawing_file import LICENCE
from .pages import description_of

if TYPE_CHECKING:
    from sphinx.application import Sphinx

CHAPTER = re.compile(r"notebooks/\w+$")
MINUTES = re.compile(r"about\s+(\d+)\s+minutes", re.IGNORECASE)


def described(
    app: Sphinx, name: str, title: str, address: str | None, words: str
) -> list[dict[str, Any]]:
    """Return a page's objects: the page, the way to it, and questions with their answers."""
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
        steps = [(app.config.html_title, app.config.html_baseurl), (title, address)]
        found.append(
            {
                "@type": "BreadcrumbList",
                "itemListElement": [
                    {"@type": "ListItem", "position": number, "name": step, "item": url}
                    for number, (step, url) in enumerate(steps, 1)
                ],
            }
        )
    if name == "book/misconceptions":
        found.append({"@type": "FAQPage", "mainEntity": _questions(app, name)})
    return found


def _questions(app: Sphinx, name: str) -> list[dict[str, Any]]:
    return [
        {
            "@type": "Question",
            "name": _text(one.prompt),
            "acceptedAnswer": {
                "@type": "Answer",
                "text": " ".join(
                    f"{_text(choice.text)}. {_text(one.explanation)}"
                    for choice in one.choices
                    if choice.is_key
                ),
            },
        }
        for one in quiz.read_questions(app.env.doc2path(name))
        if one.choices
    ]


def _text(marked: str) -> str:
    """Return Markdown or HTML as plain words."""
    words = re.sub(r"<[^>]+>|[*`]|\]\([^)]*\)|\[", "", marked)
    return " ".join(unescape(words).split()).rstrip(".")


def _add(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    if doctree is None:
        return
    title = _text(context.get("title", pagename))
    graph = described(app, pagename, title, context.get("pageurl"), doctree.astext())
    text = json.dumps({"@context": "https://schema.org", "@graph": graph}, ensure_ascii=False)
    text = text.replace("</", "<\\/")  # or the element would end there
    context["metatags"] = (
        context.get("metatags", "") + f'\n<script type="application/ld+json">{text}</script>'
    )


def setup(app: Sphinx) -> None:
    """Describe each page as it is written."""
    app.connect("html-page-context", _add)
