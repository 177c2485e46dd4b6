"""Where the time goes: by layer, by kind of operation, and of several ways to do the same.

Times differ from machine to machine and from run to run. Compare what was measured together.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import UserError
from .layers import named_layers

_FAMILIES = (
    ("convolutions", ("conv",)),
    ("matrix products", ("aten::mm", "aten::addmm", "aten::bmm", "linear")),
    ("pooling", ("pool",)),
)


def layer_seconds(model: nn.Module, x: Tensor, repeats: int = 3) -> dict[str, float]:
    """Measure each layer's forward pass, inside the whole.

    Parameters
    ----------
    model : nn.Module
        In eval mode while it is measured; its mode and hooks are left as they were.
    x : Tensor
        What it is given, (N, …), on the CPU.
    repeats : int
        Passes, after one that does not count. The median of each layer is kept.

    Returns
    -------
    dict of str to float
        Seconds by the layers' names, as in `layer_table`.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> net = al.models.alexnet_mini()
    >>> seconds = al.analysis.layer_seconds(net, torch.zeros(1, 3, 32, 32), repeats=1)
    >>> seconds["conv1"] > 0
    True
    """
    if repeats < 1:
        raise UserError(f"repeats={repeats} must be at least 1")
    layers, began = named_layers(model), {}
    times: dict[str, list[float]] = {name: [] for name in layers}

    def before(name: str) -> Callable[..., None]:
        def hook(*_: Any) -> None:
            began[name] = time.perf_counter()

        return hook

    def after(name: str) -> Callable[..., None]:
        def hook(*_: Any) -> None:
            times[name].append(time.perf_counter() - began[name])

        return hook

    handles, modes = [], [(module, module.training) for module in model.modules()]
    try:
        for name, module in layers.items():
            handles.append(module.register_forward_pre_hook(before(name)))
            handles.append(module.register_forward_hook(after(name)))
        model.eval()
        with torch.inference_mode():
            for _ in range(repeats + 1):
                model(x)
    finally:
        for handle in handles:
            handle.remove()
        for module, training in modes:
            module.training = training
    return {name: statistics.median(each[1:]) for name, each in times.items() if each}


def take_turns(ways: Mapping[str, Callable[[], Any]], rounds: int = 3) -> dict[str, list[float]]:
    """Time several ways to do the same, turn by turn, so that other work meets all alike.

    Parameters
    ----------
    ways : mapping of str to callable
        Called without arguments; each once before the first turn, which does not count.
    rounds : int
        Turns.

    Returns
    -------
    dict of str to list of float
        Seconds of each call.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> ways = {"sum": lambda: sum(range(99)), "max": lambda: max(range(99))}
    >>> {name: len(each) for name, each in al.analysis.take_turns(ways).items()}
    {'sum': 3, 'max': 3}
    """
    if rounds < 1:
        raise UserError(f"rounds={rounds} must be at least 1")
    for way in ways.values():
        way()
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            times[name].append(time.perf_counter() - start)
    return times


def operation_shares(work: Callable[[], Any]) -> dict[str, float]:
    """Profile one call: what share of torch's time on the CPU went into which kind of operation.

    Parameters
    ----------
    work : callable
        A training step, say. It is called once before the call that counts.

    Returns
    -------
    dict of str to float
        "convolutions", "matrix products", "pooling" and "all the rest", forward and backward;
        together 1.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> net = al.models.alexnet_mini()
    >>> shares = al.analysis.operation_shares(lambda: net(torch.zeros(1, 3, 32, 32)))
    >>> sorted(shares)
    ['all the rest', 'convolutions', 'matrix products', 'pooling']
    """
    work()
    with (
        _quiet(),
        torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile,
    ):
        work()
    shares = {name: 0.0 for name, _ in _FAMILIES} | {"all the rest": 0.0}
    for event in profile.key_averages():
        family = next(
            (name for name, marks in _FAMILIES if any(m in event.key for m in marks)),
            "all the rest",
        )
        shares[family] += event.self_cpu_time_total
    total = sum(shares.values()) or 1.0
    return {name: share / total for name, share in shares.items()}


@contextmanager
def _quiet() -> Iterator[None]:
    # torch's profiler writes notes of its own to the file descriptor, past Python's sys.stderr.
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
