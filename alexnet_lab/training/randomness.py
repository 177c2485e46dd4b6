"""The states of every generator that a training run draws from."""

from __future__ import annotations

import importlib
import json
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor


@contextmanager
def private_randomness(
    seed: int, device: torch.device, data_parallel: bool = False
) -> Iterator[None]:
    """Seed torch, Python and (if it is loaded) NumPy; give the caller's states back at the end.

    Processes that share batches draw them from the same seed, but drop other units on their GPUs.
    """
    before = capture(device)
    torch.manual_seed(seed)  # CUDA as well
    if data_parallel and device.type == "cuda":
        torch.cuda.manual_seed(seed + torch.distributed.get_rank())
    random.seed(seed)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(seed % 2**32)
    try:
        yield
    finally:
        restore(before, device)


def capture(device: torch.device, batches: Any = None) -> dict[str, Tensor]:
    """Return all states as tensors of bytes: what safetensors can hold.

    Parameters
    ----------
    device : torch.device
        Its generator is captured besides the CPU's.
    batches : object, optional
        If it has a ``generator`` (as a DataLoader has), that one too.
    """
    states = {"cpu": torch.get_rng_state(), "python": _bytes(random.getstate())}
    if device.type == "cuda":
        states["cuda"] = torch.cuda.get_rng_state(device)
    if "numpy" in sys.modules:
        name, keys, *rest = sys.modules["numpy"].random.get_state()
        states["numpy"] = _bytes([name, keys.tolist(), *rest])
    generator = getattr(batches, "generator", None)
    if isinstance(generator, torch.Generator):
        states["batches"] = generator.get_state()
    return states


def restore(states: dict[str, Tensor], device: torch.device, batches: Any = None) -> None:
    """Put every captured generator back where it was."""
    torch.set_rng_state(states["cpu"])
    version, internal, gauss = json.loads(bytes(states["python"].tolist()))
    random.setstate((version, tuple(internal), gauss))
    if "cuda" in states and device.type == "cuda":
        torch.cuda.set_rng_state(states["cuda"], device)
    if "numpy" in states:
        numpy = importlib.import_module("numpy")
        numpy.random.set_state(tuple(json.loads(bytes(states["numpy"].tolist()))))
    generator = getattr(batches, "generator", None)
    if "batches" in states and isinstance(generator, torch.Generator):
        generator.set_state(states["batches"])


def _bytes(value: Any) -> Tensor:
    return torch.tensor(list(json.dumps(value).encode()), dtype=torch.uint8)
