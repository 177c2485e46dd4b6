"""A page of the built book as a page of an EPUB: XHTML without script, links inside the file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit
from xml.etree import ElementTree as ET

import html5lib
from alexnet_book.drawn import STYLES, TOKEN

HTML = "{http://www.w3.org/1999/xhtml}"
SVG = "{http://www.w3.org/2000/svg}"
MATHML = "{http://www.w3.org/1998/Math/MathML}"
NAMESPACES = {"": HTML[1:-1], "svg": SVG[1:-1], "m": MATHML[1:-1]}
# What a reader cannot use in a file, or does not need there: buttons, what sets a cell up or draws.
LEFT_OUT_TAGS = {"script", "style", "button", "noscript", "template", "form", "input"}
LEFT_OUT = {
    *("headerlink", "copybtn", "collapsed", "prev-next-footer", "al-drawn-narrow"),
    *("tag_setup", "tag_only-imports", "al-executed", "al-own-page"),
}
HIDDEN_CODE = {"tag_only-draws", "tag_only-explores"}
# Attributes that are only for the site's scripts and its layout.
DROPPED = re.compile(r"data-.*|loading|decoding|style|border|align|valign|open|role|aria-.*|title")
MATH_STYLE = ("displaystyle", "scriptlevel")
IMAGES = "images"


@dataclass
class Page:
    """A part: its file's name, title, content, the images it shows, and what is in it."""

    name: str
    title: str
    sections: list[tuple[str, str]]
    text: str
    images: dict[str, Path] = field(default_factory=dict)
    properties: list[str] = field(default_factory=list)


def read(book: Path, path: str, names: dict[str, str], site: str) -> Page:
    """Return a page of the built book.

    Parameters
    ----------
    book : Path
        The built book's folder.
    path : str
        The page in it.
    names : dict
        The file inside the EPUB of each page that is in it.
    site : str
        Address of the published book, which ends in a slash.
    """
    tree = html5lib.parse((book / path).read_text(encoding="utf-8"))
    (article,) = (a for a in tree.iter(f"{HTML}article") if "bd-article" in _classes(a))
    page = Page(names[path], "", [], "")
    _Page(book, path, names, site, page).clean(article)
    heading = article.find(f".//{HTML}h1")
    page.title = _words(heading) if heading is not None else page.name
    for section in article.iter(f"{HTML}section"):
        below = section.find(f"{HTML}h2")
        if below is not None and section.get("id"):
            page.sections.append((section.get("id", ""), _words(below)))
    article.tag, article.attrib = f"{HTML}div", {}
    found = {part.tag for part in article.iter() if isinstance(part.tag, str)}
    page.properties = [
        name for name, tag in (("mathml", f"{MATHML}math"), ("svg", f"{SVG}svg")) if tag in found
    ]
    page.text = _written(article, page.title)
    return page


def _classes(part: ET.Element) -> set[str]:
    return set((part.get("class") or "").split())


def _words(part: ET.Element) -> str:
    return " ".join("".join(part.itertext()).split())


def _days() -> dict[str, str]:
    return dict(TOKEN.findall(STYLES.read_text(encoding="utf-8")))


