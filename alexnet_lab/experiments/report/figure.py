"""The figure of the ledger: ReLU against tanh, as in Fig. 1, and the ratios of all nets."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from ...files import atomic_write
from ...plots.evidence import plot_intervals
from ...plots.labels import End, label_ends
from ...plots.style import MUTED
from ..claims.relu_tanh import EXPERIMENT, NETS, STARTS, TARGET, cells
from ..design.measures import Results
from ..records.store import Library

# Okabe & Ito: told apart by colour-blind readers; the line's style says it as well.
_STYLES = {
    "relu": {"color": "#0072B2", "linestyle": "-"},
    "tanh": {"color": "#D55E00", "linestyle": "--"},
    "sigmoid": {"color": "#000000", "linestyle": ":"},
}
SIZE = 11.5  # of words, in points: large enough where a phone shows the figure
_NAMES = {"relu": "ReLU", "tanh": "tanh", "sigmoid": "sigmoid"}


def draw_relu_tanh(library: Library, path: Path) -> str | None:
    """Draw what records there are; return the alternative text, or None when there are none."""
    for scale in ("gpu", "laptop"):
        records = library.measured(EXPERIMENT, scale)
        shown = [
            (net, start)
            for net, _, _ in NETS
            for start, _, _, _ in STARTS
            if all(records.get(f"{net}-{start}-{a}") for a in ("relu", "tanh"))
        ]
        if shown:
            return _draw(records, shown, path)
    return None


def _draw(records: dict[str, Any], shown: list[tuple[str, str]], path: Path) -> str:
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    found = [(cell, x) for cell, slow, x in cells(Results(records)) if slow == "tanh"]
    first = [pair for pair in (("four", "2012"), ("four", "modern")) if pair in shown] or shown[:1]
    # One below the other, so that a phone shows them at their size. Text stays text, and the
    # same records make the same file.
    settings: Any = {"svg.fonttype": "none", "svg.hashsalt": "ledger", "font.size": SIZE}
    with mpl.rc_context(settings):
        heights = [3.2] * len(first) + [1.2 + 0.25 * len(found)] * bool(found)
        figure = Figure(figsize=(4.6, sum(heights)), layout="constrained")
        FigureCanvasSVG(figure)
        parts = figure.subfigures(len(heights), 1, squeeze=False, height_ratios=heights)[:, 0]
        axes = [part.subplots() for part in parts]
        for ax, (net, start) in zip(axes, first, strict=False):
            _curves(ax, records, net, start)
        if found:
            label = "iterations, tanh over ReLU"
            plot_intervals(found, axes[-1], marks=(1, 6), log=True, xlabel=label)
        with atomic_write(path) as scratch:
            figure.savefig(scratch, format="svg", metadata={"Date": None})
    titles = "; ".join(_title(net, start) for net, start in first)
    text = f"Training error against iterations with ReLU and with tanh: {titles}."
    for cell, x in found:
        text += f" {cell[0].upper()}{cell[1:]}: tanh takes {_times(x)} as many iterations."
    return text


def _times(x: Any) -> str:
    """Return an effect in words: a side without a bound is not said."""
    if math.isinf(x.high):
        return f"at least {x.low:.2g} times" if x.low > 0 else "nobody knows how many times"
    return f"{x.low:.2g} to {x.high:.2g} times" if x.low > 0 else f"at most {x.high:.2g} times"


def _title(net: str, start: str) -> str:
    net_title = next(title for name, title, _ in NETS if name == net)
    return f"{net_title}, {next(title for name, title, *_ in STARTS if name == start)}"


def _curves(ax: Any, records: dict[str, Any], net: str, start: str) -> None:
    ends = []
    for activation, style in _STYLES.items():
        last: tuple[float, float] | None = None
        for record in records.get(f"{net}-{start}-{activation}", []):
            steps = record["steps"]
            x = [(i + 1) * steps["every"] for i in range(len(steps["error"]))]
            y = [100 * e for e in steps["error"]]
            ax.plot(x, y, linewidth=1.4, **style)
            if x and (last is None or x[-1] > last[0]):  # where the longest run ends
                last = x[-1], y[-1]
        if last:
            ends.append(End(_NAMES[activation], *last, style["color"]))
    ax.axhline(100 * TARGET, color=MUTED, linewidth=0.8, linestyle=(0, (1, 3)))
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_xlabel("iterations (batches of 128)")
    ax.set_ylabel("training error over 10,000 images (%)")
    ax.set_title(_title(net, start), fontsize=SIZE)
    ax.set_ylim(0, 92)
    label_ends(ax, ends)
