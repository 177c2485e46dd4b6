"""Feature maps: what each kernel of a layer answers, place by place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..errors import UserError
from .filters import first_of_each_tower, label_rows, label_towers
from .style import DIVERGING, SEQUENTIAL, bare, greatest, new_axes
from .tiles import default_columns, grid, paste

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_feature_maps(
    maps: Tensor,
    ax: Axes | None = None,
    *,
    num_maps: int | None = 16,
    towers: int = 1,
    contrast: str = "each",
    columns: int | None = None,
    title: str = "feature maps",
) -> Axes:
    """Draw the maps of one layer for one image.

    Parameters
    ----------
    maps : torch.Tensor
        (C, H, W) or (1, C, H, W). Where none is below zero, as after a ReLU, they are drawn from
        dark blue (0) to yellow; else around zero, blue below and red above.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure otherwise.
    num_maps : int or None
        How many to draw, the same number of each tower; None for all.
    towers : int
        Towers over which the maps are dealt out, in equal runs.
    contrast : {"each", "all"}
        Each map's own scale, so that faint ones are seen (the colour bar then counts in shares of
        the map's peak), or one for all, so that they can be compared.
    columns : int, optional
        Maps in a row.
    title : str
        Of the Axes.

    Returns
    -------
    matplotlib.axes.Axes
        Labelled with the towers, and with the number of each row's first map.

    Raises
    ------
    UserError
        When the shape is not that of one image's maps.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> lab = al.load_pretrained("lab")
    >>> maps = al.analysis.activations(lab, al.photograph("cat"), "relu1")["relu1"]
    >>> ax = al.plots.plot_feature_maps(maps, num_maps=8)
    """
    if maps.dim() == 4 and len(maps) == 1:
        maps = maps[0]
    if maps.dim() != 3:
        raise UserError(
            f"maps of shape {tuple(maps.shape)}; give one image's, (C, H, W): "
            "a fully connected layer has none"
        )
    if contrast not in ("each", "all"):
        raise UserError(f"unknown contrast {contrast!r}; known: each, all")
    if num_maps is not None and num_maps < 1:
        raise UserError(f"num_maps={num_maps}; give 1 or more, or None for all")
    if len(maps) % towers:
        raise UserError(f"{len(maps)} maps cannot be split over {towers} towers")
    maps = maps.detach().float().cpu()
    order = first_of_each_tower(torch.arange(len(maps)), num_maps, towers)
    shown = maps[order]
    signed = bool((shown < 0).any())
    if contrast == "each":
        shown = shown / shown.abs().amax(dim=(1, 2), keepdim=True).clamp_min(1e-12)
    top = 1.0 if contrast == "each" else greatest(shown)

    columns = columns or default_columns(len(order), towers)
    plan = grid(len(order), (shown.shape[1], shown.shape[2]), columns, towers)
    ax = new_axes(ax, 7.0, 0.95 + 5.8 * plan.size[0] / max(plan.size))
    picture = ax.imshow(
        paste(shown, plan).numpy(),
        cmap=DIVERGING if signed else SEQUENTIAL,
        vmin=-top if signed else 0,
        vmax=top,
        interpolation="nearest",
    )
    beyond = "neither"
    if contrast == "all" and float(shown.abs().max()) > top:
        beyond = "both" if signed else "max"
    label = "activation" if contrast == "all" else "share of map's peak"
    ax.figure.colorbar(picture, ax=ax, shrink=0.9, extend=beyond, label=label)
    bare(ax)
    label_rows(ax, plan, order, columns)
    label_towers(ax, plan)
    height, width = maps.shape[1:]
    ax.set_title(title)
    ax.set_xlabel(f"{len(order)} of {len(maps)} maps of {height}×{width}")
    split = f" in {towers} towers" if towers > 1 else ""
    ax.set_label(f"{title}: {ax.get_xlabel()}{split}, drawn as tiles; colour is the activation.")
    return ax
