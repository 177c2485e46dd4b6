"""What a network takes, told in one line when it is something else."""

from __future__ import annotations

import operator
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import UserError


def check_input(x: Any, size: int | None, model: nn.Module | None = None) -> None:
    """Raise a `UserError` unless `x` is (N, 3, size, size) of floats, as the model's weights are.

    With None for the size any will do, and under autocast any float.
    """
    sides = "H, W" if size is None else f"{size}, {size}"
    if not isinstance(x, Tensor):
        raise UserError(
            f"input is a {type(x).__name__}; this network takes a float tensor (N, 3, {sides}):"
            " al.preprocess(picture)[None] makes one, al.predict(picture, net) does all"
        )
    if x.ndim != 4 or x.shape[1] != 3 or (size and tuple(x.shape[2:]) != (size, size)):
        raise UserError(f"input of shape {tuple(x.shape)}; this network takes (N, 3, {sides})")
    kind = str(x.dtype).removeprefix("torch.")
    if not x.is_floating_point():
        raise UserError(
            f"input of {kind}; this network takes float32, by the 2012 recipe 0–255 minus the mean:"
            " x.float() - mean, or al.preprocess(picture)"
        )
    weight = next(model.parameters(), None) if model is not None else None
    if weight is None or weight.dtype == x.dtype or torch.is_autocast_enabled(x.device.type):
        return
    own = str(weight.dtype).removeprefix("torch.")
    raise UserError(f"input of {kind}, weights of {own}; give x.to(torch.{own})")


def whole_number(name: str, value: Any) -> int:
    """Return an argument as an int, or say in one line that it is not one."""
    try:
        if isinstance(value, bool):
            raise TypeError
        return operator.index(value)
    except TypeError as error:
        raise UserError(
            f"{name}={value!r} must be a whole number, not a {type(value).__name__}"
        ) from error
