"""What every page gets: a lead, a description, and a way in at the root of the site."""

from __future__ import annotations

import hashlib
import re
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

logger = logging.getLogger(__name__)

PICTURE = "network.png"  # what a link to a page shows in a chat
REPOSITORY = re.compile(r"https://github\.com/(?P<owner>[\w.-]+)/(?P<name>[\w.-]+?)(?:\.git)?/?")
REDIRECT = """<!DOCTYPE html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<meta name="description" content="{description}">
<link rel="canonical" href="{target}">
<meta http-equiv="refresh" content="0; url={target}">
</head>
<body><main><h1>{title}</h1><p><a href="{target}">{title}: to the first page</a></p></main></body>
</html>
"""


class FindLead(SphinxTransform):
    """Mark the first paragraph after the title: it is set larger, and describes the page."""

    default_priority = 340

    def apply(self, **kwargs: object) -> None:
        """Set the class, and keep the text with the environment."""
        section = next(self.document.findall(nodes.section), None)
        for child in section.children if section is not None else ():
            if isinstance(child, nodes.paragraph):
                child["classes"].append("lead")
                self.env.metadata[self.env.docname]["description"] = child.astext()
                return
            if not isinstance(child, nodes.title | nodes.target | nodes.comment):
                break
        if not any(node.get("no-lead") for node in self.document.findall(nodes.comment)):
            logger.warning("no lead: a paragraph right after the title", location=self.env.docname)


def description_of(app: Sphinx, pagename: str, title: str) -> str:
    """Return a page's lead as one line, cut at a word: what a search engine shows."""
    description = (app.env.metadata.get(pagename) or {}).get("description")
    if not description:
        description = f"{app.config.html_title}: {title}."
    description = " ".join(description.split())
    if len(description) > 200:
        description = description[:200].rsplit(" ", 1)[0] + " …"
    return description


def _describe(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    description = description_of(app, pagename, context.get("title", pagename))
    address = context.get("pageurl")
    placed = [
        ('property="og:url"', address),
        ('property="og:image"', f"{app.config.html_baseurl}_static/{PICTURE}"),
    ]
    for name, content in (
        *(placed if address else ()),
        ('name="description"', description),
        ('property="og:description"', description),
        ('property="og:title"', context.get("title", "")),
        ('property="og:site_name"', app.config.html_title),
        ('property="og:type"', "article"),
    ):
        context["metatags"] = (
            context.get("metatags", "")
            + f'\n<meta {name} content="{escape(_strip_tags(content), quote=True)}" />'
        )


def _strip_tags(text: str) -> str:
    return re.sub(r"<[^>]+>", "", text)


def _write_root(app: Sphinx, error: Exception | None) -> None:
    """Write a page at the root that leads to the landing page, which lives in `book/`."""
    root = app.config.root_doc
    if error or app.builder.format != "html" or root == "index":
        return
    text = REDIRECT.format(
        lang=app.config.language,
        title=escape(app.config.html_title),
        description=escape(app.env.metadata[root].get("description", "")),
        target=app.builder.get_target_uri(root),
    )
    Path(app.outdir, "index.html").write_text(text, encoding="utf-8")


def _note_assets(app: Sphinx, config: Config) -> None:
    """Write all pages again when a style, script or template changes; Sphinx would not."""
    folders = [*config.html_static_path, *config.templates_path]
    files = sorted(
        file
        for folder in folders
        for file in Path(app.confdir, folder).rglob("*")
        if file.is_file()
    )
    state = hashlib.sha256()
    for file in files:
        state.update(file.name.encode() + file.read_bytes())
    config.alexnet_book_assets = state.hexdigest()


def address_of(repository: str) -> str:
    """Return where GitHub Pages shows a repository's site; nothing for another host."""
    match = REPOSITORY.fullmatch(repository)
    if not match:
        return ""
    host = f"{match['owner'].lower()}.github.io"
    return (
        f"https://{host}/" if match["name"].lower() == host else f"https://{host}/{match['name']}/"
    )


def _locate(app: Sphinx, config: Config) -> None:
    """Say in each page where it stands, from the one line of _config.yml that a fork changes."""
    if not config.html_baseurl:
        config.html_baseurl = address_of(config.html_theme_options.get("repository_url", ""))


def setup(app: Sphinx) -> None:
    """Connect the parts."""
    app.connect("config-inited", _locate)
    app.add_config_value("alexnet_book_assets", "", "html")
    app.connect("config-inited", _note_assets)
    app.add_transform(FindLead)
    app.connect("html-page-context", _describe)
    app.connect("build-finished", _write_root, priority=100)
