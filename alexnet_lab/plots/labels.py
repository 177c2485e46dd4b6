"""Names at lines, marks and bars: read where the thing is, not looked up in a legend."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from .places import LETTER, PHONE, Box, drawn, height, share, width
from .style import FOR_WORDS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 7  # more names than this do not fit beside an Axes
WIDTH = 22  # characters in a line of a name
LEADING = 1.3  # from line to line, in sizes of the words
SPACING = LEADING / 1.42  # the same for matplotlib, whose unit is a line of the typeface
BESIDE = 6  # points between a mark and its name
ALMOST = 0.97  # of the width of an Axes: a line that ends beyond has its name outside
# Where a name may stand at an end inside the Axes, best first: to which side of it, and how far
# above it, in its own heights. All others are as good as the first where nothing is in the way.
PLACES = ((1, 0), (1, 0.7), (1, -0.7), (1, 1.1), (1, -1.1), (0, -1), (0, 1), (-1, -0.7), (-1, 0.7))


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
        Up to `MOST`; with more, a legend is made. A line whose end is no number has no name. The
        name of a line that ends inside the Axes stands where it covers no line.
    """
    ends = [end for end in ends if math.isfinite(end.y)]
    if len(ends) > MOST:
        ax.legend(frameon=False)
        return
    ax.margins(x=0)  # the names stand where the lines end
    low, high = sorted(ax.get_ylim())
    ends = [end._replace(y=min(max(end.y, low), high)) for end in ends]
    outside = [end for end in ends if share(ax, (end.x, end.y))[0] > ALMOST]
    wanted = [share(ax, (end.x, end.y))[1] * height(ax) for end in outside]
    heights = [LEADING * _size() * len(_lines(end)) for end in outside]
    for end, before, after in zip(outside, wanted, without_overlap(wanted, heights), strict=True):
        _name(ax, end, 1, after - before)
    taken: list[Box] = []
    for end in ends:
        if end not in outside:
            side, lift = _free_place(ax, end, taken)
            _name(ax, end, side, lift)


def _lines(end: End) -> list[str]:
    return textwrap.wrap(end.name, WIDTH)


def _name(ax: Axes, end: End, side: int, lift: float) -> None:
    """Write a name beside an end: at its right (1), left (−1) or middle; `lift` points higher."""
    ax.annotate(
        "\n".join(_lines(end)),
        (end.x, end.y),
        xytext=(side * BESIDE, lift),
        textcoords="offset points",
        ha={1: "left", 0: "center", -1: "right"}[side],
        va="center",
        color=FOR_WORDS.get(end.color, end.color),
        fontsize=_size(),
        linespacing=SPACING,
        annotation_clip=False,
    )


def _free_place(ax: Axes, end: End, taken: list[Box]) -> tuple[int, float]:
    """Return where a name covers least of the lines, on a page as on a phone; note it in `taken`.

    What is taken is in points, about, on a phone.
    """
    words, high = _lines(end), height(ax)
    broad, tall = LETTER * _size() * max(map(len, words)), LEADING * _size() * len(words)
    lines = drawn(ax)
    x, y = share(ax, (end.x, end.y))

    def box(place: tuple[int, float], wide: float) -> Box:
        side, up = place
        left = x * wide + side * BESIDE - broad * (1 - side) / 2
        bottom = y * high + up * tall - tall / 2
        return Box(left, bottom, left + broad, bottom + tall)

    def cost(place: tuple[int, float]) -> float:
        found = sum(1000 * box(place, PHONE).meets(other) for other in taken)
        for wide in {PHONE, max(PHONE, width(ax))}:
            here = box(place, wide)
            found += here.covers(lines * [wide, high])
            found += 1000 * (here.bottom < 0 or here.left < 0)  # across an axis
        return found

    best = min(PLACES, key=cost)
    taken.append(box(best, PHONE))
    return best[0], best[1] * tall


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
        name: [(share(ax, spot), spot) for spot in zip(map(float, x), map(float, y), strict=True)]
        for name, (x, y, _) in marks.items()
    }
    everywhere = [at for each in places.values() for at, _ in each]
    borders = [share(ax, (wall, bottom))[0] for wall in walls]
    near = (LEADING * size / 2 + BESIDE / 2) / height(ax)

    def room(at: tuple[float, float]) -> float:
        x, y = at
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
