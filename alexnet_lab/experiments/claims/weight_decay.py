"""9. Weight decay lowers the *training* error (§5)."""

from __future__ import annotations

from dataclasses import replace

from ..design.arm import Arm, SameRuns
from ..design.claim import Claim
from ..design.comparison import Comparison
from ..design.experiment import FAST, Experiment, Scale, smoke
from ..design.measures import final, result
from .controls import with_controls
from .overlapping_pooling import EXPERIMENT as OVERLAPPING
from .small_alexnet import GPU, LAPTOP, RATES, TINY

_DECAYS = (("none", 0.0), ("paper", 0.0005), ("ten-times", 0.005))


_ARMS = tuple(
    Arm(name, f"{decay:g}", "alexnet_mini", RATES, train={"weight_decay": decay})
    for name, decay in _DECAYS
)
LOWERS = Comparison(
    "none",
    "paper",
    result("train_error"),
    0.5,
    "points of training error",
    column="train_error",
    more=(
        ("0 − 0.005", Comparison("none", "ten-times", result("train_error"), 0.5)),
        ("test error, 0 − 0.0005", Comparison("none", "paper", final("val_error"), 0.5)),
    ),
)
_MORE, _CONTROLS = with_controls(_ARMS[1], RATES[1], LOWERS)


def _shared(arm: Arm) -> Arm:
    """Declare the runs that are row 3's as well: its overlapping pools, its decay of 0.0005."""
    name = "overlapping" if arm.name == "paper" else arm.name
    there = {one.name for one in (*OVERLAPPING.arms, *OVERLAPPING.control_arms)}
    # On a GPU row 3 takes fewer epochs.
    same = SameRuns(OVERLAPPING, name, ("smoke", "laptop")) if name in there else None
    return replace(arm, same_as=same)


EXPERIMENT = Experiment(
    number=9,
    name="weight_decay",
    title="Weight decay",
    claims=(
        Claim(
            "A weight decay of 0.0005 lowers the training error: it is not merely a regulariser.",
            "paper §5",
            "Training error (eval mode, at the end) without minus with a decay of 0.0005, seed by"
            " seed. The paper gives no number; 0.5 points is the least that interests us.",
            LOWERS,
            rule_version=2,
        ),
    ),
    arms=tuple(map(_shared, _ARMS)),
    control_arms=tuple(map(_shared, _MORE)),
    controls=_CONTROLS,
    choose_by="train_error",
    scales={
        "smoke": smoke(options=TINY),
        "laptop": Scale(epochs=9, choice_epochs=2, options=LAPTOP, train=FAST),
        "gpu": Scale(epochs=90, choice_epochs=6, options=GPU),
    },
    train={"drops": (0.7, 0.9)},
)
