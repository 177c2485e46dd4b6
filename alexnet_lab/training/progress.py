"""Progress: a bar of rich in a terminal, of tqdm in a notebook, lines or nothing elsewhere."""

# ruff: noqa: D102 - what a method is for stands in the base class
from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from ..errors import UserError
from .history import EpochRow


class Progress:
    """The silent one, and the interface of the others."""

    def start_epoch(self, epoch: int, epochs: int, steps: int, done: int) -> None:
        """Show epoch `epoch` of `epochs` (from 1), with `done` of its `steps` behind us."""

    def step(self, loss: float) -> None:
        """Count an optimizer step."""

    def end_epoch(self, row: EpochRow) -> None:
        """Show the figures of the epoch that ended."""

    def close(self) -> None:
        """Take the bar away."""


class Pace:
    """What the rest of a run takes, by the time that its steps and epochs took so far.

    Parameters
    ----------
    clock : callable
        Returns seconds.
    """

    steps_first = 3  # by which the price is told; the first one is slower, and not counted

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.begun: float | None = None
        self.epoch = self.epochs = self.steps = self.done = 0
        self._epochs_done = self._steps_done = 0
        self._after_first = 0.0

    def start_epoch(self, epoch: int, epochs: int, steps: int, done: int) -> None:
        """Note where the run is; see `Progress.start_epoch`."""
        self.epoch, self.epochs, self.steps, self.done = epoch, epochs, steps, done
        if self.begun is None:
            self.begun = self.clock()

    def step(self) -> str:
        """Count a step; after the third say what the run will take, if that is minutes."""
        self.done += 1
        self._steps_done += 1
        if self._steps_done == 1:
            self._after_first = self.clock()
        if self._steps_done != self.steps_first:
            return ""
        step = (self.clock() - self._after_first) / (self.steps_first - 1)
        left = step * (self.steps * (self.epochs - self.epoch + 1) - self.done)
        if left < 60:
            return ""
        return f"an epoch takes about {in_time(step * self.steps)}, the rest about {in_time(left)}"

    def end_epoch(self) -> str:
        """Say what is left after an epoch, validation counted, if that is minutes."""
        self._epochs_done += 1
        took = 0.0 if self.begun is None else self.clock() - self.begun
        left = took / self._epochs_done * (self.epochs - self.epoch)
        return f"about {in_time(left)} left" if left >= 60 else ""


def in_time(seconds: float) -> str:
    """Return a time as people say it.

    Examples
    --------
    >>> from alexnet_lab.training.progress import in_time
    >>> in_time(12), in_time(400), in_time(39_600)
    ('12 s', '7 min', '11.0 h')
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5_400 else f"{seconds / 3600:.1f} h"


def in_notebook() -> bool:
    """Tell whether this runs in a Jupyter kernel."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and hasattr(shell, "kernel")


def choose_progress(wish: bool | str | Progress | None) -> Progress:
    """Return a progress bar.

    Parameters
    ----------
    wish : None, bool, str or Progress
        None finds out where we are; False is silent; "rich", "tqdm", "lines" and "silent" are by
        name.
    """
    if isinstance(wish, Progress):
        return wish
    if wish in (None, True):
        wish = "tqdm" if in_notebook() else "rich" if sys.stderr.isatty() else "silent"
    if wish in (False, "silent"):
        return Progress()
    if wish == "rich":
        return RichProgress()
    if wish == "tqdm":
        return TqdmProgress()
    if wish == "lines":
        return LinesProgress()
    raise UserError(f"unknown progress bar {wish!r}; known: rich, tqdm, lines, silent")


def summary(row: EpochRow) -> str:
    """Return an epoch as one line of text."""
    text = f"epoch {row.epoch}: lr {row.lr:.2g}, train loss {row.train_loss:.3f}"
    text += f", train error {row.train_error:.1%}"
    if row.val_error is not None:
        text += f", val error {row.val_error:.1%}"
    return f"{text}, {row.seconds:.1f} s, {row.samples_per_second:,.0f} samples/s"


class LinesProgress(Progress):
    """A line an epoch on standard error, and one every half minute in between.

    Parameters
    ----------
    clock : callable
        Returns seconds.
    """

    every_s = 30.0

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock, self.pace = clock, Pace(clock)
        self._told = clock()

    def start_epoch(self, epoch: int, epochs: int, steps: int, done: int) -> None:
        self.pace.start_epoch(epoch, epochs, steps, done)

    def step(self, loss: float) -> None:
        pace, price = self.pace, self.pace.step()
        if price or self.clock() - self._told >= self.every_s:
            where = f"epoch {pace.epoch}/{pace.epochs}: {pace.done:,} of {pace.steps:,} steps"
            self._say(f"{where}, loss {loss:.3f}{price and '; '}{price}")

    def end_epoch(self, row: EpochRow) -> None:
        left = self.pace.end_epoch()
        self._say(f"{summary(row)}{left and '; '}{left}")

    def _say(self, line: str) -> None:
        self._told = self.clock()
        print(line, file=sys.stderr, flush=True)


class RichProgress(Progress):
    """A bar on standard error, a line an epoch above it."""

    def __init__(self) -> None:
        self.pace = Pace()
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("loss {task.fields[loss]}"),
            console=Console(stderr=True),
            transient=True,
        )
        self._task: Any = None

    def start_epoch(self, epoch: int, epochs: int, steps: int, done: int) -> None:
        self.pace.start_epoch(epoch, epochs, steps, done)
        if self._task is None:
            self._bar.start()
        else:
            self._bar.remove_task(self._task)
        title = f"epoch {epoch}/{epochs}"
        self._task = self._bar.add_task(title, total=steps, completed=done, loss="–")

    def step(self, loss: float) -> None:
        self._bar.update(self._task, advance=1, loss=f"{loss:.3f}")
        if price := self.pace.step():
            self._bar.console.print(price, highlight=False)

    def end_epoch(self, row: EpochRow) -> None:
        left = self.pace.end_epoch()
        self._bar.console.print(f"{summary(row)}{left and '; '}{left}", highlight=False)

    def close(self) -> None:
        self._bar.stop()


class TqdmProgress(Progress):
    """A bar an epoch, in the cell's output."""

    def __init__(self) -> None:
        self._bar: Any = None
        self.pace = Pace()

    def start_epoch(self, epoch: int, epochs: int, steps: int, done: int) -> None:
        from tqdm.auto import tqdm

        self.pace.start_epoch(epoch, epochs, steps, done)
        self._bar = tqdm(total=steps, initial=done, desc=f"epoch {epoch}/{epochs}", leave=False)

    def step(self, loss: float) -> None:
        self._bar.update()
        self._bar.set_postfix(loss=f"{loss:.3f}", refresh=False)
        if price := self.pace.step():
            self._bar.write(price)

    def end_epoch(self, row: EpochRow) -> None:
        self._bar.close()
        left = self.pace.end_epoch()
        print(f"{summary(row)}{left and '; '}{left}")

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
