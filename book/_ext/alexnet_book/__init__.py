"""The book's own Sphinx extension.

Chapters are notebooks that must read well in JupyterLab, on Colab and on GitHub, so they hold plain
Markdown only. This extension turns a few conventions of that Markdown (book/authors.md lists them)
into the book's devices, writes formulas as MathML, and keeps every page free of other hosts.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from alexnet_lab import quiz

from . import (
    apart,
    atlas,
    attachments,
    bibliography,
    cells,
    citations,
    details,
    devices,
    downloads,
    drawing_file,
    drawn,
    executed,
    figures,
    glossary,
    images,
    living,
    mathml,
    network,
    network_drawing,
    own_pages,
    pages,
    policy,
    questions,
    reference,
    search,
    sources,
    spacing,
    structured,
    styles,
    tables,
    three_ways,
    training,
    widgets,
    winners,
)

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_PARTS = (
    attachments,
    mathml,
    spacing,
    details,
    devices,
    questions,
    figures,
    cells,
    citations,
    glossary,
    bibliography,
    network_drawing,
    drawing_file,
    drawn,
    images,
    pages,
    network,
    living,
    training,
    downloads,
    executed,
    three_ways,
    winners,
    sources,
    atlas,
    tables,
    widgets,
    reference,
    apart,
    search,
    own_pages,
    structured,
    styles,
    policy,
)


def setup(app: Sphinx) -> dict[str, bool | int | str]:
    """Register the parts; each is one module."""
    for part in _PARTS:
        part.setup(app)
    # Pages that were read by an older state of these files are read again.
    readers = Path(quiz.__file__).parent.glob("*.py")
    sources = [*sorted(Path(__file__).parent.glob("*.py")), *sorted(readers)]
    state = hashlib.sha256(b"".join(file.read_bytes() for file in sources))
    return {
        "version": "1",
        "env_version": int.from_bytes(state.digest()[:6], "big"),
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
