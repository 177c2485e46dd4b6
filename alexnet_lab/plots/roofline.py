"""The roofline: what a machine can reach at most, and which layers wait for its memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import UserError
from .evidence import look
from .labels import SPACING
from .style import FOR_WORDS, LINE, MUTED, OKABE_ITO

if TYPE_CHECKING:
    import numpy as np


def plot_roofline(
    intensities: Mapping[str, Mapping[str, float]],
    peak: float,
    bandwidth: float,
    axes: Any = None,
    *,
    machine: str = "",
) -> np.ndarray:
    """Draw a machine's roof, and below it where each layer stands.

    The roof is that of Williams, Waterman and Patterson (2009): with `I` MACs for each byte that it
    moves, a layer does at most ``min(peak, I · bandwidth)`` MACs a second.

    Parameters
    ----------
    intensities : mapping of str to (mapping of str to float)
        For each case that is compared, MACs a byte by layer: ``{"1 image": {"fc6": 0.25}}``, say.
        Every case has the same layers.
    peak : float
        MACs a second at the most.
    bandwidth : float
        Bytes a second between memory and chip, at the most.
    axes : sequence of two matplotlib Axes, optional
        Where to draw; a new figure otherwise. They share their x-axis.
    machine : str
        Its name, for the words.

    Returns
    -------
    numpy.ndarray of matplotlib.axes.Axes
        The roof; and a row a layer, with a mark for each case.

    Raises
    ------
    UserError
        When there is no case, a number is not above zero, or the cases have different layers.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> cases = {"1 image": {"fc6": 0.25}, "128 images": {"fc6": 30.6}}
    >>> roof, layers = al.plots.plot_roofline(cases, peak=790e9, bandwidth=192.4e9)
    >>> [label.get_text() for label in layers.get_yticklabels()]
    ['fc6']
    """
    import matplotlib.pyplot as plt
    import numpy as np

    names = list(next(iter(intensities.values()), {}))
    values = [v for of in intensities.values() for v in of.values()]
    if not names or min(peak, bandwidth, *values) <= 0:
        raise UserError("a roofline needs a peak, a bandwidth and intensities above zero")
    for case, of in intensities.items():
        if list(of) != names:
            raise UserError(f"{case!r} has the layers {', '.join(of)}; expected {', '.join(names)}")
    if axes is None:
        _, axes = plt.subplots(
            2,
            1,
            figsize=(6.4, 2.35 + 0.27 * len(names)),
            sharex=True,
            layout="constrained",
            height_ratios=[1.7, 0.65 + 0.27 * len(names)],
        )
    roof, layers = axes = np.asarray(axes)
    ridge = peak / bandwidth
    low, high = min(*values, ridge) / 1.8, max(*values, ridge) * 1.8
    blue, waits = OKABE_ITO["blue"], OKABE_ITO["vermilion"]

    roof.plot([low, ridge], [low * bandwidth / 1e9, peak / 1e9], color=waits)
    roof.plot([ridge, high], [peak / 1e9] * 2, color=blue)
    roof.set(xscale="log", yscale="log", xlim=(low, high), ylabel="10⁹ MACs a second")
    roof.set_ylim(low * bandwidth / 1e9, 4 * peak / 1e9)
    roof.set_title(f"at most, on a {machine}" if machine else "at most")
    word: dict[str, Any] = {"textcoords": "offset points", "fontsize": 10}
    roof.annotate(
        "waits for\nits memory",  # a phone has no room for it in one line
        (low, peak / 1e9),
        xytext=(5, 5),
        linespacing=SPACING,
        color=FOR_WORDS[waits],
        **word,
    )
    roof.annotate(
        f"computes all the time: {peak / 1e9:,.0f}",
        (high, peak / 1e9),
        xytext=(0, 5),
        ha="right",
        color=blue,
        **word,
    )

    for row, name in enumerate(names):
        ends = [of[name] for of in intensities.values()]
        layers.plot([min(ends), max(ends)], [row, row], color=LINE, linewidth=3, zorder=1)
    for index, (case, of) in enumerate(intensities.items()):
        style = look(index)
        places = [of[name] for name in names]
        layers.plot(
            places,
            range(len(names)),
            style["marker"],
            color=style["color"],
            markerfacecolor="none" if index == 0 else style["color"],
            label=case,
            zorder=3,
        )
        layers.annotate(
            case,
            (places[-1], len(names) - 1),
            xytext=(0, -9),
            va="top",
            ha="center",
            color=FOR_WORDS.get(style["color"], style["color"]),
            **word,
        )
    for axis in (roof.yaxis, layers.xaxis):
        axis.set_major_formatter("{x:,g}")
    for ax in axes:
        ax.axvline(ridge, color=MUTED, linewidth=0.9, linestyle=(0, (4, 3)), zorder=0)
    layers.set_yticks(range(len(names)), names)
    layers.set_ylim(len(names) + 0.7, -0.6)  # the cases' names stand below the last row
    layers.tick_params(axis="y", length=0)
    layers.spines[["left"]].set_visible(False)
    layers.set_xlabel(f"MACs a byte (dashed: {ridge:.1f}, where the roof bends)")
    roof.set_label(
        f"a roof that rises with {bandwidth / 1e9:.0f} GB/s up to {ridge:.1f} MACs a byte, and is "
        f"flat at {peak / 1e9:,.0f} · 10⁹ MACs/s"
    )
    told = (
        f"{name} " + ", ".join(f"{of[name]:.3g} ({case})" for case, of in intensities.items())
        for name in names
    )
    layers.set_label("MACs a byte: " + "; ".join(told))
    return axes
