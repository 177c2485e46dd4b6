"""The paper's sentence, our line and the 2012 source's line, side by side.

Our lines are looked up in the package when the book is built: a row whose text has left the package
is a warning, and fails the build.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import yaml
from docutils import nodes
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

logger = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[3]
SOURCE = "https://github.com/computerhistory/AlexNet-Source-Code"
COMMIT = "2f8b81f"


@dataclass(frozen=True)
class Excerpt:
    """Some lines of a file: the first one's number, counted from 1, and their text."""

    first: int
    text: str


def excerpt(text: str, begin: str, lines: int) -> Excerpt:
    """Return `lines` lines from the one that holds `begin`, which must stand there exactly once."""
    rows = text.splitlines()
    found = [number for number, row in enumerate(rows) if begin in row]
    if len(found) != 1:
        raise ValueError(f"{begin!r} stands there {len(found)} times, not once")
    part = "\n".join(rows[found[0] : found[0] + lines])
    return Excerpt(found[0] + 1, textwrap.dedent(part))


def anchor(lines: str) -> str:
    """Return the fragment that shows lines on GitHub: "35-63" is #L35-L63, "152,192" is #L152."""
    first, _, last = lines.split(",")[0].partition("-")
    return f"#L{first}-L{last}" if last else f"#L{first}"


def row_html(row: dict[str, Any], found: Excerpt, address: str) -> str:
    """Return one row; `address` is the repository's, with the branch."""
    paper, ours, source = row["paper"], row["ours"], row["source"]
    last = found.first + ours["lines"] - 1
    # The theme's own colours: both of its styles know these classes.
    code = highlight(found.text, PythonLexer(), HtmlFormatter(cssclass="highlight", wrapcode=True))
    here = f"{address}/{ours['file']}{anchor(f'{found.first}-{last}')}"
    there = f"{SOURCE}/blob/{COMMIT}/{source['file']}{anchor(source['lines'])}"
    lines = f"{source['file']}:{source['lines']}"
    return f"""
<section class="al-three__row"><h2>{escape(row["title"])}</h2>
<div class="al-three__paper"><p class="al-three__where">Paper, {escape(paper["section"])}</p>
<blockquote><p>“{escape(paper["text"])}”</p></blockquote></div>
<div class="al-three__ours"><p class="al-three__where"><a href="{here}">{escape(ours["file"])}:\
{found.first}</a></p>{code}</div>
<div class="al-three__source"><p class="al-three__where"><a href="{there}">{escape(lines)}</a></p>
<p>{escape(source["text"])}</p></div>
</section>"""


class ThreeWays(SphinxDirective):
    """`{three-ways} FILE.yml`: the rows of that file, beside the page."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the rows as HTML."""
        _, path = self.env.relfn2path(self.arguments[0])
        self.env.note_dependency(path)
        theme = self.config.html_theme_options  # filled from `repository:` in _config.yml
        address = f"{theme.get('repository_url', '')}/blob/{theme.get('repository_branch', '')}"
        parts = []
        for row in yaml.safe_load(Path(path).read_text(encoding="utf-8")):
            ours = row["ours"]
            file = ROOT / ours["file"]
            self.env.note_dependency(str(file))
            try:
                found = excerpt(file.read_text(encoding="utf-8"), ours["from"], ours["lines"])
            except (OSError, ValueError) as error:
                logger.warning("%s: %s", ours["file"], error, location=self.get_location())
                continue
            parts.append(row_html(row, found, address))
        html = f'<div class="al-three">{"".join(parts)}</div>'
        return [nodes.raw("", html, format="html")]


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("three-ways", ThreeWays)
