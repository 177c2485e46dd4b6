"""What a code cell becomes: its tags (setup, solution, check) and its pictures' alt texts.

The cells of an assignment are told by nbgrader's metadata: what a reader is to work on stays open,
the checks and what they are given are folded.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.transforms import SphinxTransform

if TYPE_CHECKING:
    from sphinx.application import Sphinx

# Colab shows this comment as the title of a folded cell; here it is the summary of the fold.
TITLE = re.compile(r"# ?@title (?P<title>.*?)(?:\s*\{.*\})?\n+")


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
            else:
                _fold_given(cell)


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


def _take_alt_texts(app: Sphinx, docname: str, source: list[str]) -> None:
    """Give a picture the alt text that its own output carries, where the cell names none."""
    if not app.env.doc2path(docname).endswith(".ipynb"):
        return
    notebook = json.loads(source[0])
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            for mime, about in output.get("metadata", {}).items():
                if mime.startswith("image/") and "alt" in about:
                    options = cell["metadata"].setdefault("mystnb", {}).setdefault("image", {})
                    options.setdefault("alt", about["alt"])
    source[0] = json.dumps(notebook)


def setup(app: Sphinx) -> None:
    """Connect both."""
    app.add_transform(FoldCells)
    app.connect("source-read", _take_alt_texts)
