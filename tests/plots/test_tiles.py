from __future__ import annotations

import torch

from alexnet_lab.plots.tiles import default_columns, grid, paste


def test_each_tile_is_where_the_grid_says_and_the_rest_is_empty():
    tiles = torch.arange(7 * 3 * 5.0).reshape(7, 3, 5)
    plan = grid(7, (3, 5), columns=3)
    canvas = paste(tiles, plan)
    # By hand: three rows of three, one cell between tiles: 3·3 + 2 by 3·5 + 2.
    assert tuple(canvas.shape) == plan.size == (11, 17)
    for tile, (top, left) in zip(tiles, plan.places, strict=True):
        assert torch.equal(canvas[top : top + 3, left : left + 5], tile)
    assert canvas.isnan().sum() == 11 * 17 - 7 * 15


def test_towers_begin_new_rows_after_a_wider_gap():
    plan = grid(6, (4, 4), columns=2, towers=2)
    tops = [top for top, _ in plan.places]
    assert tops == [0, 0, 5, 14, 14, 19]
    assert plan.spans == [(0, 9), (14, 23)]  # 5 cells between the towers, 1 between rows
    assert plan.size == (23, 9)


def test_colour_has_its_channels_last():
    plan = grid(2, (3, 4), columns=2)
    assert paste(torch.zeros(2, 3, 3, 4), plan).shape == (3, 9, 3)


def test_towers_fill_whole_rows_by_default():
    assert default_columns(96, 2) == 16
    assert default_columns(16, 2) == 8
    assert default_columns(5) == 5
