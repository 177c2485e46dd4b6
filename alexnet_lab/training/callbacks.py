"""What may listen to a training run, and the TensorBoard log."""

# ruff: noqa: D102 - what a method is for stands in the base class
from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from ..errors import UserError
from .run import Run


class Callback:
    """Listens to a run; override what you need.

    A callback may read everything of the run (``run.model``, ``run.optimizer``, ``run.history``,
    ``run.step``, ``run.epoch``) and set ``run.stop = True``, which ends the run after that step or
    epoch. What it keeps itself is not part of a checkpoint.

    Examples
    --------
    >>> from alexnet_lab.training import Callback
    >>> class StopAt(Callback):
    ...     def on_step(self, run):
    ...         run.stop = run.step >= 10
    """

    def on_step(self, run: Run) -> None:
        """Act after an optimizer step; gradients are still there."""

    def on_epoch(self, run: Run) -> None:
        """Act after an epoch; ``run.history.epochs[-1]`` is its row."""

    def on_end(self, run: Run) -> None:
        """Act once at the end, also after an error."""


class _EpochFunction(Callback):
    def __init__(self, function: Callable[[Run], Any]) -> None:
        self.on_epoch = function  # type: ignore[assignment, method-assign]


def as_callback(listener: Callback | Callable[[Run], Any]) -> Callback:
    """Return `listener`, a plain function wrapped so that it is called after each epoch."""
    return listener if isinstance(listener, Callback) else _EpochFunction(listener)


class TensorBoardLog(Callback):
    """Write loss, errors and rate as TensorBoard events.

    Parameters
    ----------
    folder : str or os.PathLike
        Where the event files go; look at them with ``tensorboard --logdir folder``.

    Raises
    ------
    UserError
        When the package ``tensorboard`` is not installed.

    Examples
    --------
    >>> import torch
    >>> from alexnet_lab.training import TensorBoardLog, TrainConfig, fit
    >>> net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 2))
    >>> batches = [(torch.rand(4, 3, 2, 2), torch.tensor([0, 1, 0, 1]))]
    >>> log = TensorBoardLog("events")
    >>> history = fit(net, batches, None, TrainConfig(epochs=1), progress=False, callbacks=[log])
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise UserError(
                "a TensorBoard log needs the package tensorboard: pip install tensorboard"
            ) from error
        self._writer = SummaryWriter(os.fspath(folder))
        self._written = 0

    def on_step(self, run: Run) -> None:
        if run.history.steps and run.history.steps[-1].step > self._written:
            row = run.history.steps[-1]
            self._written = row.step
            self._writer.add_scalar("step/loss", row.loss, row.step)
            self._writer.add_scalar("step/error", row.error, row.step)
            self._writer.add_scalar("step/lr", row.lr, row.step)

    def on_epoch(self, run: Run) -> None:
        row = run.history.epochs[-1]
        for name in ("train_loss", "train_error", "val_loss", "val_error", "val_error_top5"):
            if getattr(row, name) is not None:
                self._writer.add_scalar(f"epoch/{name}", getattr(row, name), row.step)
        self._writer.flush()

    def on_end(self, run: Run) -> None:
        self._writer.close()
