"""What an experiment is: a claim, arms, seeds, scales, and a verdict rule fixed before the runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...errors import UserError
from .arm import Arm
from .claim import Claim
from .comparison import Comparison
from .sequential import LOOKS

SCALES = ("smoke", "pilot", "laptop", "gpu")
SEEDS = tuple(range(LOOKS[-1]))  # as many of them as it takes, see `sequential`
CHOICE_SEED = 1000  # of the runs that choose a learning rate: none of the seeds that are measured


@dataclass(frozen=True)
class Scale:
    """How large a run is.

    Parameters
    ----------
    epochs, choice_epochs : int
        Passes over the training images, of a measured run and of one of the pilot's.
    batch : int
        Batch size.
    train_images, val_images : int or None
        So many images, the same for all runs; None takes all.
    size : int or None
        Side of the stored images; None is the data set's own.
    crop : int or None
        Side of the network's input where it is smaller than the images.
    padding : int
        Mirrored pixels around an image before it is cropped at random.
    options : mapping
        Options of every arm's model (narrower nets).
    train : mapping
        Fields of `TrainConfig`.
    lrs : tuple of float or None
        Instead of the arms' grids.
    seeds : tuple of int
        Of the runs that are measured. By default as many as the looks take, see `sequential`.
    data : str or None
        Another data set than the experiment's.
    """

    epochs: int
    choice_epochs: int = 1
    batch: int = 128
    train_images: int | None = None
    val_images: int | None = None
    size: int | None = None
    crop: int | None = None
    padding: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)
    train: Mapping[str, Any] = field(default_factory=dict)
    lrs: tuple[float, ...] | None = None
    seeds: tuple[int, ...] = SEEDS
    data: str | None = None


FAST = {"precision": "bf16", "channels_last": True}
"""What makes two cores fast; recorded with every run."""

BASE: dict[str, Any] = {
    "optimizer": "sgd2012",
    "schedule": "constant",
    "momentum": 0.9,
    "weight_decay": 0.0,
    "bias_lr_factor": 2.0,  # epsB = 2 epsW in every file of 2012
    "bias_decay": False,
}
"""How the nets of 2012 were trained, where an experiment does not say otherwise."""


def smoke(**changes: Any) -> Scale:
    """Return the scale of the tests: seconds, on patches of the photographs that come along."""
    small: dict[str, Any] = {
        "epochs": 1,
        "batch": 16,
        "train_images": 32,
        "val_images": 16,
        "size": 32,
        "seeds": (0,),
        "lrs": (0.001,),
        "data": "photo-patches",
    }
    return Scale(**small | changes)


@dataclass(frozen=True)
class Control:
    """A comparison whose outcome is known.

    Parameters
    ----------
    kind : {"placebo", "positive"}
        A placebo must not come out as an effect, a positive control must.
    comparison : Comparison
        What is compared, at one rate.
    """

    kind: str
    comparison: Comparison


@dataclass(frozen=True)
class Experiment:
    """An experiment of the ledger.

    Parameters
    ----------
    number : int
        Its row.
    name, title : str
        In commands; in the ledger.
    claims : tuple of Claim
        The first is the row's own, the others stand below it.
    scales : mapping of str to Scale
        "smoke", "laptop", "gpu"; "pilot" for runs of the first edition that judge nothing.
    arms : tuple of Arm
        None for a computation.
    data : str
        "cifar10", "imagenette", "tiny-imagenet", or "photo-patches".
    train : mapping
        Fields of `TrainConfig` for all arms. "drops", shares of the run, becomes the milestones
        of schedule "step".
    choose_by : {"train_error", "val_error"}
        What the run with the best rate has least of, where runs are not stopped at a target.
    stop_at : float or None
        A run ends when its training error over 10,000 images has come down to this.
    keep_steps : bool
        Whether records keep the training error of each 10,000 images.
    after : callable or None
        ``after(model, data, arm, scale)`` → more results, after a measured run.
    along : callable or None
        ``along(model)`` → a list of numbers, measured every `along_every` steps of a measured run
        and before the first. They come into the results as ``along``, with their steps.
    along_every : int
        Steps from one of these measurements to the next.
    compute : callable or None
        ``compute(seed, scale, data)`` → results, for an experiment that trains no arms.
    measure_version : int
        Raised by hand when `after` or `compute` measures something else than before: records of
        another version do not count.
    seconds : float
        What a computation takes, about.
    gate : float or None
        A share of guessing's error: an arm one of whose runs ends with a higher training error, or
        diverges, has not learned, and a claim about it is undecided; see `gate`.
    withdrawn : str
        What an earlier design of this experiment found, and why it was given up: a sentence.
    control_arms : tuple of Arm
        Arms of the controls.
    controls : tuple of Control
        What must come out as nothing, and what must come out as an effect.
    records_of : str
        Name of the experiment whose records this one reads; empty for its own.
    shown : tuple of (str, str)
        Columns of the ledger's table of arms: title, and what to show: a column of the epochs
        ("val_error": of the last one), "results.…", or "iterations".
    """

    number: int
    name: str
    title: str
    claims: tuple[Claim, ...]
    scales: Mapping[str, Scale]
    arms: tuple[Arm, ...] = ()
    data: str = "cifar10"
    train: Mapping[str, Any] = field(default_factory=dict)
    choose_by: str = "val_error"
    stop_at: float | None = None
    keep_steps: bool = False
    after: Callable[..., dict[str, Any]] | None = None
    along: Callable[..., list[float]] | None = None
    along_every: int = 0
    compute: Callable[..., dict[str, Any]] | None = None
    measure_version: int = 1
    seconds: float = 0.0
    gate: float | None = None
    withdrawn: str = ""
    control_arms: tuple[Arm, ...] = ()
    controls: tuple[Control, ...] = ()
    records_of: str = ""
    shown: tuple[tuple[str, str], ...] = (
        ("training error", "results.train_error"),
        ("test error", "val_error"),
    )

    def label(self, index: int) -> str:
        """Return a claim's label in the ledger: "1", "1b", "1c", …."""
        return f"{self.number}{'' if index == 0 else chr(ord('a') + index)}"

    @property
    def folder(self) -> str:
        """Name of the folder that its records are in."""
        return self.records_of or self.name

    def scale(self, name: str) -> Scale:
        """Return one of its scales."""
        if name not in self.scales:
            raise UserError(f"{self.name} has no scale {name!r}; known: {', '.join(self.scales)}")
        return self.scales[name]

    def arm(self, name: str) -> Arm:
        """Return one of its arms."""
        for arm in (*self.arms, *self.control_arms):
            if arm.name == name:
                return arm
        known = ", ".join(arm.name for arm in self.arms) or "none: it is a computation"
        raise UserError(f"{self.name} has no arm {name!r}; known: {known}")

    def setting(self, scale: str, arm: Arm | None, *, choice: bool = False) -> dict[str, Any]:
        """Return all that makes a run what it is, besides seed, rate and data: what is hashed.

        Its keys are spelt out here, not taken from the fields of the classes: no renaming in the
        code makes a record another's.
        """
        spec = self.scale(scale)
        size = {
            "batch": spec.batch,
            "train_images": spec.train_images,
            "val_images": spec.val_images,
            "size": spec.size,
            "crop": spec.crop,
            "padding": spec.padding,
            "options": dict(spec.options),
            "train": dict(spec.train),
        }
        found: dict[str, Any] = {"experiment": self.folder, "scale": size}
        if choice:
            found["epochs"] = spec.choice_epochs
        elif self.stop_at is None:
            found["epochs"] = spec.epochs
        # Where a target ends a run, the number of epochs is only how long one waits.
        if arm is not None:
            found["arm"] = {
                "name": arm.name,
                "model": arm.model,
                "options": dict(arm.options),
                "augmentation": arm.augmentation,
                "raw": arm.raw,
                "train": dict(arm.train),
            }
            if arm.seed_offset:
                found["arm"]["seed_offset"] = arm.seed_offset
            if arm.images_share != 1:
                found["arm"]["images_share"] = arm.images_share
            if arm.part is not None:
                part = arm.part
                found["arm"]["part"] = {
                    "classes": part.classes,
                    "images": part.images,
                    "passes": part.passes,
                }
            found |= {"train": BASE | dict(self.train), "stop_at": self.stop_at}
        if self.compute is not None or self.after is not None:
            found["measure_version"] = self.measure_version
        if self.along is not None:
            found["along_every"] = self.along_every
        # What JSON makes of it: tuples become lists, so that what is read back compares equal.
        return json.loads(json.dumps(found, sort_keys=True))
