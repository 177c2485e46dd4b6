"""Data parallel training under ``torchrun``: the few calls that the loop needs.

Every process takes its share of each batch and holds the whole model; gradients are averaged before
each step. So the batch size, and with it the learning rate, means the same as
in one process. (The two GPUs of 2012 did something else: each held half of the model. See
`alexnet_lab.models`.) Two things see a process's own share only: batch norm takes its statistics
from it, and on the CPU, where one generator serves data and dropout, all processes draw the same
masks.
"""

from __future__ import annotations

import atexit
import os
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn


def launched() -> bool:
    """Tell whether ``torchrun`` started this process as one of several."""
    return "RANK" in os.environ and int(os.environ.get("WORLD_SIZE", "1")) > 1


def setup(device: torch.device) -> torch.device:
    """Join the other processes, unless that is done: gloo on the CPU, nccl on GPUs.

    The group lasts as long as the process: leaving it and joining again is not safe in torch.

    Returns
    -------
    torch.device
        The device of this process: on GPUs the one of its local rank.
    """
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    if not dist.is_initialized():
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
        atexit.register(_leave)
    return device


def _leave() -> None:
    if dist.is_initialized():
        dist.destroy_process_group()


def is_first() -> bool:
    """Tell whether this process is the one of its run that writes files and shows progress."""
    return not launched() or os.environ["RANK"] == "0"


def wrap(model: nn.Module, device: torch.device) -> nn.Module:
    """Return the model with gradients averaged over processes; weights start as rank 0's."""
    ids = [device.index] if device.type == "cuda" else None
    return nn.parallel.DistributedDataParallel(model, device_ids=ids)


def share(batch: tuple[Tensor, Tensor], source: Any) -> tuple[Tensor, Tensor]:
    """Return this process's part of a batch; parts differ by one sample at most.

    A `source` whose ``world_size`` is above 1 has parted its batches already.
    """
    if getattr(source, "world_size", 1) > 1:
        return batch
    x, y = batch
    parts, mine = dist.get_world_size(), dist.get_rank()
    return x.tensor_split(parts)[mine], y.tensor_split(parts)[mine]


def total(sums: Tensor, device: torch.device) -> Tensor:
    """Add up a tensor over all processes; the result is on the CPU."""
    moved = sums.to(device)
    dist.all_reduce(moved)
    return moved.cpu()


def from_all(value: dict[str, Tensor]) -> list[dict[str, Tensor]]:
    """Return every process's value, by rank, on every process."""
    values: list[dict[str, Tensor]] = [{} for _ in range(dist.get_world_size())]
    dist.all_gather_object(values, value)
    return values
