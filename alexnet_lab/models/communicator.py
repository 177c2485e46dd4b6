"""The connection between two towers in two processes: every collective operation is a swap.

Each process sends the other one tensor and receives one of the same shape. What the swaps mean:

===================  ===========================================  ============================
boundary             forward                                      backward
===================  ===========================================  ============================
conv3, fc6, fc7      swap the own half of the maps or units; the  swap the gradients of the
("all-gather" and    layer then sees both halves                  *other's* half; add the two
"reduce-scatter")                                                 gradients of the own half
fc8                  swap partial sums of the logits and add      nothing: d(a + b)/da = 1
("all-reduce")
===================  ===========================================  ============================

Why gradients are added at the first and not touched at the second: there is *one* loss, which both
processes happen to compute. Above fc8 everything is the same in both, so the gradient of the
logits that a process has is already the whole gradient; adding the other's would count it twice.
Below, the maps that a tower sends are used twice, by its own conv3 and by the other's, each of
which knows its own part of the gradient only. (In Megatron-LM, Shoeybi et al. 2019, §3, fc8's is
the operator g, and f is what remains of the exchange when both already have all inputs: nothing
forward, a sum backward.)
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from .traffic import Traffic


class Communicator:
    """The connection between the two processes."""

    def __init__(self, rank: int, group: dist.ProcessGroup | None) -> None:
        self.rank, self.group, self.traffic = rank, group, Traffic()
        self.peer = 1 - rank if group is None else dist.get_global_rank(group, 1 - rank)

    def swap(self, tensor: Tensor, boundary: str = "", direction: str = "") -> Tensor:
        """Send a tensor, receive one of the same shape, and book what was sent."""
        # Memory is sent as it lies: channels_last maps as (N, H, W, C), without a copy.
        last = tensor.ndim == 4 and tensor.shape[1] > 1 and tensor.stride(1) == 1
        mine = (tensor.permute(0, 2, 3, 1) if last else tensor).contiguous()
        theirs = torch.empty_like(mine)
        self._wait(
            [
                dist.P2POp(dist.isend, mine, self.peer, self.group),
                dist.P2POp(dist.irecv, theirs, self.peer, self.group),
            ]
        )
        if boundary:
            self.traffic.count(boundary, direction, self.rank, mine)
        return theirs.permute(0, 3, 1, 2) if last else theirs

    def send(self, tensor: Tensor) -> None:
        """Send a tensor that the other receives by `receive_like`."""
        self._wait([dist.P2POp(dist.isend, tensor.contiguous(), self.peer, self.group)])

    def receive_like(self, tensor: Tensor) -> Tensor:
        """Receive a tensor of this shape."""
        theirs = torch.empty_like(tensor, memory_format=torch.contiguous_format)
        self._wait([dist.P2POp(dist.irecv, theirs, self.peer, self.group)])
        return theirs

    @staticmethod
    def _wait(operations: Iterable[dist.P2POp]) -> None:
        # On GPUs this makes the stream wait, not the program.
        for work in dist.batch_isend_irecv(list(operations)):
            work.wait()


def exchange(x: Tensor, communicator: Communicator, boundary: str) -> Tensor:
    """Return both towers' maps or units, side by side as in the undivided network.

    (N, C/2, …) → (N, C, …); the gradient comes back as the sum of what both towers made of it.
    """
    return _Exchange.apply(x, communicator, boundary)


def add(x: Tensor, communicator: Communicator, boundary: str) -> Tensor:
    """Return the sum of both towers' `x`: since a + b is b + a, the same bits in both."""
    return _Add.apply(x, communicator, boundary)


class _Exchange(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, communicator: Communicator, boundary: str) -> Tensor:
        ctx.communicator, ctx.boundary = communicator, boundary
        other = communicator.swap(x, boundary, "forward")
        return torch.cat([x, other] if communicator.rank == 0 else [other, x], 1)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        halves, communicator = grad.chunk(2, 1), ctx.communicator
        part = communicator.swap(halves[1 - communicator.rank], ctx.boundary, "backward")
        return halves[communicator.rank] + part, None, None


class _Add(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, communicator: Communicator, boundary: str) -> Tensor:
        return x + communicator.swap(x, boundary, "forward")

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        return grad, None, None
