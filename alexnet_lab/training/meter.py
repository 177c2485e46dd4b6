"""Images a second, memory and time left, told while a run goes on."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import torch

from .callbacks import Callback
from .progress import in_time
from .run import Run


class Meter(Callback):
    """Says now and then how fast a run is, how much of the GPU's memory it takes, and what is left.

    And at the end of each epoch the errors.

    Parameters
    ----------
    every_s : float
        Seconds between two lines. The first comes so long after the first step, which is slower.
    say : callable
        Told each line.
    clock : callable
        Returns seconds.

    Attributes
    ----------
    images_a_second : float or None
        Over the steps since the line before, validation not counted; None before the first line.
    memory : int
        Bytes of the GPU that tensors took at the most, up to the last line; 0 without a GPU.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 2))
    >>> batches = [(torch.rand(4, 3, 2, 2), torch.tensor([0, 1, 0, 1]))] * 3
    >>> config = al.training.TrainConfig(epochs=1, device="cpu")
    >>> meter = al.training.Meter(every_s=0, say=lambda line: None)
    >>> history = al.training.fit(net, batches, None, config, callbacks=[meter], progress=False)
    >>> meter.images_a_second > 0
    True
    """

    def __init__(
        self,
        every_s: float = 30.0,
        say: Callable[[str], Any] = print,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.every_s, self.say, self.clock = every_s, say, clock
        self.images_a_second: float | None = None
        self.memory = 0
        self._seconds = 0.0
        self._images = self._last_images = 0
        self._last: float | None = None

    def on_step(self, run: Run) -> None:  # noqa: D102
        # A resumed epoch already holds the images of the run before it.
        images, now = run.position.in_epoch.samples, self.clock()
        if self._last is not None:
            new = images - self._last_images if images > self._last_images else 0
            self._images += new
            self._seconds += now - self._last if new else 0.0
        self._last, self._last_images = now, images
        if self._images and self._seconds >= self.every_s:
            self._tell(run)
            self._seconds, self._images = 0.0, 0

    def on_epoch(self, run: Run) -> None:  # noqa: D102
        row = run.history.epochs[-1]
        # While validating, no image is learned from: the next step begins the count anew.
        self._last = None
        error = "" if row.val_error is None else f", validation error {row.val_error:.1%}"
        self.say(f"epoch {row.epoch}: training error {row.train_error:.1%}{error}")

    def _tell(self, run: Run) -> None:
        speed = self._images / max(self._seconds, 1e-9)
        done, steps = run.step, run.steps_per_epoch * run.config.epochs
        a_step = self._seconds / self._images * run.position.in_epoch.samples
        a_step /= max(1, -(-run.position.batch // run.config.accumulate))
        self.images_a_second = speed
        memory = ""
        if run.device.type == "cuda":
            self.memory = torch.cuda.max_memory_allocated(run.device)
            memory = f", {self.memory / 1e9:.1f} GB of the GPU's memory"
        left = in_time(a_step * (steps - done))
        self.say(
            f"epoch {run.epoch + 1}/{run.config.epochs}, step {done:,} of {steps:,}:"
            f" {speed:,.0f} images a second{memory}, about {left} left"
        )
