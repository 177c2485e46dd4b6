"""3. Overlapping pooling: windows of 3 at a stride of 2 against windows of 2 (§3.4)."""

from __future__ import annotations

from ..design.arm import Arm
from ..design.claim import Claim
from ..design.comparison import Comparison
from ..design.experiment import FAST, Experiment, Scale, smoke
from ..design.measures import Record, final, result
from .controls import with_controls
from .small_alexnet import GPU, LAPTOP, RATES, TINY


def overfit(record: Record) -> float:
    """Measure how much lower the error is on the training images than on the test images."""
    return final("val_error")(record) - result("train_error")(record)


_ARMS = (
    Arm("overlapping", "z = 3, s = 2", "alexnet_mini", RATES, {"pool_size": 3}),
    Arm("plain", "z = s = 2", "alexnet_mini", RATES, {"pool_size": 2}),
)
LOWERS = Comparison("plain", "overlapping", final("val_error"), 0.2, paper=0.4)
HARDER = Comparison("plain", "overlapping", overfit, 0.5, "points of generalisation gap")
_MORE, _CONTROLS = with_controls(_ARMS[0], RATES[1], LOWERS)


EXPERIMENT = Experiment(
    number=3,
    name="overlapping_pooling",
    title="Overlapping pooling",
    claims=(
        Claim(
            "Overlapping pooling (z = 3, s = 2) lowers the error against z = s = 2.",
            "paper §3.4",
            "Test error with z = s = 2 minus that with z = 3, seed by seed; 0.2 points, half of the"
            " paper's, is the least that interests us.",
            LOWERS,
            figure="0.4 points of top-1 on ImageNet",
            rule_version=2,
        ),
        Claim(
            "Nets with overlapping pooling are slightly harder to overfit.",
            "paper §3.4",
            "Test minus training error, z = s = 2 minus z = 3, seed by seed. The paper gives no"
            " number; 0.5 points is the least that interests us.",
            HARDER,
            rule_version=2,
        ),
    ),
    arms=_ARMS,
    control_arms=_MORE,
    controls=_CONTROLS,
    scales={
        "smoke": smoke(options=TINY),
        "laptop": Scale(epochs=9, choice_epochs=2, options=LAPTOP, train=FAST),
        "gpu": Scale(epochs=60, choice_epochs=6, options=GPU),
    },
    train={"weight_decay": 0.0005, "drops": (0.7, 0.9)},
)
