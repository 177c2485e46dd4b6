"""How an AlexNet with two towers is cut in two, and put together again.

One rule does it all: a layer's *outputs* are shared out, kernels 0 … n/2−1 to tower 0 and the
others to tower 1. What differs is what a layer *sees* (paper §3.2 and Fig. 2;
``layers-145.cfg`` of the 2012 source):

=====================  ===================  ====================================================
layer                  sees                 so
=====================  ===================  ====================================================
conv1                  the image            each tower is given the image
conv2, conv4, conv5    its own tower        nothing is sent: ``groups=2`` becomes two small layers
conv3                  both towers          pool2's maps are exchanged
fc6, fc7               both towers          pool5's maps and fc6's units are exchanged
fc8                    both towers          cut by its *inputs* instead; the two sums are added
=====================  ===================  ====================================================

For fc8 the 2012 source sent all 2048 units of fc7 to the first GPU, which held the whole layer.
Adding two partial sums sends 1000 numbers instead of 2048 and lets each tower keep half of fc8;
the result is the same. Its bias belongs to tower 0. So every parameter has exactly one owner, and
no copy can drift from its twin.
"""

from __future__ import annotations

import copy
from typing import Literal

import torch
from torch import Tensor, nn

from ..errors import UserError
from .alexnet import AlexNet
from .response_norm import LocalResponseNorm

# "rows", "columns": half of dimension 0 or 1; "first": tower 0 has it; "both": each has a copy.
Sharding = Literal["rows", "columns", "first", "both"]


class HalfDropout(nn.Module):
    """Dropout of one tower's half of a layer.

    Each tower draws the mask of the *whole* layer and keeps its own half. With the same seed in
    both, the masks are those of one process; with different seeds, they are independent. A plain
    dropout layer would do neither: two devices with the same seed (and ``torch.manual_seed`` gives
    the same seed to all) draw the same mask, so units i and i + 2048 would fall together.

    Parameters
    ----------
    drop : torch.nn.Module
        The layer's dropout, of any style.
    tower : {0, 1}
        Which half to keep.
    """

    def __init__(self, drop: nn.Module, tower: int) -> None:
        super().__init__()
        self.drop = drop
        self.tower = tower
        self.training = drop.training

    def draw(self, x: Tensor) -> Tensor:
        """Return a factor for each unit of the whole layer: (N, units/2) → (N, units)."""
        return self.drop(x.new_ones(x.shape[0], 2 * x.shape[1]))

    def forward(self, x: Tensor, whole: Tensor | None = None) -> Tensor:
        """Drop units of (N, units/2), by the mask `whole` if it is already drawn."""
        if not self.training:
            return self.drop(x)
        whole = self.draw(x) if whole is None else whole
        return x * whole.chunk(2, 1)[self.tower]


def check_two_towers(model: nn.Module) -> AlexNet:
    """Return `model` if it can be cut in two; say why not otherwise.

    Raises
    ------
    UserError
        When it is no `AlexNet`, has one tower, or has a layer that cannot be halved.
    """
    if not isinstance(model, AlexNet):
        raise UserError(
            f"{type(model).__name__} has no towers to split; known: AlexNet with towers=2,"
            " such as alexnet_2012()"
        )
    if model.config.towers != 2:
        raise UserError("this AlexNet has towers=1; build it with towers=2 to split it")
    *_, (last, head) = model.classifier.named_children()
    for name, module in _layers(model):
        if isinstance(module, nn.Linear):
            size = module.in_features if module is head else module.out_features
            what = "inputs" if module is head else "units"
            if size % 2:
                raise UserError(f"{name}: {size} {what} cannot be shared out between two towers")
        elif isinstance(module, nn.Conv2d):
            if module.groups not in (1, 2):
                raise UserError(f"{name}: groups={module.groups}; known: 1, 2")
        elif isinstance(module, LocalResponseNorm):
            if module.groups != 2:
                raise UserError(f"{name} normalises across the towers; give it groups=2")
        elif list(module.parameters()) and not isinstance(module, nn.BatchNorm2d):
            raise UserError(f"{name}: do not know how to split a {type(module).__name__}")
    if not isinstance(head, nn.Linear):
        raise UserError(f"{last}: the last layer must be a Linear, not a {type(head).__name__}")
    return model


