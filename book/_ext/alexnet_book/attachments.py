"""Notebooks as other programs save them: pictures pasted into a cell, byte-order mark, no cell ids.

JupyterLab keeps a pasted picture in the cell, as an attachment, with a link ``attachment:name`` to
it; Colab writes it into the link, as a ``data:`` address. The first is written as the second before
the page is read, and Sphinx makes a file of that, as it does where no such address is known.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from sphinx.application import Sphinx

LINK = re.compile(r"attachment:([^\s)\"'>]+)")
MINOR = 5  # of nbformat 4: the first in which a cell has an id


def with_pictures(text: str) -> str:
    """Return a notebook's text with each attachment in the place of its link.

    Parameters
    ----------
    text : str
        JSON of a notebook. What is no notebook comes back as it was: myst-nb says so better.
    """
    try:
        notebook = json.loads(text.removeprefix("\ufeff"))
        cells = notebook["cells"]
        for number, cell in enumerate(cells, 1):
            if attached := cell.pop("attachments", None):
                cell["source"] = _replaced("".join(cell["source"]), attached)
            cell.setdefault("id", f"cell-{number}")
        if notebook["nbformat"] == 4:
            notebook["nbformat_minor"] = MINOR
    except (ValueError, KeyError, TypeError, AttributeError):
        return text
    return json.dumps(notebook)


def _replaced(source: str, attached: dict[str, dict[str, Any]]) -> str:
    def address(match: re.Match[str]) -> str:
        kinds = attached.get(match[1]) or attached.get(unquote(match[1])) or {}
        for kind, data in kinds.items():
            return f"data:{kind};base64,{''.join(data).replace(chr(10), '')}"
        return match[0]

    return LINK.sub(address, source)


def _read(app: Sphinx, name: str, source: list[str]) -> None:
    if app.env.doc2path(name, base=False).endswith(".ipynb"):
        source[0] = with_pictures(source[0])


def _as_files(app: Sphinx) -> None:
    app.builder.supported_data_uri_images = False


def setup(app: Sphinx) -> None:
    """Connect to the pages as they are read."""
    app.connect("builder-inited", _as_files)
    app.connect("source-read", _read)
