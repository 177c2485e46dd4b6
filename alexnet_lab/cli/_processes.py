"""One process, or one of several: started here by ``--processes``, or by ``torchrun``."""

from __future__ import annotations

import logging
import os
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import UserError
from ._signals import Interrupted

if TYPE_CHECKING:
    import torch

TORCHRUN = "--processes 2"


def launch(count: int, given: list[str]) -> int:
    """Run this command in several processes, as ``torchrun`` does, but without its report.

    When all of them refuse the same wrong flag, torchrun adds thirty lines to the one that says so.

    Parameters
    ----------
    count : int
        How many processes.
    given : list of str
        The command line.

    Returns
    -------
    int
        The exit code of the first process that failed, 0 when none did.
    """
    from torch.distributed.elastic.multiprocessing import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    for name in ("torch.distributed", "torch.distributed.elastic"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // count)))
    config = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=count,
        run_id=uuid.uuid4().hex,
        rdzv_backend="c10d",
        # By number: on some machines the own name leads nowhere.
        rdzv_endpoint="127.0.0.1:0",
        local_addr="127.0.0.1",
        max_restarts=0,
        monitor_interval=0.1,
    )
    words = ["-m", "alexnet_lab", *given]
    try:
        elastic_launch(config, sys.executable)(*words)
    except ChildFailedError as error:
        code = error.get_first_failure()[1].exitcode
        return code if code > 0 else 128 - code  # a process that a signal ended
    except SignalException as error:
        raise Interrupted("interrupted", error.sigval) from error
    return 0


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
                f"--parallel towers needs two processes, one a tower, not {world}: --processes 2"
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
