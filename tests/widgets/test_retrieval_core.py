"""What the page counts among neighbours, against torch."""

from __future__ import annotations

import torch
from node import run_node

CORE = "retrieval/core.js"


def test_right_and_shared_neighbours_are_counted() -> None:
    draw = torch.Generator().manual_seed(0)
    rows = [
        [[int(t), int(t) % 3, 0.5] for t in torch.randperm(12, generator=draw)[:6]]
        for _ in range(2)
    ]
    body = """return [1, 3, 6].map((count) => [
      core.right(given.rows[0], 1, count), core.shared(given.rows[0], given.rows[1], count)]);"""
    found = run_node(CORE, body, {"rows": rows})
    for count, (right, shared) in zip((1, 3, 6), found, strict=True):
        tiles = [{row[0] for row in part[:count]} for part in rows]
        assert right == sum(row[1] == 1 for row in rows[0][:count])
        assert shared == len(tiles[0] & tiles[1])


def test_tiles_lie_row_after_row() -> None:
    body = "return [0, 15, 16, 35].map((tile) => core.corner(tile, 16));"
    assert run_node(CORE, body, {}) == [[0, 0], [15, 0], [0, 1], [3, 2]]
