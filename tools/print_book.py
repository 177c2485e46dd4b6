"""Print the chapters as one PDF, with the built book and a browser: `_build/alexnet-lab-book.pdf`.

    python tools/print_book.py                              # what `make pdf` runs
    python tools/print_book.py --out some.pdf 03 05         # only pages whose names begin so

Each page is printed as a reader would print it: answers open, light colours, an explorer as its
picture. Then come page numbers, a list of contents, bookmarks, and links from page to page inside
the file. A link that leads to a part of the site that is not printed becomes plain words.
"""

from __future__ import annotations

import argparse
import base64
import io
import sys
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag

import book_parts
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NullObject

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "book"))

from served import LOAD_ALL, book_folder, find_browser, serve, start_browser  # noqa: E402

PAPER = {
    "format": "A4",
    "print_background": True,
    "margin": {"top": "18mm", "bottom": "20mm", "left": "16mm", "right": "16mm"},
}
OPEN = "document.querySelectorAll('.bd-article details').forEach(d => d.open = true)"
FONTS = {
    "Lab Serif": "source-serif-4-latin-wght-normal.woff2",
    "Lab Sans": "source-sans-3-latin-wght-normal.woff2",
}
STYLE = """
body { font: 11pt/1.5 "Lab Serif", Georgia, serif; color: #22262e; margin: 0 }
h1 { font-size: 30pt; margin: 30mm 0 4mm } p { margin: 0 0 10mm; max-width: 120mm }
ol { list-style: none; padding: 0 } li { display: flex; gap: 3mm; break-inside: avoid }
li span { flex: 1; border-bottom: 1px dotted #aaa }
footer { height: 271mm; break-after: page; display: flex; align-items: flex-end;
         justify-content: center; font: 9pt "Lab Sans", sans-serif; color: #555 }
footer:last-child { break-after: auto }
"""


@dataclass
class Part:
    """One printed page of the site."""

    path: str
    title: str
    pdf: PdfReader
    start: int = 0  # the number of its first page, from 0


def main(arguments: list[str] | None = None) -> int:
    """Print, and say what came of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("only", nargs="*", help="beginnings of the pages' file names")
    parser.add_argument("--out", type=Path, default=ROOT / "_build" / "alexnet-lab-book.pdf")
    args = parser.parse_args(arguments)
    paths = book_parts.pages(tuple(args.only))
    browser_path = find_browser()
    if browser_path is None:
        print("no chromium, chromium-browser or google-chrome on the path", file=sys.stderr)
        return 2
    if not paths or not (book_folder() / "book" / "index.html").is_file():
        print(f"nothing to print in {book_folder()}: make book", file=sys.stderr)
        return 2
    with serve(book_folder()) as root, start_browser(browser_path) as browser:
        context = browser.new_context(color_scheme="light", viewport={"width": 820, "height": 1160})
        tab = context.new_page()
        tab.route("**/widgets/_runtime/host.js*", lambda route: route.abort())  # stills stay
        parts = [print_part(tab, root, path) for path in paths]
        writer = bound(tab, parts, root)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    writer.write(args.out)
    size = args.out.stat().st_size / 1e6
    print(f"wrote {args.out}: {len(parts)} parts, {len(writer.pages)} pages, {size:.1f} MB")
    return 0


def print_part(tab: Any, root: str, path: str) -> Part:
    """Print one page of the site."""
    tab.goto(root + path, wait_until="load")
    tab.emulate_media(media="print", color_scheme="light")
    tab.evaluate(OPEN)
    tab.evaluate(LOAD_ALL)
    tab.evaluate("document.fonts.ready.then(() => null)")
    title = tab.title().rsplit(" — ", 1)[0]
    data = tab.pdf(**PAPER, outline=True, tagged=True)
    return Part(path, title, PdfReader(io.BytesIO(data)))


def bound(tab: Any, parts: list[Part], root: str) -> PdfWriter:
    """Put the parts behind a list of contents, numbered and linked."""
    length = len(front(tab, parts).pages)
    start = length
    for part in parts:
        part.start = start
        start += len(part.pdf.pages)
    contents = front(tab, parts)
    writer = PdfWriter()
    writer.append(contents, outline_item="Contents", import_outline=False)
    for part in parts:
        writer.append(part.pdf, outline_item=part.title, import_outline=True)
    numbers = numbered(tab, start)
    for number, page in enumerate(writer.pages):
        if number >= length:
            page.merge_page(numbers.pages[number])
    relink(writer, parts, root)
    writer.add_metadata({"/Title": "AlexNet Lab", "/Author": "The AlexNet Lab contributors"})
    writer.page_mode = "/UseOutlines"
    return writer


def front(tab: Any, parts: list[Part]) -> PdfReader:
    """Print the first page: title, and the parts with the numbers of their first pages."""
    rows = "".join(
        f"<li>{escape(part.title)} <span></span> {part.start + 1}</li>" for part in parts
    )
    text = (
        "<h1>AlexNet Lab</h1><p>The network of 2012, taken apart. Printed from the book's pages; "
        f"explorers are shown as pictures, and every answer is open.</p><ol>{rows}</ol>"
    )
    return set_page(tab, text)


def numbered(tab: Any, count: int) -> PdfReader:
    """Print empty pages that bear their number."""
    return set_page(tab, "".join(f"<footer>{n + 1}</footer>" for n in range(count)), low=True)


def set_page(tab: Any, body: str, *, low: bool = False) -> PdfReader:
    """Print a page of our own."""
    tab.goto("about:blank")  # the book's pages allow no style that stands in a page
    style = font_faces() + STYLE
    tab.set_content(f'<html lang="en"><style>{style}</style><body>{body}</body></html>')
    tab.evaluate("document.fonts.ready.then(() => null)")
    margin = {"top": "18mm", "bottom": "6mm"} if low else PAPER["margin"]
    return PdfReader(io.BytesIO(tab.pdf(**{**PAPER, "margin": margin, "print_background": False})))


@cache
def font_faces() -> str:
    """Return the book's fonts inside a style sheet: a page of our own can fetch nothing."""
    faces = []
    for family, name in FONTS.items():
        data = (ROOT / "book" / "_static" / "fonts" / name).read_bytes()
        url = f"data:font/woff2;base64,{base64.b64encode(data).decode()}"
        faces.append(f"@font-face {{ font-family: '{family}'; src: url({url}) }}")
    return "\n".join(faces)


def relink(writer: PdfWriter, parts: list[Part], root: str) -> None:
    """Turn links into the site into links inside the file, or into none."""
    starts = {root + part.path: part.start for part in parts}
    for page in writer.pages:
        kept = ArrayObject()
        for reference in page.get("/Annots") or ():
            note = reference.get_object()
            address = str((note.get("/A") or {}).get("/URI", ""))
            if not address.startswith(root):
                kept.append(reference)
                continue
            goal = starts.get(urldefrag(address)[0])
            if goal is not None:
                there = writer.pages[goal].indirect_reference
                where = ArrayObject([there, NameObject("/FitH"), NullObject()])
                note[NameObject("/A")] = DictionaryObject(
                    {NameObject("/S"): NameObject("/GoTo"), NameObject("/D"): where}
                )
                kept.append(reference)
        page[NameObject("/Annots")] = kept


if __name__ == "__main__":
    raise SystemExit(main())
