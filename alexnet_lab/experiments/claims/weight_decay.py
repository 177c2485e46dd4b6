"""9. Weight decay lowers the *training* error (§5)."""

from __future__ import annotations

from ..design.claim import Claim, Finding
from ..design.experiment import FAST, Arm, Experiment, Scale, smoke
from ..design.measures import Results, compare, final, gap, result
from .small_alexnet import GPU, LAPTOP, RATES, TINY

_DECAYS = (("none", 0.0), ("paper", 0.0005), ("ten-times", 0.005))


def lowers_training_error(results: Results) -> Finding:
    """Apply the rule of the claim."""
    found = compare(
        results,
        "none",
        "paper",
        result("train_error"),
        "points of training error",
        more=(("0 − 0.005", "none", "ten-times"),),
    )
    if found.holds is None:
        return found
    test = ("test error, 0 − 0.0005", gap(results, "none", "paper", final("val_error")))
    return Finding(found.holds, found.effect, found.unit, (*found.details, test))


EXPERIMENT = Experiment(
    number=9,
    name="weight_decay",
    title="Weight decay",
    claims=(
        Claim(
            "A weight decay of 0.0005 lowers the training error: it is not merely a regulariser.",
            "paper §5",
            "Training error (eval mode, at the end) without minus with a decay of 0.0005: the 95 %"
            " interval lies above 0.",
            lowers_training_error,
        ),
    ),
    arms=tuple(
        Arm(name, f"{decay:g}", "alexnet_mini", RATES, train={"weight_decay": decay})
        for name, decay in _DECAYS
    ),
    scales={
        "smoke": smoke(options=TINY),
        "laptop": Scale(epochs=9, choice_epochs=2, options=LAPTOP, train=FAST),
        "gpu": Scale(epochs=90, choice_epochs=6, options=GPU),
    },
    train={"drops": (0.7, 0.9)},
)
