"""Take the README's picture from the built book: the landing page's drawing of the network.

    python tools/readme_picture.py

Needs the built book and the `dev` extra. The numbers in the drawing are computed when the book is
built; this only photographs it, so that the README shows what the book shows.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "book" / "_static" / "network.png"
sys.path.insert(0, str(ROOT / "tests" / "book"))

from served import book_folder, find_browser, serve, start_browser  # noqa: E402


def main() -> None:
    """Write the picture."""
    path = find_browser()
    if path is None:
        sys.exit("no chromium, chromium-browser or google-chrome on the path")
    with serve(book_folder()) as root, start_browser(path) as browser:
        context = browser.new_context(
            viewport={"width": 1280, "height": 900},
            color_scheme="light",
            device_scale_factor=1.5,
        )
        tab = context.new_page()
        tab.goto(f"{root}book/index.html")
        tab.locator("svg.al-network--wide").screenshot(path=PICTURE)
    # 256 colours do for a drawing, and a third of the bytes.
    Image.open(PICTURE).convert("RGB").quantize(256).save(PICTURE, optimize=True)
    print(f"wrote {PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
