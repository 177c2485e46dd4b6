"""Names at lines, marks and bars: read where the thing is, not looked up in a legend."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from .style import FOR_WORDS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 7  # more names than this do not fit beside an Axes
WIDTH = 22  # characters in a line of a name
LEADING = 1.3
BESIDE = 6  # points between a mark and its name
PART = 0.8  # of its share of the figure that an Axes gets, about, once labels have theirs


class End(NamedTuple):
    """The end of a line, and its name."""

    name: str
    x: float
    y: float
    color: Any


def label_ends(ax: Axes, ends: Sequence[End]) -> None:
    """Write the name of each line at its end, in its colour, moved apart where they would touch.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        With its lines drawn, and its limits and scales as they will be.
    ends : sequence of End
        Up to `MOST`; with more, a legend is made. A line whose end is no number has no name.
    """
    ends = [end for end in ends if math.isfinite(end.y)]
    if len(ends) > MOST:
        ax.legend(frameon=False)
        return
    ax.margins(x=0)  # the names stand where the lines end
    size = _size()
    names = [textwrap.wrap(end.name, WIDTH) for end in ends]
    heights = [LEADING * size * len(lines) for lines in names]
    low, high = sorted(ax.get_ylim())
    wanted = [_points(ax, min(max(end.y, low), high)) for end in ends]
    places = without_overlap(wanted, heights)
    for end, lines, before, after in zip(ends, names, wanted, places, strict=True):
        y = min(max(end.y, low), high)
        ax.annotate(
            "\n".join(lines),
            (end.x, y),
            xytext=(BESIDE, after - before),
            textcoords="offset points",
            va="center",
            color=FOR_WORDS.get(end.color, end.color),
            fontsize=size,
            linespacing=LEADING,
            annotation_clip=False,
        )


def label_marks(
    ax: Axes,
    marks: Mapping[str, tuple[Any, Any, str]],
    walls: Sequence[float] = (),
    *,
    above: bool = False,
) -> Axes:
    """Write the name of each kind of mark once, in its colour.

    It stands beside the mark that has most room to its right.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        With its marks drawn, and its limits and scales as they will be.
    marks : mapping of str to (sequence, sequence, str)
        By name, where the marks are: x, y in the units of the axes; and their colour.
    walls : sequence of float
        Other places, in units of x, that no name is written across: of upright lines.
    above : bool
        Write above the first mark of each kind instead, and over what lies there.

    Returns
    -------
    matplotlib.axes.Axes
        `ax`.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> from matplotlib.figure import Figure
    >>> ax = Figure().add_subplot()
    >>> marks = {"cat": ([1, 2], [1, 3], "#0072B2"), "dog": ([1.1], [1], "#D55E00")}
    >>> for x, y, colour in marks.values():
    ...     lines = ax.plot(x, y, "o", color=colour)
    >>> ax = al.plots.label_marks(ax, marks)
    >>> [(text.get_text(), text.xy) for text in ax.texts]
    [('cat', (2.0, 3.0)), ('dog', (1.1, 1.0))]
    """
    bottom = ax.get_ylim()[0]  # asked for first: until then limits do not follow what is drawn
    size = _size()
    places = {
        name: [
            (_share(ax, place), place) for place in zip(map(float, x), map(float, y), strict=True)
        ]
        for name, (x, y, _) in marks.items()
    }
    everywhere = [share for each in places.values() for share, _ in each]
    borders = [_share(ax, (wall, bottom))[0] for wall in walls]
    near = (LEADING * size / 2 + BESIDE / 2) / _height(ax)

    def room(share: tuple[float, float]) -> float:
        x, y = share
        beside = [other for other, high in everywhere if other > x and abs(high - y) < near]
        return min([1.2, *beside, *(border for border in borders if border > x)]) - x

    for name, (*_, colour) in marks.items():
        _, best = places[name][0] if above else max(places[name], key=lambda one: room(one[0]))
        look: dict[str, Any] = {"va": "center"}
        if above:
            ground = {"facecolor": "white", "edgecolor": "none", "pad": 1}
            look = {"ha": "center", "va": "bottom", "bbox": ground}
        ax.annotate(
            name,
            best,
            xytext=(0, BESIDE) if above else (BESIDE, 0),
            textcoords="offset points",
            color=FOR_WORDS.get(colour, colour),
            fontsize=size,
            annotation_clip=False,
            **look,
        )
    return ax


def without_overlap(wanted: Sequence[float], heights: Sequence[float]) -> list[float]:
    """Return places as near to the wanted ones as can be, none nearer than two labels are high.

    Examples
    --------
    >>> from alexnet_lab.plots.labels import without_overlap
    >>> without_overlap([0.0, 1.0, 50.0], [10.0, 10.0, 10.0])
    [-4.5, 5.5, 50.0]
    """
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    groups: list[list[int]] = []
    middles: list[float] = []

    def place(group: list[int]) -> float:
        # The middle of the group, so that its labels are on average where they want to be.
        total = sum(heights[i] for i in group)
        offset, errors = -total / 2, 0.0
        for i in group:
            errors += wanted[i] - (offset + heights[i] / 2)
            offset += heights[i]
        return errors / len(group)

    for index in order:
        groups.append([index])
        middles.append(place([index]))
        while len(groups) > 1:
            reach = sum(sum(heights[i] for i in group) for group in groups[-2:]) / 2
            if middles[-1] - middles[-2] >= reach - 1e-9:
                break
            groups[-2:] = [groups[-2] + groups[-1]]
            middles[-2:] = [place(groups[-1])]
    result = [0.0] * len(wanted)
    for group, middle in zip(groups, middles, strict=True):
        bottom = middle - sum(heights[i] for i in group) / 2
        for i in group:
            result[i] = bottom + heights[i] / 2
            bottom += heights[i]
    return result


def _size() -> float:
    """Return how large names are written, in points."""
    import matplotlib as mpl

    return float(mpl.rcParams["font.size"]) - 0.5


def _share(ax: Axes, place: tuple[float, float]) -> tuple[float, float]:
    """Return where something is, in shares of the Axes."""
    x, y = ax.transAxes.inverted().transform(ax.transData.transform(place))
    return float(x), float(y)


def _points(ax: Axes, y: float) -> float:
    """Return how high a value is drawn, in points: about, for the layout is made later."""
    return _share(ax, (ax.get_xlim()[0], y))[1] * _height(ax)


def _height(ax: Axes) -> float:
    """Return about how high an Axes is, in points."""
    figure = ax.get_figure()  # with panels in parts of a figure, the part
    assert figure is not None
    spec = ax.get_subplotspec()
    rows = spec.get_gridspec().nrows if spec is not None else 1
    return float(figure.bbox.height) / float(figure.dpi) * 72 * PART / rows
