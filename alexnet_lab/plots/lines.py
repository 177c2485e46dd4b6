"""A few lines over one axis, and a few maps side by side: what chapters draw most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import UserError
from .evidence import look
from .labels import End, label_ends
from .places import last_seen
from .style import DIVERGING, SEQUENTIAL, bare, new_axes

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes


def plot_lines(
    x: Sequence[float], lines: Mapping[str, Sequence[float]], ax: Axes | None = None, **axes: Any
) -> Axes:
    """Draw lines over the same places, told apart by colour and by style.

    Parameters
    ----------
    x : sequence of float
        Places.
    lines : mapping of str to sequence of float
        Values by name, each as long as `x`. Lines of the same mapping order look the same in every
        figure.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure otherwise.
    **axes
        For ``ax.set``: labels with units, limits, ``yscale="log"``, …

    Returns
    -------
    matplotlib.axes.Axes
        Two lines or more carry their names at their ends.

    Raises
    ------
    UserError
        When a line has not as many values as there are places.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> errors = {"train": [3, 2, 1], "val": [3, 2.5, 2]}
    >>> ax = al.plots.plot_lines([1, 2, 3], errors, xlabel="epoch")
    """
    ax = new_axes(ax, 6.4, 3.3)
    places = _numbers(x)
    drawn = []
    for index, (name, values) in enumerate(lines.items()):
        heights = _numbers(values)
        if len(heights) != len(places):
            raise UserError(f"line {name!r} has {len(heights)} values for {len(places)} places")
        style = look(index)
        style.pop("marker")
        ax.plot(places, heights, label=name, linewidth=2, **style)
        drawn.append((name, heights.tolist(), style["color"]))
    ax.set(**axes)
    ax.spines[["top", "right"]].set_visible(False)
    if len(lines) > 1:
        limits = ax.get_ylim()
        x = places.tolist()
        label_ends(ax, [End(n, *last_seen(x, y, limits), color) for n, y, color in drawn])
    ax.set_label(f"{ax.get_ylabel()} against {ax.get_xlabel()}: {', '.join(lines)}")
    return ax


def plot_panels(
    maps: Mapping[str, Any],
    *,
    limit: float | None = None,
    diverging: bool = False,
    bar: str = "",
    columns: int | None = None,
) -> np.ndarray:
    """Draw maps side by side, on one scale.

    Parameters
    ----------
    maps : mapping of str to array or tensor (rows, columns)
        By title.
    limit : float, optional
        The scale runs from 0 to it, or from −limit to limit; by default the greatest size.
    diverging : bool
        Whether values lie on both sides of 0: blue below, red above.
    bar : str
        Label of the colour bar, with the unit; no bar without.
    columns : int, optional
        Panels in a row; all of them by default.

    Returns
    -------
    numpy.ndarray of matplotlib.axes.Axes
        One an entry, in order.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> axes = al.plots.plot_panels({"one": torch.eye(3), "two": -torch.eye(3)}, diverging=True)
    >>> len(axes)
    2
    """
    import matplotlib.pyplot as plt

    values = [_numbers(v) for v in maps.values()]
    columns = columns or len(values)
    rows = -(-len(values) // columns)
    top = max(float(abs(v).max()) for v in values) if limit is None else limit
    fig, _ = plt.subplots(
        rows, columns, figsize=(7.4, 0.4 + 7.0 / columns * rows), layout="constrained"
    )
    flat = fig.axes
    scale: dict[str, Any] = {"vmin": -top if diverging else 0.0, "vmax": top}
    for ax, (title, value) in zip(flat, zip(maps, values, strict=True), strict=False):
        drawn = ax.imshow(value, cmap=DIVERGING if diverging else SEQUENTIAL, **scale)
        ax.set_title(title)
        ax.set_label(f"{title}: from {value.min():.3g} to {value.max():.3g}")
    for ax in flat:
        bare(ax)
    if bar:
        fig.colorbar(drawn, ax=flat, label=bar, shrink=0.85)
    import numpy as np

    return np.array(flat[: len(values)], dtype=object)


def _numbers(values: Any) -> np.ndarray:
    import numpy as np

    detach = getattr(values, "detach", None)
    return np.asarray(values if detach is None else detach().cpu(), dtype=float)
