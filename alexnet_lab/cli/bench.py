"""``alexnet-lab bench``: images a second on this machine, ours against the plain spelling."""

from __future__ import annotations

import argparse
import copy
import statistics
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ._parser import add_command, add_device, add_options, whole

if TYPE_CHECKING:
    import torch
    from torch import nn


def add(commands: Any) -> None:
    """Declare the command."""
    command = add_command(
        commands,
        "bench",
        "measure images a second",
        "Measure the forward pass and a training step, in turns with the plain spelling of the same"
        " network: torch.nn.LocalResponseNorm, float32, contiguous memory. On a CPU with the"
        " defaults it takes well under a minute.",
        """
        alexnet-lab bench
        alexnet-lab bench --model alexnet_mini --batch-size 128 --precision float32
        alexnet-lab bench --device cuda --batch-size 128 --rounds 20
        """,
    )
    command.add_argument("--model", default="alexnet_2012", metavar="NAME", help="(%(default)s)")
    # Small batches measure something else: how fast 60 million weights are turned into bfloat16.
    command.add_argument("--batch-size", type=whole, default=64, metavar="N", help="(%(default)s)")
    command.add_argument(
        "--precision", default="bf16", metavar="NAME", help="float32, bf16 or fp16 (%(default)s)"
    )
    command.add_argument(
        "--rounds", type=whole, default=3, metavar="N", help="of each, in turns (%(default)s)"
    )
    add_options(command)
    add_device(command)
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Measure and print."""
    import torch

    from .. import models
    from ..training.modes import autocast, choose_device
    from ._options import model_options

    device = choose_device(args.device)
    autocast(device, args.precision)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        ours = models.build(args.model, **model_options(args.set))
        size = getattr(ours, "input_size", 224)
        x = torch.randn(args.batch_size, 3, size, size)
    plain = plainly(ours).to(device)
    fast = args.precision != "float32"
    ours = ours.to(device)
    if fast:
        ours = ours.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    print(f"machine: {_machine(device)}")
    print(
        f"{args.model}, {size} × {size}, batches of {args.batch_size}; ours in {args.precision}"
        f"{', channels last' if fast else ''}; the median of {args.rounds}"
    )
    print(f"{'':12}{'ours':>12}{'plain':>12}{'ratio':>8}   images/s")
    for title, work in (("forward", _forward), ("training", _training)):
        seconds = _in_turns(
            work(ours, x.to(device), args.precision), work(plain, x.to(device), "float32"), args
        )
        rates = [args.batch_size / each for each in seconds]
        print(f"{title:12}{rates[0]:12,.1f}{rates[1]:12,.1f}{rates[0] / rates[1]:7.2f}×")


def plainly(model: nn.Module) -> nn.Module:
    """Return a copy with torch's local response normalisation in place of ours.

    The copy takes its sums over both towers' maps, which is as much work.
    """
    from torch import nn

    from ..models import LocalResponseNorm

    model = copy.deepcopy(model)
    for path, module in list(model.named_modules()):
        if isinstance(module, LocalResponseNorm):
            parent, _, name = path.rpartition(".")
            alpha = module.alpha * (1 if module.divide_alpha else module.size)
            spelt = nn.LocalResponseNorm(module.size, alpha, module.beta, module.k)
            setattr(model.get_submodule(parent), name, spelt)
    return model


def _forward(model: nn.Module, x: torch.Tensor, precision: str) -> Callable[[], None]:
    import torch

    from ..training.modes import autocast, evaluating

    def work() -> None:
        with evaluating(model), torch.inference_mode(), autocast(x.device, precision):
            model(_laid_out(x, precision)).float().sum().item()

    return work


def _training(model: nn.Module, x: torch.Tensor, precision: str) -> Callable[[], None]:
    import torch
    import torch.nn.functional as F

    from ..training import MomentumSGD2012
    from ..training.imitated_bf16 import fast_bf16
    from ..training.modes import autocast

    y = torch.zeros(len(x), dtype=torch.long, device=x.device)
    # A rate so small that the weights stay where they are: every step costs the same.
    optimizer = MomentumSGD2012(model.parameters(), lr=1e-12)

    def work() -> None:
        model.train()
        optimizer.zero_grad()
        with fast_bf16(x.device, precision):  # for the backward pass, too
            with autocast(x.device, precision):
                logits = model(_laid_out(x, precision))
            loss = F.cross_entropy(logits.float(), y)
            loss.backward()
        optimizer.step()
        loss.item()

    return work


def _laid_out(x: torch.Tensor, precision: str) -> torch.Tensor:
    import torch

    return x if precision == "float32" else x.contiguous(memory_format=torch.channels_last)


def _in_turns(
    ours: Callable[[], None], plain: Callable[[], None], args: argparse.Namespace
) -> tuple[float, float]:
    """Return the median seconds of each; whatever else the machine does, it does to both."""
    taken: tuple[list[float], list[float]] = ([], [])
    for turn in range(args.rounds + 1):
        for work, seconds in zip((ours, plain), taken, strict=True):
            start = time.perf_counter()
            work()
            if turn:  # the first warms up
                seconds.append(time.perf_counter() - start)
    return statistics.median(taken[0]), statistics.median(taken[1])


def _machine(device: torch.device) -> str:
    import os
    import platform

    import torch

    # Other work on the machine makes every figure smaller, and may tilt the ratio.
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else _processor()
    return (
        f"{name}, {os.cpu_count()} cores, {torch.get_num_threads()} threads,"
        f" {platform.system()}{load}, torch {torch.__version__}"
    )


def _processor() -> str:
    import platform

    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = [line.partition(":")[2] for line in file if line.startswith("model name")]
    except OSError:
        names = []
    return names[0].strip() if names else platform.processor() or platform.machine()
