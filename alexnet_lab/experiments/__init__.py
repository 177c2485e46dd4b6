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
        "design": ["claim", "measures"],
        "design.claim": ["Claim", "Finding", "Interval"],
        "design.experiment": ["Arm", "Experiment", "Scale"],
        "claims.registry": ["find", "names"],
        "records.store": ["Library"],
        "report.ledger": ["Row", "judge", "rows"],
        "report.tower_colours": ["tower_colours"],
        "report.page": ["effect", "write_ledger"],
        "runner.schedule": ["run_missing"],
        "report.evidence": ["Curve", "Evidence", "curve", "evidence", "rerun"],
        "design.statistics": ["Time", "difference", "mean_interval", "permutation_p", "ratio"],
        "design.nets": ["CifarNet", "build_net"],
    },
)
