"""What a convolution of a network gets, and how it slides."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ...analysis._context import evaluating, hooked
from ...analysis.geometry import window
from ...errors import UserError
from .._runtime.network_input import to_network

Quad = tuple[int, int, int, int]


def weight_of(module: nn.Module, layer: str) -> tuple[Tensor, Tensor]:
    """Return kernels (K, C, h, w) and biases (K,) of a two-dimensional convolution."""
    weight = getattr(module, "weight", None)
    if (
        not isinstance(weight, Tensor)
        or weight.dim() != 4
        or isinstance(module, nn.ConvTranspose2d)
    ):
        raise UserError(
            f"{layer!r} is a {type(module).__name__}; give a two-dimensional convolution"
        )
    weight = weight.detach().cpu().float()
    bias = getattr(module, "bias", None)
    found = torch.zeros(len(weight)) if bias is None else bias.detach().cpu().float()
    return weight, found


def input_of(model: nn.Module, module: nn.Module, layer: str, x: Tensor) -> Tensor:
    """Run the network, in eval mode, and return what the layer gets: (C, H, W)."""
    batch = x[None] if x.dim() == 3 else x
    if batch.dim() != 4 or len(batch) != 1:
        raise UserError(f"input of shape {tuple(x.shape)}; give one image, (C, H, W)")
    found: list[Tensor] = []

    def keep(_module: nn.Module, inputs: tuple[Any, ...]) -> None:
        found.append(inputs[0].detach()[0].cpu().clone())

    with evaluating(model), torch.no_grad(), hooked([module], before=keep):
        model(batch)
    if not found:
        raise UserError(f"layer {layer!r} did not run on this input")
    return found[-1]


def geometry_of(module: nn.Module, seen: Tensor) -> tuple[tuple[int, int], tuple[int, int], Quad]:
    """Return stride, dilation and padding (top, left, bottom, right) of a convolution.

    The padding is what its output's size says: conv1 of 2012 rounds up, and so reaches further at
    the bottom and at the right than it names.
    """
    if getattr(module, "padding_mode", "zeros") != "zeros":
        raise UserError(f"padding by {module.padding_mode!r}: only zeros are drawn here")
    with torch.no_grad():
        out = module(to_network(module, seen[None]))
    size_in, size_out = (each.shape[-2:] for each in (seen, out))
    found = window(module, (size_in[0], size_in[1]), (size_out[0], size_out[1]))
    if found is None:
        raise UserError(f"a {type(module).__name__} has no window that is the same everywhere")
    dilation = getattr(module, "dilation", (1, 1))
    spread = (dilation, dilation) if isinstance(dilation, int) else tuple(dilation)
    return found.stride, spread, (*found.before, *found.after)
