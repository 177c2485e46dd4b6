"""5. Augmentation: none, crops and reflections, and PCA colour; ten views against one (§4.1).

On 10,000 of the 50,000 training images, crops of 28 from 32; one view is the central crop.
"""

from __future__ import annotations

from typing import Any

from torch import nn

from ...data import ten_views
from ...training import TrainConfig, evaluate
from ..design.claim import Claim, Finding
from ..design.experiment import FAST, Arm, Experiment, Scale, smoke
from ..design.inputs import Inputs, normalise
from ..design.measures import Results, compare, final, gap, result
from ..design.statistics import mean_interval
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


def less_overfitting(results: Results) -> Finding:
    """Apply the rule of the first claim."""
    found = compare(results, "none", "crops", overfit, "points of generalisation gap")
    if found.holds:
        details = (("test error, none − crops", gap(results, "none", "crops", final("val_error"))),)
        return Finding(found.holds, found.effect, found.unit, details)
    return found


def colour(results: Results) -> Finding:
    """Apply the rule of the second claim."""
    return compare(results, "crops", "colour", final("val_error"))


def ten(results: Results) -> Finding:
    """Apply the rule of the third claim."""
    unit = "points of test error"
    if not results.complete("colour"):
        return Finding(None, None, unit)
    one, many = (
        results.values("colour", m) for m in (final("val_error"), result("ten_views_error"))
    )
    # The same networks: paired, so the difference of each run and its interval against 0.
    pairs = [100 * (a - b) for a, b in zip(one, many, strict=True)]
    effect = mean_interval(pairs)
    return Finding(effect.low > 0, effect, unit)


EXPERIMENT = Experiment(
    number=5,
    name="augmentation",
    title="Augmentation",
    claims=(
        Claim(
            "Without crops and reflections the net overfits substantially.",
            "paper §4.1",
            "Test minus training error (training images without augmentation), none minus crops:"
            " the 95 % interval lies above 0.",
            less_overfitting,
        ),
        Claim(
            "Colour noise along the principal components lowers the error.",
            "paper §4.1",
            "Test error with crops and reflections alone minus with colour as well: the 95 %"
            " interval lies above 0.",
            colour,
            figure="over 1 point of top-1 on ImageNet",
        ),
        Claim(
            "Averaging ten views lowers the error against one view.",
            "paper §4.1, §6",
            "Test error of the central view minus that of ten views, network by network: the 95 %"
            " interval of the mean lies above 0.",
            ten,
            figure="1.5 points of top-1 on ImageNet (39.0 − 37.5)",
        ),
    ),
    arms=(
        Arm("none", "none", "alexnet_mini", RATES),
        Arm(
            "crops",
            "crops and reflections",
            "alexnet_mini",
            RATES,
            augmentation="2012 without colour",
        ),
        Arm("colour", "and PCA colour", "alexnet_mini", RATES, augmentation="2012"),
    ),
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
