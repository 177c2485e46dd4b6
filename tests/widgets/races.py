"""Short races of the training bench, and what is asked of one that a page has run."""

from __future__ import annotations

from typing import Any

import numpy as np

from alexnet_lab.bench.race import LOOK_EVERY
from alexnet_lab.bench.records import Record, race

SHORT = {"steps": 40, "each": 10}


def hold_against_torch(found: Record, bench: Any, seed: int) -> None:
    """Compare a page's record of one seed with PyTorch's."""
    wanted = race(bench.plan, bench.switches("a"), bench.switches("b"), [seed])
    assert (found.plan, found.a, found.b, found.by) == (wanted.plan, wanted.a, wanted.b, "page")
    for mine, theirs in zip(found.runs[seed], wanted.runs[seed], strict=True):
        assert len(mine.loss) == bench.steps / LOOK_EVERY
        # Float32 in another order: the first look is near, later ones drift apart.
        assert np.allclose(mine.loss[0], theirs.loss[0], rtol=0.02), (mine, theirs)
        assert np.allclose(mine.train_error, theirs.train_error, atol=0.05), (mine, theirs)
        assert np.allclose(mine.val_error, theirs.val_error, atol=0.15), (mine, theirs)
