"""10. Initialisation: which starts begin to learn (§5), on an eight-layer net."""

from __future__ import annotations

from ..design.claim import Claim, Finding
from ..design.experiment import FAST, Arm, Experiment, Scale, smoke
from ..design.measures import Results, iterations_to
from ..design.statistics import ratio
from .small_alexnet import GPU, LAPTOP, TINY

LEARNING = 0.8  # of ten classes, guessing has 0.9
RAW_RATES = (0.0003, 0.001, 0.003, 0.01)
RATES = (0.001, 0.003, 0.01, 0.03)


def _later(results: Results, late: str, early: str) -> Finding:
    unit = "times as many iterations to 80 % training error"
    if not results.complete(late, early):
        return Finding(None, None, unit)
    time = iterations_to(LEARNING)
    effect = ratio(results.values(late, time), results.values(early, time))
    asleep = [a for a in (late, early) if all(t.censored for t in results.values(a, time))]
    note = f"never within the run: {', '.join(asleep)}" if asleep else ""
    return Finding(effect.low > 1, effect, unit, note=note)


def ones_accelerate(results: Results) -> Finding:
    """Apply the rule of the first claim."""
    return _later(results, "raw-zeros", "raw-paper")


def starved(results: Results) -> Finding:
    """Apply the rule of the second claim."""
    return _later(results, "normalised-hundredth", "normalised-kaiming")


def source_starts(results: Results) -> Finding:
    """Apply the rule of the third claim."""
    return _later(results, "raw-paper", "raw-source")


EXPERIMENT = Experiment(
    number=10,
    name="initialisation",
    title="Initialisation",
    claims=(
        Claim(
            "Biases of 1 accelerate the early stages of learning.",
            "paper §5",
            "Iterations to 80 % training error from N(0, 0.01) on 0–255 minus the mean, biases of"
            " 0 over biases of 1 in conv2, conv4, conv5, fc6, fc7: the 95 % interval lies above 1.",
            ones_accelerate,
        ),
        Claim(
            "On inputs of unit variance N(0, 0.01) starves the deep layers: it begins later than"
            " Kaiming initialisation.",
            "against the advice nn.init.normal_(m.weight, mean=0.0, std=0.01)",
            "Iterations to 80 % training error, N(0, 0.01) over Kaiming, both with biases of 0: the"
            " 95 % interval lies above 1.",
            starved,
        ),
        Claim(
            "The 2012 source's N(0, 0.03) in conv3–conv5 begins earlier than the paper's N(0, 0.01)"
            " throughout.",
            "layers-145.cfg:143–215 against paper §5",
            "Iterations to 80 % training error, the paper's over the source's: the 95 % interval"
            " lies above 1.",
            source_starts,
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
    choose_by="train_error",
    stop_at=LEARNING,
    keep_steps=True,
    shown=(("iterations to 80 % training error", "iterations"),),
)
