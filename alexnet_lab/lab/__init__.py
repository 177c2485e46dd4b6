"""The network that this project trains and ships: making it, measuring it, releasing it.

::

    from alexnet_lab.lab import lab_record

    lab_record()["score"]      # what the shipped weights score

On the command line: ``alexnet-lab lab train | evaluate | record | card | page``.
"""

from __future__ import annotations

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "recipe": ["LabRecipe", "Phase"],
        "sources": ["LabData", "lab_data"],
        "network": ["fold", "grow", "lab_model"],
        "kernels": ["KernelReport", "kernel_report"],
        "snapshots": ["Snapshot", "read_snapshots"],
        "training": ["train_lab_network"],
        "release": ["lab_record", "conv1_along_training"],
    },
)
