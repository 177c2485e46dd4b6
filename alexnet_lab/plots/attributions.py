"""What several methods mark in one photograph, side by side with it."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..analysis import Attribution
from ..errors import UserError
from .style import MUTED, SEQUENTIAL, as_picture, bare, greatest

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes

_COLUMNS = 3
_LETTERS = 13  # in a line of a title: so wide is a panel


def plot_attribution_maps(
    maps: Mapping[str, Attribution], image: Any = None, *, index: int = 0
) -> np.ndarray:
    """Draw absolute values of several attributions, each on its own scale, beside the photograph.

    Parameters
    ----------
    maps : mapping of str to Attribution
        By title; of one image each.
    image : tensor, array, PIL image, or an object with ``pixels``, optional
        What was attributed: drawn first, with the scale of the maps beside it.
    index : int
        Which image of the batches.

    Returns
    -------
    numpy.ndarray of matplotlib.axes.Axes
        The photograph's, where there is one, then one a map. From dark (0) to light: a map's
        greatest absolute value, without the half per cent of its pixels that is greater still.

    Raises
    ------
    UserError
        When there is no map.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> lab, photo = al.load_pretrained("lab"), al.photograph("temple")
    >>> maps = {"Grad-CAM": al.analysis.gradcam(lab, photo, target="church")}
    >>> axes = al.plots.plot_attribution_maps(maps)
    >>> [ax.get_title() for ax in axes]
    ['Grad-CAM']
    """
    import matplotlib.pyplot as plt
    import numpy as np

    if not maps:
        raise UserError("no map to draw; give one or more, by title")
    first = 0 if image is None else 1
    rows = first - (-len(maps) // _COLUMNS)
    # So narrow that its words can be read on a phone, where photographs are only made smaller.
    fig = plt.figure(figsize=(4.4, 1.72 * rows), layout="constrained")
    grid = fig.add_gridspec(rows, _COLUMNS)
    axes = []
    if image is not None:
        ax = fig.add_subplot(grid[0, 0])
        ax.imshow(as_picture(image).numpy())
        ax.set_title("photograph")
        ax.set_label("the photograph")
        bare(ax)
        axes.append(ax)
        _key(fig.add_subplot(grid[0, 1:]))
    for number, (title, found) in enumerate(maps.items()):
        heat = found.heatmap[index].detach().float().cpu().abs()
        ax = fig.add_subplot(grid[first + number // _COLUMNS, number % _COLUMNS])
        ax.imshow(heat.numpy(), cmap=SEQUENTIAL, vmin=0, vmax=greatest(heat))
        ax.set_title(_lines(title))
        ax.set_label(f"{title}: absolute values of a map of {heat.shape[0]}×{heat.shape[1]}")
        bare(ax)
        axes.append(ax)
    return np.array(axes, dtype=object)


def _lines(title: str) -> str:
    return "\n".join(textwrap.wrap(title, _LETTERS, break_on_hyphens=False))


def _key(ax: Axes) -> None:
    """Say what dark and light mean in the maps."""
    bare(ax)
    bar = ax.inset_axes((0.06, 0.5, 0.88, 0.12))
    bar.imshow([[k / 255 for k in range(256)]], cmap=SEQUENTIAL, aspect="auto")
    bare(bar)
    words: dict[str, Any] = {"transform": ax.transAxes, "color": MUTED, "va": "top"}
    ax.text(0.06, 0.44, "marks nothing", **words)
    ax.text(0.94, 0.44, "marks most", ha="right", **words)
    ax.set_label("the scale of the maps")
