"""One example of each widget: `test_every_widget.py` holds each against what all must keep."""

from __future__ import annotations

from collections.abc import Callable

import torch

from alexnet_lab import models, widgets
from alexnet_lab.analysis import layer_table


def _response_norm() -> widgets.Explorer:
    values = 60 * torch.randn(32, generator=torch.Generator().manual_seed(0))
    return widgets.ResponseNormExplorer(values, groups=2)


def _dropout() -> widgets.Explorer:
    draw = torch.Generator().manual_seed(0)
    units = torch.randn(40, generator=draw).relu()
    weights, bias = torch.randn(4, 40, generator=draw), torch.randn(4, generator=draw)
    return widgets.DropoutExplorer(units, weights, bias, names=["cat", "dog", "elk", "fox"])


def _pooling() -> widgets.Explorer:
    """Two maps, smooth as real ones are, of 21 × 17 with a margin of one."""
    noise = torch.randn(2, 23, 19, generator=torch.Generator().manual_seed(0))
    smooth = torch.nn.functional.avg_pool2d(noise, 3, 1, padding=1)
    return widgets.PoolingExplorer(9 * smooth.relu())


def _towers() -> widgets.Explorer:
    with torch.device("meta"):
        model = models.alexnet_2012()
        split = models.split_towers(model, ("meta", "meta"))
        split(torch.empty(1, 3, 224, 224)).sum().backward()
    gradients = models.data_parallel_bytes(model)
    return widgets.TowerExplorer(layer_table(model), split.traffic.rows, gradient_bytes=gradients)


EXAMPLES: dict[str, Callable[[], widgets.Explorer]] = {
    "dropout": _dropout,
    "pooling": _pooling,
    "response-norm": _response_norm,
    "towers": _towers,
}
