"""12. The recipe of 2012 against a modern one, for the same eight layers."""

from __future__ import annotations

from typing import Any

from ..design.arm import Arm
from ..design.claim import BOOK, Claim
from ..design.comparison import Comparison
from ..design.experiment import FAST, Experiment, Scale, smoke
from ..design.measures import final
from .controls import with_controls
from .small_alexnet import GPU, LAPTOP, RATES, TINY

ADAM_RATES = (0.0005, 0.0015, 0.0045)
_ADAM: dict[str, Any] = {
    "optimizer": "adamw",
    "weight_decay": 0.05,
    "schedule": "cosine",
    "warmup": 0.1,
    "bias_lr_factor": 1.0,
    "drops": None,
}
_BATCH = {"norm": "batch"}
_LRN = {"norm": "lrn", "lrn_alpha": 0.01}


_ARMS = (
    Arm("2012", "2012", "alexnet_mini", RATES, _LRN, "2012"),
    Arm(
        "modern",
        "modern",
        "alexnet_mini",
        ADAM_RATES,
        _BATCH,
        "modern",
        train=_ADAM | {"label_smoothing": 0.1},
    ),
    Arm("batch-norm", "2012 with batch normalisation", "alexnet_mini", RATES, _BATCH, "2012"),
    Arm(
        "adamw",
        "2012 with AdamW and cosine",
        "alexnet_mini",
        ADAM_RATES,
        _LRN,
        "2012",
        train=_ADAM,
    ),
    Arm("randaugment", "2012 with RandAugment", "alexnet_mini", RATES, _LRN, "modern"),
)
MODERN_WINS = Comparison(
    "2012",
    "modern",
    final("val_error"),
    1.0,
    more=tuple(
        (f"{title} alone", Comparison("2012", arm, final("val_error"), 1.0))
        for title, arm in (
            ("batch normalisation", "batch-norm"),
            ("AdamW and cosine", "adamw"),
            ("RandAugment", "randaugment"),
        )
    ),
)
_MORE, _CONTROLS = with_controls(_ARMS[0], RATES[1], MODERN_WINS)


EXPERIMENT = Experiment(
    number=12,
    name="recipes",
    title="2012 against today",
    claims=(
        Claim(
            "In the same number of epochs a modern recipe (batch normalisation, AdamW, a cosine,"
            " RandAugment) leaves a lower test error than that of 2012.",
            "a question of this book, not of the paper",
            "Test error of the recipe of 2012 minus that of the modern one, seed by seed; 1 point"
            " is the least that interests us.",
            MODERN_WINS,
            asks=BOOK,
            same_setting_at=("gpu",),
            rule_version=2,
        ),
    ),
    arms=_ARMS,
    control_arms=_MORE,
    controls=_CONTROLS,
    scales={
        "smoke": smoke(options=TINY, crop=28),
        # Of the first edition: too short for the modern recipe.
        "pilot": Scale(
            epochs=6, choice_epochs=2, crop=28, options=LAPTOP, train=FAST, seeds=(0, 1, 2)
        ),
        "laptop": Scale(epochs=30, choice_epochs=2, crop=28, options=LAPTOP, train=FAST),
        "gpu": Scale(epochs=90, choice_epochs=8, crop=28, options=GPU),
    },
    train={"weight_decay": 0.0005, "drops": (0.6, 0.85)},
)
