"""Photograph pages of the built book at three widths, by day and by night, side by side.

    python tools/contact_sheet.py                                  # every page
    python tools/contact_sheet.py book/index notebooks/05_pooling  # some

Needs the built book and the `dev` extra. A picture for each page goes to `_build/contact-sheets`:
six columns, the widest first, light before dark; a very long page is cut off. With `--whole` each
photograph is kept by itself as well, uncut and at its own size.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "book"))

from explorers import bring_to_life  # noqa: E402
from served import LOAD_ALL, book_folder, find_browser, serve, start_browser, toc_pages  # noqa: E402

WIDTHS = (1440, 768, 360)
THEMES = ("light", "dark")
COLUMN = 420  # pixels of the sheet, for each width
TALLEST = 9000  # CSS pixels of a page, on the sheet
# What is drawn only when a reader comes near: the tiles of the atlas, a picture of an output.
TO_THE_END = """async () => {
    for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight / 2) {
        scrollTo(0, y);
        await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    }
}"""
PIECE = 8000  # pixels of one screenshot: a browser draws no picture of any height


def photograph(browser: Any, address: str, width: int) -> Iterator[tuple[str, Image.Image]]:
    """Yield a page, whole, in each theme, its explorers alive."""
    context = browser.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce")
    tab = context.new_page()
    for theme in THEMES:
        tab.emulate_media(color_scheme=theme)
        if theme == THEMES[0]:
            tab.goto(address)
        bring_to_life(tab)  # a still, where the machine is slow, is not what readers see
        tab.evaluate(TO_THE_END)
        tab.evaluate(LOAD_ALL)
        tab.wait_for_load_state("networkidle")
        tab.evaluate("scrollTo(0, 0)")
        height = tab.evaluate("document.documentElement.scrollHeight")
        whole = Image.new("RGB", (width, height), "grey")
        for top in range(0, height, PIECE):
            part = {"x": 0, "y": top, "width": width, "height": min(PIECE, height - top)}
            shot = tab.screenshot(full_page=True, clip=part)
            whole.paste(Image.open(io.BytesIO(shot)), (0, top))
        yield theme, whole
    context.close()


def as_column(whole: Image.Image) -> Image.Image:
    """Return a photograph as wide as a column, its end cut off where it is very long."""
    seen = whole.crop((0, 0, whole.width, min(TALLEST, whole.height)))
    return seen.resize((COLUMN, seen.height * COLUMN // seen.width), Image.Resampling.LANCZOS)


def main(argv: list[str] | None = None) -> int:
    """Write the sheets."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("pages", metavar="PAGE", nargs="*", help="such as notebooks/05_pooling")
    parser.add_argument("--out", type=Path, default=ROOT / "_build" / "contact-sheets")
    parser.add_argument("--whole", action="store_true", help="keep each photograph as well")
    options = parser.parse_args(argv)
    every = [page.removesuffix(".html") for page in toc_pages()]
    if unknown := [page for page in options.pages if page not in every]:
        parser.error(f"no page {unknown[0]!r}; a page is named as _toc.yml names it")
    path = find_browser()
    if path is None:
        sys.exit("no chromium, chromium-browser or google-chrome on the path")
    if not book_folder().is_dir():
        sys.exit("the book is not built; make book builds it")
    options.out.mkdir(parents=True, exist_ok=True)
    with serve(book_folder()) as root, start_browser(path) as browser:
        for page in options.pages or every:
            name = page.replace("/", "-")
            shots = []
            for width in WIDTHS:
                for theme, whole in photograph(browser, f"{root}{page}.html", width):
                    shots.append(as_column(whole))
                    if options.whole:
                        whole.save(options.out / f"{name}-{width}-{theme}.png")
            sheet = Image.new("RGB", (COLUMN * len(shots), max(s.height for s in shots)), "grey")
            for column, shot in enumerate(shots):
                sheet.paste(shot, (column * COLUMN, 0))
            target = options.out / f"{name}.png"
            sheet.save(target)
            print(target)
    return 0


if __name__ == "__main__":
    sys.exit(main())
