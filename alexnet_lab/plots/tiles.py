"""Lay many small pictures out in a grid, tower by tower."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Grid:
    """Where each tile goes, in cells of the canvas.

    Attributes
    ----------
    places : list of tuple of int
        Top and left of each tile.
    size : tuple of int
        Rows and columns of the canvas.
    spans : list of tuple of int
        First row and last row, without it, of each tower.
    tile : tuple of int
        Rows and columns of a tile.
    """

    places: list[tuple[int, int]]
    size: tuple[int, int]
    spans: list[tuple[int, int]]
    tile: tuple[int, int]


def default_columns(count: int, towers: int = 1) -> int:
    """Return a number of columns that makes a grid a little wider than high."""
    per_tower = count // towers
    if towers > 1:
        return min(per_tower, 8 if per_tower <= 16 else 16)
    return min(per_tower, max(8, math.ceil(math.sqrt(1.6 * per_tower))))


def grid(count: int, tile: tuple[int, int], columns: int, towers: int = 1) -> Grid:
    """Place `count` tiles row after row; each tower begins a new row, after a wider gap."""
    line = max(1, round(max(tile) / 12))
    gap = 4 * line + 1
    per_tower = math.ceil(count / towers)
    rows = math.ceil(per_tower / columns)
    height = rows * (tile[0] + line) - line
    places, spans = [], []
    for tower in range(towers):
        top = tower * (height + gap)
        spans.append((top, top + height))
        for k in range(min(per_tower, count - tower * per_tower)):
            row, column = divmod(k, columns)
            places.append((top + row * (tile[0] + line), column * (tile[1] + line)))
    width = min(columns, per_tower) * (tile[1] + line) - line
    return Grid(places, (spans[-1][1], width), spans, tile)


def paste(tiles: Tensor, plan: Grid) -> Tensor:
    """Return the canvas, with NaN between the tiles.

    Parameters
    ----------
    tiles : torch.Tensor
        (K, h, w), or (K, C, h, w).

    Returns
    -------
    torch.Tensor
        (rows, columns), or (rows, columns, C).
    """
    tiles = tiles.detach().float().cpu()
    if tiles.dim() == 4:
        return torch.stack([paste(channel, plan) for channel in tiles.unbind(1)], dim=-1)
    canvas = torch.full(plan.size, torch.nan)
    for tile, (top, left) in zip(tiles, plan.places, strict=True):
        canvas[top : top + plan.tile[0], left : left + plan.tile[1]] = tile
    return canvas
