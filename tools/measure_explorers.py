"""Measure how tall each explorer of the built book is when alive: `book/explorer_heights.json`.

    python tools/measure_explorers.py                       # after the book was built
    python tools/measure_explorers.py 05 15                 # only pages whose names begin so

The book reserves these heights, so that nothing moves when an explorer takes its still's place. A
test scrolls through every page that has one, and says when this is to be run again.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "book"))

from served import Visit, book_folder, find_browser, serve, start_browser, toc_pages  # noqa: E402

HEIGHTS = ROOT / "book" / "explorer_heights.json"
WIDTHS = (360, 600, 1280)  # of the window; between them the page interpolates
SIZES = """boxes => boxes.map(box => {
  const { width, height } = box.getBoundingClientRect();
  return [Math.round(width), Math.round(height)];
})"""


def main(arguments: list[str] | None = None) -> int:
    """Measure, and write the file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("only", nargs="*", help="beginnings of the pages' file names")
    args = parser.parse_args(arguments)
    browser_path = find_browser()
    if browser_path is None:
        print("no Chromium or Chrome on the path", file=sys.stderr)
        return 2
    folder = book_folder()
    held = json.loads(HEIGHTS.read_text(encoding="utf-8")) if HEIGHTS.is_file() else {}
    pages = [page for page in toc_pages() if (folder / page).is_file()]
    mark = 'class="al-widget"'
    pages = [page for page in pages if mark in (folder / page).read_text(encoding="utf-8")]
    names = [page.removesuffix(".html") for page in pages]
    found = {name: held[name] for name in names if name in held}
    with serve(folder) as root, start_browser(browser_path) as browser:
        for name in names:
            if not args.only or name.split("/")[-1].startswith(tuple(args.only)):
                found[name] = measured(browser, root, f"{name}.html")
                print(name, found[name], flush=True)
                write(found)
    write(found)
    return 0


def write(found: dict[str, list[list[list[int]]]]) -> None:
    """Write what is known so far, a page a line."""
    lines = [f' "{name}": {json.dumps(sizes)}' for name, sizes in sorted(found.items())]
    HEIGHTS.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def measured(browser: Any, root: str, path: str) -> list[list[list[int]]]:
    """Return the sizes of each explorer of a page, [width, height], at each width of the window."""
    sizes = []
    for width in WIDTHS:
        seen = Visit(browser, root, width=width)
        page = seen.open(path, until="load")
        boxes = page.locator(".al-widget")
        for place in range(boxes.count()):
            boxes.nth(place).scroll_into_view_if_needed()
            page.wait_for_function(
                "place => document.querySelectorAll('.al-widget')[place].dataset.state", arg=place
            )
        # Drawn twice: a figure may make room for a scroll bar.
        page.evaluate("new Promise(d => requestAnimationFrame(() => requestAnimationFrame(d)))")
        sizes.append(boxes.evaluate_all(SIZES))
        seen.context.close()
    return [list(each) for each in zip(*sizes, strict=True)]


if __name__ == "__main__":
    sys.exit(main())
