"""Where a walk opens a channel of which no place is named: in the middle of its map."""

from __future__ import annotations

from torch import nn

from ...analysis import layer_table


def middles(model: nn.Module) -> dict[str, dict[str, int]]:
    """Return the middle of each convolution's map: ``{"conv1": {"row": 27, "column": 27}, …}``."""
    return {
        row.name: {"row": row.shape_out[1] // 2, "column": row.shape_out[2] // 2}
        for row in layer_table(model)
        if row.kind == "conv"
    }
