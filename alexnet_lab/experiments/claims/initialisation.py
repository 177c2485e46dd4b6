"""10. Initialisation: which starts begin to learn (§5), on an eight-layer net."""

from __future__ import annotations

from dataclasses import replace

from ..design.arm import Arm
from ..design.claim import BOOK, Claim
from ..design.comparison import Comparison
from ..design.experiment import FAST, Control, Experiment, Scale, smoke
from ..design.measures import iterations_to
from .controls import PLACEBO_SEEDS
from .small_alexnet import GPU, LAPTOP, TINY

LEARNING = 0.8  # of ten classes, guessing has 0.9
RAW_RATES = (0.0003, 0.001, 0.003, 0.01)
RATES = (0.001, 0.003, 0.01, 0.03)


def _later(late: str, early: str, smallest: float) -> Comparison:
    return Comparison(
        late,
        early,
        iterations_to(LEARNING),
        smallest,
        "times as many iterations to 80 % training error",
        ratio=True,
        column="time",
    )


ONES_ACCELERATE = _later("raw-source-zeros", "raw-source", 1.25)
STARVED = _later("normalised-hundredth", "normalised-kaiming", 2.0)
SOURCE_STARTS = _later("raw-paper", "raw-source", 2.0)


EXPERIMENT = Experiment(
    number=10,
    name="initialisation",
    title="Initialisation",
    claims=(
        Claim(
            "Biases of 1 accelerate the early stages of learning.",
            "paper §5",
            "Iterations to 80 % training error from the source's weights on 0–255 minus the mean,"
            " biases of 0 over biases of 1 in conv2, conv4, conv5, fc6, fc7, seed by seed. (With"
            " N(0, 0.01) in all layers this small net learns with neither.) The paper gives no"
            " number; 1.25 times is the least that interests us.",
            ONES_ACCELERATE,
            rule_version=2,
        ),
        Claim(
            "On inputs of unit variance N(0, 0.01) starves the deep layers: it begins later than"
            " Kaiming initialisation.",
            "against the advice nn.init.normal_(m.weight, mean=0.0, std=0.01)",
            "Iterations to 80 % training error, N(0, 0.01) over Kaiming, both with biases of 0,"
            " seed by seed; twice is the least that interests us.",
            STARVED,
            asks=BOOK,
            rule_version=2,
        ),
        Claim(
            "The 2012 source's N(0, 0.03) in conv3–conv5 begins earlier than the paper's N(0, 0.01)"
            " throughout.",
            "layers-145.cfg:143–214 against paper §5",
            "Iterations to 80 % training error, the paper's over the source's, seed by seed; twice"
            " is the least that interests us.",
            SOURCE_STARTS,
            asks=BOOK,
            rule_version=2,
        ),
    ),
    arms=(
        Arm(
            "raw-paper",
            "0–255, N(0, 0.01), biases of 1",
            "alexnet_mini",
            RAW_RATES,
            {"init": "paper"},
            raw=True,
        ),
        Arm(
            "raw-zeros",
            "0–255, N(0, 0.01), biases of 0",
            "alexnet_mini",
            RAW_RATES,
            {"init": "paper", "biases": 0.0},
            raw=True,
        ),
        Arm(
            "raw-source",
            "0–255, N(0, 0.03) in conv3–5, biases of 1",
            "alexnet_mini",
            RAW_RATES,
            {"init": "source"},
            raw=True,
        ),
        Arm(
            "raw-source-zeros",
            "0–255, N(0, 0.03) in conv3–5, biases of 0",
            "alexnet_mini",
            RAW_RATES,
            {"init": "source", "biases": 0.0},
            raw=True,
        ),
        Arm(
            "normalised-kaiming",
            "unit variance, Kaiming",
            "alexnet_mini",
            RATES,
            {"init": "kaiming"},
        ),
        Arm(
            "normalised-hundredth",
            "unit variance, N(0, 0.01), biases of 0",
            "alexnet_mini",
            RATES,
            {"init": "paper", "biases": 0.0},
        ),
        Arm(
            "normalised-paper",
            "unit variance, N(0, 0.01), biases of 1",
            "alexnet_mini",
            RATES,
            {"init": "paper"},
        ),
    ),
    scales={
        "smoke": smoke(options=TINY),
        "laptop": Scale(epochs=8, choice_epochs=2, val_images=2000, options=LAPTOP, train=FAST),
        "gpu": Scale(epochs=40, choice_epochs=4, val_images=2000, options=GPU),
    },
    control_arms=(
        Arm(
            "placebo",
            "placebo: 0–255, N(0, 0.03), biases of 1, other seeds",
            "alexnet_mini",
            (0.003,),
            {"init": "source"},
            raw=True,
            seed_offset=PLACEBO_SEEDS,
        ),
        Arm(
            "slow",
            "positive control: the same at a tenth of the rate",
            "alexnet_mini",
            (0.0003,),
            {"init": "source"},
            raw=True,
            seed_offset=2 * PLACEBO_SEEDS,
        ),
    ),
    controls=(
        Control("placebo", replace(_later("placebo", "raw-source", 1.25), rates="shared")),
        Control("positive", _later("slow", "placebo", 1.5)),
    ),
    choose_by="train_error",
    stop_at=LEARNING,
    keep_steps=True,
    shown=(("iterations to 80 % training error", "iterations"),),
)
