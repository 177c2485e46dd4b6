"""Progress bars: rich in a terminal, tqdm in a notebook, nothing elsewhere."""

# ruff: noqa: D102 - what a method is for stands in the base class
from __future__ import annotations

import sys
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
        None finds out where we are; False is silent; "rich", "tqdm" and "silent" are by name.
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
    raise UserError(f"unknown progress bar {wish!r}; known: rich, tqdm, silent")


def summary(row: EpochRow) -> str:
    """Return an epoch as one line of text."""
    text = f"epoch {row.epoch}: lr {row.lr:.2g}, train loss {row.train_loss:.3f}"
    text += f", train error {row.train_error:.1%}"
    if row.val_error is not None:
        text += f", val error {row.val_error:.1%}"
    return f"{text}, {row.seconds:.1f} s, {row.samples_per_second:,.0f} samples/s"


class RichProgress(Progress):
    """A bar on standard error, a line an epoch above it."""

    def __init__(self) -> None:
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
        if self._task is None:
            self._bar.start()
        else:
            self._bar.remove_task(self._task)
        title = f"epoch {epoch}/{epochs}"
        self._task = self._bar.add_task(title, total=steps, completed=done, loss="–")

    def step(self, loss: float) -> None:
        self._bar.update(self._task, advance=1, loss=f"{loss:.3f}")

    def end_epoch(self, row: EpochRow) -> None:
        self._bar.console.print(summary(row), highlight=False)

    def close(self) -> None:
        self._bar.stop()


class TqdmProgress(Progress):
    """A bar an epoch, in the cell's output."""

    def __init__(self) -> None:
        self._bar: Any = None

    def start_epoch(self, epoch: int, epochs: int, steps: int, done: int) -> None:
        from tqdm.auto import tqdm

        self._bar = tqdm(total=steps, initial=done, desc=f"epoch {epoch}/{epochs}", leave=False)

    def step(self, loss: float) -> None:
        self._bar.update()
        self._bar.set_postfix(loss=f"{loss:.3f}", refresh=False)

    def end_epoch(self, row: EpochRow) -> None:
        self._bar.close()
        print(summary(row))

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
