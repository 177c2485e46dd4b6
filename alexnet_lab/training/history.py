"""What happened in a training run, as an object that prints and plots itself."""

from __future__ import annotations

import dataclasses
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import UserError
from ..files import atomic_write, json_text
from ..tables import AsTable, SmallTable, small_table
from .numbers import count, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class EpochRow:
    """One epoch. Errors are fractions, 0–1.

    ``train_loss`` and ``train_error`` are running means over the epoch: with dropout and
    augmentation on, and while the weights still change. ``val_*`` are None without validation.
    ``seconds`` is wall time of training, data loading included, validation not.
    """

    epoch: int
    step: int
    lr: float
    train_loss: float
    train_error: float
    val_loss: float | None
    val_error: float | None
    val_error_top5: float | None
    seconds: float
    samples_per_second: float


@dataclass(frozen=True)
class StepRow:
    """Means over the `log_every` optimizer steps that end with `step`."""

    step: int
    lr: float
    loss: float
    error: float


_COLUMNS = (
    ("epoch", "{:d}", "epoch"),
    ("step", "{:,d}", "step"),
    ("lr", "{:.2g}", "lr"),
    ("train_loss", "{:.3f}", "train loss"),
    ("train_error", "{:.1%}", "train error"),
    ("val_loss", "{:.3f}", "val loss"),
    ("val_error", "{:.1%}", "val error"),
    ("val_error_top5", "{:.1%}", "val top-5"),
    ("seconds", "{:.1f}", "seconds"),
    ("samples_per_second", "{:,.0f}", "samples/s"),
)

_NO_EPOCH = "History: no epoch yet"


@dataclass(repr=False)
class History(AsTable):
    """The rows of a run: one an epoch, and finer ones every `log_every` steps.

    Its repr is a table. ``history.epochs[-1].val_error`` is the last validation error.
    """

    epochs: list[EpochRow] = field(default_factory=list)
    steps: list[StepRow] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.epochs)

    def column(self, name: str) -> list[Any]:
        """Return one column of the epochs, e.g. ``history.column("val_error")``."""
        if name not in {column for column, _, _ in _COLUMNS}:
            known = ", ".join(column for column, _, _ in _COLUMNS)
            raise UserError(f"unknown column {name!r}; known: {known}")
        return [getattr(row, name) for row in self.epochs]

    @property
    def best(self) -> EpochRow | None:
        """The epoch with the lowest validation error; None without validation."""
        validated = [row for row in self.epochs if row.val_error is not None]
        return min(validated, key=lambda row: row.val_error or 0.0, default=None)

    def __repr__(self) -> str:
        return super().__repr__() if self.epochs else _NO_EPOCH

    def _repr_html_(self) -> str:
        return super()._repr_html_() if self.epochs else f"<p>{_NO_EPOCH}</p>"

    def _table(self) -> SmallTable:
        return small_table([title for _, _, title in _COLUMNS], map(_cells, self.epochs))

    def to_dict(self) -> dict[str, Any]:
        """Return the rows as JSON holds them."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, rows: dict[str, Any]) -> History:
        """Build from `to_dict`'s result; a TypeError or KeyError tells that it is not one."""
        found = cls(
            [EpochRow(**row) for row in rows["epochs"]], [StepRow(**row) for row in rows["steps"]]
        )
        for row in (*found.epochs, *found.steps):
            for name, value in vars(row).items():
                if name in ("epoch", "step"):
                    count(value)
                elif value is not None or not name.startswith("val_"):
                    number(value)
        return found

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write as JSON, whole or not at all."""
        with atomic_write(path) as scratch:
            scratch.write_text(json_text(self.to_dict(), "the history", indent=1), encoding="utf-8")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> History:
        """Read what `save` wrote."""
        try:
            return cls.from_dict(json.loads(Path(path).read_text(encoding="utf-8")))
        except OSError as error:
            raise UserError(f"cannot read {str(path)!r}: {error.strerror}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(f"{str(path)!r} is not a saved history") from error

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw training and validation error against the epoch.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure without it.

        Returns
        -------
        matplotlib.axes.Axes
        """
        if ax is None:
            import matplotlib.pyplot as plt

            _, ax = plt.subplots()
        epochs = self.column("epoch")
        # Okabe & Ito's blue and vermilion, told apart by the line's style as well.
        lines = [("training", "train_error", "--o", "#0072B2")]
        if self.best is not None:
            lines.append(("validation", "val_error", "-s", "#D55E00"))
        last: dict[str, float] = {}
        for name, column, look, color in lines:
            percent = [float("nan") if e is None else 100 * e for e in self.column(column)]
            ax.plot(epochs, percent, look, ms=3, color=color, label=name)
            last[name] = percent[-1]
        for name, _, _, color in lines:  # the higher name above, so that they do not touch
            up = last[name] >= max(last.values())
            place: dict[str, Any] = {"va": "bottom" if up else "top", "color": color}
            ax.annotate(
                name,
                (epochs[-1], last[name]),
                (6, 1 if up else -1),
                "data",
                "offset points",
                **place,
            )
        ax.set_xlabel("epoch")
        ax.set_ylabel("top-1 error (%)")
        ax.set_ylim(bottom=0)
        return ax


def _cells(row: EpochRow) -> list[str]:
    values = ((getattr(row, name), pattern) for name, pattern, _ in _COLUMNS)
    return ["–" if value is None else pattern.format(value) for value, pattern in values]
