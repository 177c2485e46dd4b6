"""A picture on its way into a network, and back again."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ...errors import UserError


def network_input(model: nn.Module, image: Any) -> Tensor:
    """Return one picture as a network takes it, (1, 3, H, W); a tensor is taken as it is."""
    x = image
    if not isinstance(image, Tensor):
        prepare = getattr(model, "preprocess", None)
        if prepare is None:
            raise UserError("this network has no preprocess of its own: give an input (3, H, W)")
        x = prepare(image)
    x = x.detach().float().cpu()
    x = x[None] if x.ndim == 3 else x
    if x.ndim != 4 or len(x) != 1 or x.shape[1] != 3:
        raise UserError(f"an input of shape {tuple(x.shape)}; give one picture, (3, H, W)")
    if not x.isfinite().all():
        raise UserError("a value of the input is not a finite number")
    return x


def to_network(model: nn.Module, x: Tensor) -> Tensor:
    """Return `x` where the network's weights are, and of their type."""
    parameter = next(model.parameters(), None)
    return x if parameter is None else x.to(parameter)


def input_pixels(x: Tensor, how: Any) -> Tensor:
    """Return uint8 (H, W, 3): the input as a picture again."""
    if how is not None and hasattr(how, "mean"):
        std = torch.tensor(how.std or (1.0, 1.0, 1.0)).view(3, 1, 1)
        x = x * std + torch.tensor(how.mean).view(3, 1, 1)
    else:
        x = 255 * (x - x.min()) / (x.max() - x.min()).clamp_min(1e-12)
    return x.round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0).contiguous()
