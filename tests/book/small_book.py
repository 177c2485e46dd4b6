"""Small books, built with the book's own extension as the book is."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

SETTINGS: dict[str, Any] = {
    "project": "sample",
    "html_title": "Sample",
    "html_theme": "basic",
    "html_math_renderer": "mathml",
    "extensions": ["myst_nb", "sphinxcontrib.bibtex", "alexnet_book"],
    "bibtex_bibfiles": [],
    "nb_execution_mode": "off",
    "nb_ipywidgets_js": {},
    "myst_enable_extensions": ["dollarmath"],
    "exclude_patterns": [],
}


def build(source: Path, out: Path, settings: dict[str, Any], *, anew: bool = True) -> str:
    """Build the book in `source` with these settings; return what Sphinx said and warned of."""
    said = io.StringIO()
    with patch_docutils(), docutils_namespace():
        app = Sphinx(source, None, out, out / "trees", "html", settings, None, said)
        app.build(force_all=anew)
    return said.getvalue()
