"""AlexNet Lab: the network of 2012, taken apart.

``import alexnet_lab as al`` costs nothing: the parts below are imported when they are first used.

========================  ==========================================================
``al.models``             the networks, their layers, weights
``al.data``               photographs, data sets, augmentation, ten views
``al.training``           one training loop, the recipe of 2012, checkpoints, monitors
``al.analysis``           tables, activations, receptive fields, attribution, features
``al.plots``              pictures of all these
``al.classroom``          assignments: released, checked, graded
========================  ==========================================================
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_ROOMS = ("analysis", "classroom", "data", "experiments", "models", "plots", "training", "widgets")
_NAMES = {
    "AlexNet": "models",
    "AlexNetVisualizer": "plots",
    "layer_table": "analysis",
    "load_pretrained": "models",
    "photograph": "data",
    "photograph_names": "data",
    "preprocess": "data",
}
__all__ = ["__version__", *_ROOMS, *_NAMES]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return importlib.import_module(f"{__name__}.{name}")
    if name in _NAMES:
        return getattr(importlib.import_module(f"{__name__}.{_NAMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
