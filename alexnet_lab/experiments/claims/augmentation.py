"""5. Augmentation: none, crops and reflections, and PCA colour; ten views against one (§4.1).

On 10,000 of the 50,000 training images, crops of 28 from 32; one view is the central crop.
"""

from __future__ import annotations

from typing import Any

from torch import nn

from ...data import ten_views
from ...training import TrainConfig, evaluate
from ..design.arm import Arm
from ..design.claim import Claim
from ..design.comparison import Comparison
from ..design.experiment import FAST, Experiment, Scale, smoke
from ..design.inputs import Inputs, normalise
from ..design.measures import final, result
from .controls import with_controls
from .overlapping_pooling import overfit
from .small_alexnet import GPU, LAPTOP, RATES, TINY


def after(model: nn.Module, inputs: Inputs, arm: Arm, config: TrainConfig) -> dict[str, Any]:
    """Measure the test error of ten views."""
    last = normalise(inputs.data, arm)

    def views(x: Any) -> Any:
        return last(ten_views(x, inputs.crop).flatten(0, 1)).unflatten(0, (len(x), 10))

    batches = ((views(x), y) for x, y in _bytes(inputs))
    found = evaluate(model, batches, precision=config.precision, channels_last=False)
    return {"ten_views_error": found.top1_error}


def _bytes(inputs: Inputs) -> Any:
    for start in range(0, len(inputs.data.val), 100):
        part = slice(start, start + 100)
        yield inputs.data.val.images[part], inputs.data.val.labels[part]


_ARMS = (
    Arm("none", "none", "alexnet_mini", RATES),
    Arm(
        "crops",
        "crops and reflections",
        "alexnet_mini",
        RATES,
        augmentation="2012 without colour",
    ),
    Arm("colour", "crops, reflections and PCA colour", "alexnet_mini", RATES, augmentation="2012"),
)
_ERROR = Comparison("none", "crops", final("val_error"), 1.0)
LESS_OVERFITTING = Comparison(
    "none",
    "crops",
    overfit,
    5.0,
    "points of generalisation gap",
    more=(("test error, none − crops", _ERROR),),
)
COLOUR = Comparison("crops", "colour", final("val_error"), 0.5, paper=1.0)
# The same networks, seen once and ten times.
TEN_VIEWS = Comparison(
    "colour", "", final("val_error"), 0.75, paper=1.5, against=result("ten_views_error")
)
_MORE, _CONTROLS = with_controls(_ARMS[1], RATES[0], COLOUR)


EXPERIMENT = Experiment(
    number=5,
    name="augmentation",
    title="Augmentation",
    claims=(
        Claim(
            "Without crops and reflections the net overfits substantially.",
            "paper §4.1",
            "Test minus training error (training images without augmentation), none minus crops,"
            " seed by seed. The paper gives no number; 5 points is what we call substantial.",
            LESS_OVERFITTING,
            rule_version=2,
        ),
        Claim(
            "Colour noise along the principal components lowers the error.",
            "paper §4.1",
            "Test error with crops and reflections alone minus with colour as well, seed by seed;"
            " 0.5 points, half of the paper's, is the least that interests us.",
            COLOUR,
            figure="over 1 point of top-1 on ImageNet",
            rule_version=2,
        ),
        Claim(
            "Averaging ten views lowers the error against one view.",
            "paper §4.1, §6",
            "Test error of the central view minus that of ten views, network by network; 0.75"
            " points, half of the paper's, is the least that interests us.",
            TEN_VIEWS,
            figure="1.5 points of top-1 on ImageNet (39.0 − 37.5)",
            rule_version=2,
        ),
    ),
    arms=_ARMS,
    control_arms=_MORE,
    controls=_CONTROLS,
    scales={
        "smoke": smoke(options=TINY, crop=28),
        "laptop": Scale(
            epochs=40,
            choice_epochs=8,
            train_images=10_000,
            val_images=5_000,
            crop=28,
            options=LAPTOP,
            train=FAST,
        ),
        "gpu": Scale(epochs=300, choice_epochs=40, crop=28, options=GPU),
    },
    train={"weight_decay": 0.0005, "drops": (0.7, 0.9)},
    after=after,
    shown=(
        ("training error", "results.train_error"),
        ("test error", "val_error"),
        ("ten views", "results.ten_views_error"),
    ),
)
