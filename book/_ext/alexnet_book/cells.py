"""What a code cell becomes: its tags (setup, solution, check) and its pictures' alt texts.

What is open is what teaches: imports, and the code that only draws a figure or makes an explorer,
are folded, and the question that such a cell asks in its first comment becomes a sentence of the
page. A cell tagged ``open`` stays open. The cells of an assignment are told by nbgrader's metadata:
what a reader is to work on stays open, the checks and what they are given are folded.
"""

from __future__ import annotations

import itertools
import json
import re
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.transforms import SphinxTransform

if TYPE_CHECKING:
    from sphinx.application import Sphinx

# Colab shows this comment as the title of a folded cell; here it is the summary of the fold.
TITLE = re.compile(r"# ?@title (?P<title>.*?)(?:\s*\{.*\})?\n+")


IMPORTS, FIGURE, EXPLORER = "only-imports", "only-draws", "only-explores"
FOLDED = {
    IMPORTS: "Imports",
    FIGURE: "Code of this figure",
    EXPLORER: "Code of this explorer",
}


class FoldCells(SphinxTransform):
    """Remove checks, fold set-up cells and solutions, and the checks of an assignment."""

    default_priority = 330

    def apply(self, **kwargs: object) -> None:
        """Rewrite the document in place."""
        for cell in list(self.document.findall(nodes.container)):
            if cell.get("nb_element") != "cell_code":
                continue
            if "tag_check" in cell["classes"]:
                cell.parent.remove(cell)
                continue
            title = _take_title(cell)
            if "tag_setup" in cell["classes"]:
                _fold(cell, title or "Set-up: installs on Colab, does nothing elsewhere")
            elif "tag_solution" in cell["classes"]:
                _fold(cell, title or "Solution")
            elif kind := _kind(cell):
                if kind == EXPLORER:
                    _take_question(cell)
                cell["hide_mode"] = "input"
                cell["prompt_show"] = cell["prompt_hide"] = FOLDED[kind]
            else:
                _fold_given(cell)


def _kind(cell: nodes.container) -> str | None:
    return next((kind for kind in FOLDED if f"tag_{kind}" in cell["classes"]), None)


def _take_question(cell: nodes.container) -> None:
    """Let what the cell's first comment asks stand above it, outside the fold."""
    for block in cell.findall(nodes.literal_block):
        lines = block.astext().split("\n")
        asked = list(itertools.takewhile(lambda line: line.startswith("# "), lines))
        if asked:
            words = " ".join(line.removeprefix("# ") for line in asked)
            cell.parent.insert(cell.parent.index(cell), nodes.paragraph("", words))
        return


def _fold_given(cell: nodes.container) -> None:
    metadata = cell.get("cell_metadata", {})
    about = metadata.get("nbgrader", {})
    name = about.get("grade_id", "")
    if about.get("grade"):
        number = re.search(r"-check-(\d)$", name)
        _fold(cell, f"Check {number[1]}" if number else "Check")
    elif metadata.get("alexnet_lab", {}).get("role") == "picture":
        _fold(cell, "Picture of your answer")
    elif name == "helpers":
        _fold(cell, "Given: what the pictures and the checks use")


def _fold(cell: nodes.container, title: str) -> None:
    # myst_nb's own folding reads these in a later transform.
    cell["hide_mode"] = "all"
    cell["prompt_show"] = cell["prompt_hide"] = title


def _take_title(cell: nodes.container) -> str | None:
    for block in cell.findall(nodes.literal_block):
        match = TITLE.match(block.astext())
        if match is None or block.parent.get("nb_element") != "cell_code_source":
            return None
        source = block.astext()[match.end() :]
        block.rawsource = source
        block.children = []
        block += nodes.Text(source)
        return match["title"]
    return None


def only(cell: dict[str, Any]) -> str | None:
    """Return what a code cell of a chapter does, if it does nothing else: see `FOLDED`."""
    if cell["cell_type"] != "code" or "open" in cell["metadata"].get("tags", ()):
        return None
    if cell.get("id") == "imports":
        return IMPORTS
    shown = [output.get("data", {}) for output in cell["outputs"]]
    if any('class="al-widget"' in "".join(data.get("text/html", "")) for data in shown):
        return EXPLORER
    drawn = any({"image/png", "image/jpeg"} & data.keys() for data in shown)
    folded = "hide-input" in cell["metadata"].get("tags", ())
    return FIGURE if drawn and (folded or str(cell.get("id")).endswith("figure")) else None


def _look_at_cells(app: Sphinx, docname: str, source: list[str]) -> None:
    """Say what a cell only does; give a picture its output's alt text where the cell names none."""
    if not app.env.doc2path(docname).endswith(".ipynb"):
        return
    notebook = json.loads(source[0])
    for cell in notebook["cells"]:
        if kind := only(cell):
            tags = cell["metadata"].setdefault("tags", [])
            tags[:] = [*(tag for tag in tags if tag != "hide-input"), kind]
        for output in cell.get("outputs", ()):
            for mime, about in output.get("metadata", {}).items():
                if mime.startswith("image/") and "alt" in about:
                    options = cell["metadata"].setdefault("mystnb", {}).setdefault("image", {})
                    options.setdefault("alt", about["alt"])
    source[0] = json.dumps(notebook)


def setup(app: Sphinx) -> None:
    """Connect both."""
    app.add_transform(FoldCells)
    app.connect("source-read", _look_at_cells)
