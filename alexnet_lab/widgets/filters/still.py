"""The picture of the filters: tiles, tower after tower."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.figure import Figure

_COLUMNS = 16
_MANY = 8  # rows of tiles


def kernel_tiles(weight: Tensor, end: float | None) -> np.ndarray:
    """Return kernels (K, C, h, w) as colours (K, h, w, 3); of other than three channels, one slice.

    `end` is the weight that is drawn strongest; None: each kernel's own greatest.
    """
    from matplotlib import colormaps

    if weight.shape[1] != 3:
        strongest = weight.square().sum((2, 3)).argmax(1)
        weight = weight[range(len(weight)), strongest][:, None]
    own = weight.abs().amax((1, 2, 3), keepdim=True).clamp_min(1e-30)
    shown = (0.5 + 0.5 * weight / (own if end is None else end)).clamp(0, 1)
    if weight.shape[1] == 3:
        return shown.permute(0, 2, 3, 1).numpy()
    return colormaps["RdBu_r"](shown[:, 0].numpy())[..., :3]


def map_tiles(maps: Tensor) -> np.ndarray:
    """Return maps (K, h, w), at least 0, as colours (K, h, w, 3), each on its own scale."""
    from matplotlib import colormaps

    shown = maps / maps.amax((1, 2), keepdim=True).clamp_min(1e-30)
    return colormaps["cividis"](shown.numpy())[..., :3]


def draw_sheets(sheets: Mapping[str, np.ndarray]) -> Figure:
    """Draw tiles below each other, by title, a sheet (K, h, w, 3) each."""
    from matplotlib.figure import Figure

    columns = min(max(len(tiles) for tiles in sheets.values()), _COLUMNS)
    rows = [math.ceil(len(tiles) / columns) for tiles in sheets.values()]
    inch = 0.4 if sum(rows) <= _MANY else 0.3  # a tile; of many, a picture of fewer bytes
    size = (16 * inch, min(inch * sum(rows) + 0.3 * len(rows), 8.8))
    figure = Figure(figsize=size, dpi=100, layout="constrained")
    axes = figure.subplots(len(sheets), 1, squeeze=False, height_ratios=rows)[:, 0]
    for ax, (title, tiles), down in zip(axes, sheets.items(), rows, strict=True):
        high, wide = tiles.shape[1:3]
        gap = max(1, round(high / 10))
        sheet = np.zeros((down * (high + gap), columns * (wide + gap), 4))
        for place, tile in enumerate(tiles):
            top, left = (high + gap) * (place // columns), (wide + gap) * (place % columns)
            sheet[top : top + high, left : left + wide] = np.dstack([tile, np.ones((high, wide))])
        ax.imshow(sheet, interpolation="nearest")
        ax.set_title(title, fontsize=9, loc="left")
        ax.set_axis_off()
    return figure
