"""What a convolution widget takes: an image, kernels by name, textbook kernels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ...errors import UserError

PRESETS = ("vertical edge", "horizontal edge", "blur", "bright spot", "one pixel")
_MOST_NUMBERS = 200_000
_MOST_SIDE = 32


def preset(name: str, size: int, channels: int) -> Tensor:
    """Return a textbook kernel, the same in all channels: (C, size, size).

    The twin of ``preset`` in ``core.js``; a test holds them together.
    """
    middle = (size - 1) / 2
    away = torch.arange(size, dtype=torch.float32) - middle
    if name == "vertical edge":
        one = away.sign().expand(size, size)
    elif name == "horizontal edge":
        one = away.sign()[:, None].expand(size, size)
    elif name == "blur":
        one = torch.full((size, size), 1 / (size * size * channels))
    elif name == "bright spot":
        near = torch.hypot(away[:, None], away[None]) / max(1, size / 4)
        one = (-near.square()).exp()
        one = one - one.mean() if size > 1 else one
    else:
        one = torch.zeros(size, size)
        one[math.floor(middle), math.floor(middle)] = 1
    return one.expand(channels, size, size).clone()


def image_numbers(values: Any, what: str) -> Tensor:
    """Return an image or a kernel as (C, H, W), float32; `what` names it where it is not one."""
    try:
        found = torch.as_tensor(values).detach().cpu().float()
    except (TypeError, ValueError, RuntimeError) as error:
        raise UserError(f"{what} is numbers, (C, H, W) or (H, W) ({error})") from error
    if found.dim() == 4 and len(found) == 1:
        found = found[0]
    if found.dim() == 2:
        found = found[None]
    if found.dim() != 3 or found.numel() == 0:
        raise UserError(f"{what} has shape {tuple(found.shape)}; give (C, H, W) or (H, W)")
    if found.numel() > _MOST_NUMBERS:
        raise UserError(
            f"{what} has {found.numel():,} numbers, more than {_MOST_NUMBERS:,}: cut out a part"
        )
    if not found.isfinite().all():
        raise UserError(f"{what} holds a number that is not finite")
    return found


def named_kernels(kernels: Any, channels: int) -> dict[str, Tensor]:
    """Return the reader's own kernels by name, each (C, h, w) with the image's channels."""
    if kernels is None:
        return {}
    given = dict(kernels) if isinstance(kernels, Mapping) else {"your kernel": kernels}
    found = {str(name): image_numbers(weight, f"kernel {name!r}") for name, weight in given.items()}
    for name, weight in found.items():
        if len(weight) != channels:
            raise UserError(
                f"kernel {name!r} has {len(weight)} channels, the image {channels}; "
                "a kernel sees all channels"
            )
        if max(weight.shape[1:]) > _MOST_SIDE:
            raise UserError(f"kernel {name!r} is {tuple(weight.shape)}; at most {_MOST_SIDE} wide")
        if name in PRESETS:
            raise UserError(f"{name!r} is the name of a textbook kernel; choose another")
    return found


def as_picture(pixels: Tensor) -> Tensor:
    """Return (H, W, 3) in 0–1, or (H, W) of other than three channels."""
    low, high = pixels.aminmax()
    stretched = (pixels - low) / (high - low).clamp_min(1e-12)
    return stretched.permute(1, 2, 0) if len(pixels) == 3 else stretched.mean(0)


def as_kernel(weight: Tensor) -> Tensor:
    """Return a kernel with zero at 0.5: (h, w, 3), or its sum over other than three channels."""
    shown = weight.permute(1, 2, 0) if weight.shape[0] == 3 else weight.sum(0)
    return 0.5 + 0.5 * shown / shown.abs().max().clamp_min(1e-12)
