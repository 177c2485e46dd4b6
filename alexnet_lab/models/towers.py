"""Two towers on two devices, in one process (paper §3.2).

In 2012 the network did not fit a GTX 580's 3 GB, so "we put half of the kernels (or neurons) on
each GPU, with one additional trick: the GPUs communicate only in certain layers". Today's
``groups=2`` keeps the arithmetic of that and forgets the reason. Here the halves live apart again,
and what must cross the bus crosses it in the open::

    image ─┬─ conv1 ─ conv2 ─┬──╳── conv3 ─ conv4 ─ conv5 ─┬──╳── fc6 ─┬──╳── fc7 ─ fc8 ─┐
           │    device 0     │  │                          │  │        │  │              + ─ logits
           └─ conv1 ─ conv2 ─┴──╳── conv3 ─ conv4 ─ conv5 ─┴──╳── fc6 ─┴──╳── fc7 ─ fc8 ─┘
                device 1       pool2's                      pool5's    fc6's

Nothing here waits for a device: each layer's work is launched on both before the next layer's, so
on two GPUs, which work off what they are given in order, the towers run at the same time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import UserError
from .alexnet import AlexNet
from .checks import check_input
from .sharding import (
    HalfDropout,
    boundaries,
    check_two_towers,
    plan,
    shard_tower,
    unshard_tensors,
)
from .traffic import Traffic


class TwoDeviceAlexNet(nn.Module):
    """An AlexNet whose towers live on two devices; made by `split_towers`.

    Parameters
    ----------
    model : AlexNet
        A network with ``towers=2``.
    devices : sequence of two devices
        For tower 0 and tower 1.

    Attributes
    ----------
    towers : torch.nn.ModuleList
        Each with ``features`` and ``classifier``, named as in `AlexNet`, at half the width.
    traffic : Traffic
        Bytes that crossed between the towers, both ways. They are counted even when both towers
        share a device, where nothing really moves.
    """

    def __init__(self, model: AlexNet, devices: Sequence[torch.device | str]) -> None:
        super().__init__()
        model = check_two_towers(model)
        if len(devices) != 2:
            raise UserError(
                f"{len(devices)} devices for two towers; give two, such as (cuda:0, cuda:1)"
            )
        self.config = model.config
        self.input_size = model.input_size
        self.exchanges, self.head = boundaries(model)
        self.plan = plan(model)
        self.towers = nn.ModuleList(
            shard_tower(model, tower, torch.device(device)) for tower, device in enumerate(devices)
        )
        self.traffic = Traffic()
        # Not train(): a layer frozen in test mode stays as it is.
        self.training = model.training

    @property
    def devices(self) -> tuple[torch.device, torch.device]:
        """The towers' devices, as they are now."""
        first, second = (next(tower.parameters()).device for tower in self.towers)
        return first, second

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits: (N, 3, input_size, input_size) → (N, num_classes), on device 0."""
        check_input(x, self.input_size)
        pair = [x.to(device) for device in self.devices]
        pair = self._through("features", pair)
        pair = self._through("classifier", [maps.flatten(1) for maps in pair])
        return pair[0] + self._carry(pair[1], self.head, 1)

    def _through(self, part: str, pair: list[Tensor]) -> list[Tensor]:
        layers = zip(
            *(tower.get_submodule(part).named_children() for tower in self.towers), strict=True
        )
        for (name, first), (_, second) in layers:
            if name in self.exchanges:
                from_0, from_1 = self._carry(pair[0], name, 0), self._carry(pair[1], name, 1)
                pair = [torch.cat([pair[0], from_1], 1), torch.cat([from_0, pair[1]], 1)]
            if isinstance(first, HalfDropout) and first.training:
                # One draw a device: then the same seed gives the masks of the undivided network.
                mask = first.draw(pair[0])
                same = pair[0].device == pair[1].device
                pair = [first(pair[0], mask), second(pair[1], mask if same else None)]
            else:
                pair = [first(pair[0]), second(pair[1])]
        return pair

    def _carry(self, x: Tensor, boundary: str, sender: int) -> Tensor:
        return _Carry.apply(x, self.devices[1 - sender], self.traffic, boundary, sender)


class _Carry(torch.autograd.Function):
    """Bring a tensor to the other device, and its gradient back, and count both."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, device: torch.device, traffic: Traffic, boundary: str, sender: int
    ) -> Tensor:
        ctx.home, ctx.book = x.device, (traffic, boundary, sender)
        traffic.count(boundary, "forward", sender, x)
        # A copy from GPU to GPU is queued like any kernel; `to` does not wait for it.
        return x.to(device) if x.device != device else x.view_as(x)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None, None, None]:
        traffic, boundary, sender = ctx.book
        traffic.count(boundary, "backward", 1 - sender, grad)
        return grad.to(ctx.home), None, None, None, None


