"""An ordinary link to a paper's address leads, in the book, to the paper's entry in the references.

So a notebook needs no directive to cite: the link works on Colab and GitHub as it stands, and the
address is compared with the `url` and `doi` fields of references.bib.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

REFERENCES = "book/references"


def cited_addresses(env: BuildEnvironment) -> dict[str, tuple[str, str]]:
    """Return the key and the title of each entry of the bibliography, by the entry's addresses."""
    addresses = {}
    for key, entry in env.get_domain("cite").bibdata.data.entries.items():
        title = entry.fields["title"].replace("{", "").replace("}", "")
        for field, prefix in (("url", ""), ("doi", "https://doi.org/")):
            if field in entry.fields:
                addresses[_plain(prefix + entry.fields[field])] = (key, title)
    return addresses


def _plain(address: str) -> str:
    return address.split("://", 1)[-1].removeprefix("www.").rstrip("/").lower()


class LinkCitations(SphinxPostTransform):
    """Point links at the reference list, except on the page that holds it."""

    default_priority = 20
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Rewrite the addresses in place."""
        document = self.env.docname
        if document == REFERENCES or REFERENCES not in self.env.found_docs:
            return
        addresses = cited_addresses(self.env)
        for link in self.document.findall(nodes.reference):
            found = addresses.get(_plain(link.get("refuri", "")))
            if found:
                key, title = found
                page = self.app.builder.get_relative_uri(document, REFERENCES)
                link["refuri"] = f"{page}#{anchor(key)}"
                link["internal"] = True
                link["classes"].append("al-cite")
                link["reftitle"] = title


def anchor(key: str) -> str:
    """Return the anchor of an entry; `bibtex_cite_id` in _config.yml says the same."""
    return f"ref-{key}"


def setup(app: Sphinx) -> None:
    """Register the transform."""
    app.add_post_transform(LinkCitations)
