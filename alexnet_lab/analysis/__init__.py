"""Look inside a network: tensors and small tables out; the pictures are in `alexnet_lab.plots`.

Every function takes any ``torch.nn.Module`` and leaves it as it was found: no hook stays behind,
and train or eval mode is restored, also after an error.
"""

from __future__ import annotations

from .geometry import ReceptiveField
from .layers import find_layer, named_layers
from .rows import LayerRow, LayerTable
from .table import layer_table

__all__ = [
    "LayerRow",
    "LayerTable",
    "ReceptiveField",
    "find_layer",
    "layer_table",
    "named_layers",
]
