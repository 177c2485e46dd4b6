"""What this project trained and measured, and the programs that did.

::

    from alexnet_lab.experiments import find, names

    find("relu_tanh").claims[0].statement      # the verdict rule, fixed before the runs

On the command line: ``alexnet-lab experiment list | run NAME | queue | report``.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {
    "Arm": "experiment",
    "Claim": "experiment",
    "Experiment": "experiment",
    "Finding": "experiment",
    "Interval": "experiment",
    "Scale": "experiment",
    "find": "registry",
    "names": "registry",
    "Library": "records",
    "Row": "ledger",
    "judge": "ledger",
    "rows": "ledger",
    "tower_colours": "colours",
    "effect": "page",
    "write_ledger": "page",
    "work": "queue",
    "Curve": "showing",
    "Evidence": "showing",
    "curve": "showing",
    "evidence": "showing",
    "rerun": "showing",
    "Time": "statistics",
    "difference": "statistics",
    "mean_interval": "statistics",
    "permutation_p": "statistics",
    "ratio": "statistics",
    "CifarNet": "nets",
    "build_net": "nets",
    "LabRecipe": "lab_network",
    "fold": "lab_network",
    "grow": "lab_network",
    "lab_model": "lab_network",
    "train_lab_network": "lab_network",
    "lab_record": "lab_release",
    "conv1_along_training": "lab_release",
}
__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        home = importlib.import_module(f"{__name__}.{_HOMES[name]}")
        # All names of this module at once: Python has just bound the module's own name here, and
        # `lab_network` shall be the function, not the module.
        globals().update({n: getattr(home, n) for n in _HOMES if _HOMES[n] == _HOMES[name]})
        return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