class _Page:
    """Cleans one page; holds where it is and whom it may link to."""

    def __init__(self, book: Path, path: str, names: dict[str, str], site: str, page: Page) -> None:
        self.book, self.path, self.names, self.site, self.page = book, path, names, site, page
        self.days = _days()

    def clean(self, parent: ET.Element) -> None:
        """Remove, rename and relink below a part."""
        for child in list(parent):
            classes = _classes(child)
            tag = child.tag if isinstance(child.tag, str) else ""
            bare = tag.rpartition("}")[2]
            if not tag or bare in LEFT_OUT_TAGS or classes & LEFT_OUT:
                _remove(parent, child)
                continue
            if classes & HIDDEN_CODE:
                for code in [c for c in child if _has_code(c)]:
                    _remove(child, code)
            if "al-widget" in classes:
                self._still(child)
            if bare == "foreignObject":
                _as_image(child)
            if bare == "details":
                _unfold(child)
            self._settle(child, in_html=tag.startswith(HTML))
            self.clean(child)
            if tag.startswith(MATHML):
                _style_math(parent, child)

    def _still(self, widget: ET.Element) -> None:
        """Say beside an explorer's picture where it is alive."""
        for note in widget.findall(f"{HTML}p"):
            note.text = "An interactive view, as a picture. "
            link = ET.SubElement(note, f"{HTML}a", {"href": urljoin(self.site, self.path)})
            link.text = "Use it in the book"
            link.tail = "."

    def _settle(self, part: ET.Element, *, in_html: bool) -> None:
        for name, value in list(part.attrib.items()):
            bare = name.rpartition("}")[2]
            if "/xmlns/}" in name or name == "xmlns":
                del part.attrib[name]  # the writer declares namespaces anew
            elif bare == "id":
                part.set(name, _identifier(value))
            elif in_html and DROPPED.fullmatch(bare):
                del part.attrib[name]
            elif bare == "href" and part.tag.startswith(SVG) and value.startswith("#"):
                continue
            elif bare in ("href", "src"):
                self._point(part, name, value)
            elif not in_html and "var(" in value:
                part.set(name, re.sub(r"var\((--[\w-]+)\)", self._day, value))
        if not in_html:
            for name in [n for n in part.attrib if re.fullmatch(r"data-.*|style|tabindex", n)]:
                del part.attrib[name]

    def _day(self, match: re.Match[str]) -> str:
        return self.days[match[1]]

    def _point(self, part: ET.Element, name: str, value: str) -> None:
        if part.tag in (f"{HTML}img", f"{SVG}image"):
            if not value.startswith("data:"):
                file = (self.book / Path(self.path).parent / unquote(value)).resolve()
                self.page.images[file.name] = file
                part.set(name, f"{IMAGES}/{file.name}")
            return
        if urlsplit(value).scheme or value.startswith("//"):
            return
        address, anchor = urldefrag(value)
        goal = urljoin(self.path, address) if address else self.path
        fragment = f"#{_identifier(unquote(anchor))}" if anchor else ""
        there = self.names.get(goal)
        part.set(name, f"{there}{fragment}" if there else urljoin(self.site, goal) + fragment)


def _as_image(part: ET.Element) -> None:
    """Turn a picture that waits for the reader, inside a drawing, into SVG's own."""
    for picture in part.findall(f"{HTML}img"):
        part.remove(picture)
        part.tag = f"{SVG}image"
        part.set("href", picture.attrib["src"])
        part.set("preserveAspectRatio", "none")


def _style_math(parent: ET.Element, part: ET.Element) -> None:
    """Leave a style to `mstyle`: MathML 3, which EPUB asks for, allows it in few other elements."""
    given = {name: part.attrib.pop(name) for name in MATH_STYLE if name in part.attrib}
    if not given:
        return
    if part.tag in (f"{MATHML}math", f"{MATHML}mstyle"):
        part.attrib.update(given)
        return
    if part.tag in (f"{MATHML}mtable", f"{MATHML}mtr"):  # only rows and cells stand inside
        if part.tag.endswith("mtable") and "displaystyle" in given:
            part.set("displaystyle", given["displaystyle"])
        return
    style = ET.Element(f"{MATHML}mstyle", given)
    if part.tag == f"{MATHML}mtd":
        style.text, part.text = part.text, None
        style.extend(list(part))
        part[:] = [style]
        return
    style.tail, part.tail = part.tail, None  # around it: a fraction has two parts, no more
    parent[list(parent).index(part)] = style
    style.append(part)


def _has_code(part: ET.Element) -> bool:
    return "cell_input" in _classes(part) or "hide" in _classes(part)


def _remove(parent: ET.Element, child: ET.Element) -> None:
    """Remove a part; what follows it stays."""
    place = list(parent).index(child)
    if child.tail:
        if place:
            parent[place - 1].tail = (parent[place - 1].tail or "") + child.tail
        else:
            parent.text = (parent.text or "") + child.tail
    parent.remove(child)


def _unfold(fold: ET.Element) -> None:
    """Turn a fold into its label and its content: many readers have no folds."""
    fold.tag = f"{HTML}div"
    for summary in fold.findall(f"{HTML}summary"):
        words = _words(summary)
        half = words[: len(words) // 2].strip()
        if words == f"{half} {half}":  # said once while folded, and once while open
            words = half
        summary.clear()
        summary.tag, summary.text = f"{HTML}p", words
        summary.set("class", "al-label")
        summary.tail = "\n"


def _identifier(name: str) -> str:
    """Return an id as XML allows it: it begins with a letter."""
    return name if re.match(r"[A-Za-z_]", name) else f"at-{name}"


def _written(article: ET.Element, title: str) -> str:
    for prefix, address in NAMESPACES.items():
        ET.register_namespace(prefix, address)
    root = ET.Element(f"{HTML}html", {"lang": "en", "xml:lang": "en"})
    head = ET.SubElement(root, f"{HTML}head")
    ET.SubElement(head, f"{HTML}title").text = title
    ET.SubElement(head, f"{HTML}link", {"rel": "stylesheet", "href": "book.css"})
    ET.SubElement(root, f"{HTML}body").append(article)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode")
