"""Formulas become MathML while the book is built: no script, no other host, readable aloud."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from docutils import nodes
from math_core import LatexError, LatexToMathML
from sphinx.util import logging

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)


@cache
def _converter() -> LatexToMathML:
    return LatexToMathML()


def to_mathml(latex: str, *, display: bool) -> str:
    """Return MathML for a formula.

    Parameters
    ----------
    latex
        The formula, without its dollar signs.
    display
        True for a formula on lines of its own.

    Raises
    ------
    math_core.LatexError
        If the formula holds something that has no MathML.
    """
    # An alignment may stand alone in LaTeX; without equation numbers it is `aligned`.
    latex = re.sub(r"\\(begin|end)\{(?:align|eqnarray|gather)\*?\}", r"\\\1{aligned}", latex)
    return _converter().convert_with_local_state(latex.strip(), displaystyle=display)


def _convert(node: nodes.Node, *, display: bool) -> str:
    latex = node.astext()
    try:
        return to_mathml(latex, display=display)
    except LatexError as error:
        message = str(error).splitlines()[0] if str(error) else type(error).__name__
        logger.warning("no MathML for the formula %r: %s", latex, message, location=node)
        return f"<code>{nodes.Text(latex)}</code>"


def _visit_inline(self: HTML5Translator, node: nodes.math) -> None:
    formula = f'<span class="math">{_convert(node, display=False)}</span>'
    if mark := node.get("closed_by"):  # a line may end after a formula, not before its comma
        formula = f'<span class="al-together">{formula}{mark}</span>'
    self.body.append(formula)
    raise nodes.SkipNode


def _visit_block(self: HTML5Translator, node: nodes.math_block) -> None:
    self.body.append(self.starttag(node, "div", CLASS="math"))
    self.body.append(_convert(node, display=True) + "</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Offer the renderer; `html_math_renderer: mathml` in _config.yml chooses it."""
    app.add_html_math_renderer("mathml", (_visit_inline, None), (_visit_block, None))
