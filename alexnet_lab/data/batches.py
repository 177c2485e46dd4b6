"""Whole batches at a time: cut from the stored bytes, moved to the device, augmented there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from ..errors import UserError
from .splits import MixedSplit, Split
from .transforms import Transform


class Batches:
    """Batches of a split, for training or validation: an iterable of ``(x, y)``.

    A batch is read by one index over the stored bytes and augmented as one tensor on `device`;
    nothing is done image by image, so no worker processes are needed.

    Everything random is a function of the seed, the epoch and the number of the batch. Each
    ``iter()`` starts the next epoch, with another order if `shuffle`; an iterator that was left
    early is not continued. After :meth:`load_state_dict` the next ``iter()`` goes on exactly where
    :meth:`state_dict` was taken, also in the middle of an epoch.

    Parameters
    ----------
    split : Split or MixedSplit
        Images and labels. A `MixedSplit` needs a :class:`Transform` that makes its images one size.
    batch_size : int
        Images in a batch, over all processes together.
    transform : Transform or callable, optional
        From uint8 (B, 3, H, W) to float32 (B, 3, S, S), for instance from :func:`augmentation`.
        Another callable is called with the images alone; if it draws from torch's global generator,
        this is seeded for the call and restored after it. None: the images as they are, in 0–255.
    shuffle : bool
        Whether each epoch has an order of its own.
    drop_last : bool
        Leave out a last batch of fewer than `batch_size` images.
    seed : int
        Of the orders and the augmentation.
    generator : torch.Generator, optional
        The seed is drawn from it, instead of `seed`.
    device : str or torch.device
        Where the batches are made.
    memory_format : torch.memory_format
        Of x; ``torch.channels_last`` suits convolutions in bfloat16.
    rank, world_size : int
        With several processes (DDP): each gets its consecutive part of every batch, the parts are
        disjoint and make up the batch that one process would get, augmented the same. `world_size`
        must divide `batch_size`; parts of the last batch differ by one image at most, and a last
        batch with fewer images than processes is left out.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> split = al.data.Split(torch.zeros(10, 3, 8, 8, dtype=torch.uint8), torch.arange(10))
    >>> [len(y) for x, y in al.data.Batches(split, 4)]
    [4, 4, 2]
    """

    def __init__(
        self,
        split: Split | MixedSplit,
        batch_size: int,
        transform: Transform | Callable[[torch.Tensor], torch.Tensor] | None = None,
        *,
        shuffle: bool = False,
        drop_last: bool = False,
        seed: int = 0,
        generator: torch.Generator | None = None,
        device: str | torch.device = "cpu",
        memory_format: torch.memory_format = torch.contiguous_format,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        if batch_size < 1:
            raise UserError(f"batch size {batch_size} must be at least 1")
        if not 0 <= rank < world_size:
            raise UserError(f"rank {rank} must be from 0 to world size − 1 = {world_size - 1}")
        if batch_size % world_size:
            raise UserError(f"batch size {batch_size} does not divide among {world_size} processes")
        if len(split) == 0:
            raise UserError("the split holds no images")
        if generator is not None:
            seed = int(torch.randint(2**62, (), generator=generator))
        self.split, self.batch_size, self.transform = split, batch_size, transform
        self.shuffle, self.drop_last, self.seed = shuffle, drop_last, seed
        self.device, self.memory_format = torch.device(device), memory_format
        self.rank, self.world_size = rank, world_size
        self._sizes = self._batch_sizes()
        if not self._sizes:
            raise UserError(
                f"{len(split)} images do not fill one batch of {batch_size}: "
                "take a smaller batch size or keep the last batch"
            )
        self._epoch, self._position = 0, 0  # of the next batch
        self._resumed = True  # whether the next iter() begins at that place

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        return len(self._sizes)

    @property
    def epoch(self) -> int:
        """The epoch that is under way, or that comes next."""
        return self._epoch

    @property
    def images_per_epoch(self) -> int:
        """How many images an epoch has, over all processes together."""
        return sum(self._sizes)

    def whole_size(self, index: int) -> int:
        """Return the size of batch number `index` over all processes together."""
        return self._sizes[index]

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        if not self._resumed and self._position > 0:  # the last iterator was left early
            self._epoch, self._position = self._epoch + 1, 0
        self._resumed = False
        return self._run(self._epoch, self._position)

    def _run(self, epoch: int, start: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        order = self._order(epoch)
        for index in range(start, len(self)):
            batch = self._batch(order, epoch, index)
            # Before the batch is handed out: a state taken in the loop's body counts it as done.
            self._epoch, self._position = epoch, index + 1
            if self._position == len(self):
                self._epoch, self._position = epoch + 1, 0
            yield batch

    def _batch(
        self, order: torch.Tensor | None, epoch: int, index: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        size = self._sizes[index]
        low, high = (size * r // self.world_size for r in (self.rank, self.rank + 1))
        first = index * self.batch_size
        mine: slice | torch.Tensor = slice(first + low, first + high)
        if order is not None:
            mine = order[mine]
        y = self.split.labels[mine].to(self.device, non_blocking=True)
        draws = self._draws(epoch, index)[low:high]
        made = [
            (rows, self._transformed(x, draws if rows is None else draws[rows], epoch, index))
            for rows, x in self.split.pieces(mine)
        ]
        rows, x = made[0]
        if rows is not None:
            if len({tuple(piece.shape[1:]) for _, piece in made}) > 1:
                raise UserError("the transform leaves images of different sizes in one batch")
            x = x.new_empty(len(y), *x.shape[1:])
            for rows, piece in made:
                x[rows] = piece
        return x.contiguous(memory_format=self.memory_format), y

    def _draws(self, epoch: int, index: int) -> torch.Tensor:
        """Return the random numbers of a whole batch, a row an image."""
        if not isinstance(self.transform, Transform):
            return torch.empty(self._sizes[index], 0)
        generator = torch.Generator().manual_seed(_mixed(self.seed, epoch, 1 + index))
        return self.transform.draw(self._sizes[index], generator)

    def _transformed(
        self, x: torch.Tensor, draws: torch.Tensor, epoch: int, index: int
    ) -> torch.Tensor:
        x = x.to(self.device, non_blocking=True)
        if self.transform is None:
            return x.float()
        if isinstance(self.transform, Transform):
            return self.transform.apply(x, draws)
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(_mixed(self.seed, epoch, 1 + index, self.rank))
            return self.transform(x)

    def _order(self, epoch: int) -> torch.Tensor | None:
        if not self.shuffle:
            return None
        generator = torch.Generator().manual_seed(_mixed(self.seed, epoch, 0))
        return torch.randperm(len(self.split), generator=generator)

    def _batch_sizes(self) -> list[int]:
        whole, rest = divmod(len(self.split), self.batch_size)
        keep = rest >= self.world_size and rest > 0 and not self.drop_last
        return [self.batch_size] * whole + ([rest] if keep else [])

    def set_epoch(self, epoch: int) -> None:
        """Let the next ``iter()`` begin with the first batch of `epoch`."""
        self._epoch, self._position, self._resumed = epoch, 0, True

    def state_dict(self) -> dict[str, int]:
        """Return the place of the next batch: seed, epoch, number in the epoch, batch size."""
        return {
            "seed": self.seed,
            "epoch": self._epoch,
            "position": self._position,
            "batch_size": self.batch_size,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from where :meth:`state_dict` was taken, with its seed.

        Raises
        ------
        UserError
            When the state is of another batch size or does not fit the number of batches.
        """
        if state.get("batch_size", self.batch_size) != self.batch_size:
            raise UserError(
                f"this run was left with batch size {state['batch_size']}; "
                f"it cannot go on with {self.batch_size}"
            )
        if not 0 <= state["position"] < max(1, len(self)):
            raise UserError(
                f"this run was left at batch {state['position']} of an epoch, "
                f"but the data make {len(self)} batches"
            )
        self.seed = state["seed"]
        self._epoch, self._position, self._resumed = state["epoch"], state["position"], True

    def __repr__(self) -> str:
        return (
            f"Batches({self.split!r}, {len(self)} of {self.batch_size}"
            f"{', shuffled' if self.shuffle else ''})"
        )


def _mixed(*numbers: int) -> int:
    # SeedSequence spreads neighbouring (seed, epoch, batch) over all 64 bits, alike everywhere.
    words = np.random.SeedSequence([n % 2**64 for n in numbers]).generate_state(1, np.uint64)
    return int(words[0]) % 2**63
