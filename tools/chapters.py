"""What the chapters are made of, counted: ``python tools/chapters.py`` prints one line a chapter.

The devices that are counted here (Predict, Exercise, solution, figure …) are described in
book/authors.md; tests/notebooks/ holds every chapter against them.
"""

from __future__ import annotations

import json
import re
import statistics
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import nbformat

ROOT = Path(__file__).resolve().parent.parent
DEVICES = (
    "This chapter",
    "This assignment",
    "Paper",
    "Code of 2012",
    "Today",
    "Measured",
    "Predict",
    "Check",
    "Exercise",
    "Note",
)
# The chapters without a number have a letter in its place: Figure L.1, Exercise G.2.
LETTERS = {"00_how_a_network_learns": "L", "00_real_thing": "G"}


@dataclass(frozen=True)
class Chapter:
    """One notebook, read."""

    path: Path

    @cached_property
    def cells(self) -> list[Any]:
        """All cells, in order."""
        return nbformat.read(self.path, as_version=4).cells

    @property
    def code(self) -> list[Any]:
        """The code cells."""
        return [cell for cell in self.cells if cell.cell_type == "code"]

    @property
    def prose(self) -> str:
        """All Markdown, one cell after the other."""
        return "\n\n".join(cell.source for cell in self.cells if cell.cell_type == "markdown")

    @property
    def number(self) -> str:
        """What stands before the point in the names of its figures and exercises."""
        return LETTERS.get(self.path.stem) or str(int(self.path.name[:2]))

    @property
    def title(self) -> str:
        """The text of the first heading."""
        found = re.search(r"^# (.+)$", self.cells[0].source, re.MULTILINE)
        return found.group(1) if found else ""

    @property
    def lead(self) -> str:
        """The paragraph below the title."""
        parts = self.cells[0].source.split("\n\n")
        return parts[1] if len(parts) > 1 else ""

    @property
    def headings(self) -> list[str]:
        """The headings of the sections."""
        return re.findall(r"^## (.+)$", self.prose, re.MULTILINE)

    def devices(self, kind: str) -> list[str]:
        """Return the bold words that open each device of one kind: ``Exercise 1.1``."""
        return re.findall(rf"^> \*\*({kind}[^*]*)\*\* — ", self.prose, re.MULTILINE)

    def tagged(self, tag: str) -> list[Any]:
        """Return the code cells that bear a tag."""
        return [cell for cell in self.code if tag in cell.metadata.get("tags", [])]

    @property
    def pictures(self) -> list[tuple[int, Any]]:
        """The outputs that are pictures, each with the number of its cell; no stills of widgets."""
        return [
            (number, output)
            for number, cell in enumerate(self.cells)
            for output in cell.get("outputs", [])
            if any(kind.startswith("image/") for kind in output.get("data", {}))
            and not is_widget(output)
        ]

    @property
    def widgets(self) -> list[tuple[int, Any]]:
        """The outputs that are widgets, each with the number of its cell."""
        return [
            (number, output)
            for number, cell in enumerate(self.cells)
            for output in cell.get("outputs", [])
            if is_widget(output)
        ]

    @property
    def median_code_lines(self) -> float:
        """The median length of a code cell, in lines; without the line of style below imports."""
        sources = (cell.source.replace("\n\nal.plots.use_style()", "") for cell in self.code)
        return statistics.median(len(source.splitlines()) for source in sources)

    @property
    def kilobytes(self) -> float:
        """The size of the file, in kB (1000 bytes)."""
        return self.path.stat().st_size / 1000

    @property
    def stated_seconds(self) -> float | None:
        """The seconds that the chapter's head promises."""
        found = re.search(r"\*\*Runs in\*\* about (\d+) seconds", self.cells[0].source)
        return float(found.group(1)) if found else None


def is_widget(output: Any) -> bool:
    """Whether an output is one of the package's widgets (the live view is not committed)."""
    return 'class="al-widget"' in str(output.get("data", {}).get("text/html", ""))


def chapters(folder: Path = ROOT / "notebooks") -> list[Chapter]:
    """Read all chapters, in order."""
    return [Chapter(path) for path in sorted(folder.glob("[0-9][0-9]_*.ipynb"))]


def measured_seconds(chapter: Chapter, records: Path = ROOT / ".make" / "chapters") -> str:
    """Return how long the chapter took here when it was last executed; a dash if it never was."""
    try:
        text = (records / f"{chapter.path.stem}.json").read_text(encoding="utf-8")
        return f"{json.loads(text)['seconds']:.1f}"
    except (OSError, ValueError, KeyError, TypeError):
        return "–"


def main() -> int:
    """Print the table."""
    heads = ("cells", "median lines", "seconds", "questions", "exercises", "widgets", "kB")
    print(f"{'chapter':32}", *(f"{head:>12}" for head in heads))
    for chapter in chapters():
        values = (
            len(chapter.cells),
            f"{chapter.median_code_lines:g}",
            measured_seconds(chapter),
            len(chapter.devices("Predict")),
            len(chapter.devices("Exercise")),
            len(chapter.widgets),
            f"{chapter.kilobytes:.0f}",
        )
        print(f"{chapter.path.stem:32}", *(f"{value:>12}" for value in values))
    return 0


if __name__ == "__main__":
    sys.exit(main())
