"""What a photograph makes of the kernels that see it: a small map each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from ...analysis import Filters, activations
from ...errors import UserError
from .._runtime.network_input import network_input
from .._runtime.pack import pack

_SIDE = 20  # rows and columns of a map in a page, at most


def map_values(
    model: nn.Module | None, layers: Mapping[str, Filters], image: Any
) -> dict[str, Tensor]:
    """Return the maps of the layers that see the image, after a ReLU: (K, rows, columns) each.

    Large maps are pooled by the greatest, so that a single strong unit is not lost.

    Raises
    ------
    UserError
        When there is no network, or the image does not fit it.
    """
    if model is None:
        raise UserError("kernels alone make no maps of an image; give the network")
    seeing = [name for name, found in layers.items() if found.weight.shape[1] == 3]
    x = network_input(model, image)
    with torch.no_grad():
        found = activations(model, x, seeing)
    small = {}
    for name in seeing:
        maps = found[name].relu()
        times = math.ceil(max(maps.shape[2:]) / _SIDE)
        small[name] = nn.functional.max_pool2d(maps, times, ceil_mode=True)[0]
    return small


def packed_maps(maps: Mapping[str, Tensor]) -> dict[str, Any]:
    """Return maps as JSON can hold them: each in 255 steps of its own greatest value."""
    packed = {}
    for name, values in maps.items():
        most = values.amax((1, 2), keepdim=True).clamp_min(1e-30)
        steps = (values / most * 255).round().to(torch.uint8)
        packed[name] = {"shape": list(values.shape), "data": pack(steps.numpy(), "u1")}
    return packed
