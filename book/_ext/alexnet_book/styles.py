"""One style sheet for all pages: theme, extensions and the book's own, without what no page uses.

The theme brings all of Bootstrap and Font Awesome; nine tenths of their rules name classes that
occur in no page and in no script. A rule is kept when every class and id that its selector asks for
occurs somewhere: as a class or id in a page, or as any word in a script, which may set it later.
"""

from __future__ import annotations

import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import tinycss2
from tinycss2 import ast

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sphinx.application import Sphinx

# What the theme's own template loads before the style sheets that Sphinx lists.
FIRST = ("basic.css", "styles/pydata-sphinx-theme.css")
SHEET = "book.css"
WORD = re.compile(r"[A-Za-z_][\w-]*")
# The theme's files that no page asks for; half the size of the site. Sphinx copies them each time.
UNUSED = (
    "scripts/fontawesome.js*",
    "scripts/bootstrap.js*",
    "vendor/fontawesome/**/*.*",
    "language_data.js",
    "searchtools.js",
    "**/*.map",
)
# Conditions whose inside is not asked for: one of several, or none.
LOOSE = {"not", "is", "where", "has"}
# Icons are drawn by alexnet-lab.css; the theme's are a font of 150 KB.
UNWANTED_FONT = re.compile(r"Font ?Awesome", re.IGNORECASE)


class _Names(HTMLParser):
    """The classes and ids of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note them."""
        for name, value in attrs:
            if name in {"class", "id"} and value:
                self.found.update(value.split())


def names_of(pages: Iterable[str], scripts: Iterable[str]) -> set[str]:
    """Return every class or id that pages have or scripts might set."""
    reader = _Names()
    for page in pages:
        reader.feed(page)
    return reader.found.union(*(WORD.findall(script) for script in scripts))


def prune(sheet: str, names: set[str]) -> str:
    """Return a style sheet without comments and without rules that match nothing.

    Parameters
    ----------
    sheet : str
        CSS.
    names : set of str
        Classes and ids that occur.
    """
    rules = tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True)
    return "\n".join(filter(None, (_kept(rule, names) for rule in rules)))


def _kept(rule: ast.Node, names: set[str]) -> str:
    if isinstance(rule, ast.QualifiedRule):
        selectors = [s for s in _split(rule.prelude) if _asked_for(s) <= names]
        content = _compact(rule.content)
        if not selectors or not content:
            return ""
        return f"{','.join(map(_compact, selectors))}{{{content}}}"
    if not isinstance(rule, ast.AtRule) or rule.lower_at_keyword == "charset":
        return ""
    head = f"@{rule.at_keyword} {_compact(rule.prelude)}".rstrip()
    if rule.content is None:
        return f"{head};"
    if rule.lower_at_keyword in {"media", "supports", "layer", "container"}:
        inside = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
        kept = "\n".join(filter(None, (_kept(each, names) for each in inside)))
        return f"{head}{{{kept}}}" if kept else ""
    content = _compact(rule.content)
    if rule.lower_at_keyword == "font-face" and UNWANTED_FONT.search(content):
        return ""
    return f"{head}{{{content}}}"


def _split(prelude: list[ast.Node]) -> list[list[ast.Node]]:
    parts: list[list[ast.Node]] = [[]]
    for token in prelude:
        if token == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _asked_for(selector: list[ast.Node]) -> set[str]:
    """Return the classes and ids without which a selector matches nothing."""
    found: set[str] = set()
    before: ast.Node | None = None
    for token in selector:
        if isinstance(token, ast.HashToken) or (
            isinstance(token, ast.IdentToken) and before == "."
        ):
            found.add(token.value)
        elif isinstance(token, ast.FunctionBlock) and token.lower_name not in LOOSE:
            found |= _asked_for(token.arguments)
        before = token
    return found


def _compact(tokens: list[ast.Node]) -> str:
    """Return CSS on one line, without comments."""
    plain = [token for token in tokens if not isinstance(token, ast.Comment)]
    return re.sub(r"\s*\n\s*", " ", tinycss2.serialize(plain)).strip().rstrip(";")


def _moved(sheet: str, name: str) -> str:
    """Rewrite a sheet's relative addresses as seen from `_static/`, where the one sheet lies."""
    folder = PurePosixPath(name).parent

    def move(match: re.Match[str]) -> str:
        parts: list[str] = []
        for part in (folder / match["path"]).parts:
            parts = parts[:-1] if part == ".." else [*parts, part]
        return f'url("{"/".join(parts)}")'

    return re.sub(
        r"""url\((?P<quote>["']?)(?!data:|https?:|#|/)(?P<path>[^"')]+)(?P=quote)\)""", move, sheet
    )


def _list_styles(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Note which sheets pages ask for, in their order; name the one that they get."""
    if not app.config.templates_path:  # pages of another's making
        return
    listed = sorted(
        (sheet for sheet in context.get("css_files", ()) if hasattr(sheet, "filename")),
        key=lambda sheet: sheet.priority,
    )
    known: list[str] = app.__dict__.setdefault("_alexnet_book_styles", list(FIRST))
    for sheet in listed:
        name = str(sheet.filename).split("?")[0].removeprefix("_static/")
        if "://" not in name and name not in known:
            known.append(name)
    context["book_styles"] = f"{SHEET}?v=0"  # its content's digest, once that is known


def _write(app: Sphinx, error: Exception | None) -> None:
    known = app.__dict__.get("_alexnet_book_styles")
    if error or app.builder.format != "html" or not known:
        return
    out, static = Path(app.outdir), Path(app.outdir, "_static")
    pages = {file: file.read_text(encoding="utf-8") for file in sorted(out.rglob("*.html"))}
    for pattern in UNUSED:
        for file in static.glob(pattern):
            file.unlink()
    scripts = [file.read_text(encoding="utf-8") for file in sorted(static.rglob("*.js"))]
    names = names_of(pages.values(), scripts)
    sheets = [
        prune(_moved((static / name).read_text(encoding="utf-8"), name), names)
        for name in known
        if (static / name).is_file()
    ]
    text = "\n".join(sheets) + "\n"
    (static / SHEET).write_text(text, encoding="utf-8")
    # A browser may keep a sheet; what it keeps must not be another page's older one.
    named = f"{SHEET}?v={hashlib.sha256(text.encode()).hexdigest()[:8]}"
    for file, page in pages.items():
        renamed = re.sub(rf"{re.escape(SHEET)}\?v=\w+", named, page)
        if renamed != page:
            file.write_text(renamed, encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Connect to the pages as they are written, and to the very end of the build."""
    app.connect("html-page-context", _list_styles, priority=900)
    app.connect("build-finished", _write, priority=900)
