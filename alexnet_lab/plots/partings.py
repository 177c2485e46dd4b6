"""Two halves of a layer that come to differ in colour along training, run by run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from ..errors import UserError
from .evidence import look

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes

COLUMNS = 2


class HasHalves(Protocol):
    """A run, as `alexnet_lab.experiments.tower_partings` gives it."""

    @property
    def seed(self) -> int: ...  # noqa: D102
    @property
    def steps(self) -> Sequence[int]: ...  # noqa: D102
    @property
    def first(self) -> Sequence[float]: ...  # noqa: D102
    @property
    def second(self) -> Sequence[float]: ...  # noqa: D102
    @property
    def since(self) -> int | None: ...  # noqa: D102


def plot_partings(runs: Mapping[str, Sequence[HasHalves]]) -> np.ndarray:
    """Draw a panel for each arm: both halves' share of colour against the steps of training.

    Parameters
    ----------
    runs : mapping of str to sequence of runs
        By arm, from `alexnet_lab.experiments.tower_partings`; an arm without runs keeps its panel,
        marked "not measured yet".

    Returns
    -------
    numpy.ndarray of matplotlib.axes.Axes
        One an arm, in order. A run has one colour: a solid line for the first half, a dashed one
        for the second, and a dot on both at the step from which on they differ beyond chance.

    Raises
    ------
    UserError
        When there is no arm at all.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> axes = al.plots.plot_partings(al.experiments.tower_partings())
    >>> len(axes)
    4
    """
    import matplotlib.pyplot as plt
    import numpy as np

    if not runs:
        raise UserError("no arm to draw; give at least one, with or without runs")
    rows = -(-len(runs) // COLUMNS)
    fig, grid = plt.subplots(
        rows,
        min(COLUMNS, len(runs)),
        figsize=(7.4, 0.4 + 2.3 * rows),
        layout="constrained",
        sharex=True,
        sharey=True,
        squeeze=False,
    )
    flat = grid.ravel()
    for ax, (title, part) in zip(flat, runs.items(), strict=False):
        ax.set_title(title)
        if not part:
            ax.text(0.5, 0.5, "not measured yet", transform=ax.transAxes, ha="center", va="center")
        told = [_draw(ax, run) for run in part]
        ax.spines[["top", "right"]].set_visible(False)
        ax.set_label(f"{title}: {'; '.join(told) or 'not measured yet'}")
    for ax in flat[len(runs) :]:
        ax.remove()
    fig.supxlabel("step of training", fontsize="medium")
    fig.supylabel("mean share of colour / %", fontsize="medium")
    return np.array(flat[: len(runs)], dtype=object)


def _draw(ax: Axes, run: HasHalves) -> str:
    """Draw one run, and return what it says."""
    colour = look(run.seed)["color"]
    for values, line in ((run.first, "-"), (run.second, "--")):
        ax.plot(run.steps, values, line, color=colour, linewidth=1.6)
        if run.since is not None:
            place = list(run.steps).index(run.since)
            ax.plot([run.since], [values[place]], "o", color=colour, markersize=5)
    ends = f"seed {run.seed} ends at {run.first[-1]:.0f} and {run.second[-1]:.0f} percent"
    since = "never parted for good" if run.since is None else f"parted from step {run.since}"
    return f"{ends}, {since}"
