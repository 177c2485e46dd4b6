"""What this project trained and measured, and the programs that did.

::

    from alexnet_lab.experiments import find, names

    find("relu_tanh").claims[0].statement      # the verdict rule, fixed before the runs

On the command line: ``alexnet-lab experiment list | run NAME | queue | report``.
"""

from __future__ import annotations

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "claim": ["Claim", "Finding", "Interval"],
        "experiment": ["Arm", "Experiment", "Scale"],
        "registry": ["find", "names"],
        "records": ["Library"],
        "ledger": ["Row", "judge", "rows"],
        "colours": ["tower_colours"],
        "page": ["effect", "write_ledger"],
        "queue": ["work"],
        "showing": ["Curve", "Evidence", "curve", "evidence", "rerun"],
        "statistics": ["Time", "difference", "mean_interval", "permutation_p", "ratio"],
        "nets": ["CifarNet", "build_net"],
        "lab_network": ["LabRecipe", "fold", "grow", "lab_model", "train_lab_network"],
        "lab_release": ["lab_record", "conv1_along_training"],
    },
)
