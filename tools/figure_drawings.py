"""Both drawings of a figure that the book shows: as the cell made it, and for a phone.

While a chapter is executed, `register` makes each displayed figure carry, beside its PNG, an output
of the kind `KIND`: the figure as SVG at its own size, and again `NARROW_IN` inches wide, panels
below each other. The book puts them into the page in the page's colours
(`book/_ext/alexnet_book/drawn.py`); GitHub, Colab and JupyterLab go on showing the PNG.
"""

from __future__ import annotations

import base64
import io
import pickle
import re
import textwrap
import warnings
from typing import Any

KIND = "application/vnd.alexnet-lab.figure+json"
NARROW_IN = 3.4  # a page of 360 px has 328 for a figure
PANEL_IN = 2.3  # the least height of a panel of lines
NAME = 16  # characters in a line of a long name beside an axis
TICKS = 6  # more numbers than this do not fit below an axis
LETTERS = 40  # more than this below an axis are turned
PICTURE = re.compile(r"data:image/png;base64,([A-Za-z0-9+/=\s]+)")
QUALITY = 90
HEAVY = 6_000  # characters
MANY = 1500  # more points than this are a picture, not a drawing


def register() -> None:
    """Teach the running IPython to add the drawings; figures are displayed as before."""
    from IPython import get_ipython
    from IPython.core.formatters import BaseFormatter
    from matplotlib.figure import Figure
    from traitlets import ObjectName, Unicode

    class Drawings(BaseFormatter):
        format_type = Unicode(KIND)
        print_method = ObjectName("_repr_alexnet_lab_figure_")
        _return_type = dict

    formatter = get_ipython().display_formatter
    formatter.formatters[KIND] = Drawings(parent=formatter)
    formatter.active_types = [*formatter.active_types, KIND]
    # A method: what is registered for the class is thrown out when matplotlib's display is set up.
    Figure._repr_alexnet_lab_figure_ = drawings  # type: ignore[attr-defined]


def drawings(fig: Any) -> dict[str, str] | None:
    """Return a figure as SVG: ``wide``, and ``narrow`` where it is wider than a phone.

    A diagram, words in places of their own without axes, cannot be laid out anew: it scrolls. None
    where photographs are most of it: it stays a picture, or the notebook would hold them thrice.
    """
    found = {"wide": as_svg(fig)}
    if too_heavy(found["wide"]):
        return None
    diagram = any(ax.texts and not ax.axison for ax in fig.axes)
    if fig.get_figwidth() > NARROW_IN and not diagram:
        copy = pickle.loads(pickle.dumps(fig))  # the reader's own figure stays as it is
        make_narrow(copy)
        found["narrow"] = as_svg(copy)
    return found


def as_svg(fig: Any) -> str:
    """Return a figure as SVG, cut to what is drawn."""
    lighten(fig)
    buffer = io.StringIO()
    with warnings.catch_warnings():  # what is to be said of the figure was said when it was shown
        warnings.simplefilter("ignore")
        fig.savefig(buffer, format="svg", bbox_inches="tight", dpi=160, metadata={"Date": None})
    return PICTURE.sub(as_webp, buffer.getvalue())


def too_heavy(svg: str) -> bool:
    """Whether the pictures inside a drawing weigh more than a drawing should."""
    return sum(map(len, re.findall(r"data:image/webp;base64,[^\"]+", svg))) > HEAVY


def as_webp(found: re.Match[str]) -> str:
    """Return an embedded PNG as WebP: a photograph is a fifth as large, and drawn twice."""
    from PIL import Image

    image = Image.open(io.BytesIO(base64.b64decode("".join(found[1].split()))))
    exact, lossy = io.BytesIO(), io.BytesIO()
    image.save(exact, "WEBP", lossless=True, quality=60, method=3)
    image.save(lossy, "WEBP", quality=QUALITY, method=4)
    few = image.convert("RGBA").getcolors(1 << 12) is not None  # a drawing: to the last pixel
    best = exact if few or lossy.tell() > exact.tell() / 2 else lossy
    return "data:image/webp;base64," + base64.b64encode(best.getvalue()).decode()


