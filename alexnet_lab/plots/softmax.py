"""From logits to probabilities, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ..errors import UserError
from .style import FOR_WORDS, LINE, MUTED, OKABE_ITO

if TYPE_CHECKING:
    import numpy as np

_BAR = OKABE_ITO["blue"]
_MOVED = OKABE_ITO["vermilion"]


def plot_softmax(
    logits: Tensor | Sequence[float], names: Sequence[str] | None = None, axes: Any = None
) -> np.ndarray:
    """Draw what a softmax does to logits: subtract the largest, take exponentials, divide.

    Parameters
    ----------
    logits : torch.Tensor or sequence of float
        (C,), of one image; of any size and sign. The largest is drawn at the top.
    names : sequence of str, optional
        Of the classes; their numbers by default.
    axes : sequence of three matplotlib Axes, optional
        Where to draw; a new figure otherwise.

    Returns
    -------
    numpy.ndarray of matplotlib.axes.Axes
        The logits, as bars, with diamonds where they lie once the largest is subtracted; the
        exponentials of those differences, 1 for the largest; the probabilities, which are the
        exponentials divided by their sum.

    Raises
    ------
    UserError
        When `logits` is not one row of at least two finite numbers, or `names` has another length.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> axes = al.plots.plot_softmax([2.0, 1.0, -1.0], ["cat", "dog", "cup"])
    >>> [round(float(bar.get_width()), 3) for bar in axes[2].patches]
    [0.705, 0.259, 0.035]
    """
    import matplotlib.pyplot as plt
    import numpy as np

    z = torch.as_tensor(logits).detach().double().cpu()
    if z.dim() != 1 or len(z) < 2 or not z.isfinite().all():
        raise UserError(f"logits of shape {tuple(z.shape)}; give two or more finite numbers, (C,)")
    names = [str(k) for k in range(len(z))] if names is None else list(names)
    if len(names) != len(z):
        raise UserError(f"{len(names)} names for {len(z)} logits")
    order = z.argsort(descending=True, stable=True)
    z, names = z[order], [names[k] for k in order.tolist()]
    below = z - z[0]
    powers = below.exp()
    shares = powers / powers.sum()

    if axes is None:
        size = (7.2, 0.95 + 0.24 * len(z))
        _, axes = plt.subplots(1, 3, figsize=size, layout="constrained")
    axes = np.asarray(axes)
    places = range(len(z))
    for ax, values, form in ((axes[0], z, ".1f"), (axes[1], powers, ".2g"), (axes[2], shares, "")):
        bars = ax.barh(places, values.tolist(), 0.62, color=_BAR)
        words = [_percent(v) if not form else f"{v:{form}}" for v in values.tolist()]
        ax.bar_label(bars, [w.replace("-", "−") for w in words], padding=3)
        ax.set_yticks(places, names)
        ax.set_ylim(len(z) - 0.4, -0.6)
        ax.spines[["left"]].set_visible(False)
        ax.tick_params(axis="y", length=0)
        ax.axvline(0, color=LINE, linewidth=1, zorder=0)
        ax.set_xticks([])
        ax.spines[["bottom"]].set_visible(False)
    axes[0].plot(below, places, "D", color=_MOVED, markerfacecolor="none", markersize=5, zorder=3)
    low, high = min(0.0, float(below.min())), max(0.0, float(z[0]))
    axes[0].set_xlim(low - 0.06 * (high - low), high + 0.3 * (high - low))
    for ax, top in ((axes[1], 1.0), (axes[2], float(shares[0]))):
        ax.set_xlim(0, 1.45 * top)
    for ax in axes[1:]:
        ax.tick_params(axis="y", labelleft=False)  # on a phone each panel gets its names again
    axes[0].set_title("logits")
    axes[1].set_title("exponentials")
    axes[2].set_title("probabilities")
    axes[0].set_xlabel("◇ largest subtracted", color=FOR_WORDS[_MOVED])
    axes[1].set_xlabel(f"of ◇; their sum: {float(powers.sum()):.3g}", color=MUTED)
    axes[2].set_xlabel("divided by the sum", color=MUTED)
    listed = ", ".join(f"{n} {_percent(p)}" for n, p in zip(names, shares.tolist(), strict=True))
    axes[0].set_label(f"logits from {float(z[-1]):.1f} to {float(z[0]):.1f}")
    axes[1].set_label(f"exponentials once the largest is subtracted; sum {float(powers.sum()):.3g}")
    axes[2].set_label(f"probabilities: {listed}")
    return axes


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.095 else f"{100 * share:.1f} %"
