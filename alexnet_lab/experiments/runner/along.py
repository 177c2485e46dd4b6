"""What is measured along a run, every so many steps."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from torch import nn

from ...files import atomic_write
from ...training import Callback


class Along(Callback):
    """Measure a net every so many steps, and keep it in a file beside the checkpoint.

    A run that goes on from an older checkpoint measures some steps again. They come out the same,
    and replace what is there.

    Parameters
    ----------
    path : pathlib.Path
        Of the file: steps and what was measured, JSON.
    measure : callable
        From the net to a list of numbers.
    every : int
        Steps from one measurement to the next.
    """

    def __init__(self, path: Path, measure: Callable[[nn.Module], list[float]], every: int) -> None:
        self.path, self.measure, self.every = path, measure, every
        self.rows: dict[int, list[float]] = {}
        if path.is_file():
            read = json.loads(path.read_text(encoding="utf-8"))
            self.rows = {int(step): values for step, values in read.items()}

    def start(self, model: nn.Module) -> None:
        """Measure the net as it is built, before the first step."""
        self._keep(0, model)

    def on_step(self, run: Any) -> None:
        """Measure, where it is time."""
        if run.step % self.every == 0:
            self._keep(run.step, run.model)

    def found(self, last: int) -> dict[str, list[Any]]:
        """Return steps, up to the last, and what was measured at each."""
        steps = sorted(step for step in self.rows if step <= last)
        return {"step": steps, "values": [self.rows[step] for step in steps]}

    def _keep(self, step: int, model: nn.Module) -> None:
        self.rows[step] = self.measure(model)
        with atomic_write(self.path) as scratch:
            scratch.write_text(json.dumps(self.rows), encoding="utf-8")
