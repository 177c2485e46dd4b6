"""`{own-page}` under a heading: that section is also a page of its own, which a search can find.

    ```{own-page} alexnet-224-or-227
    Is AlexNet's input 224 or 227 pixels wide?
    ```

The argument is the page's name, beside the page it is taken from; the content is its title, as
people type the question. The page is written from the same document: the question with its
choices, the answer open, and the way back. No text is kept twice.
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from docutils import nodes
from docutils.io import StringOutput
from docutils.utils import new_document
from sphinx.util.docutils import SphinxDirective

from alexnet_lab import quiz

from .details import Details
from .devices import Device
from .structured import Described, plain, question_data

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment
    from sphinx.writers.html5 import HTML5Translator

PAGE = "page.html"
NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LONGEST = 65  # characters of a title that a list of results shows


class OwnPage(nodes.General, nodes.Element):
    """The link from a section to its own page: `page` is that page's name, `title` its title."""


@dataclass(frozen=True)
class Own:
    """A page to be written: name, title, the document and the section it is taken from."""

    page: str
    title: str
    source: str
    anchor: str
    question: quiz.Question

    @property
    def answer(self) -> str:
        """The right choice and its explanation, as Markdown."""
        (right,) = (choice.text for choice in self.question.choices if choice.is_key)
        return f"{right}. {self.question.explanation}"


class OwnPageDirective(SphinxDirective):
    """Put the link here, and note that the section has a page of its own."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the link."""
        name, title = self.arguments[0], " ".join(" ".join(self.content).split())
        if not NAME.fullmatch(name):
            raise self.error(f"{name!r} is no name of a page: small letters, digits, hyphens")
        if not 0 < len(title) <= LONGEST:
            raise self.error(f"{name}: a title of 1 to {LONGEST} characters, not {len(title)}")
        folder = self.env.docname.rpartition("/")[0]
        page = f"{folder}/{name}".lstrip("/")
        taken = {own["page"] for own in self.state.document.findall(OwnPage)}
        if page in taken or page in self.env.found_docs:
            raise self.error(f"{name}: another page has this name")
        return [OwnPage(page=page, title=title)]


def own_pages(env: BuildEnvironment) -> list[Own]:
    """Return the pages that documents ask for, in their order."""
    found = []
    for source in sorted(env.found_docs):
        if source in env.metadata and "own-pages" in env.metadata[source]:
            found += _of(env, source)
    return found


def _of(env: BuildEnvironment, source: str) -> Iterator[Own]:
    questions = {
        f"question-{question.id}": question
        for question in quiz.read_questions(env.doc2path(source), root=env.srcdir)
    }
    for mark in env.get_doctree(source).findall(OwnPage):
        section = mark.parent
        boxes = [box for box in section.children if isinstance(box, Device)]
        asked = [questions[name] for box in boxes for name in box["ids"] if name in questions]
        if len(asked) != 1 or asked[0].kind != "choices":
            raise ValueError(f"{mark['page']}: its section asks {len(asked)} questions, not one")
        yield Own(mark["page"], mark["title"], source, section["ids"][0], asked[0])


def _note(app: Sphinx, doctree: nodes.document) -> None:
    """Remember which documents have such sections, so that no other is opened for them."""
    count = sum(1 for _ in doctree.findall(OwnPage))
    if count:
        app.env.metadata[app.env.docname]["own-pages"] = str(count)


def _pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    if app.builder.name != "html":
        return
    pages = own_pages(app.env)
    sources = {own.source for own in pages}
    resolved = {name: app.env.get_and_resolve_doctree(name, app.builder) for name in sources}
    for number, own in enumerate(pages):
        body = _body(app, own, resolved[own.source])
        beside = {"prev": pages[number - 1 : number], "next": pages[number + 1 : number + 2]}
        yield own.page, _context(app, own, body) | {k: _step(v) for k, v in beside.items()}, PAGE


def _context(app: Sphinx, own: Own, body: str) -> dict[str, Any]:
    app.env.metadata[own.page]["description"] = f"{plain(own.answer)}."
    return {
        "title": own.title,
        "body": body,
        "metatags": "",
        "meta": {},
        "toc": "",
        "display_toc": False,
        "parents": [{"link": _beside(own.source), "title": app.env.titles[own.source].astext()}],
        "structured": Described(
            [{"@type": "FAQPage", "mainEntity": [question_data(own.question, own.title)]}],
            parent=own.source,
        ),
    }


def _step(others: list[Own]) -> dict[str, str] | None:
    return {"link": _beside(others[0].page), "title": others[0].title} if others else None


def _beside(page: str) -> str:
    """Return the address of a page in the same folder: where all pages of one source lie."""
    return f"{page.rpartition('/')[2]}.html"


def _body(app: Sphinx, own: Own, resolved: nodes.document) -> str:
    """Return the section as a page: question, choices, the answer open, the way back."""
    document = new_document("<own page>", app.builder.docsettings)  # type: ignore[attr-defined]
    (mark,) = (m for m in resolved.findall(OwnPage) if m["page"] == own.page)
    section = copy.deepcopy(mark.parent)
    section.replace(section[0], nodes.title("", own.title))
    for node in list(section.findall(OwnPage)):
        section.remove(node)
    for box in list(section.findall(Device)):
        answers = [child for child in box.children if isinstance(child, Details)]
        if f"question-{own.question.id}" not in box["ids"]:
            continue
        box["label"], box["data"] = "Question", {}
        for answer in answers:
            box.remove(answer)
        place = section.index(box) + 1
        section[place:place] = [child for answer in answers for child in answer.children]
    back = f"{_beside(own.source)}#{own.anchor}"
    title = app.env.titles[own.source].astext()
    section += nodes.paragraph(
        "",
        "",
        nodes.Text("One of the questions on which tutorials disagree. Answer them yourself: "),
        nodes.reference("", title, refuri=back, internal=True),
        nodes.Text("."),
        classes=["al-own-page"],
    )
    document += section
    builder: Any = app.builder
    builder.current_docname = own.source
    builder.secnumbers, builder.fignumbers = {}, {}
    builder.docwriter.write(document, StringOutput(encoding="utf-8"))
    builder.docwriter.assemble_parts()
    return str(builder.docwriter.parts["fragment"])


def _visit(self: HTML5Translator, node: OwnPage) -> None:
    self.body.append(
        f'<p class="al-own-page">Also on a page of its own: <a href="{_beside(node["page"])}">'
        f"{self.encode(node['title'])}</a></p>\n"
    )
    raise nodes.SkipNode


def _list(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Name the pages of its sections in what search engines read of a page."""
    marks = list(doctree.findall(OwnPage)) if doctree is not None else []
    if not marks:
        return
    steps = [
        {
            "@type": "ListItem",
            "position": number,
            "name": mark["title"],
            "url": f"{app.config.html_baseurl}{mark['page']}.html",
        }
        for number, mark in enumerate(marks, 1)
    ]
    context["structured"] = Described([{"@type": "ItemList", "itemListElement": steps}])


def setup(app: Sphinx) -> None:
    """Register the directive; the pages are written after all others."""
    app.add_node(OwnPage, html=(_visit, None))
    app.add_directive("own-page", OwnPageDirective)
    app.connect("doctree-read", _note)
    app.connect("html-collect-pages", _pages)
    app.connect("html-page-context", _list, priority=400)  # before structured's
