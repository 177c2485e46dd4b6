"""The book's English in figures: sentences, their length, the passive, phrases to avoid.

    python tools/prose.py                     # a line for each page
    python tools/prose.py --list              # each long sentence, each phrase, where it is
    python tools/prose.py --against COMMIT    # the whole book then and now

Prose is what a reader reads: headings, paragraphs, lists and tables of the pages and chapters; not
code, formulas, quotations of the paper and pages for authors. retext finds sentences, syllables
and the passive; `make lint` fetches it from npm. Without npm the phrases alone are counted.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from check_javascript import FOLDER, HERE, fetch
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.front_matter import front_matter_plugin
from mdit_py_plugins.myst_blocks import myst_block_plugin
from mdit_py_plugins.myst_role import myst_role_plugin
from old_tree import unpack

ROOT = Path(__file__).resolve().parent.parent
LONG = 30  # words; a sentence that has more is two
PATTERNS = ROOT / "tools" / "prose_patterns.yml"
# Written by other programs, or for people who write the book.
LEFT_OUT = ("book/authors.md", "book/api/", "book/bibliography.md")
PARSER = (
    MarkdownIt("commonmark", {"html": True})
    .enable("table")
    .use(front_matter_plugin)
    .use(dollarmath_plugin, double_inline=True)
    .use(myst_role_plugin)
    .use(myst_block_plugin)
)


@dataclass
class Page:
    """One page: its pieces of prose, each with the place where it is, and what was measured."""

    name: str
    prose: list[tuple[str, str]]
    sentences: list[dict[str, Any]] = field(default_factory=list)
    slips: list[str] = field(default_factory=list)
    ease: float | None = None


def pieces(markdown: str) -> Iterator[str]:
    """Yield headings, paragraphs, points and cells of tables as plain text.

    A quotation is left out if it opens with a quotation mark: those words are the paper's.
    """
    for token in PARSER.parse(markdown):
        if token.type == "inline":
            text = " ".join(plain(token.children or []).split())
            if re.search(r"[A-Za-z]{2}", text) and not re.match(r'["“]', text):
                yield text
        elif token.type == "fence" and re.match(r"\{(note|tip|warning|admonition)\}", token.info):
            yield from pieces(token.content)


def plain(tokens: list[Token]) -> str:
    """Return what is read aloud: a link's words, a term's; a formula is one letter."""
    said = []
    for token in tokens:
        if token.type == "myst_role":
            name = token.meta.get("name", "")
            said.append("" if name.startswith("cite") else token.content.split(" <")[0])
        elif token.type.startswith("math"):
            said.append("k")
        elif token.type in ("text", "code_inline"):
            said.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            said.append(" ")
    return "".join(said)


def pages(root: Path) -> list[Page]:
    """Read the pages that the table of contents names, in its order."""
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    names = [toc["root"], *(c["file"] for part in toc["parts"] for c in part["chapters"])]
    found = []
    for name in names:
        if name.startswith(tuple(left.removesuffix(".md") for left in LEFT_OUT)):
            continue
        notebook = root / f"{name}.ipynb"
        if notebook.is_file():
            cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
            texts = {
                f"{name}.ipynb, cell {number}": "".join(cell["source"])
                for number, cell in enumerate(cells, 1)
                if cell["cell_type"] == "markdown"
            }
        else:
            texts = {f"{name}.md": (root / f"{name}.md").read_text(encoding="utf-8")}
        prose = [(where, piece) for where, text in texts.items() for piece in pieces(text)]
        found.append(Page(name, prose))
    return found


@cache
def patterns() -> list[tuple[str, re.Pattern[str], str]]:
    """Return kind, expression and what to say instead."""
    kinds = yaml.safe_load(PATTERNS.read_text(encoding="utf-8"))
    return [
        (kind["kind"], re.compile(pattern, re.IGNORECASE), better)
        for kind in kinds
        for pattern, better in kind["phrases"]
    ]


def phrases(page: Page) -> list[str]:
    """Return a line for each phrase to avoid."""
    return [
        f"{where}: {kind}: “{match[0].strip()}” → {better}; in: {piece[:160]}"
        for where, piece in page.prose
        for kind, pattern, better in patterns()
        for match in pattern.finditer(piece)
    ]


def measure(book: list[Page]) -> str | None:
    """Let retext read all pages; return why it cannot, if that is no fault."""
    if reason := fetch():
        return reason
    # A module finds its packages beside itself.
    script = FOLDER / "prose.mjs"
    script.write_bytes((HERE / "prose.mjs").read_bytes())
    texts = ["\n\n".join(piece for _, piece in page.prose) for page in book]
    done = subprocess.run(
        ["node", script], input=json.dumps(texts), stdout=subprocess.PIPE, text=True, check=True
    )
    for page, result in zip(book, json.loads(done.stdout), strict=True):
        page.sentences, page.slips, page.ease = result["sentences"], result["slips"], result["ease"]
    return None


def row(name: str, group: list[Page]) -> list[str]:
    """Return one line of the table."""
    found = sum(len(phrases(page)) for page in group)
    sentences = [s for page in group for s in page.sentences]
    if not sentences:
        return [name, "–", "–", "–", "–", "–", "–", str(found)]
    words = [s["words"] for s in sentences]
    ease = [page.ease for page in group if page.ease is not None]
    return [
        name,
        str(len(sentences)),
        f"{statistics.median(words):.0f}",
        f"{100 * sum(w > LONG for w in words) / len(words):.1f} %",
        f"{100 * sum(bool(s['passive']) for s in sentences) / len(sentences):.0f} %",
        f"{statistics.median(ease):.0f}",
        str(sum(len(page.slips) for page in group)),
        str(found),
    ]


def main(argv: list[str] | None = None) -> int:
    """Print the table; 1 when there is a phrase to avoid."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--list", action="store_true", help="print each finding and its place")
    parser.add_argument("--against", metavar="COMMIT", help="the whole book then, and now")
    options = parser.parse_args(argv)
    book = pages(ROOT)
    if reason := measure(book):
        print(f"only phrases are counted: {reason}")
    head = ["", "sentences", "words", f"over {LONG}", "passive", "ease", "slips", "phrases"]
    rows = [row(page.name, [page]) for page in book]
    if options.against:
        with tempfile.TemporaryDirectory() as scratch:
            unpack(options.against, Path(scratch), "book", "notebooks", "_toc.yml")
            before = pages(Path(scratch))
            measure(before)
        rows = [row(options.against, before)]
    rows.append(row("the whole book" if not options.against else "now", book))
    width = max(len(r[0]) for r in rows) + 2
    for line in [head, *rows]:
        print(line[0].ljust(width) + "".join(value.rjust(11) for value in line[1:]))
    found = [line for page in book for line in phrases(page)]
    if options.list:
        print(*found, sep="\n")
        for page in book:
            print(*(f"{page.name}: {slip}" for slip in page.slips), sep="\n")
            for s in page.sentences:
                if s["words"] > LONG:
                    print(f"{page.name}: {s['words']} words: {s['text']}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
