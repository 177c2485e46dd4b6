"""What the book as one file contains, printed or as an EPUB, in reading order."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The table of contents is read there, and the pages are made here.
sys.path[:0] = [str(ROOT / "tests" / "book"), str(ROOT / "book" / "_ext")]

from served import toc_pages  # noqa: E402

# Chapters and appendices, and what they point to.
PARTS = re.compile(
    r"notebooks/[0-9A]\d_|book/(glossary|references|misconceptions|lab-network|ledger|licences)\."
)


def pages(only: tuple[str, ...] = ()) -> list[str]:
    """Return the paths of the pages inside the built book.

    Parameters
    ----------
    only : tuple of str
        Only pages whose file names begin so; all, if it is empty.
    """
    found = [path for path in toc_pages() if PARTS.match(path)]
    return [path for path in found if not only or path.split("/")[-1].startswith(only)]
