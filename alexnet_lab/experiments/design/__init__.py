"""What an experiment is made of: claims, arms, nets, what they are fed, statistics."""

from __future__ import annotations

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=[
        "claim",
        "comparison",
        "experiment",
        "inputs",
        "measures",
        "nets",
        "sequential",
        "statistics",
    ],
)
