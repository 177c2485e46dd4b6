"""`{question-sources}`: where wrong answers come from; each source, and how often it is named."""

from __future__ import annotations

from collections import Counter
from html import escape
from pathlib import Path

import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

FILE = "question-sources.yml"


class QuestionSources(SphinxDirective):
    """Put the table here; the file lies beside the page."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        _, path = self.env.relfn2path(FILE)
        self.env.note_dependency(path)
        return [nodes.raw("", table(Path(path)), format="html")]


def table(path: Path) -> str:
    """Return a row a source, the most frequent first."""
    about = yaml.safe_load(path.read_text(encoding="utf-8"))
    questions = [question for page in about["choices"].values() for question in page]
    counts = Counter(tag for question in questions for tag in question.values())
    rows = "".join(
        f"<tr><td>{count}</td><td>{escape(about['sources'][tag])}</td></tr>"
        for tag, count in counts.most_common()
    )
    head = "<tr><th>wrong answers</th><th>where they come from</th></tr>"
    return f'<table class="table"><thead>{head}</thead><tbody>{rows}</tbody></table>'


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("question-sources", QuestionSources)
