"""What several runs of several arms came to: every run a dot, every arm an interval."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from ..errors import UserError
from .evidence import look
from .labels import label_marks
from .style import LINE, MUTED, OKABE_ITO, new_axes

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
    kinds: Sequence[str] = (),
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
    kinds : sequence of str
        Where the numbers of an arm are no repetitions, what each of them is: it then has a shape
        and a colour of its own, and its name at one of its marks; a line joins those of an arm.

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
        if kinds:
            ax.hlines(row, min(runs), max(runs), color=MUTED, linewidth=1.5, zorder=1)
            told.append(f"{name}: {', '.join(f'{run:.1f}' for run in runs)}")
            continue
        ax.plot(runs, [row] * len(runs), "o", color=OKABE_ITO["black"], markersize=4.5, zorder=3)
        told.append(f"{name}: mean {sum(runs) / len(runs):.1f} of {len(runs)} runs")
    marks = {kind: _kind(ax, number, values.values()) for number, kind in enumerate(kinds)}
    ax.set_yticks(range(len(values)), list(values))
    ax.set_ylim(len(values) - 0.5, -0.5)
    ax.set_xlabel(label)
    ax.margins(x=0.08)
    ax.grid(axis="x", color=LINE)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    label_marks(ax, marks)
    ax.set_label("; ".join(told))
    return ax


def _kind(
    ax: Axes, number: int, values: Iterable[Sequence[float]]
) -> tuple[list[float], list[int], str]:
    """Draw number `number` of each arm; return where its name may stand, and its colour."""
    places = [(row, runs) for row, runs in enumerate(values) if runs]
    how = look(number) | {"linestyle": "none", "markersize": 6, "zorder": 3}
    ax.plot([runs[number] for _, runs in places], [row for row, _ in places], **how)
    # Where it is the last of its arm, nothing of the arm is beside it.
    last = [(row, runs) for row, runs in places if runs[number] == max(runs)] or places
    return [runs[number] for _, runs in last], [row for row, _ in last], how["color"]
