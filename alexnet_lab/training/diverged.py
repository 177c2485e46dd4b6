"""How one sees that a run has diverged: it stops before its weights replace sound ones."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Protocol

import torch
from torch import nn

from ..errors import UserError
from . import checkpoint

#: Nats, mean of an epoch. A net that knows nothing has ln(classes), 7 for a thousand; at a million
#: float32 tells logits apart in steps of a sixteenth, and what is learned from then on is noise.
LARGEST_LOSS = 1e6


class _Run(Protocol):
    """What is asked of a run."""

    model: nn.Module
    out: Path | None

    @property
    def epoch(self) -> int:
        """Epochs finished."""

    @property
    def step(self) -> int:
        """Steps taken."""

    @property
    def rate(self) -> float:
        """The learning rate of the last step."""


class DivergedError(UserError):
    """A run whose loss or weights are of no use any more; the message begins with the sign."""


def require_sound(run: _Run, loss: float = 0.0, whose: str = "") -> None:
    """Refuse weights and buffers that are not finite, and an absurd mean loss.

    Parameters
    ----------
    run : Run
        Between two steps.
    loss : float
        Mean over an epoch, nats.
    whose : str
        What the message says of the loss, e.g. " on the validation images".

    Raises
    ------
    DivergedError
    """
    after = f"after step {run.step}"
    if not math.isfinite(loss) or loss > LARGEST_LOSS:
        raise diverged(run, f"the loss is {loss:.3g}{whose} {after}")
    for name, value in run.model.state_dict().items():
        if value.is_floating_point() and not bool(torch.isfinite(value).all()):
            raise diverged(run, f"{name!r} is not finite {after}")


def diverged(run: _Run, sign: str) -> DivergedError:
    """Return the error that names the sign, where the run is, what is kept and what helps."""
    kept = "nothing was saved" if run.out else "the model is of no use"
    if run.out is not None and checkpoint.exists(run.out):
        kept = f"the last weights that were sound are kept in {str(run.out)!r}"
    return DivergedError(
        f"{sign} (epoch {run.epoch + 1}, lr {run.rate:.3g}): try a lower lr, clip_norm=5,"
        f" a warm-up, or precision='float32'; {kept}"
    )
