"""Where a run stands, and whether it may go on from there."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from ..errors import UserError
from .config import FREE_TO_CHANGE, TrainConfig
from .numbers import amount, count, number

_SUMS = ("in_epoch", "in_interval")


@dataclass
class Sums:
    """Loss and wrong answers added up over samples."""

    loss: float = 0.0
    wrong: float = 0.0
    samples: int = 0

    def __iadd__(self, other: Sums) -> Sums:
        self.loss += other.loss
        self.wrong += other.wrong
        self.samples += other.samples
        return self

    @property
    def mean_loss(self) -> float:
        """Mean cross-entropy, nats."""
        return self.loss / max(self.samples, 1)

    @property
    def error(self) -> float:
        """Fraction of wrong answers."""
        return self.wrong / max(self.samples, 1)


@dataclass
class Position:
    """How far a run has come: whole epochs, batches of the present one, optimizer steps of all."""

    epoch: int = 0
    batch: int = 0
    step: int = 0
    lr: float = 0.0
    seconds: float = 0.0
    in_epoch: Sums = field(default_factory=Sums)
    in_interval: Sums = field(default_factory=Sums)

    def next_epoch(self) -> None:
        """Stand at the start of the next epoch."""
        self.epoch, self.batch, self.seconds, self.in_epoch = self.epoch + 1, 0, 0.0, Sums()

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON holds them."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> Position:
        """Build from `to_dict`'s result; a TypeError or KeyError tells that it is not one."""
        found = cls(**{**fields, **{name: Sums(**fields[name]) for name in _SUMS}})
        for whole in (found.epoch, found.batch, found.step):
            count(whole)
        amount(found.lr)
        amount(found.seconds)
        for sums in (found.in_epoch, found.in_interval):
            count(sums.samples)
            number(sums.loss)
            amount(sums.wrong)
        return found


def check_resumable(record: dict[str, Any], config: TrainConfig, batches_per_epoch: int) -> None:
    """Refuse to go on with other settings or data than a run began with.

    A longer run (more epochs) is welcome where the schedule does not depend on the length.
    """
    # A run of an earlier version lacks the settings that came later: it had their defaults.
    before, now = TrainConfig().to_dict() | record["config"], config.to_dict()
    free = set(FREE_TO_CHANGE)
    if config.schedule not in ("onecycle", "cosine") and now["epochs"] >= before["epochs"]:
        free.add("epochs")
    for name, value in now.items():
        if name not in free and before.get(name) != value:
            raise UserError(
                f"the run to resume has {name}={before.get(name)!r}, not {value!r}; "
                "resume with the same settings, or start another run"
            )
    if record["batches_per_epoch"] != batches_per_epoch:
        raise UserError(
            f"the run to resume has {record['batches_per_epoch']} batches in an epoch, not "
            f"{batches_per_epoch}; resume with the same data and batch size"
        )
