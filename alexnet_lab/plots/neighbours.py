"""Nearest neighbours in feature space, as the paper draws them (Fig. 4, right)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ..analysis import Neighbours
from ..errors import UserError
from .style import MUTED, ON_PICTURE, OUTLINE, bare, new_axes
from .tiles import grid, paste

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_neighbours(
    queries: Tensor, bank: Tensor, neighbours: Neighbours, ax: Axes | None = None
) -> Axes:
    """Draw each query, and to its right its neighbours, nearest first, with their distances.

    Parameters
    ----------
    queries : torch.Tensor
        (Q, 3, H, W), uint8.
    bank : torch.Tensor
        (N, 3, H, W), uint8: the images whose features were searched.
    neighbours : Neighbours
        From `alexnet_lab.analysis.nearest_neighbours`.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure otherwise.

    Raises
    ------
    UserError
        When the images are not uint8, or not as many as the neighbours' rows.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> images = torch.zeros(4, 3, 8, 8, dtype=torch.uint8)
    >>> found = al.analysis.nearest_neighbours(torch.eye(4)[:1], torch.eye(4), k=3)
    >>> ax = al.plots.plot_neighbours(images[:1], images, found)
    """
    if queries.dtype != torch.uint8 or bank.dtype != torch.uint8:
        raise UserError(f"images of {queries.dtype} and {bank.dtype}; give uint8, 0 to 255")
    count, k = neighbours.indices.shape
    if len(queries) != count:
        raise UserError(f"{len(queries)} queries for {count} rows of neighbours")
    found = bank[neighbours.indices.cpu().flatten()].reshape(count, k, *bank.shape[1:])
    tiles = torch.cat([queries[:, None], found], dim=1).flatten(0, 1)  # (Q·(k+1), 3, H, W)
    height, width = tiles.shape[2:]
    plan = grid(len(tiles), (height, width), columns=k + 1)
    ax = new_axes(ax, 7.0, 0.7 + 6.4 * plan.size[0] / plan.size[1])
    canvas = paste(tiles.float() / 255, plan)
    opacity = (~canvas.isnan().any(dim=2, keepdim=True)).float()
    ax.imshow(torch.cat([canvas.nan_to_num(1.0), opacity], dim=2).numpy())
    bare(ax)
    ranks = ["query", *(str(rank) for rank in range(1, k + 1))]
    lefts = [left for _, left in plan.places[: k + 1]]
    ax.set_xticks([left + width / 2 for left in lefts], ranks)
    ax.tick_params(length=0)
    # A line sets the queries apart, from top to bottom, in the middle of the gap.
    ax.axvline((width + lefts[1] - 1) / 2, color=MUTED, linewidth=1)
    look: dict[str, Any] = {"color": ON_PICTURE, "fontsize": 9, "va": "bottom", "ha": "right"}
    look["bbox"] = {"facecolor": OUTLINE, "alpha": 0.6, "pad": 1, "linewidth": 0}
    for row, distances in enumerate(neighbours.distances.tolist()):
        for rank, distance in enumerate(distances, start=1):
            top, left = plan.places[row * (k + 1) + rank]
            shown = f"{distance:#.3g}".rstrip(".")  # 1.20 among 1.06 and 1.24, not 1.2
            ax.text(left + width - 1, top + height - 1, shown, **look)
    ax.set_xlabel("nearest neighbours, with their Euclidean distances")
    ax.set_label(f"{count} query images, each with its {k} nearest neighbours in feature space")
    return ax
