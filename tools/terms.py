"""Where a chapter first uses each term of the glossary, and where it says what the term means.

    python tools/terms.py 05_pooling 16_activations     # a table for each
    python tools/terms.py                               # all chapters: what is used too early

A chapter defines a term where it emphasises it (*term*). A term that it does not define is linked
to the glossary at its first use, by the build. The head may name what the chapter will explain.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from prose import PARSER, plain

ROOT = Path(__file__).resolve().parent.parent
HEAD = 1  # cells


@dataclass
class Use:
    """A term in a chapter: the cells of its first use and of its definition (0: the glossary's)."""

    term: str
    first: int
    words: str
    defined: int

    @property
    def early(self) -> bool:
        """Whether the text uses it before it says what it means."""
        return self.defined > self.first > HEAD


def glossary(root: Path = ROOT) -> list[tuple[str, ...]]:
    """Return the terms, synonyms together."""
    text = (root / "book" / "glossary.md").read_text(encoding="utf-8")
    (body,) = re.findall(r"^```\{glossary\}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    blocks = re.split(r"\n\s*\n", body)
    terms = [
        tuple(line.strip() for line in block.splitlines() if line[:1].strip()) for block in blocks
    ]
    return [group for group in terms if group]


def uses(notebook: Path, terms: list[tuple[str, ...]]) -> list[Use]:
    """Return the terms that a chapter uses, in the order of their first use."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    texts, marked = {}, {}
    for number, cell in enumerate(cells, 1):
        if cell["cell_type"] == "markdown":
            said, emphasised = [], []
            for token in PARSER.parse("".join(cell["source"])):
                if token.type == "inline":
                    said.append(plain(token.children or []))
                    inside = re.findall(r"(?<![*\w])\*{1,2}([^*]+)\*{1,2}", token.content)
                    emphasised += [" ".join(words.split()) for words in inside]
            texts[number], marked[number] = "\n".join(said), emphasised
    found = []
    for group in terms:
        either = "|".join(map(re.escape, sorted(group, key=len, reverse=True)))
        word = re.compile(rf"\b(?:{either})(?:s|es)?\b", re.IGNORECASE)
        for number, text in texts.items():
            if match := word.search(text):
                line = text[: match.start()].rpartition("\n")[2][-40:] + text[match.start() :][:40]
                defined = [n for n, e in marked.items() if any(word.fullmatch(m) for m in e)]
                found.append(
                    Use(group[0], number, " ".join(line.split()), defined[0] if defined else 0)
                )
                break
    return sorted(found, key=lambda use: use.first)


def main(argv: list[str] | None = None) -> int:
    """Print the tables; 1 when a term is used too early."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("chapters", metavar="CHAPTER", nargs="*", help="such as 05_pooling")
    options = parser.parse_args(argv)
    every = sorted((ROOT / "notebooks").glob("*.ipynb"))
    chosen = [path for path in every if not options.chapters or path.stem in options.chapters]
    if unknown := set(options.chapters) - {path.stem for path in every}:
        parser.error(f"no chapter {min(unknown)!r}; known: {', '.join(p.stem for p in every)}")
    terms, early = glossary(), 0
    for path in chosen:
        found = uses(path, terms)
        shown = found if options.chapters else [use for use in found if use.early]
        early += sum(use.early for use in found)
        here = sum(use.defined > 0 for use in found)
        print(f"{path.stem}: {len(found)} terms, {here} defined here, the rest in the glossary")
        for use in shown:
            where = f"cell {use.defined}" if use.defined else "glossary"
            mark = "  ← too early" if use.early else ""
            print(f"  {use.term:28} cell {use.first:<3} {where:9} …{use.words}…{mark}")
    print(f"{len(chosen)} chapters; {early} terms used before they are defined")
    return 1 if early else 0


if __name__ == "__main__":
    sys.exit(main())
