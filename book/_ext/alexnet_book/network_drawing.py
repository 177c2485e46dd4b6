"""`{network-drawing}`: the network of 2012, or `lab`, as a picture in a page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from .drawing import FILE, NETWORKS, PHOTOGRAPH, tall_drawing, wide_drawing

if TYPE_CHECKING:
    from collections.abc import Callable

    from sphinx.application import Sphinx


def _measured_files() -> list[Path]:
    """Return the files whose change may change the drawing."""
    import alexnet_lab

    package = Path(alexnet_lab.__file__).parent
    return [file for room in ("models", "analysis") for file in (package / room).glob("*.py")]


class NetworkDrawing(SphinxDirective):
    """The drawing, wide and tall; the style sheet shows the one that fits."""

    optional_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the figure with the directive's content as its caption."""
        for file in _measured_files():
            self.env.note_dependency(str(file))
        which = self.arguments[0] if self.arguments else "2012"
        if which not in NETWORKS:
            raise self.error(f"no drawing of {which!r}; known: {', '.join(NETWORKS)}")
        draw: tuple[Callable[[str], str], ...] = (wide_drawing, tall_drawing)
        svg = "".join(each(which) for each in draw)
        caption = nodes.container()
        self.state.nested_parse(self.content, self.content_offset, caption)
        from alexnet_lab.data import photograph

        about = photograph(PHOTOGRAPH)
        credit = nodes.Text(f" Photograph: {about.author}, {about.licence}. ")
        up = "../" * self.env.docname.count("/")
        download = f'<a href="{up}_static/{FILE}" download>Download the drawing (SVG)</a>'
        if caption.children and isinstance(caption.children[-1], nodes.paragraph):
            file = [nodes.raw("", download, format="html")] if which == "2012" else []
            caption.children[-1] += [credit, *file]
        return [
            nodes.raw("", f'<figure class="al-network-figure">{svg}<figcaption>', format="html"),
            *caption.children,
            nodes.raw("", "</figcaption></figure>", format="html"),
        ]


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("network-drawing", NetworkDrawing)
