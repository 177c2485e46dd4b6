"""Look inside a network: tensors and small tables out; the pictures are in `alexnet_lab.plots`.

Every function takes any ``torch.nn.Module`` and leaves it as it was found: no hook stays behind,
and train or eval mode is restored, also after an error.

=============================  =============================================================
`layer_table`, `summary`       shapes, parameters, MACs, memory, receptive fields
`named_layers`, `find_layer`   layers by the field's names: conv1 … fc8
`activations`                  the outputs of each layer
`filters`                      kernels, towers, colourfulness, orientation
`receptive_field`              the pixels that a unit sees; `image_patch` cuts them out
`effective_field`              how much each of these pixels matters
`saliency`, `gradcam`, …       attribution, each with what it may not be taken to mean
`features`                     vectors of the last hidden layer; `nearest_neighbours` among them
`layer_seconds`, `take_turns`  where the time goes; two ways compared, turn by turn
`least_step_seconds`           the least time of a training step on a GPU, from its data sheet
`maximise`                     an image that excites a unit
`compare_fields`               settings side by side, where they differ
`small_table`                  results in rows: text in a terminal, a table in a page
=============================  =============================================================
"""

from __future__ import annotations

from ..tables import small_table
from ._attribution import Attribution as Attribution
from .activations import activations
from .attribution import (
    deconvnet,
    guided_backprop,
    integrated_gradients,
    occlusion,
    saliency,
)
from .effective_field import EffectiveField as EffectiveField
from .effective_field import effective_field
from .features import Neighbours as Neighbours
from .features import features, nearest_neighbours
from .fields import FieldTable as FieldTable
from .fields import compare_fields
from .filters import Filters, filters
from .filters import tower_count as tower_count
from .geometry import ReceptiveField as ReceptiveField
from .gradcam import gradcam, guided_gradcam
from .layers import find_layer, named_layers
from .receptive_field import Box as Box
from .receptive_field import image_patch, receptive_field
from .roofline import ACCELERATORS, least_step_seconds
from .roofline import Accelerator as Accelerator
from .rows import LayerRow as LayerRow
from .summary import summary
from .table import layer_table
from .table_text import LayerTable as LayerTable
from .timing import layer_seconds, operation_shares, take_turns
from .visualise import Visualisation as Visualisation
from .visualise import maximise

__all__ = [
    "layer_table",
    "summary",
    "find_layer",
    "named_layers",
    "activations",
    "Filters",
    "filters",
    "image_patch",
    "receptive_field",
    "effective_field",
    "deconvnet",
    "gradcam",
    "guided_backprop",
    "guided_gradcam",
    "integrated_gradients",
    "occlusion",
    "saliency",
    "features",
    "nearest_neighbours",
    "maximise",
    "layer_seconds",
    "operation_shares",
    "take_turns",
    "compare_fields",
    "small_table",
    "ACCELERATORS",
    "least_step_seconds",
]


def __dir__() -> list[str]:
    return __all__
