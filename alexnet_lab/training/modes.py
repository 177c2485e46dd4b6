"""Device, arithmetic and train/eval mode: what a loop sets around a model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import torch
from torch import Tensor, nn

from ..errors import UserError
from .config import PRECISIONS
from .imitated_bf16 import fast_bf16


def choose_device(name: str) -> torch.device:
    """Turn a device's name into a device; "auto" takes CUDA when there is one.

    Raises
    ------
    UserError
        For a name that torch does not know, or CUDA where there is none.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise UserError(f"unknown device {name!r}; known: auto, cpu, cuda, cuda:N, mps") from error
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise UserError(f"no device {name!r} here; use --device cpu")
    return device


def device_of(model: nn.Module) -> torch.device:
    """Return the device of the model's first parameter (the CPU if it has none)."""
    first = next(model.parameters(), None)
    return torch.device("cpu") if first is None else first.device


def autocast(device: torch.device, precision: str) -> AbstractContextManager[None]:
    """Return the context in which the forward pass computes in `precision`.

    Raises
    ------
    UserError
        For an unknown precision, or "fp16" without CUDA: on a CPU it is slow and overflows.
    """
    if precision not in PRECISIONS:
        raise UserError(f"unknown precision {precision!r}; known: {', '.join(PRECISIONS)}")
    if precision == "fp16" and device.type != "cuda":
        raise UserError(f"precision 'fp16' needs a CUDA device, not {device.type}; use 'bf16'")
    return _computing(device, precision)


@contextmanager
def _computing(device: torch.device, precision: str) -> Iterator[None]:
    dtype = torch.float16 if precision == "fp16" else torch.bfloat16
    narrow = torch.amp.autocast(device.type, dtype, enabled=precision != "float32")
    with fast_bf16(device, precision), narrow:
        yield


def to_device(x: Tensor, device: torch.device, channels_last: bool = False) -> Tensor:
    """Move a batch of images to `device`, in the memory format that the model has."""
    if channels_last and x.ndim == 4:
        return x.to(device, non_blocking=True, memory_format=torch.channels_last)
    return x.to(device, non_blocking=True)


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Set eval mode, and give every module its own mode back at the end, also after an error."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


def precise(logits: Tensor) -> Tensor:
    """Return logits in float32, or in float64 if that is what the model computes in."""
    return logits if logits.dtype == torch.float64 else logits.float()
