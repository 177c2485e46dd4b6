"""An arm of an experiment: one of the things compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Part:
    """A part of the training images, drawn anew by every run's seed.

    Parameters
    ----------
    classes : int
        So many of the classes; of the validation images, those of the same classes.
    images : int
        So many training images, as many of each class.
    passes : int
        Times the scale's epochs, so that a small part is shown for as many steps as the whole.
    """

    classes: int
    images: int
    passes: int = 1


@dataclass(frozen=True)
class Arm:
    """One of the things compared.

    Parameters
    ----------
    name, title : str
        In file names; in tables.
    model : str
        What `nets.build_net` knows.
    options : mapping
        Of the model.
    lrs : tuple of float
        Grid of learning rates, each of them measured with every seed.
    augmentation : str
        "none", "2012" (crops, reflections and colour), "2012 without colour", "2012 resized"
        (the same with crops of random size and shape, scaled), "modern".
    raw : bool
        Input of 0–255 minus the mean image, as in 2012; else divided by the deviation as well.
    train : mapping
        Fields of `TrainConfig` that this arm has for itself, see `Experiment.train`.
    seed_offset : int
        Added to the seed of every run: another stream of random numbers, for a placebo.
    images_share : float
        Of the training images, 0–1: fewer for a positive control.
    part : Part or None
        Of the data set; None takes all classes and all images.
    same_as : SameRuns or None
        Another experiment's arm that is the same runs: they are done once, and both read them.
    """

    name: str
    title: str
    model: str
    lrs: tuple[float, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    augmentation: str = "none"
    raw: bool = False
    train: Mapping[str, Any] = field(default_factory=dict)
    seed_offset: int = 0
    images_share: float = 1.0
    part: Part | None = None
    same_as: SameRuns | None = None


@dataclass(frozen=True)
class SameRuns:
    """Runs of another experiment that are an arm's own, to the last bit.

    A declaration; ``tests/experiments/test_ledger.py`` compares it with the networks, first
    weights, data, training and seeds of both.

    Parameters
    ----------
    experiment : Experiment
        Whose records they are.
    arm : str
        Its arm.
    scales : tuple of str
        At which both are the same.
    """

    experiment: Any  # `Experiment`, which is made of arms
    arm: str
    scales: tuple[str, ...]
