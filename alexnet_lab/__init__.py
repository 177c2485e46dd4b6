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

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    {"analysis", "classroom", "data", "experiments", "models", "plots", "training", "widgets"},
    {
        "analysis": ["layer_table"],
        "data": ["photograph", "photograph_names", "preprocess"],
        "models": ["AlexNet", "load_pretrained"],
        "plots": ["AlexNetVisualizer"],
    },
)
__all__ += ["__version__"]
