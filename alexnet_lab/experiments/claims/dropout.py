"""4. Dropout: less overfitting, and twice the iterations (§4.2).

On 10,000 of the 50,000 training images, so that there is something to overfit within four minutes.
The rate is constant: a schedule would decide when a run converges.
"""

from __future__ import annotations

from dataclasses import replace

from ..design.claim import Claim, Finding
from ..design.experiment import FAST, Arm, Experiment, Scale, smoke
from ..design.measures import Record, Results, compare, final, gap, result
from ..design.statistics import Time, ratio
from .overlapping_pooling import overfit
from .small_alexnet import GPU, LAPTOP, RATES, TINY

CLOSE = 0.01  # within a point of its lowest test error, a run has converged
LAST_TENTH = 0.9  # unless that is in the last tenth of the run: then it may still be falling
LOW, HIGH = 1.5, 3.0  # "roughly doubles"


def convergence(record: Record) -> Time:
    """Measure the epochs until the test error first comes within a point of the run's lowest."""
    errors = record["epochs"].get("val_error") or [1.0]
    first = next(i for i, e in enumerate(errors, start=1) if e <= min(errors) + CLOSE)
    late = first > LAST_TENTH * len(errors) and len(errors) > 1
    return Time(float(first), censored=late)


def less_overfitting(results: Results) -> Finding:
    """Apply the rule of the first claim."""
    found = compare(results, "none", "half", overfit, "points of generalisation gap")
    if found.holds is None:
        return found
    details = (
        ("test error, without − with", gap(results, "none", "half", final("val_error"))),
        ("training error, with − without", gap(results, "half", "none", result("train_error"))),
    )
    return replace(found, details=details)


def doubles(results: Results) -> Finding:
    """Apply the rule of the second claim."""
    unit = "times the epochs with dropout"
    if not results.complete("none", "half"):
        return Finding(None, None, unit)
    effect = ratio(results.values("half", convergence), results.values("none", convergence))
    return Finding(effect.low > 1 and LOW <= effect.estimate <= HIGH, effect, unit)


EXPERIMENT = Experiment(
    number=4,
    name="dropout",
    title="Dropout",
    claims=(
        Claim(
            "Without dropout the net overfits substantially.",
            "paper §4.2",
            "Test minus training error, without minus with dropout of 0.5 in fc6 and fc7: the 95 %"
            " interval lies above 0.",
            less_overfitting,
        ),
        Claim(
            "Dropout roughly doubles the number of iterations to converge.",
            "paper §4.2",
            "Epochs until the test error is within a point of the run's lowest, with over without"
            " dropout: the 95 % interval lies above 1 and the estimate between 1.5 and 3. A run"
            " whose epoch lies in its last tenth is censored.",
            doubles,
            figure="2 times",
        ),
    ),
    arms=(
        Arm("none", "none", "alexnet_mini", RATES, {"dropout": 0.0}),
        Arm("half", "0.5 in fc6 and fc7", "alexnet_mini", RATES, {"dropout": 0.5}),
    ),
    scales={
        "smoke": smoke(options=TINY),
        "laptop": Scale(
            epochs=40,
            choice_epochs=8,
            train_images=10_000,
            val_images=5_000,
            options=LAPTOP,
            train=FAST,
        ),
        "gpu": Scale(epochs=300, choice_epochs=40, train_images=10_000, options=GPU),
    },
    train={"weight_decay": 0.0005},
)
