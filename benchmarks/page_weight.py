"""What the first load of each page of the built book costs, compressed, in headless Chromium.

All that the browser asks for before a reader does anything: text as gzip, the rest as it is.
Budget: 400,000 bytes for every page, which `tests/book/test_pages.py` keeps.

    python benchmarks/page_weight.py [PAGE …]
"""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path

from _machine import word
from _record import begin

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "book"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pages", nargs="*", metavar="PAGE", help="notebooks/03_relu.html")
    options, record = begin(parser, __file__)
    pages = options.pages

    from served import Visit, book_folder, find_browser, serve, start_browser, toc_pages
    from weight import BUDGET, KINDS, weigh

    folder, browser_path = book_folder(), find_browser()
    if browser_path is None or not (folder / "index.html").is_file():
        print(f"not measured: no {'Chromium' if browser_path is None else 'built book'}")
        return
    weights = {}
    with serve(folder) as root, start_browser(browser_path) as browser:
        print(f"Chromium {browser.version}, {date.today()}; kB, compressed")
        for page in pages or [*toc_pages(), "search.html"]:
            seen = Visit(browser, root)
            seen.open(page, until="networkidle")
            weights[page] = weigh(folder, root, seen.first)
            seen.context.close()
    print(f"{'page':44}{'all':>7}" + "".join(f"{kind:>8}" for kind in KINDS))
    for page, parts in sorted(weights.items(), key=lambda item: -sum(item[1].values())):
        kilobytes = "".join(f"{parts[kind] / 1e3:8.1f}" for kind in KINDS)
        print(f"{page:44}{sum(parts.values()) / 1e3:7.1f}{kilobytes}")
    page, most = max(((p, sum(w.values())) for p, w in weights.items()), key=lambda item: item[1])
    target = f"≤ {BUDGET / 1e3:.0f} kB"
    print(f"heaviest: {page}, {most / 1e3:.1f} kB; target {target}: {word(most <= BUDGET)}")
    record.add(
        {
            "what": f"the first load of the heaviest of {len(weights)} pages, {page}",
            "value": most / 1e3,
            "unit": "kB",
            "value_low": min(sum(parts.values()) for parts in weights.values()) / 1e3,
            "value_high": most / 1e3,
            "target": target,
            "passed": most <= BUDGET,
        }
    )
    record.keep()


if __name__ == "__main__":
    main()