def plan(model: AlexNet) -> dict[str, Sharding]:
    """Return how each entry of the model's ``state_dict`` is sharded."""
    *_, (last, _) = model.classifier.named_children()
    shardings: dict[str, Sharding] = {}
    for key in model.state_dict():
        if key.startswith(f"classifier.{last}."):
            shardings[key] = "columns" if key.endswith("weight") else "first"
        else:
            # BatchNorm counts its batches: a scalar, the same in both towers.
            shardings[key] = "both" if key.endswith("num_batches_tracked") else "rows"
    return shardings


def boundaries(model: AlexNet) -> tuple[tuple[str, ...], str]:
    """Return the layers before which the towers exchange, and the one after which they add up.

    ``(("conv3", "fc6", "fc7"), "fc8")`` for the network of 2012; without ``cross_talk`` or without
    conv3, the first is missing.
    """
    convolutions = [(n, m) for n, m in model.features.named_children() if isinstance(m, nn.Conv2d)]
    linear = [n for n, m in model.classifier.named_children() if isinstance(m, nn.Linear)]
    exchanged = [name for name, conv in convolutions[1:] if conv.groups == 1]
    return (*exchanged, *linear[:-1]), linear[-1]


def shard_tensor(tensor: Tensor, sharding: Sharding, tower: int) -> Tensor | None:
    """Return the part of `tensor` that `tower` owns (a view), or None if it owns nothing of it."""
    if sharding == "rows":
        return tensor.chunk(2, 0)[tower]
    if sharding == "columns":
        return tensor.chunk(2, 1)[tower]
    return tensor if sharding == "both" or tower == 0 else None


def unshard_tensors(first: Tensor, second: Tensor | None, sharding: Sharding) -> Tensor:
    """Undo `shard_tensor`."""
    if sharding in ("rows", "columns") and second is not None:
        return torch.cat([first, second.to(first.device)], 0 if sharding == "rows" else 1)
    return first.clone()


@torch.no_grad()
def shard_tower(model: AlexNet, tower: int, device: torch.device) -> nn.ModuleDict:
    """Return one tower: ``features`` and ``classifier`` under their names, at half their width.

    Parameters
    ----------
    model : AlexNet
        A network that has passed `check_two_towers`; it is left as it is, and shares no memory
        with the tower.
    tower : {0, 1}
        Which half.
    device : torch.device
        Where its parameters are kept.
    """
    tensors = dict(model.named_parameters()) | dict(model.named_buffers())
    memo: dict[int, Tensor] = {}
    for key, sharding in plan(model).items():
        whole = tensors[key]
        part = shard_tensor(whole.detach(), sharding, tower)
        # Tower 1 has no bias in fc8: an empty stand-in, taken out below.
        part = whole.new_empty(0) if part is None else part.to(device, copy=True).contiguous()
        memo[id(whole)] = (
            nn.Parameter(part, whole.requires_grad) if isinstance(whole, nn.Parameter) else part
        )
    # deepcopy takes from the memo what it finds there: all but the tensors is copied as it is.
    half = nn.ModuleDict(
        {
            "features": copy.deepcopy(model.features, memo),
            "classifier": copy.deepcopy(model.classifier, memo),
        }
    ).to(device)
    *_, head = half["classifier"].children()
    for _, module in _layers(half):
        _halve(module, head)
    if tower == 1:
        head.register_parameter("bias", None)
    for name, module in list(half["classifier"].named_children()):
        if not list(module.parameters()) and name.startswith("drop"):
            setattr(half["classifier"], name, HalfDropout(module, tower))
    half.training = model.training
    return half


def _halve(module: nn.Module, head: nn.Module) -> None:
    """Make a layer's own record of its sizes agree with its halved tensors."""
    if isinstance(module, nn.Conv2d):
        module.out_channels //= 2
        module.in_channels //= module.groups
        module.groups = 1
    elif isinstance(module, nn.BatchNorm2d):
        module.num_features //= 2
    elif isinstance(module, LocalResponseNorm):
        module.groups = 1
    elif isinstance(module, nn.Linear) and module is head:
        module.in_features //= 2
    elif isinstance(module, nn.Linear):
        module.out_features //= 2


def _layers(model: nn.Module | nn.ModuleDict) -> list[tuple[str, nn.Module]]:
    parts = model.children()
    return [layer for part in parts for layer in part.named_children()]
