"""One run of an experiment, and the file that its record goes into."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..design.arm import Arm
from ..design.experiment import Experiment


@dataclass(frozen=True)
class Run:
    """One run: what is run, and under which name its record goes.

    Parameters
    ----------
    experiment : Experiment
        Which.
    scale : str
        "smoke", "laptop", "gpu".
    arm : Arm or None
        None for a computation.
    seed : int
        Of weights, order and augmentation.
    lr : float or None
        Learning rate.
    choice : bool
        Whether it is one of the shorter runs of the pilot.
    """

    experiment: Experiment
    scale: str
    arm: Arm | None
    seed: int
    lr: float | None
    choice: bool = False

    @property
    def own(self) -> Run:
        """The run that its record is of: itself, or the same one of another experiment."""
        same = None if self.arm is None else self.arm.same_as
        if same is None or self.scale not in same.scales:
            return self
        return replace(self, experiment=same.experiment, arm=same.experiment.arm(same.arm))

    @property
    def name(self) -> str:
        """Its file's name, without suffix."""
        if self.own is not self:
            return self.own.name
        if self.arm is None:
            return f"{self.experiment.folder}-s{self.seed}"
        lr = "?" if self.lr is None else f"{self.lr:g}"
        return f"{self.arm.name}-lr{lr}-{'choice' if self.choice else f's{self.seed}'}"

    @property
    def path(self) -> Path:
        """Where its record lies, under a folder of records."""
        return Path(self.own.experiment.folder) / self.scale / f"{self.name}.json"

    @property
    def setting(self) -> dict[str, Any]:
        """What is hashed; see `Experiment.setting`."""
        own = self.own
        return own.experiment.setting(self.scale, own.arm, choice=self.choice)
