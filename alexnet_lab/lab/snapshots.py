"""Kernels of conv1 along training: kept while training, and read again."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..errors import UserError
from ..files import atomic_write
from ..training import Callback, Run
from .kernels import KernelReport, kernel_report

EARLY_STEPS, EARLY_EVERY, EVERY = 3000, 100, 400
_NAME = re.compile(r"(?P<phase>[a-z]+)-(?:s(?P<step>\d{6})|(?P<epoch>\d{3}))")


class Snapshots(Callback):
    """Keep conv1's kernels every few hundred steps, and after every epoch.

    Parameters
    ----------
    folder : pathlib.Path
        Gets ``PHASE-s000100.safetensors`` (by step of the phase) and ``PHASE-001.safetensors`` (by
        epoch); float16.
    phase : str
        Name of the phase.
    log : callable, optional
        Called with a line of text for each.
    """

    def __init__(self, folder: Path, phase: str, log: Callable[[str], Any] | None = None) -> None:
        self.folder, self.phase, self.log = folder, phase, log

    def on_step(self, run: Run) -> None:
        """Keep them at some of the steps."""
        if run.step % (EARLY_EVERY if run.step <= EARLY_STEPS else EVERY) == 0:
            self._keep(run, f"{self.phase}-s{run.step:06d}")

    def on_epoch(self, run: Run) -> None:
        """Keep them after every epoch."""
        self._keep(run, f"{self.phase}-{run.epoch:03d}")

    def _keep(self, run: Run, name: str) -> None:
        from safetensors.torch import save_file

        if not run.writes:
            return
        weight = run.model.state_dict()["features.conv1.weight"]
        with atomic_write(self.folder / f"{name}.safetensors") as scratch:
            save_file({"conv1": weight.half().contiguous()}, scratch)
        if self.log is not None:
            self.log(f"{name}: {_progress(run)}; conv1 {kernel_report(weight)}")


def _progress(run: Run) -> str:
    if run.position.batch == 0 and run.history.epochs:
        row = run.history.epochs[-1]
        return (
            f"loss {row.train_loss:.3f}, training error {row.train_error:.1%}, validation error"
            f" {row.val_error or 0:.1%} (top-5 {row.val_error_top5 or 0:.1%}),"
            f" {row.samples_per_second:.0f} images/s"
        )
    sums = run.position.in_epoch
    rate = sums.samples / max(run.position.seconds, 1e-9)
    return (
        f"lr {run.position.lr:.4f}, loss {sums.mean_loss:.3f}, training error {sums.error:.1%} this"
        f" epoch, {rate:.0f} images/s"
    )


@dataclass(frozen=True)
class Snapshot:
    """Kernels of conv1 at one moment of training.

    Attributes
    ----------
    phase : str
        Name of the phase.
    step : int or None
        Steps of the phase; None where the snapshot was taken after an epoch.
    epoch : int or None
        Epochs of the phase; None where it was taken after a step.
    weight : torch.Tensor
        float32 (96, 3, 11, 11), RGB. As trained: for inputs divided by the standard deviation.
    """

    phase: str
    step: int | None
    epoch: int | None
    weight: Tensor

    @property
    def name(self) -> str:
        """Its name in the run's folder: "coarse-s000100" or "coarse-001"."""
        moment = f"s{self.step:06d}" if self.step is not None else f"{self.epoch:03d}"
        return f"{self.phase}-{moment}"

    @property
    def report(self) -> KernelReport:
        """What the kernels look like, in figures."""
        return kernel_report(self.weight)


def read_snapshots(folder: Path) -> list[Snapshot]:
    """Return the snapshots of a run's ``conv1`` folder; within a phase by steps, then by epochs.

    Raises
    ------
    UserError
        When there is none.
    """
    from safetensors.torch import load_file

    found = []
    for path in sorted(folder.glob("*.safetensors")):
        named = _NAME.fullmatch(path.stem)
        if named:
            step, epoch = named["step"], named["epoch"]
            found.append(
                Snapshot(
                    named["phase"],
                    int(step) if step else None,
                    int(epoch) if epoch else None,
                    load_file(path)["conv1"].to(torch.float32),
                )
            )
    if not found:
        raise UserError(f"no kernels of conv1 in {str(folder)!r}; was it trained by this command?")
    return sorted(found, key=lambda s: (s.phase, s.step is None, s.step or 0, s.epoch or 0))
