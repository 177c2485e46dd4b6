"""Two towers, and what passes between them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import UserError
from .style import MUTED, OKABE_ITO, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LAYERS = ("conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8")
_COLOURS = (OKABE_ITO["blue"], OKABE_ITO["vermilion"])


class Message(Protocol):
    """A row of `alexnet_lab.models.Traffic`."""

    boundary: str
    bytes: int


def plot_towers(
    rows: Iterable[Message], layers: Iterable[str] = _LAYERS, ax: Axes | None = None
) -> Axes:
    """Draw both towers as rows of boxes, and crossing lines where they exchange something.

    Parameters
    ----------
    rows : iterable of objects with ``boundary`` and ``bytes``
        ``traffic.rows`` of a split network, after one step: all messages of a boundary are added.
    layers : iterable of str
        Names from input to output.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure otherwise.

    Returns
    -------
    matplotlib.axes.Axes
        Megabytes (10⁶ bytes) stand at each boundary; the widths of the lines follow them.

    Raises
    ------
    UserError
        When a message belongs to a layer that is not drawn.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> net = al.models.AlexNet(num_classes=10, input_size=67, hidden=(64, 64))
    >>> split = al.models.split_towers(net, ("cpu", "cpu"))
    >>> out = split(torch.zeros(1, 3, 67, 67))
    >>> ax = al.plots.plot_towers(split.traffic.rows)
    """
    names = list(layers)
    crossing: dict[str, int] = {}
    for row in rows:
        crossing[row.boundary] = crossing.get(row.boundary, 0) + row.bytes
    strange = sorted(set(crossing) - set(names))
    if strange:
        raise UserError(f"messages at {strange[0]!r}, which is not among {', '.join(names)}")
    ax = new_axes(ax, 7.2, 2.5)
    for tower, colour in enumerate(_COLOURS):
        ax.plot([-0.9, len(names) - 0.4], [-tower, -tower], color=MUTED, linewidth=1, zorder=1)
        for place, name in enumerate(names):
            box: dict[str, Any] = {"boxstyle": "round,pad=0.35", "fc": "white", "ec": colour}
            ax.text(place, -tower, name, ha="center", va="center", bbox=box, zorder=3)
        ax.text(-1.0, -tower, f"tower {tower + 1}", ha="right", va="center", color=colour)
    most = max(crossing.values(), default=1)
    for name, sent in crossing.items():
        # fc8 is cut by its inputs: its two sums meet *behind* it.
        middle = names.index(name) + (0.5 if name == names[-1] else -0.5)
        width = 0.8 + 3.2 * sent / most
        for start in (0, -1):
            ends = [start, -1 - start]
            ax.plot([middle - 0.2, middle + 0.2], ends, color=MUTED, linewidth=width, zorder=2)
        ax.text(middle, -1.42, f"{sent / 1e6:.2f} MB", ha="center", va="top")
    ax.set(xlim=(-2.1, len(names) + 0.1), ylim=(-1.8, 0.45))
    ax.set_axis_off()
    told = ", ".join(f"{sent / 1e6:.2f} MB at {name}" for name, sent in crossing.items())
    ax.set_label(f"Two rows of layers, {', '.join(names)}; they cross: {told or 'nowhere'}")
    return ax
