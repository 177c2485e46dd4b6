"""The kernels of a convolution, as pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ..analysis import Filters
from ..errors import UserError
from .style import DIVERGING, bare, greatest, new_axes
from .tiles import Grid, default_columns, grid, paste

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_filters(
    filters: Filters,
    ax: Axes | None = None,
    *,
    num_filters: int | None = None,
    sort: str = "index",
    contrast: str = "each",
    columns: int | None = None,
) -> Axes:
    """Draw the kernels of one layer, one tower below the other.

    Kernels that see the three colours of an image are drawn in colour, with zero as middle grey.
    Deeper kernels have dozens of input maps: each is shown by the one that it weighs most, red
    above zero and blue below.

    Parameters
    ----------
    filters : Filters
        From `alexnet_lab.analysis.filters`.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure otherwise.
    num_filters : int, optional
        How many to draw, the same number of each tower. Default: all.
    sort : str
        index (as they are), colourfulness, frequency, norm, orientation or orientedness; within
        each tower.
    contrast : {"each", "all"}
        Whether each kernel is stretched by its own greatest weight, or all by the same: then weak
        kernels look weak.
    columns : int, optional
        Kernels in a row.

    Returns
    -------
    matplotlib.axes.Axes
        Labelled with the towers, and with the number of each row's first kernel.

    Raises
    ------
    UserError
        When `sort` or `contrast` is unknown.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> ax = al.plots.plot_filters(al.analysis.filters(al.load_pretrained("lab")))
    """
    if contrast not in ("each", "all"):
        raise UserError(f"unknown contrast {contrast!r}; known: each, all")
    order = choose(filters, num_filters, sort)
    weight = filters.weight[order]
    in_colour = weight.shape[1] == 3
    if not in_colour:
        strongest = weight.flatten(2).norm(dim=2).argmax(dim=1)
        weight = weight[torch.arange(len(weight)), strongest][:, None]
    most = weight.abs().amax(dim=(1, 2, 3), keepdim=True)
    if contrast == "all":
        most = torch.tensor(greatest(weight))
    weight = (weight / most.clamp_min(1e-12)).clamp(-1, 1)

    columns = columns or default_columns(len(order), filters.towers)
    plan = grid(len(order), (weight.shape[2], weight.shape[3]), columns, filters.towers)
    bar_in = 0.0 if in_colour else 0.7
    ax = new_axes(ax, 7.0, 0.95 + bar_in + 6.2 * plan.size[0] / max(plan.size))
    if in_colour:
        canvas = paste(weight / 2 + 0.5, plan)
        # A fourth channel, opacity, makes the gaps take the page's own colour.
        opacity = (~canvas.isnan().any(dim=2, keepdim=True)).float()
        canvas = torch.cat([canvas.nan_to_num(0.5), opacity], dim=2)
        ax.imshow(canvas.numpy(), interpolation="nearest")
    else:
        picture = ax.imshow(
            paste(weight[:, 0], plan).numpy(),
            cmap=DIVERGING,
            vmin=-1,
            vmax=1,
            interpolation="nearest",
        )
        peak = "its kernel's" if contrast == "each" else "the layer's"
        # Below: beside it, a phone would have little room for the kernels.
        bar: dict[str, Any] = {"location": "bottom", "aspect": 30, "shrink": 0.6}
        ax.figure.colorbar(picture, ax=ax, label=f"weight / {peak} greatest", **bar)
    bare(ax)
    label_rows(ax, plan, order if sort == "index" else None, columns)
    label_towers(ax, plan)
    channels, height, width = filters.weight.shape[1:]
    ax.set_title(
        f"{filters.layer}: {len(order)} of {len(filters)} kernels {channels}×{height}×{width}"
    )
    ordered = "" if sort == "index" else f"; sorted by {sort}"
    shown = "zero is middle grey" if in_colour else "each by the input map that it weighs most"
    ax.set_xlabel(shown + ordered)
    split = f" in {filters.towers} towers" if filters.towers > 1 else ""
    ax.set_label(f"{ax.get_title()}{split}, drawn as tiles; {ax.get_xlabel()}.")
    return ax


def choose(filters: Filters, count: int | None, sort: str) -> Tensor:
    """Return the numbers of the kernels to draw: the first of each tower, in the given order."""
    order = filters.order(sort)
    if count is not None and count < 1:
        raise UserError(f"num_filters={count}; give 1 or more")
    return first_of_each_tower(order, count, filters.towers)


def first_of_each_tower(order: Tensor, count: int | None, towers: int) -> Tensor:
    """Cut `order` down to `count`, as evenly over the towers as can be."""
    if count is None or count >= len(order):
        return order
    per_tower = max(1, count // towers)
    return order.reshape(towers, -1)[:, :per_tower].flatten()


def label_rows(ax: Axes, plan: Grid, numbers: Tensor | None, columns: int) -> None:
    """Write the number of each row's first tile beside it, and how many to add above."""
    if numbers is None:
        return
    middle = plan.tile[0] / 2 - 0.5
    firsts = [k for k, (_, left) in enumerate(plan.places) if left == 0]
    ax.set_yticks(
        [plan.places[k][0] + middle for k in firsts],
        [str(int(numbers[k])) for k in firsts],
    )
    ax.tick_params(length=0)


def label_towers(ax: Axes, plan: Grid) -> None:
    """Write the name of each tower at its right, level: a tower may be one row, on a phone."""
    if len(plan.spans) == 1:
        return
    for tower, (top, bottom) in enumerate(plan.spans, start=1):
        ax.annotate(
            f"tower {tower}",
            (plan.size[1], (top + bottom) / 2),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            annotation_clip=False,
        )
