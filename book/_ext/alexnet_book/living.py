"""`{living-network}`: a widget on a page of prose, with the lab network that a reader can start.

In a chapter a cell's output brings the widget; a page of Markdown has no cells.
"""

from __future__ import annotations

from functools import cache
from html import escape
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from sphinx.application import Sphinx

PHOTOGRAPH = "coffee"


@cache
def widget_html() -> str:
    """Return the widget as a page holds it: a still, its state, and its alternative text."""
    import alexnet_lab as al

    made = al.widgets.NetworkWalk(photo=PHOTOGRAPH)
    return made._repr_mimebundle_()[0]["text/html"]


@cache
def credit() -> str:
    """Return whose photograph it is."""
    from alexnet_lab.data import photograph

    about = photograph(PHOTOGRAPH)
    return f"Photograph: {about.author}, {about.licence}."


class LivingNetwork(SphinxDirective):
    """Put the widget here."""

    def run(self) -> list[nodes.Node]:
        """Return it as it is."""
        line = f'<p class="al-credit">{escape(credit())}</p>'
        return [nodes.raw("", widget_html() + line, format="html")]


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("living-network", LivingNetwork)
