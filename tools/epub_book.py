"""Write the chapters as an EPUB, from the built book: `_build/alexnet-lab-book.epub`.

    python tools/epub_book.py                              # what `make epub` runs
    python tools/epub_book.py --out some.epub 03 05        # only pages whose names begin so

The same parts as in the printed book, in the same state: answers open, an explorer as its picture
with a link to where it is alive, figures in their colours by day, formulas as MathML. A link to
a part leads there; a link to a page that is not in the file leads to the site.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import book_parts
import epub_pack
import epub_page
import yaml
from alexnet_book.drawing_file import LICENCE
from alexnet_book.pages import address_of

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str] | None = None) -> int:
    """Write the file, and say what came of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("only", nargs="*", help="beginnings of the pages' file names")
    parser.add_argument("--book", type=Path, default=ROOT / "_build" / "html")
    parser.add_argument("--out", type=Path, default=ROOT / "_build" / "alexnet-lab-book.epub")
    args = parser.parse_args(arguments)
    paths = book_parts.pages(tuple(args.only))
    missing = [path for path in paths if not (args.book / path).is_file()]
    if not paths or missing:
        print(f"no {next(iter(missing), 'such page')} in {args.book}: make book", file=sys.stderr)
        return 2
    names = {path: f"{Path(path).stem}.xhtml" for path in paths}
    pages = [epub_page.read(args.book, path, names, site()) for path in paths]
    args.out.parent.mkdir(parents=True, exist_ok=True)
    epub_pack.write(args.out, pages, about())
    size = args.out.stat().st_size / 1e6
    print(f"wrote {args.out}: {len(pages)} parts, {size:.1f} MB")
    return 0


def settings() -> Mapping[str, str]:
    """Return `_config.yml`."""
    return yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))


def site() -> str:
    """Return where the book is published."""
    return address_of(settings()["repository"]["url"])  # type: ignore[index]


def about() -> epub_pack.About:
    """Return what the file says of itself."""
    return epub_pack.About(
        title=settings()["title"],
        author=settings()["author"],
        address=site(),
        licence=LICENCE,
        year=str(settings()["copyright"]),
    )


if __name__ == "__main__":
    raise SystemExit(main())
