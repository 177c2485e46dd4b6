"""How long a training step takes, on whatever there is."""

from __future__ import annotations

import copy
import statistics
import time

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import UserError
from .config import RECIPE_2012
from .hardware import Hardware
from .modes import autocast, precise
from .optim import build_optimizer


def step_seconds(
    net: nn.Module, x: Tensor, y: Tensor, hardware: Hardware, *, rounds: int = 3
) -> float:
    """Measure a training step: forward, backward and update, the batch already there.

    Parameters
    ----------
    net : torch.nn.Module
        A copy of it is trained; it is left as it is.
    x, y : Tensor
        Images (N, 3, H, W) and labels (N,).
    hardware : Hardware
        Where, and in which precision; what `alexnet_lab.training.hardware` returns.
    rounds : int
        Steps, after two that do not count.

    Returns
    -------
    float
        Seconds, the median. A GPU works off its orders while the program goes on: each round waits
        until it is done.

    Raises
    ------
    UserError
        When `rounds` is not at least 1, or the device cannot compute in this precision.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> net, here = al.models.alexnet_mini(10), al.training.hardware("cpu")
    >>> x, y = torch.rand(2, 3, 32, 32), torch.tensor([3, 5])
    >>> al.training.step_seconds(net, x, y, here, rounds=1) > 0
    True
    """
    if rounds < 1:
        raise UserError(f"rounds={rounds} must be at least 1")
    device = torch.device(hardware.device)
    twin = copy.deepcopy(net).to(device).train()
    images, labels = x.to(device), y.to(device)
    optimizer = build_optimizer(twin, RECIPE_2012.replace(lr=1e-6))
    scaler = torch.amp.GradScaler(device.type, enabled=hardware.precision == "fp16")
    times = []
    for _ in range(rounds + 2):
        started = time.perf_counter()
        optimizer.zero_grad()
        with autocast(device, hardware.precision):
            logits = twin(images)
        scaler.scale(F.cross_entropy(precise(logits), labels)).backward()
        scaler.step(optimizer)
        scaler.update()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        times.append(time.perf_counter() - started)
    return statistics.median(times[2:])
