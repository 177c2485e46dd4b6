"""6. Two towers against one, against half the kernels, and without cross-talk (§3.2).

The paper's conv stack at 128² with a small head, as the lab network's first phase. The conv1
kernels' colour is recorded as well: experiment 7 reads it.
"""

from __future__ import annotations

from typing import Any

from torch import nn

from ...analysis import filters
from ...training import TrainConfig
from ..design.arm import Arm
from ..design.claim import BOOK, Claim
from ..design.comparison import Comparison
from ..design.experiment import FAST, Experiment, Scale, smoke
from ..design.inputs import Inputs
from ..design.measures import final
from .controls import with_controls

RATES = (0.01, 0.02)
_HEAD: dict[str, Any] = {
    "hidden": (256, 256),
    "lrn_alpha": 0.01,  # inputs have unit variance here, not 0–255
    "init": "kaiming",
    "conv1_scale": 0.1,
}


def after(model: nn.Module, inputs: Inputs, arm: Arm, config: TrainConfig) -> dict[str, Any]:
    """Record each conv1 kernel's share of colour and its length."""
    found = filters(model, "conv1")
    return {
        "colourfulness": [round(v, 4) for v in found.colourfulness.tolist()],
        "norm": [round(v, 5) for v in found.norm.tolist()],
    }


def _arm(name: str, title: str, **options: Any) -> Arm:
    return Arm(name, title, "alexnet_2012", RATES, _HEAD | options, augmentation="2012")


_ARMS = (
    _arm("two", "two towers"),
    _arm("half", "one tower, half the kernels", towers=1, channels=(48, 128, 192, 192, 256)),
    _arm("apart", "two towers, no cross-talk", cross_talk=False),
    _arm("one", "one tower, all kernels", towers=1),
)
TWO_BEAT_HALF = Comparison(
    "half",
    "two",
    final("val_error"),
    0.85,
    "points of validation error",
    paper=1.7,
    more=(("one tower − two towers", Comparison("one", "two", final("val_error"), 0.85)),),
)
CROSS_TALK = Comparison(
    "apart", "two", final("val_error"), 0.55, "points of validation error", paper=1.1
)
_MORE, _CONTROLS = with_controls(_ARMS[0], RATES[1], TWO_BEAT_HALF)


EXPERIMENT = Experiment(
    number=6,
    name="towers",
    title="Two towers",
    claims=(
        Claim(
            "Two towers have a lower error than one tower with half the kernels in conv1–conv4.",
            "paper §3.2 and its footnote",
            "Validation error of half the kernels minus that of two towers, seed by seed; 0.85"
            " points, half of the paper's, is the least that interests us.",
            TWO_BEAT_HALF,
            figure="1.7 points of top-1 on ImageNet",
            rule_version=2,
        ),
        Claim(
            "Towers that see each other in conv3 have a lower error than towers kept apart.",
            "2012 source, layer-params-150.cfg",
            "Validation error without cross-talk minus with, seed by seed; 0.55 points, half of"
            " the source's, is the least that interests us.",
            CROSS_TALK,
            figure="1.1 points of top-1 on ImageNet (41.8 − 40.7)",
            asks=BOOK,
            rule_version=2,
        ),
        Claim(
            "The two-GPU net takes slightly less time to train than the one-GPU net.",
            "paper §3.2",
            untestable="it is a statement about two GTX 580 and the transfers between them",
        ),
    ),
    arms=_ARMS,
    control_arms=_MORE,
    controls=_CONTROLS,
    data="imagenette",
    scales={
        "smoke": smoke(
            size=72,
            crop=67,
            batch=8,
            train_images=16,
            val_images=8,
            options={"hidden": (8, 8)},
        ),
        "laptop": Scale(epochs=20, choice_epochs=3, crop=128, train=FAST),
        "gpu": Scale(epochs=90, choice_epochs=8, size=256, crop=224),
    },
    train={
        "optimizer": "sgd",
        "nesterov": True,
        "schedule": "onecycle",
        "warmup": 0.15,
        "weight_decay": 0.002,
        "label_smoothing": 0.05,
        "clip_norm": 5.0,
        "bias_lr_factor": 1.0,
    },
    after=after,
    shown=(("training error", "results.train_error"), ("validation error", "val_error")),
)
