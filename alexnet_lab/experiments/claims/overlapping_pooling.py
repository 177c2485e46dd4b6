"""3. Overlapping pooling: windows of 3 at a stride of 2 against windows of 2 (§3.4)."""

from __future__ import annotations

from ..design.claim import Claim, Finding
from ..design.experiment import FAST, Arm, Experiment, Scale, smoke
from ..design.measures import Record, Results, compare, final
from .small_alexnet import GPU, LAPTOP, RATES, TINY


def overfit(record: Record) -> float:
    """Measure how much lower the error is on the training images than on the test images."""
    return final("val_error")(record) - record["results"].get("train_error", 0.0)


def lowers(results: Results) -> Finding:
    """Apply the rule of the first claim."""
    return compare(results, "plain", "overlapping", final("val_error"))


def harder_to_overfit(results: Results) -> Finding:
    """Apply the rule of the second claim."""
    return compare(results, "plain", "overlapping", overfit, "points of generalisation gap")


EXPERIMENT = Experiment(
    number=3,
    name="overlapping_pooling",
    title="Overlapping pooling",
    claims=(
        Claim(
            "Overlapping pooling (z = 3, s = 2) lowers the error against z = s = 2.",
            "paper §3.4",
            "Test error with z = s = 2 minus that with z = 3: the 95 % interval lies above 0.",
            lowers,
            figure="0.4 points of top-1 on ImageNet",
        ),
        Claim(
            "Nets with overlapping pooling are slightly harder to overfit.",
            "paper §3.4",
            "Test minus training error, z = s = 2 minus z = 3: the 95 % interval lies above 0.",
            harder_to_overfit,
        ),
    ),
    arms=(
        Arm("overlapping", "z = 3, s = 2", "alexnet_mini", RATES, {"pool_size": 3}),
        Arm("plain", "z = s = 2", "alexnet_mini", RATES, {"pool_size": 2}),
    ),
    scales={
        "smoke": smoke(options=TINY),
        "laptop": Scale(epochs=9, choice_epochs=2, options=LAPTOP, train=FAST),
        "gpu": Scale(epochs=60, choice_epochs=6, options=GPU),
    },
    train={"weight_decay": 0.0005, "drops": (0.7, 0.9)},
)
