"""The container of an EPUB 3: pages, images, font and style, contents, what it says of itself."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from html import escape
from pathlib import Path

from epub_page import IMAGES, Page

ROOT = Path(__file__).resolve().parent.parent
STYLE = Path(__file__).with_name("epub.css")
FONT = ROOT / "book" / "_static" / "fonts" / "stix-two-math-subset.woff2"
WHEN = (2026, 1, 1, 0, 0, 0)  # the same pages give the same bytes
KINDS = {
    ".webp": "image/webp",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".jpg": "image/jpeg",
}
XHTML = "application/xhtml+xml"
CONTAINER = """<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="book/content.opf" media-type="application/oebps-package+xml"/>
</rootfiles></container>
"""


@dataclass(frozen=True)
class About:
    """What the file says of itself."""

    title: str
    author: str
    address: str
    licence: str
    year: str


def write(out: Path, pages: list[Page], about: About) -> None:
    """Write the file, whole or not at all."""
    images = {name: file for page in pages for name, file in page.images.items()}
    unfinished = out.with_suffix(".part")
    with zipfile.ZipFile(unfinished, "w") as archive:
        _put(archive, "mimetype", b"application/epub+zip", zipfile.ZIP_STORED)
        _put(archive, "META-INF/container.xml", CONTAINER.encode())
        _put(archive, "book/content.opf", _package(pages, images, about).encode())
        _put(archive, "book/contents.xhtml", _contents(pages, about).encode())
        _put(archive, "book/book.css", STYLE.read_bytes())
        _put(archive, f"book/{FONT.name}", FONT.read_bytes(), zipfile.ZIP_STORED)
        for page in pages:
            _put(archive, f"book/{page.name}", page.text.encode())
        for name, file in sorted(images.items()):
            _put(archive, f"book/{IMAGES}/{name}", file.read_bytes(), zipfile.ZIP_STORED)
    unfinished.replace(out)


def _put(
    archive: zipfile.ZipFile, name: str, content: bytes, how: int = zipfile.ZIP_DEFLATED
) -> None:
    info = zipfile.ZipInfo(name, WHEN)
    info.compress_type, info.external_attr = how, 0o644 << 16
    archive.writestr(info, content)


def _package(pages: list[Page], images: dict[str, Path], about: About) -> str:
    parts = [(page.name, XHTML, page.properties) for page in pages]
    others = [
        ("book.css", "text/css", ""),
        (FONT.name, "font/woff2", ""),
        *((f"{IMAGES}/{name}", KINDS[file.suffix], "") for name, file in sorted(images.items())),
    ]
    items = [
        f'<item id="nav" href="contents.xhtml" media-type="{XHTML}" properties="nav"/>',
    ]
    for number, (name, kind, properties) in enumerate(parts):
        what = f' properties="{" ".join(properties)}"' if properties else ""
        items.append(f'<item id="part{number}" href="{name}" media-type="{kind}"{what}/>')
    for number, (name, kind, _) in enumerate(others):
        items.append(f'<item id="file{number}" href="{escape(name)}" media-type="{kind}"/>')
    spine = "".join(f'<itemref idref="part{number}"/>' for number in range(len(parts)))
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" xml:lang="en">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">{escape(about.address)}</dc:identifier>
<dc:title>{escape(about.title)}</dc:title>
<dc:language>en</dc:language>
<dc:creator>{escape(about.author)}</dc:creator>
<dc:rights>{escape(about.licence)}</dc:rights>
<dc:source>{escape(about.address)}</dc:source>
<meta property="dcterms:modified">{about.year}-01-01T00:00:00Z</meta>
<meta property="schema:accessMode">textual</meta>
<meta property="schema:accessMode">visual</meta>
<meta property="schema:accessModeSufficient">textual</meta>
<meta property="schema:accessibilityFeature">alternativeText</meta>
<meta property="schema:accessibilityFeature">MathML</meta>
<meta property="schema:accessibilityFeature">tableOfContents</meta>
<meta property="schema:accessibilityHazard">none</meta>
</metadata>
<manifest>
{chr(10).join(items)}
</manifest>
<spine><itemref idref="nav"/>{spine}</spine>
</package>
"""


def _contents(pages: list[Page], about: About) -> str:
    entries = []
    for page in pages:
        below = "".join(
            f'<li><a href="{page.name}#{anchor}">{escape(title)}</a></li>'
            for anchor, title in page.sections
        )
        inside = f"<ol>{below}</ol>" if below else ""
        entries.append(f'<li><a href="{page.name}">{escape(page.title)}</a>{inside}</li>')
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="en"
 xml:lang="en">
<head><title>{escape(about.title)}</title><link rel="stylesheet" href="book.css"/></head>
<body><h1>{escape(about.title)}</h1>
<p>The network of 2012, taken apart. Made from the pages of
<a href="{escape(about.address)}">the book</a>:
its interactive views are pictures here, and every answer is open.</p>
<nav epub:type="toc" id="contents"><h2>Contents</h2><ol>
{chr(10).join(entries)}
</ol></nav></body></html>
"""
