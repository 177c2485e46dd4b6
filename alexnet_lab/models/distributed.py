"""Two towers in two processes, as the two GPUs of 2012 (paper §3.2).

Each process holds one tower: half of the kernels of every convolution, half of the units of fc6
and fc7, half of the weights of fc8. Both are given the same whole batch, and both end up with the
same logits and the same loss. (Data parallel training is the other way round: the whole network,
half of the batch.) Run under ``torchrun --nproc-per-node 2``, over gloo on CPUs and nccl on GPUs.

What is swapped at which boundary, and what becomes of its gradient, is told in `communicator`.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.distributed as dist
from torch import Tensor, nn

from ..errors import UserError
from .alexnet import AlexNet
from .checks import check_input
from .communicator import Communicator, add, exchange
from .config import AlexNetConfig
from .sharding import (
    boundaries,
    check_two_towers,
    plan,
    shard_tensor,
    shard_tower,
    unshard_tensors,
)


class DistributedTower(nn.Module):
    """One tower of an AlexNet, in a process of its own; made by `build_tower`.

    Train it like any network, on the *same whole batches* in both processes, in the same order
    (no ``DistributedSampler``), with any optimizer that treats each number by itself: SGD, Adam,
    AdamW. Every parameter has one owner, so nothing need be kept in step between the processes.
    What looks at all gradients at once does: use `clip_grad_norm_` instead of torch's. With
    float16, one process may skip a step on overflow while the other does not: use bfloat16.
    Both must call `forward`, ``backward`` and the gathering methods the same number of times.

    Dropout: each process draws the masks of whole layers and uses its own half, so with the same
    seed in both the masks are those of one process, and with different seeds independent.

    Attributes
    ----------
    features, classifier : torch.nn.Sequential
        Named as in `AlexNet`, so that ``state_dict`` has the same keys (but for the bias of fc8,
        which belongs to tower 0), with half the numbers.
    tower : {0, 1}
        Which half; the rank of this process.
    traffic : Traffic
        Bytes that this process sent.
    """

    def __init__(self, model: AlexNet, communicator: Communicator, device: torch.device) -> None:
        super().__init__()
        self.config, self.input_size = model.config, model.input_size
        self.tower, self.traffic, self._communicator = (
            communicator.rank,
            communicator.traffic,
            communicator,
        )
        self.exchanges, self.head = boundaries(model)
        self.plan = plan(model)
        half = shard_tower(model, self.tower, device)
        self.features, self.classifier = half["features"], half["classifier"]
        self.training = model.training
        self._compared = False

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits, the same in both processes: (N, 3, size, size) → (N, num_classes).

        Raises
        ------
        UserError
            When the shape does not fit, or the first batches of the two processes differ.
        """
        check_input(x, self.input_size)
        if not self._compared:
            self._compare(x)
        x = self._through(self.features, x)
        x = self._through(self.classifier, x.flatten(1))
        return add(x, self._communicator, self.head)

    def _through(self, layers: nn.Module, x: Tensor) -> Tensor:
        for name, layer in layers.named_children():
            if name in self.exchanges:
                x = exchange(x, self._communicator, name)
            x = layer(x)
        return x

    def _compare(self, x: Tensor) -> None:
        # Two different batches would train without any complaint, and learn nonsense.
        mine = torch.stack([x.double().sum(), x.new_tensor(len(x)).double()]).nan_to_num()
        if not torch.equal(mine, self._communicator.swap(mine)):
            raise UserError(
                "the two processes were given different batches; both towers need the whole batch,"
                " in the same order (no DistributedSampler, the same seed)"
            )
        self._compared = True

    def gather(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Put named tensors of both towers together, on tower 0, in the CPU's memory.

        Parameters
        ----------
        tensors : mapping of str to torch.Tensor
            By the names of ``state_dict``; each of the shape of this tower's entry: weights,
            gradients, or an optimizer's momentum. Both processes must give the same names; what is
            missing or None in both is left out.

        Returns
        -------
        dict of str to torch.Tensor
            Tensors of the undivided network; empty on tower 1.
        """
        whole = {}
        for key, sharding in self.plan.items():
            if tensors.get(key) is None:  # tower 1 has no bias in fc8, a frozen layer no gradient
                continue
            mine, theirs = tensors[key].detach(), None
            if sharding in ("rows", "columns"):
                if self.tower == 1:
                    self._communicator.send(mine)
                else:
                    theirs = self._communicator.receive_like(mine)
            if self.tower == 0:
                whole[key] = unshard_tensors(mine, theirs, sharding).cpu()
        return whole

    def gather_state_dict(self) -> dict[str, Tensor]:
        """Return the undivided network's ``state_dict`` on tower 0, and an empty one on tower 1.

        It loads into an `AlexNet` of the same options, and is what a checkpoint should hold.
        """
        return self.gather(self.state_dict())

    def shard(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Undo `gather`: take this tower's part of the undivided network's named tensors."""
        parts = {k: shard_tensor(t, self.plan[k], self.tower) for k, t in tensors.items()}
        return {key: part.clone() for key, part in parts.items() if part is not None}

    def load_full_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Load the undivided network's ``state_dict``, which both processes must have.

        Raises
        ------
        UserError
            When names or shapes do not fit.
        """
        strange = set(state) ^ set(self.plan)
        if strange:
            raise UserError(f"weights do not fit these towers: {sorted(strange)[0]} has no partner")
        try:
            self.load_state_dict(self.shard(state))
        except RuntimeError as error:
            reason = " ".join(str(error).split())
            raise UserError(f"weights do not fit these towers: {reason}") from error

    def clip_grad_norm_(self, max_norm: float) -> Tensor:
        """Scale the gradients of both towers so that their common norm is at most `max_norm`.

        Returns
        -------
        torch.Tensor
            The norm of the undivided network's gradient before, the same in both processes.
        """
        grads = [p.grad for p in self.parameters() if p.grad is not None]
        device = next(self.parameters()).device
        mine = torch.zeros((), dtype=torch.float64, device=device)
        for grad in grads:
            mine += grad.norm().double() ** 2
        norm = (mine + self._communicator.swap(mine)).sqrt()
        factor = (max_norm / (norm + 1e-6)).clamp(max=1.0)
        for grad in grads:
            grad.mul_(factor.to(grad.dtype))
        return norm


def build_tower(
    model: AlexNet | AlexNetConfig,
    rank: int | None = None,
    world: int | None = None,
    *,
    device: torch.device | str = "cpu",
    group: dist.ProcessGroup | None = None,
) -> DistributedTower:
    """Build this process's tower.

    Parameters
    ----------
    model : AlexNet or AlexNetConfig
        The undivided network, on the CPU; or its options, from which it is built. It is needed for
        a moment only, so that the same seed in both processes gives the weights that one process
        would have; the tower keeps no reference to it. `device` never holds more than one half.
    rank, world : int, optional
        This process's number, and how many there are; asked of `group` if not given.
    device : torch.device or str
        Where the tower is kept. gloo sends from the CPU, nccl from a GPU.
    group : torch.distributed.ProcessGroup, optional
        The two processes, if there are more; all by default.

    Returns
    -------
    DistributedTower
        With the usual ``forward(x) -> logits``.

    Raises
    ------
    UserError
        When torch.distributed is not running, there are not exactly two processes, or the network
        has no two towers.

    Examples
    --------
    Under ``torchrun --nproc-per-node 2``, in both processes alike::

        dist.init_process_group("gloo")
        torch.manual_seed(0)
        model = build_tower(AlexNetConfig(num_classes=10))
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
        for x, y in batches:
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
        print(model.traffic)
        state = model.gather_state_dict()  # both must call it; tower 0 gets it

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> program = '''
    ... import sys, torch, alexnet_lab as al
    ... torch.distributed.init_process_group("gloo")
    ... net = al.models.AlexNet(num_classes=10, input_size=67, hidden=(64, 64))
    ... tower = al.models.build_tower(net)
    ... batch = torch.load(sys.argv[1])
    ... logits = tower(batch["x"])
    ... torch.save(tuple(logits.shape), f"{sys.argv[1]}.{tower.tower}")
    ... torch.distributed.destroy_process_group()
    ... '''
    >>> al.models.launch(program, {"x": torch.zeros(1, 3, 67, 67)})
    [(1, 10), (1, 10)]
    """
    if not dist.is_available() or not dist.is_initialized():
        raise UserError(
            "two towers in two processes need torch.distributed running: start with"
            " python -m torch.distributed.run --nproc-per-node 2"
        )
    rank = dist.get_rank(group) if rank is None else rank
    world = dist.get_world_size(group) if world is None else world
    if world != 2 or rank not in (0, 1):
        raise UserError(
            f"rank {rank} of {world} processes; two towers need exactly two: --nproc-per-node 2"
        )
    whole = AlexNet(**model.to_dict()) if isinstance(model, AlexNetConfig) else model
    return DistributedTower(
        check_two_towers(whole), Communicator(rank, group), torch.device(device)
    )
