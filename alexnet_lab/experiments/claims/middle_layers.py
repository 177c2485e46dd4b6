"""8. Removing a layer (§7): each arm lacks one of conv3, conv4, conv5, fc6, fc7.

The five convolutions have widths of which no two neighbours are alike, so that no two arms are the
same network: without conv3 and without conv4 differ.
"""

from __future__ import annotations

from typing import Any

from ..design.arm import Arm
from ..design.claim import BOOK, Claim
from ..design.comparison import Comparison
from ..design.each_of import EachOf
from ..design.experiment import FAST, Experiment, Scale, smoke
from ..design.measures import final
from .controls import with_controls
from .small_alexnet import GPU, LAPTOP, RATES, TINY

CONVOLUTIONS, DENSE = ("conv3", "conv4", "conv5"), ("fc6", "fc7")
REMOVED = CONVOLUTIONS + DENSE
DISTINCT: dict[str, Any] = LAPTOP | {"channels": (32, 48, 64, 80, 56)}


def _each(names: tuple[str, ...], smallest: float, paper: float | None) -> EachOf:
    return EachOf(
        tuple(
            (
                f"without {name}",
                Comparison(
                    f"no-{name}",
                    "whole",
                    final("val_error"),
                    smallest,
                    paper=paper,
                    family=len(names),
                ),
            )
            for name in names
        ),
        "for the layer that costs least",
    )


_ARMS = (
    Arm("whole", "all eight layers", "alexnet_mini", RATES),
    *(
        Arm(f"no-{name}", f"without {name}", "alexnet_mini", RATES, {"without": (name,)})
        for name in REMOVED
    ),
)
CONVOLUTIONS_COST = _each(CONVOLUTIONS, 1.0, 2.0)
DENSE_COST = _each(DENSE, 1.0, None)
_MORE, _CONTROLS = with_controls(_ARMS[0], RATES[1], CONVOLUTIONS_COST.comparisons[0])

EXPERIMENT = Experiment(
    number=8,
    name="middle_layers",
    title="Every layer counts",
    claims=(
        Claim(
            "Removing any of the middle convolutional layers costs accuracy.",
            "paper §7",
            "Test error without a layer minus with all, seed by seed, for each of conv3, conv4 and"
            " conv5; 1 point, half of the paper's, is the least that interests us.",
            CONVOLUTIONS_COST,
            figure="about 2 points of top-1 on ImageNet",
            rule_version=3,
        ),
        Claim(
            "Removing fc6 or fc7 costs accuracy.",
            "a question of this book: the paper removes convolutional layers",
            "Test error without fc6 or without fc7 minus with all, seed by seed, for each of the"
            " two; 1 point is the least that interests us.",
            DENSE_COST,
            asks=BOOK,
            rule_version=3,
        ),
    ),
    arms=_ARMS,
    control_arms=_MORE,
    controls=_CONTROLS,
    scales={
        "smoke": smoke(options=TINY),
        # Of the first edition, at whose widths two arms are one network.
        "pilot": Scale(epochs=9, choice_epochs=2, options=LAPTOP, train=FAST, seeds=(0, 1, 2)),
        "laptop": Scale(epochs=9, choice_epochs=2, options=DISTINCT, train=FAST),
        "gpu": Scale(
            epochs=60, choice_epochs=6, options=GPU | {"channels": (64, 96, 128, 160, 112)}
        ),
    },
    train={"weight_decay": 0.0005, "drops": (0.7, 0.9)},
)
