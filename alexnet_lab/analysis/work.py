"""What a training step has to do, counted: operations and bytes of each layer's three passes.

A multiply-accumulate is two operations. Bytes are those of a pass that fetches each tensor it reads
once and stores each it writes once: what it cannot do without unless a cache kept them. Values are
bfloat16, two bytes each, as in our training step.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import prod
from typing import Any

BYTES = 2  # bfloat16
PASSES = ("forward", "backward, data", "backward, weights")


@dataclass(frozen=True)
class Work:
    """One pass of one layer.

    Attributes
    ----------
    layer, kind, name : str
        The layer, its kind as in `LayerRow`, and the pass: one of `PASSES`.
    flop : int
        Operations of convolutions and matrix products; 0 in layers without any.
    bytes : int
        Read and written.
    """

    layer: str
    kind: str
    name: str
    flop: int
    bytes: int

    @property
    def intensity(self) -> float:
        """Operations a byte."""
        return self.flop / self.bytes


def passes(rows: Iterable[Any], batch: int) -> list[Work]:
    """Count the passes of a training step, layer by layer.

    Parameters
    ----------
    rows : iterable of LayerRow
        A `layer_table`.
    batch : int
        Images.

    Returns
    -------
    list of Work
        Forward, backward by data (the gradient of the input) and, in layers with weights, backward
        by weights. The first layer needs no gradient of its input: images do not learn.
    """
    found = []
    for place, row in enumerate(rows):
        x, y = batch * prod(row.shape_in), batch * prod(row.shape_out)
        flop = 2 * batch * row.macs
        if row.macs:
            w = row.weights
            # Values: each pass reads two of the three and writes the third.
            counts: tuple[tuple[str, int], ...] = (
                ("forward", x + w + row.biases + y),
                ("backward, data", y + w + x),
                ("backward, weights", x + y + w + row.biases),
            )
        else:
            # Backward reads the gradient and what was kept of the forward pass, and writes x's.
            counts = (("forward", x + y), ("backward, data", x + y + x))
        for name, values in counts:
            if place or name != "backward, data":
                found.append(Work(row.name, row.kind, name, flop, BYTES * values))
    return found


def update_bytes(parameters: int) -> int:
    """Return the bytes of an update by momentum, in float32: read w, v, g; write w and v."""
    return 4 * 5 * parameters
