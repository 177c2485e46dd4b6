"""How the learning rate changes: five schedules, each a few lines.

A schedule answers `factor(step)`, the rate of optimizer step `step` (from 0) over the highest rate,
and hears the validation error at the end of every epoch. Never make a new optimizer to change the
rate: momentum would be lost.
"""

# ruff: noqa: D102 - what a method is for stands in the base class
from __future__ import annotations

import math
from bisect import bisect_right
from typing import Any

from .config import TrainConfig
from .numbers import count, number


class Schedule:
    """The constant schedule, and the interface of the others."""

    def factor(self, step: int) -> float:
        """Return the rate of optimizer step `step`, counted from 0, over the highest rate."""
        return 1.0

    def end_epoch(self, error: float) -> None:
        """Hear the error of the epoch that ended: validation if there is one, else training."""

    def state_dict(self) -> dict[str, Any]:
        """Return what is needed to go on, as JSON holds it."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from `state_dict`'s result."""


class Plateau(Schedule):
    """Divide the rate when the validation error stops improving (§5; there it was by hand).

    Parameters
    ----------
    gamma : float
        Factor of one drop; the paper's is 0.1.
    patience : int
        Epochs in a row without a lower error than the lowest before the rate drops.
    max_drops : int
        Three in the paper.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> schedule = al.training.Plateau(gamma=0.1, patience=1)
    >>> for error in (0.5, 0.6):
    ...     schedule.end_epoch(error)
    >>> schedule.factor(step=0)
    0.1
    """

    def __init__(self, gamma: float = 0.1, patience: int = 5, max_drops: int = 3) -> None:
        self.gamma, self.patience, self.max_drops = gamma, patience, max_drops
        self.best: float | None = None
        self.waited = 0
        self.drops = 0

    def factor(self, step: int) -> float:
        return self.gamma**self.drops

    def end_epoch(self, error: float) -> None:
        if self.best is None or error < self.best:
            self.best, self.waited = error, 0
            return
        self.waited += 1
        if self.waited >= self.patience and self.drops < self.max_drops:
            self.drops, self.waited = self.drops + 1, 0

    def state_dict(self) -> dict[str, Any]:
        return {"best": self.best, "waited": self.waited, "drops": self.drops}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.best = None if state["best"] is None else number(state["best"])
        self.waited, self.drops = count(state["waited"]), count(state["drops"])


class Step(Schedule):
    """Multiply the rate by `gamma` once each of `milestones` (in steps) is reached.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> schedule = al.training.Step([100, 200], gamma=0.5)
    >>> [schedule.factor(step) for step in (0, 100, 200)]
    [1.0, 0.5, 0.25]
    """

    def __init__(self, milestones: list[int], gamma: float = 0.1) -> None:
        self.milestones, self.gamma = milestones, gamma

    def factor(self, step: int) -> float:
        return self.gamma ** bisect_right(self.milestones, step)


class OneCycle(Schedule):
    """Rise in a straight line to 1 over `warmup` of all steps, then fall in one to `final`.

    Smith & Topin 2018, as used for short runs; `warmup` 0 leaves the fall alone.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> schedule = al.training.OneCycle(total_steps=100)
    >>> [schedule.factor(step) for step in (0, 50, 100)]
    [1.0, 0.5, 0.0]
    """

    def __init__(self, total_steps: int, warmup: float = 0.0, final: float = 0.0) -> None:
        self.total, self.rise, self.final = total_steps, warmup * total_steps, final

    def factor(self, step: int) -> float:
        if step + 1 < self.rise:
            return (step + 1) / self.rise
        return self.final + (1 - self.final) * self._fall(self._left(step))

    def _left(self, step: int) -> float:
        """Return the part of the fall that is still to come: 1 at its beginning, 0 at the end."""
        return max(0.0, (self.total - step) / max(1.0, self.total - max(self.rise - 1, 0.0)))

    @staticmethod
    def _fall(left: float) -> float:
        return left


class Cosine(OneCycle):
    """The same rise, then half a cosine down to `final` (Loshchilov & Hutter 2017).

    Examples
    --------
    >>> import alexnet_lab as al
    >>> schedule = al.training.Cosine(total_steps=100)
    >>> [round(schedule.factor(step), 3) for step in (0, 50, 100)]
    [1.0, 0.5, 0.0]
    """

    @staticmethod
    def _fall(left: float) -> float:
        return 0.5 * (1 - math.cos(math.pi * left))


def build_schedule(config: TrainConfig, steps_per_epoch: int) -> Schedule:
    """Return the schedule that `config` describes.

    Parameters
    ----------
    config : TrainConfig
        Its `schedule` and what belongs to it.
    steps_per_epoch : int
        Optimizer steps, so after accumulation.
    """
    total = config.epochs * steps_per_epoch
    if config.schedule == "plateau":
        return Plateau(config.gamma, config.patience, config.max_drops)
    if config.schedule == "step":
        return Step([epoch * steps_per_epoch for epoch in config.milestones], config.gamma)
    if config.schedule == "onecycle":
        return OneCycle(total, config.warmup, config.final_factor)
    if config.schedule == "cosine":
        return Cosine(total, config.warmup, config.final_factor)
    return Schedule()
