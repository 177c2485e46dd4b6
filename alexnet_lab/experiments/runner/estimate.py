"""What a run will cost, in seconds of two quiet cores."""

from __future__ import annotations

from functools import cache

import torch

from ..claims.registry import find
from ..design.arm import Arm
from ..design.experiment import Experiment
from ..records.run import Run

# Seconds of two cores for a training image: a fixed part, and one for a million multiplications.
# Measured on two cores of an AMD EPYC with bfloat16 instructions, torch 2.14; see `estimate`.
FIXED_S, PER_MILLION_S = 0.08e-3, 0.021e-3
FORWARD_SHARE = 0.3  # of a training step's time, for an image that is only looked at


def estimate(run: Run) -> float:
    """Return about how many seconds two quiet cores need for a run, at most.

    At most, because runs that reach their target end earlier. A GPU is not estimated: NaN.
    """
    if run.scale == "gpu":
        return float("nan")
    spec = run.experiment.scale(run.scale)
    if run.arm is None:
        return run.experiment.seconds
    images, looked_at, side = sizes(run.experiment, run.scale)
    if run.arm.part is not None:
        images = min(images, run.arm.part.images)
    one = FIXED_S + PER_MILLION_S * _macs(run.experiment, run.scale, run.arm.name, side) / 1e6
    epochs = spec.choice_epochs if run.choice else spec.epochs
    epochs *= run.arm.part.passes if run.arm.part else 1
    return epochs * one * (images + FORWARD_SHARE * looked_at) * _slower(run.arm)


def _slower(arm: Arm) -> float:
    factor = 1.0
    if arm.options.get("norm") == "lrn" or (
        arm.model == "alexnet_2012" and "norm" not in arm.options
    ):
        factor *= 1.35
    if arm.augmentation == "modern":
        factor *= 1.5
    return factor


def sizes(experiment: Experiment, scale: str) -> tuple[int, int, int]:
    """Return training images, validation images and side of the input."""
    spec = experiment.scale(scale)
    full = {"cifar10": (50_000, 10_000, 32), "imagenette": (9_469, 3_925, 160)}
    full["tiny-imagenet"] = (100_000, 10_000, 64)
    train, val, side = full.get(spec.data or experiment.data, (6_000, 1_500, 64))
    return (
        min(spec.train_images or train, train),
        min(spec.val_images or val, val),
        spec.crop or spec.size or side,
    )


def classes(experiment: Experiment, scale: str, arm: Arm) -> int:
    """Return how many classes an arm's network tells apart."""
    if arm.part is not None:
        return arm.part.classes
    known = {"tiny-imagenet": 200, "photo-patches": 14}
    return known.get(experiment.scale(scale).data or experiment.data, 10)


@cache
def macs_of(name: str, scale: str, arm: str, side: int) -> int:
    """Count the multiplications of an arm's network for an image, as `multiply_accumulates`."""
    from ..design.nets import build_net, multiply_accumulates

    experiment = find(name)
    spec, one = experiment.scale(scale), experiment.arm(arm)
    options = {"input_size": side} | dict(spec.options) | dict(one.options)
    with torch.device("meta"):  # shapes are enough
        net = build_net(one.model, classes(experiment, scale, one), options, 0)
    return multiply_accumulates(net, side)


def _macs(experiment: Experiment, scale: str, arm: str, side: int) -> int:
    return macs_of(experiment.name, scale, arm, side)
