"""What several runs of several arms came to: every run a dot, every arm an interval."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from ..errors import UserError
from .style import LINE, OKABE_ITO, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class HasEnds(Protocol):
    """Anything with an estimate and two ends, such as `alexnet_lab.experiments.Interval`."""

    @property
    def estimate(self) -> float: ...  # noqa: D102
    @property
    def low(self) -> float: ...  # noqa: D102
    @property
    def high(self) -> float: ...  # noqa: D102


def plot_runs(
    values: Mapping[str, Sequence[float]],
    intervals: Mapping[str, HasEnds] | None = None,
    ax: Axes | None = None,
    *,
    label: str = "",
) -> Axes:
    """Draw one row for each arm: its runs as dots, its interval as a bar below them.

    Parameters
    ----------
    values : mapping of str to sequence of float
        Arms from top to bottom, each with one number a run. An arm without runs keeps its row,
        marked "not measured yet".
    intervals : mapping of str to object with ``estimate``, ``low``, ``high``, optional
        By arm; arms may be missing. An interval with an infinite end, that of a single run, is not
        drawn: it says nothing.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure otherwise.
    label : str
        What the numbers are, with their unit.

    Returns
    -------
    matplotlib.axes.Axes
        Its alternative text names every arm with its mean and its number of runs.

    Raises
    ------
    UserError
        When there is no arm at all.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> ax = al.plots.plot_runs({"ReLU": [5.0, 6.0], "tanh": [33.0]}, label="epochs")
    """
    if not values:
        raise UserError("no arm to draw; give at least one, with or without runs")
    ax = new_axes(ax, 7.0, 0.9 + 0.42 * len(values))
    told = []
    for row, (name, runs) in enumerate(values.items()):
        if not runs:
            where = ax.get_yaxis_transform()
            ax.text(0.5, row, "not measured yet", transform=where, ha="center", va="center")
            told.append(f"{name}: not measured yet")
            continue
        interval = (intervals or {}).get(name)
        if interval is not None and math.isfinite(interval.high - interval.low):
            ends, blue = (interval.low, interval.high), OKABE_ITO["blue"]
            ax.plot(ends, [row, row], color=blue, linewidth=7, alpha=0.3, solid_capstyle="butt")
            ax.plot([interval.estimate], [row], "|", color=blue, markersize=13, markeredgewidth=2)
        ax.plot(runs, [row] * len(runs), "o", color=OKABE_ITO["black"], markersize=4.5, zorder=3)
        told.append(f"{name}: mean {sum(runs) / len(runs):.1f} of {len(runs)} runs")
    ax.set_yticks(range(len(values)), list(values))
    ax.set_ylim(len(values) - 0.5, -0.5)
    ax.set_xlabel(label)
    ax.margins(x=0.08)
    ax.grid(axis="x", color=LINE)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_label("; ".join(told))
    return ax
