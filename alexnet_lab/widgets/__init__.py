"""Things to play with: one call gives a live view, a page that works without Python, and a picture.

=========================  =================================================================
`AblationBench`            parts switched off: predict what becomes of the answer, then look
`ActivationFunctions`      ReLU, tanh, sigmoid: value, slope, and what a deep stack of them does
`ActivationExplorer`       all maps of a network; of one unit field, kernel and arithmetic
`AugmentationExplorer`     a photograph's crops, reflections and colours; the votes of ten views
`PoolingExplorer`          windows over a feature map, the inputs that win, a picture that moves
`DropoutExplorer`          one mask, the mean over many, and what the test does instead
`TowerExplorer`            the two towers: who sees whose maps, and what crosses between them
`TrainingExplorer`         recorded runs: curves with seeds and intervals, kernels along training
`ConvolutionExplorer`      a window slides over an image, and its output map fills
`FilterExplorer`           all kernels of a layer: sorted, enlarged, slice by slice
`ResponseNormExplorer`     local response normalisation: channels that inhibit their neighbours
=========================  =================================================================

Each is a Jupyter widget (so it composes with ``VBox``, ``link``, ``observe``) whose front end is a
plain ES module beside its Python file. The names below are imported when they are first used.
"""

from __future__ import annotations

import importlib
from typing import Any

_NAMES = {
    "AblationBench": "ablation",
    "ActivationExplorer": "activations",
    "Explorer": "_base",
    "ActivationFunctions": "activation",
    "AugmentationExplorer": "augmentation",
    "DropoutExplorer": "dropout",
    "FilterExplorer": "filters",
    "PoolingExplorer": "pooling",
    "ConvolutionExplorer": "convolution",
    "ResponseNormExplorer": "response_norm",
    "TowerExplorer": "towers",
    "TrainingExplorer": "training",
}
__all__ = list(_NAMES)


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        return getattr(importlib.import_module(f"{__name__}.{_NAMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