def lighten(fig: Any) -> None:
    """Draw as pictures what would be thousands of shapes, and pictures in their own pixels."""
    from matplotlib.collections import QuadMesh

    for ax in fig.axes:
        for image in ax.images:
            image.set_interpolation("none")
        for part in ax.collections:
            if isinstance(part, QuadMesh) or len(part.get_offsets()) > MANY:
                part.set_rasterized(True)
        for line in ax.lines:
            if line.get_marker() not in ("", "None", None) and len(line.get_xdata()) > MANY:
                line.set_rasterized(True)


def make_narrow(fig: Any) -> None:
    """Lay a figure out anew for a phone, in place."""
    panels = [ax for ax in fig.axes if ax.get_subplotspec() and not hasattr(ax, "_colorbar")]
    pictures = any(ax.images for ax in panels)
    width, height = fig.get_size_inches()
    grids = {ax.get_subplotspec().get_gridspec() for ax in panels}
    columns, rows = (0, 0)
    if len(grids) == 1:
        columns, rows = grids.copy().pop().ncols, grids.copy().pop().nrows
    if columns > 1 and len(panels) == columns * rows:
        new = 1 if not pictures or columns == 2 else 2 if columns <= 4 else columns
        if new < columns:
            each = (
                PANEL_IN if not pictures else NARROW_IN / new * (height / rows) / (width / columns)
            )
            put_in_columns(fig, panels, new)
            height = max(each, 1.0) * -(-len(panels) // new) + 0.2
        else:
            height *= NARROW_IN / width
    elif pictures:
        height *= NARROW_IN / width
        height += 0.3
    for ax in panels:
        height += break_names(ax)
    fig.set_size_inches(NARROW_IN, height)


def put_in_columns(fig: Any, panels: list[Any], columns: int) -> None:
    """Arrange panels anew, in their order."""
    grid = fig.add_gridspec(-(-len(panels) // columns), columns)
    for number, ax in enumerate(panels):
        ax.set_subplotspec(grid[number // columns, number % columns])
        ax.xaxis.set_tick_params(labelbottom=True)
        if columns == 1:  # nothing is beside it that could lend it names
            ax.yaxis.set_tick_params(labelleft=True)


def break_names(ax: Any) -> float:
    """Break what is too long for a phone into lines; return by how many inches that is higher."""
    from matplotlib.ticker import FixedFormatter, FixedLocator

    more = 0.0
    names = [tick.get_text() for tick in ax.get_yticklabels()]
    if isinstance(ax.yaxis.get_major_formatter(), FixedFormatter) and any(
        len(name) > NAME and "$" not in name for name in names
    ):
        broken = ["\n".join(textwrap.wrap(name, NAME)) for name in names]
        ax.set_yticks(ax.get_yticks(), broken)
        more += 0.17 * sum(name.count("\n") for name in broken)
    if isinstance(ax.xaxis.get_major_locator(), FixedLocator):
        places, words = ax.get_xticks(), [tick.get_text() for tick in ax.get_xticklabels()]
        step = -(-len(places) // TICKS)
        if step > 1 and all(len(word) < 5 for word in words):
            ax.set_xticks(places[::step], words[::step] if any(words) else None)
        elif sum(len(word) + 1 for word in words) > LETTERS:
            ax.tick_params(axis="x", rotation=60)
    for text in (ax.title, ax._left_title, ax.xaxis.label, ax.yaxis.label):
        room = 34 if text is not ax.yaxis.label else 26
        if len(text.get_text()) > room and "$" not in text.get_text():
            text.set_text("\n".join(textwrap.wrap(text.get_text(), room)))
            more += 0.17
    return more