def split_towers(
    model: AlexNet, devices: Sequence[torch.device | str] = ("cuda:0", "cuda:1")
) -> TwoDeviceAlexNet:
    """Put the two towers of a network on two devices.

    The result computes what `model` computes, forward and backward; `model` is left as it is.

    Parameters
    ----------
    model : AlexNet
        A network with ``towers=2``, such as `alexnet_2012` makes.
    devices : sequence of two devices
        Any pair: two GPUs, ``("cpu", "cpu")`` to try it out, ``("meta", "meta")`` to count bytes
        without computing anything.

    Returns
    -------
    TwoDeviceAlexNet
        With copies of the model's weights.

    Raises
    ------
    UserError
        When the model has no two towers, a layer cannot be halved, or a device is not there.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> with torch.device("meta"):
    ...     model = al.models.split_towers(al.AlexNet(), ("meta", "meta"))
    ...     logits = model(torch.empty(128, 3, 224, 224))
    >>> model.traffic.sent("conv3", sender=0)  # 128 images × 128 maps × 13 × 13 × 4 bytes
    11075584
    """
    for device in devices:
        try:
            torch.empty(0, device=device)
        except (RuntimeError, AssertionError) as error:
            # torch says "invalid device ordinal", "Torch not compiled with CUDA enabled", …
            reason = str(error).partition("\n")[0]
            raise UserError(f"cannot use device {str(device)!r} for a tower: {reason}") from error
    return TwoDeviceAlexNet(model, devices)


def merge_towers(split: TwoDeviceAlexNet, into: AlexNet | None = None) -> AlexNet:
    """Put the towers together again.

    Parameters
    ----------
    split : TwoDeviceAlexNet
        It is left as it is.
    into : AlexNet, optional
        A network of the same shape to fill; a new one, on tower 0's device, otherwise.

    Returns
    -------
    AlexNet
        With the towers' weights and, where the towers have them, their gradients in ``.grad``.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> net = al.models.AlexNet(num_classes=10, input_size=67, hidden=(64, 64))
    >>> again = al.models.merge_towers(al.models.split_towers(net, ("cpu", "cpu")))
    >>> bool((again.features.conv1.weight == net.features.conv1.weight).all())
    True
    """
    if into is None:
        head = split.towers[0].state_dict()[f"classifier.{split.head}.weight"]
        config = replace(split.config, num_classes=len(head))  # a new head may have other classes
        # The weights drawn here are overwritten: leave the caller's random numbers alone.
        with torch.random.fork_rng(devices=[]):
            into = AlexNet(**config.to_dict()).to(head)
    first, second = (tower.state_dict() for tower in split.towers)
    into.load_state_dict(
        {
            key: unshard_tensors(first[key], second.get(key), sharding)
            for key, sharding in split.plan.items()
        }
    )
    first, second = (dict(tower.named_parameters()) for tower in split.towers)
    for key, parameter in into.named_parameters():
        parameter.requires_grad_(first[key].requires_grad)
        grad = first[key].grad
        if grad is not None:
            other = second[key].grad if key in second else None
            parameter.grad = unshard_tensors(grad, other, split.plan[key]).to(parameter.device)
    return into.train(split.training)
