"""How an entry of the reference list is set: authors, title as the link, then where it appeared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pybtex.plugin import register_plugin
from pybtex.style.formatting.plain import Style as PlainStyle
from pybtex.style.template import field, first_of, href, optional, sentence

if TYPE_CHECKING:
    from sphinx.application import Sphinx


class Style(PlainStyle):
    """Sorted by author; the title carries the address, in its own capitals."""

    def format_title(self, e: Any, which_field: str, as_sentence: bool = True) -> Any:
        """Return the title, linked where the entry has an address."""
        title = first_of[
            optional[href[field("url", raw=True), field(which_field)]], field(which_field)
        ]
        return sentence[title] if as_sentence else title

    def format_web_refs(self, e: Any) -> Any:
        """Return nothing: the title is the link."""
        return sentence[optional[field("doi", raw=True)]]


def setup(app: Sphinx) -> None:
    """Offer the style to sphinxcontrib-bibtex, by the name that _config.yml gives."""
    register_plugin("pybtex.style.formatting", "alexnet_book", Style)
