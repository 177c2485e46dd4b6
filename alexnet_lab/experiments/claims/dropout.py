"""4. Dropout: less overfitting, and twice the iterations (§4.2).

On 10,000 of the 50,000 training images, so that there is something to overfit within four minutes.
The rate is constant: a schedule would decide when a run converges.
"""

from __future__ import annotations

from ..design.arm import Arm
from ..design.claim import Claim
from ..design.comparison import Comparison
from ..design.experiment import FAST, Experiment, Scale, smoke
from ..design.measures import Record, final, result
from ..design.statistics import Time
from .controls import with_controls
from .overlapping_pooling import overfit
from .small_alexnet import GPU, LAPTOP, RATES, TINY

CLOSE = 0.01  # within a point of its lowest test error, a run has converged
LAST_TENTH = 0.9  # unless that is in the last tenth of the run: then it may still be falling
LOW, HIGH = 1.5, 3.0  # half of the way to twice, and no longer "roughly doubles"


def convergence(record: Record) -> Time:
    """Measure the epochs until the test error first comes within a point of the run's lowest."""
    errors = record["epochs"].get("val_error") or [1.0]
    first = next(i for i, e in enumerate(errors, start=1) if e <= min(errors) + CLOSE)
    late = first > LAST_TENTH * len(errors) and len(errors) > 1
    return Time(float(first), censored=late)


_ARMS = (
    Arm("none", "none", "alexnet_mini", RATES, {"dropout": 0.0}),
    Arm("half", "0.5 in fc6 and fc7", "alexnet_mini", RATES, {"dropout": 0.5}),
)
LESS_OVERFITTING = Comparison(
    "none",
    "half",
    overfit,
    5.0,
    "points of generalisation gap",
    more=(
        ("test error, without − with", Comparison("none", "half", final("val_error"), 1.0)),
        ("training error, with − without", Comparison("half", "none", result("train_error"), 1.0)),
    ),
)
DOUBLES = Comparison(
    "half",
    "none",
    convergence,
    LOW,
    "times the epochs with dropout",
    paper=2.0,
    ratio=True,
    largest=HIGH,
)
_MORE, _CONTROLS = with_controls(_ARMS[0], RATES[1], LESS_OVERFITTING)


EXPERIMENT = Experiment(
    number=4,
    name="dropout",
    title="Dropout",
    claims=(
        Claim(
            "Without dropout the net overfits substantially.",
            "paper §4.2",
            "Test minus training error, without minus with dropout of 0.5 in fc6 and fc7, seed by"
            " seed. The paper gives no number; 5 points is what we call substantial.",
            LESS_OVERFITTING,
            rule_version=2,
        ),
        Claim(
            "Dropout roughly doubles the number of iterations to converge.",
            "paper §4.2",
            "Epochs until the test error is within a point of the run's lowest, with over without"
            " dropout, seed by seed: at least 1.5 times, half of the way to the paper's, and not"
            " more than 3. A run whose epoch lies in its last tenth is censored.",
            DOUBLES,
            figure="2 times",
            rule_version=2,
        ),
    ),
    arms=_ARMS,
    control_arms=_MORE,
    controls=_CONTROLS,
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
