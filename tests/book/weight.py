"""What the first load of a page costs on a static host: all that the browser asks for, compressed.

A reader has done nothing yet: no scrolling, no widget used. Text goes over the line as gzip, as
GitHub Pages and its like send it; pictures, fonts and WebAssembly as they are.
"""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

BUDGET = 400_000  # bytes, for every page
TEXT = {".html", ".css", ".js", ".mjs", ".json", ".svg", ".txt", ".xml", ".ipynb"}
KINDS = {
    "html": {".html"},
    "css": {".css"},
    "js": {".js", ".mjs"},
    "images": {".png", ".jpg", ".webp", ".svg"},
    "fonts": {".woff2"},
    "data": {".json"},
}


@cache
def compressed(file: Path) -> int:
    """Return the bytes that a host sends for a file."""
    content = file.read_bytes()
    # The middle level: what hosts take when they compress while they answer.
    return len(gzip.compress(content, 6)) if file.suffix in TEXT else len(content)


def weigh(folder: Path, root: str, asked: list[str]) -> dict[str, int]:
    """Return the compressed bytes of what was asked for, by kind; each file counts once.

    Parameters
    ----------
    folder : Path
        The built book.
    root : str
        Address under which it was served.
    asked : list of str
        Addresses that the browser asked for.

    Raises
    ------
    ValueError
        If a file is of a kind that has no column.
    """
    files = {
        folder / unquote(urlsplit(url).path[len(urlsplit(root).path) :])
        for url in asked
        if url.startswith(root)
    }
    weights = dict.fromkeys(KINDS, 0)
    for file in sorted(files):
        kinds = [kind for kind, suffixes in KINDS.items() if file.suffix in suffixes]
        if not kinds:
            raise ValueError(f"{file.name}: of which kind is it? tests/book/weight.py")
        weights[kinds[0]] += compressed(file)
    return weights
