"""Local response normalisation, forward and backward: ours against torch's.

Float32, the shapes of norm1 and norm2 in the net of 2012, both memory formats, the paper's
constants. torch has no towers, so neither has ours here. Target: at least 3 times as fast.

    python benchmarks/response_norm.py [--batch 32] [--rounds 7]
"""

from __future__ import annotations

import argparse

from _machine import seconds, take_turns, verdict  # isort: skip  (before torch)

import torch
from _record import begin

from alexnet_lab.models import LocalResponseNorm

TARGET = 3.0
CONSTANTS = (5, 1e-4, 0.75, 2.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, nargs="+", default=[32, 128])
    parser.add_argument("--rounds", type=int, default=5)
    options, record = begin(parser, __file__)
    for batch in options.batch:
        for maps, side in ((96, 55), (256, 27)):
            for name in ("contiguous_format", "channels_last"):
                record.add(compare((batch, maps, side, side), name, options.rounds))
    record.keep()


def compare(shape: tuple[int, ...], memory_format: str, rounds: int) -> dict[str, object]:
    x = torch.randn(shape, generator=torch.Generator().manual_seed(0)).relu() * 20
    x = x.contiguous(memory_format=getattr(torch, memory_format)).requires_grad_()
    slope = torch.ones_like(x)

    def both_ways(norm: torch.nn.Module) -> float:
        x.grad = None
        return seconds(lambda: norm(x).backward(slope))

    norms = {"torch": torch.nn.LocalResponseNorm(*CONSTANTS), "ours": LocalResponseNorm(*CONSTANTS)}
    timed = {name: lambda norm=norm: both_ways(norm) for name, norm in norms.items()}
    label = " × ".join(map(str, shape)) + (" channels_last" if "last" in memory_format else "")
    return verdict(label, take_turns(timed, rounds), TARGET)


if __name__ == "__main__":
    main()
