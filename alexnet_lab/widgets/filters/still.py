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
_TILE, _GAP, _TITLE = 40, 3, 20  # pixels: of a tile at most, between two, of a title
_DPI, _HIGHEST = 100, 890
_STEPS = 16  # of a map's colours: more double the file, and nobody sees them


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
    return colormaps["cividis"]((shown * _STEPS).round().div(_STEPS).numpy())[..., :3]


def draw_sheets(sheets: Mapping[str, np.ndarray]) -> Figure:
    """Draw tiles below each other, by title, a sheet (K, h, w, 3) each.

    Each cell is a whole number of pixels: so the picture is sharp, and its file small.
    """
    from matplotlib.figure import Figure

    columns = min(max(len(tiles) for tiles in sheets.values()), _COLUMNS)
    large = {
        title: np.repeat(np.repeat(tiles, n := max(1, _TILE // max(tiles.shape[1:3])), 1), n, 2)
        for title, tiles in sheets.items()
    }
    pitch = max(max(tiles.shape[1:3]) for tiles in large.values()) + _GAP
    rows = [math.ceil(len(tiles) / columns) for tiles in large.values()]
    high = min(pitch * sum(rows) + _TITLE * len(rows), _HIGHEST)
    figure = Figure(figsize=(columns * pitch / _DPI, high / _DPI), dpi=_DPI, layout="none")  # type: ignore[arg-type]
    top = high
    for (title, tiles), down in zip(large.items(), rows, strict=True):
        figure.text(0, (top - _TITLE / 2) / high, title, fontsize=9, va="center")
        top -= _TITLE
        sheet = np.zeros((down * pitch, columns * pitch, 4))
        for place, tile in enumerate(tiles):
            y, x = pitch * (place // columns), pitch * (place % columns)
            sheet[y : y + len(tile), x : x + len(tile[0])] = np.dstack(
                [tile, np.ones(tile.shape[:2])]
            )
        top -= down * pitch
        figure.figimage(sheet, 0, top, origin="upper")
    return figure
