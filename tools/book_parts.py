"""What the book as one file contains, printed or as an EPUB, in reading order."""

from __future__ import annotations

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "book"))

from served import toc_pages

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
