"""Both drawings of a figure that the book shows: as the cell made it, and for a phone.

While a chapter is executed, `register` makes each displayed figure carry, beside its PNG, an output
of the kind `KIND`: the figure as SVG at its own size, and again `NARROW_IN` inches wide, panels
below each other. The book puts them into the page in the page's colours
(`book/_ext/alexnet_book/drawn.py`); GitHub, Colab and JupyterLab go on showing the picture.

Words and lines are drawn; photographs and maps stay pixels, once for both drawings (`Pictures`).
"""

from __future__ import annotations

import base64
import hashlib
import io
import pickle
import re
import sys
import textwrap
import warnings
from pathlib import Path
from typing import Any

from PIL import Image

BOOK = Path(__file__).resolve().parents[1] / "book" / "_ext"
if BOOK.is_dir():  # a kernel has copies of this file and of the other one, side by side
    sys.path.append(str(BOOK))

from figure_output import KIND, OUTLINED, PHONE_PX  # noqa: E402

NARROW_IN = PHONE_PX * 10 // 96 / 10  # in inches of 96 px, down to a tenth
PANEL_IN = 2.3  # the least height of a panel of lines
NAME = 30  # characters: a longer name beside an axis is broken
LINE = 20  # into lines of as many
CLOSE = 0.95  # from line to line of a broken name; matplotlib's unit is a line of the typeface
TICKS = 6  # more numbers than this do not fit below an axis
LETTERS = 40  # more than this below an axis are turned
IMAGE = re.compile(r"<image [^>]*?data:image/png;base64,[^>]+>")
PNG = re.compile(r"data:image/png;base64,([A-Za-z0-9+/=\s]+)")
QUALITY = 80
SHARP = 2  # pixels of a picture for a point of the drawing: more than a page shows of it
COARSE = 0.75  # fewer are squares to be seen
SMALL = 3_000  # characters: not worth a place of its own
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


def drawings(fig: Any) -> dict[str, Any]:
    """Return a figure as SVG: ``wide``, and ``narrow`` where it is wider than a phone.

    A diagram, words in places of their own without axes, cannot be laid out anew: it scrolls. The
    larger pictures in them are in ``pictures``, by the names that the drawings call them.
    """
    kept = pickle.dumps(fig)  # the reader's own figure stays as it is
    pictures = Pictures()
    found: dict[str, Any] = {"wide": as_svg(pickle.loads(kept), pictures)}
    diagram = any(ax.texts and not ax.axison for ax in fig.axes)
    if fig.get_figwidth() > NARROW_IN and not diagram:
        narrow = pickle.loads(kept)
        make_narrow(narrow)
        found["narrow"] = as_svg(narrow, pictures)
    if pictures.shared:
        found["pictures"] = pictures.shared
    return found


def as_svg(fig: Any, pictures: Pictures) -> str:
    """Return a figure as SVG, cut to what is drawn."""
    lighten(fig)
    buffer = io.StringIO()
    with warnings.catch_warnings():  # what is to be said of the figure was said when it was shown
        warnings.simplefilter("ignore")
        fig.savefig(buffer, format="svg", bbox_inches="tight", dpi=160, metadata={"Date": None})
    return IMAGE.sub(pictures.put, buffer.getvalue())


class Pictures:
    """The pictures inside the drawings of a figure, as WebP, each once.

    Attributes
    ----------
    shared : dict of str to str
        Base64 of those that both drawings show, by name.
    """

    def __init__(self) -> None:
        self.shared: dict[str, str] = {}
        self._seen: dict[bytes, str] = {}  # by what matplotlib wrote

    def put(self, found: re.Match[str]) -> str:
        """Return an ``image`` of matplotlib's with a picture that is as fine as it is shown."""
        tag, png = found[0], PNG.search(found[0])
        assert png is not None
        data = base64.b64decode("".join(png[1].split()))
        with Image.open(io.BytesIO(data)) as image:
            fine = image.width / shown_width(tag)
            key = hashlib.sha256(data).digest()
            if key not in self._seen:
                self._seen[key] = self._keep(image, fine)
        if fine > COARSE:
            tag = re.sub(r' style="[^"]*image-rendering[^"]*"', "", tag)
        return PNG.sub(self._seen[key], tag)

    def _keep(self, image: Any, fine: float) -> str:
        if fine > SHARP:
            size = [max(1, round(side * SHARP / fine)) for side in image.size]
            image = image.convert("RGBA").resize(size, Image.Resampling.LANCZOS)
        webp = as_webp(image)
        text = base64.b64encode(webp).decode()
        if len(text) < SMALL:
            return f"data:image/webp;base64,{text}"
        name = hashlib.sha256(webp).hexdigest()[:16]
        self.shared[name] = text
        return f"#{name}"


