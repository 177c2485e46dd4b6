"""8. Removing any middle layer costs about 2 % (§7)."""

from __future__ import annotations

from ..design.claim import Claim, Finding
from ..design.experiment import FAST, Arm, Experiment, Scale, smoke
from ..design.measures import Results, final, gap
from .small_alexnet import GPU, LAPTOP, RATES, TINY

REMOVED = ("conv3", "conv4", "conv5", "fc6", "fc7")


def each_costs(results: Results) -> Finding:
    """Apply the rule of the claim."""
    unit = "points of test error, for the layer that costs least"
    found = [
        (f"without {name}", gap(results, f"no-{name}", "whole", final("val_error")))
        for name in REMOVED
        if results.complete(f"no-{name}", "whole")
    ]
    if len(found) < len(REMOVED):
        return Finding(None, None, unit, tuple(found))
    least = min(found, key=lambda item: item[1].low)
    return Finding(least[1].low > 0, least[1], unit, tuple(found), f"it is {least[0][8:]}")


EXPERIMENT = Experiment(
    number=8,
    name="middle_layers",
    title="Every layer counts",
    claims=(
        Claim(
            "Removing any of the middle layers costs accuracy.",
            "paper §7",
            "Test error without a layer minus with all: for each of conv3, conv4, conv5, fc6 and"
            " fc7 the 95 % interval lies above 0.",
            each_costs,
            figure="about 2 points of top-1 on ImageNet",
        ),
    ),
    arms=(
        Arm("whole", "all eight layers", "alexnet_mini", RATES),
        *(
            Arm(f"no-{name}", f"without {name}", "alexnet_mini", RATES, {"without": (name,)})
            for name in REMOVED
        ),
    ),
    scales={
        "smoke": smoke(options=TINY),
        "laptop": Scale(epochs=9, choice_epochs=2, options=LAPTOP, train=FAST),
        "gpu": Scale(epochs=60, choice_epochs=6, options=GPU),
    },
    train={"weight_decay": 0.0005, "drops": (0.7, 0.9)},
)
