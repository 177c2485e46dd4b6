"""One process, or one of several that ``torchrun`` started."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import UserError

if TYPE_CHECKING:
    import torch

TORCHRUN = "python -m torch.distributed.run --nproc-per-node 2 -m alexnet_lab train …"


@dataclass(frozen=True)
class Processes:
    """How a run is shared out.

    Attributes
    ----------
    kind : {"one", "ddp", "towers"}
        All by one process; the whole network in each, and a part of every batch (DDP); or one tower
        in each, and every batch whole.
    rank, world : int
        Number of this process, and how many there are.
    """

    kind: str = "one"
    rank: int = 0
    world: int = 1

    @property
    def first(self) -> bool:
        """Whether this process writes and speaks."""
        return self.rank == 0

    @classmethod
    def find(cls, wish: str | None) -> Processes:
        """Return what ``--parallel`` and torchrun's environment say together.

        Raises
        ------
        UserError
            When the number of processes does not suit the wish.
        """
        world = int(os.environ.get("WORLD_SIZE", "1")) if "RANK" in os.environ else 1
        if world == 1 and wish:
            raise UserError(
                f"--parallel {wish} needs several processes, here is one; start them by {TORCHRUN}"
            )
        if wish == "towers" and world != 2:
            raise UserError(
                f"--parallel towers needs two processes, one a tower, not {world}:"
                " --nproc-per-node 2"
            )
        if world == 1:
            return cls()
        return cls(wish or "ddp", int(os.environ["RANK"]), world)

    @contextmanager
    def joined(self, device: torch.device) -> Iterator[torch.device]:
        """Join the other processes; yield the device of this one."""
        if self.kind == "one":
            yield device
            return
        from ..training import distributed

        with distributed.setup(device) as mine:
            try:
                yield mine
            except RuntimeError as error:
                # What gloo and nccl raise when a peer is gone; its own line has said why.
                words = ("onnection", "peer", "NCCL", "socket")
                if any(word in str(error) for word in words):
                    raise UserError("another process of this run has stopped") from error
                raise
