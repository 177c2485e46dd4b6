"""Where a network's parameters are, and where its work is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..analysis import LayerTable
from .style import FOR_WORDS, OKABE_ITO, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# The hatching tells them apart in grey print as well.
_LOOKS = {
    "parameters": {"color": OKABE_ITO["blue"]},
    "MACs": {"color": OKABE_ITO["orange"], "hatch": "////", "edgecolor": "white"},
    "time": {"color": OKABE_ITO["bluish green"]},
}


def plot_shares(table: LayerTable, ax: Axes | None = None) -> Axes:
    """Draw each layer's share of the parameters beside its share of the multiply–accumulates.

    Parameters
    ----------
    table : LayerTable
        From `alexnet_lab.layer_table`. Layers that have neither are left out.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure otherwise.

    Returns
    -------
    matplotlib.axes.Axes
        Two bars a layer, in percent of the network's total, in the order of the layers.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> ax = al.plots.plot_shares(al.layer_table(al.models.alexnet_mini()))
    """
    rows = [row for row in table if row.parameters or row.macs]
    shares = {
        "parameters": [row.parameters / max(table.total_parameters, 1) for row in rows],
        "MACs": [row.macs / max(table.total_macs, 1) for row in rows],
    }
    ax = _bars([row.name for row in rows], shares, "share of the network's total / %", ax)
    ax.set_label("Each layer's percentage of the parameters and of the MACs, as bars")
    return ax


def plot_time_shares(
    table: LayerTable, seconds: Mapping[str, float], ax: Axes | None = None
) -> Axes:
    """Draw each layer's share of the multiply–accumulates beside its share of the time.

    Parameters
    ----------
    table : LayerTable
        From `alexnet_lab.layer_table`.
    seconds : mapping of str to float
        From `alexnet_lab.analysis.layer_seconds`, by the same names. Layers without MACs are
        summed up in one row, "all others".
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure otherwise.

    Returns
    -------
    matplotlib.axes.Axes
        Two bars a layer, in percent; each kind of bar adds up to 100.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> net = al.models.alexnet_mini()
    >>> seconds = al.analysis.layer_seconds(net, torch.zeros(1, 3, 32, 32), repeats=1)
    >>> ax = al.plots.plot_time_shares(al.layer_table(net), seconds)
    """
    heavy = [row for row in table if row.macs]
    total = sum(seconds.values())
    time = [seconds[row.name] / total for row in heavy]
    shares = {
        "MACs": [*(row.macs / table.total_macs for row in heavy), 0.0],
        "time": [*time, 1 - sum(time)],
    }
    names = [*(row.name for row in heavy), "all others"]
    ax = _bars(names, shares, "share of the forward pass / %", ax)
    ax.set_label(
        f"Shares of MACs and of time; all others: no MACs, {1 - sum(time):.0%} of the time"
    )
    return ax


def _bars(names: list[str], shares: Mapping[str, list[float]], label: str, ax: Axes | None) -> Axes:
    ax = new_axes(ax, 7.0, 0.8 + 0.36 * len(names))
    for offset, (name, values) in zip((-0.2, 0.2), shares.items(), strict=True):
        look: dict[str, Any] = _LOOKS[name]
        places = [number + offset for number in range(len(names))]
        percent = [100 * value for value in values]
        bars = ax.barh(places, percent, 0.4, label=name, **look)
        # The longest bar says what its kind is.
        longest = percent.index(max(percent))
        words = [f"{value:.1f}" for value in percent]
        words[longest] += f" {name}"
        ax.bar_label(bars, words, padding=3)[longest].set_color(
            FOR_WORDS.get(look["color"], look["color"])
        )
    ax.set_yticks(range(len(names)), names)
    ax.invert_yaxis()
    ax.set_xlabel(label)
    ax.margins(x=0.25)
    ax.spines[["top", "right"]].set_visible(False)
    return ax