def shown_width(tag: str) -> float:
    """Return how wide an ``image`` of matplotlib's is drawn, in points."""
    width = re.search(r' width="([\d.]+)"', tag)
    assert width is not None
    matrix = re.search(r"matrix\((-?[\d.e-]+)", tag)
    return float(width[1]) * (abs(float(matrix[1])) if matrix else 1.0)


def as_webp(image: Any) -> bytes:
    """Return a picture as WebP: a photograph is a fifth as large, a drawing exact."""
    exact, lossy = io.BytesIO(), io.BytesIO()
    image.save(exact, "WEBP", lossless=True, quality=60, method=3)
    image.save(lossy, "WEBP", quality=QUALITY, method=4)
    few = image.convert("RGBA").getcolors(1 << 12) is not None  # a drawing: to the last pixel
    best = exact if few or lossy.tell() > exact.tell() / 2 else lossy
    return best.getvalue()


def lighten(fig: Any) -> None:
    """Draw as pictures what would be thousands of shapes, and pictures in their own pixels.

    The ground is the page's: no Axes has a white one of its own. Words with an outline, which
    matplotlib draws as shapes, are words in a group named `OUTLINED`; the page gives the outline.
    """
    from matplotlib.collections import QuadMesh
    from matplotlib.colors import to_hex
    from matplotlib.text import Text

    for number, text in enumerate(fig.findobj(lambda one: isinstance(one, Text))):
        if text.get_path_effects():
            text.set(path_effects=[], gid=f"{OUTLINED}{number}")

    for ax in fig.axes:
        if to_hex(ax.patch.get_facecolor()) == "#ffffff":
            ax.patch.set_visible(False)
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
        if pictures and columns == 3 and rows > 1:  # one above the other, to be compared
            new = columns
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
    if not pictures:
        part_margins(panels)
    fig.set_size_inches(NARROW_IN, height)


def put_in_columns(fig: Any, panels: list[Any], columns: int) -> None:
    """Arrange panels anew, in their order."""
    grid = fig.add_gridspec(-(-len(panels) // columns), columns)
    for number, ax in enumerate(panels):
        ax.set_subplotspec(grid[number // columns, number % columns])
        ax.xaxis.set_tick_params(labelbottom=True)
        if columns == 1:  # nothing is beside it that could lend it names
            ax.yaxis.set_tick_params(labelleft=True)


def part_margins(panels: list[Any]) -> None:
    """Let names beside one panel of a column take no room from those above and below it."""
    from matplotlib.gridspec import GridSpecFromSubplotSpec

    column = len(panels) > 1 and len({ax.get_subplotspec().colspan.start for ax in panels}) == 1
    if not column or any(panels[0].get_shared_x_axes().joined(panels[0], ax) for ax in panels[1:]):
        return
    if len({has_names(ax) for ax in panels}) > 1:
        for ax in panels:
            own = GridSpecFromSubplotSpec(1, 1, subplot_spec=ax.get_subplotspec())
            ax.set_subplotspec(own[0])


def has_names(ax: Any) -> bool:
    """Return whether words, not numbers, stand beside an Axes."""
    from matplotlib.ticker import FixedLocator

    names = [tick.get_text() for tick in ax.get_yticklabels()]
    words = any(any(map(str.isalpha, name)) and "$" not in name for name in names)
    return words and isinstance(ax.yaxis.get_major_locator(), FixedLocator)


def break_names(ax: Any) -> float:
    """Break what is too long for a phone into lines; return by how many inches that is higher."""
    from matplotlib.ticker import FixedLocator

    more = 0.0
    names = [tick.get_text() for tick in ax.get_yticklabels()]
    if has_names(ax) and any(len(name) > NAME for name in names):
        broken = ["\n".join(textwrap.wrap(name, LINE)) for name in names]
        ax.set_yticks(ax.get_yticks(), broken, linespacing=CLOSE)
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
            text.set_linespacing(CLOSE)
            more += 0.17
    return more
