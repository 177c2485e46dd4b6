"""`{downloads}`: links to offline copy, printed book and EPUB, where the site has them beside it.

They are made from the built pages, so the pages cannot know them; `make site` promises them by
``ALEXNET_LAB_DOWNLOADS=1``. Any other build names the commands that make them.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from sphinx.application import Sphinx

OFFLINE, PRINTED, EPUB = (f"alexnet-lab-book.{kind}" for kind in ("zip", "pdf", "epub"))


class Downloads(SphinxDirective):
    """Put a paragraph here."""

    def run(self) -> list[nodes.Node]:
        """Return it, with addresses relative to the page's own."""
        up = "../" * self.env.docname.count("/")
        paragraph = nodes.paragraph()
        if self.config.alexnet_book_downloads:
            paragraph += nodes.reference("", "The whole book for offline use", refuri=up + OFFLINE)
            paragraph += nodes.Text(
                " is a folder of pages: unpack it and open index.html. The explorers work in it. "
            )
            paragraph += nodes.reference("", "The chapters as one PDF", refuri=up + PRINTED)
            paragraph += nodes.Text(", or for an e-reader ")
            paragraph += nodes.reference("", "as an EPUB", refuri=up + EPUB)
            paragraph += nodes.Text(", show each explorer as a picture, and every answer open.")
        else:
            paragraph += nodes.literal("", "make offline")
            paragraph += nodes.Text(" writes a copy that opens from disk, ")
            paragraph += nodes.literal("", "make pdf")
            paragraph += nodes.Text(" the chapters as one PDF, ")
            paragraph += nodes.literal("", "make epub")
            paragraph += nodes.Text(" as an EPUB, all into ")
            paragraph += nodes.literal("", "_build")
            paragraph += nodes.Text(".")
        return [paragraph]


def setup(app: Sphinx) -> None:
    """Register the directive, and what it goes by."""
    app.add_config_value(
        "alexnet_book_downloads", bool(os.environ.get("ALEXNET_LAB_DOWNLOADS")), "env"
    )
    app.add_directive("downloads", Downloads)
