"""What the loop asks of batches that can be set to any place of an epoch."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class StatefulBatches(Protocol):
    """Batches that can be set to any place: what `alexnet_lab.data.Batches` is.

    `fit` takes any sized iterable of (images, labels). If it has `set_epoch`, this is called before
    every epoch. If it has all of these, a resumed epoch starts at once; otherwise the batches
    before the place are drawn again and thrown away. Then what they are may depend on the epoch, on
    the global generators of torch, Python and NumPy, and on a ``generator`` attribute (that of a
    DataLoader, say), but on nothing else. A ``world_size`` above 1 says that the batches are this
    process's parts already.
    """

    def set_epoch(self, epoch: int) -> None:
        """Let the next iteration be that of epoch `epoch`, from 0."""

    def state_dict(self) -> dict[str, Any]:
        """Return the place, its number of batches under "position"."""
        ...

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Let the next iteration start at a place."""
