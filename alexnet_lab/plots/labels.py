"""Names at the ends of their lines: read where the line is, not looked up in a legend."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from .style import FOR_WORDS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 7  # more names than this do not fit beside an Axes
WIDTH = 22  # characters in a line of a name
LEADING = 1.3
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
        Up to `MOST`; with more, a legend is made.
    """
    if len(ends) > MOST:
        ax.legend(frameon=False)
        return
    import matplotlib as mpl

    ax.margins(x=0)  # the names stand where the lines end
    size = float(mpl.rcParams["font.size"]) - 0.5
    names = [textwrap.wrap(end.name, WIDTH) for end in ends]
    heights = [LEADING * size * len(lines) for lines in names]
    low, high = ax.get_ylim()
    wanted = [_points(ax, min(max(end.y, low), high)) for end in ends]
    places = without_overlap(wanted, heights)
    for end, lines, before, after in zip(ends, names, wanted, places, strict=True):
        y = min(max(end.y, low), high)
        ax.annotate(
            "\n".join(lines),
            (end.x, y),
            xytext=(6, after - before),
            textcoords="offset points",
            va="center",
            color=FOR_WORDS.get(end.color, end.color),
            fontsize=size,
            linespacing=LEADING,
            annotation_clip=False,
        )


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


def _points(ax: Axes, y: float) -> float:
    """Return how high a value is drawn, in points: about, for the layout is made later."""
    share = ax.transAxes.inverted().transform(ax.transData.transform((ax.get_xlim()[0], y)))[1]
    figure = ax.get_figure(root=True)
    assert figure is not None
    spec = ax.get_subplotspec()
    rows = spec.get_gridspec().nrows if spec is not None else 1
    return float(share) * figure.get_figheight() * 72 * PART / rows
