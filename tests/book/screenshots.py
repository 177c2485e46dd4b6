"""Pictures of pages of the built book: wide and narrow, light and dark.

    python tests/book/screenshots.py FOLDER [PAGE …]

PAGE is a path inside the book ("notebooks/01_first_layer.html"); without any, all pages of the
table of contents. The pictures are FOLDER/<page>-<width>-<theme>.png.
"""

from __future__ import annotations

import sys
from pathlib import Path

from served import LOAD_ALL, book_folder, find_browser, serve, start_browser, toc_pages

WIDTHS = (1280, 360)
THEMES = ("light", "dark")
# Widgets are fetched when a reader comes near: walk down once, and back to the top.
WALK = """async () => {
    for (let y = 0; y < document.body.scrollHeight; y += 600) {
        scrollTo(0, y);
        await new Promise(done => setTimeout(done, 100));
    }
    scrollTo(0, 0);
}"""


def main(arguments: list[str]) -> None:
    """Take the pictures."""
    if not arguments:
        sys.exit(__doc__)
    path = find_browser()
    if path is None:
        sys.exit(
            "no chromium, chromium-browser or google-chrome on the path, nor ALEXNET_LAB_BROWSER"
        )
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    pages = arguments[1:] or toc_pages()
    with serve(book_folder()) as root, start_browser(path) as browser:
        for width in WIDTHS:
            for theme in THEMES:
                context = browser.new_context(
                    viewport={"width": width, "height": 900},
                    color_scheme=theme,
                    reduced_motion="reduce",
                )
                tab = context.new_page()
                for page in pages:
                    tab.goto(root + page, wait_until="networkidle")
                    tab.evaluate(LOAD_ALL)
                    tab.evaluate(WALK)
                    tab.wait_for_load_state("networkidle")
                    name = page.removesuffix(".html").replace("/", "-")
                    file = folder / f"{name}-{width}-{theme}.png"
                    tab.screenshot(path=file, full_page=True)
                    print(file)
                context.close()


if __name__ == "__main__":
    main(sys.argv[1:])
