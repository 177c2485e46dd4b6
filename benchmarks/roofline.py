"""What share of the processor's peak each layer of the 2012 net reaches, and the whole step.

Every layer's passes (forward, backward by data, backward by weights) are timed alone, in bfloat16
and channels_last as in our training step, and beside them, turn by turn: square matrix products of
several sizes in bfloat16, of which the fastest is the peak; a copy between two arrays larger than
the caches, which is the memory's bandwidth; and the whole training step, from stored images to
updated weights. A share is the median of the turns' shares. Operations and bytes are counted
(`alexnet_lab.analysis.work`), not measured.

    python benchmarks/roofline.py [--batch 128] [--rounds 5] [--quick]

Needs some 6 GB of memory for 128 images.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable, Mapping, Sequence

import _machine  # isort: skip  (before torch)

import torch
import training_step
from _record import begin
from torch import Tensor, nn

from alexnet_lab.analysis import layer_table, named_layers
from alexnet_lab.analysis.work import Work, passes, update_bytes
from alexnet_lab.models import alexnet_2012
from alexnet_lab.models.layers import RoundUpConv2d

GEMM, COPY, STEP = "matrix product", "copy", "training step"
SIDES, COPIED = (512, 1024, 2048, 4096), 2**29  # of square matrices; bytes of the array copied


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="4 images, one round: a try")
    options, record = begin(parser, __file__)
    batch, rounds = (4, 1) if options.quick else (options.batch, options.rounds)
    sides, copied = ((512, 1024), 2**24) if options.quick else (SIDES, COPIED)

    with torch.device("meta"):
        table = layer_table(alexnet_2012())
    works = passes(table.rows, batch)
    training_step.set_up(training_step.ours, batch)
    ways: dict[object, Callable[[], object]] = {
        **{(GEMM, side): product(side, torch.bfloat16) for side in sides},
        **{("float32", side): product(side, torch.float32) for side in sides},
        COPY: copy(copied),
        STEP: training_step.take_step,
        **layer_passes(batch),
    }
    timed = {name: lambda way=way: _machine.seconds(way) for name, way in ways.items()}
    times = _machine.take_turns(timed, rounds)
    side, peaks = fastest(GEMM, sides, times)
    bandwidths = [2 * copied / t for t in times[COPY]]
    rows = [judged(work, times[work.layer, work.name], peaks, bandwidths) for work in works]
    moved = sum(work.bytes for work in works) + update_bytes(table.total_parameters)
    whole = Work(STEP, "step", "whole", sum(work.flop for work in works), moved)
    step = judged(whole, times[STEP], peaks, bandwidths)
    record.data = {
        "batch": batch,
        "gemm_side": side,
        "peak_flops": statistics.median(peaks),
        "float32_flops": statistics.median(fastest("float32", sides, times)[1]),
        "bandwidth": statistics.median(bandwidths),
        "passes": rows,
        "step": step,
    }
    for figure in headline(record.data, peaks, fastest("float32", sides, times)[1]):
        record.add(figure)
    tell(record.data)
    record.keep()


def product(side: int, dtype: torch.dtype) -> Callable[[], None]:
    """Return products of two matrices, as many as do the work of one of the largest side."""
    a, b = (torch.randn(side, side).to(dtype) for _ in range(2))
    out = torch.empty_like(a)

    def run() -> None:
        for _ in range(repeats(side)):
            torch.mm(a, b, out=out)

    return run


def repeats(side: int) -> int:
    """Return how many products of a side are timed together; small ones are too short alone."""
    return (SIDES[-1] // side) ** 3


def fastest(
    what: str, sides: Sequence[int], times: Mapping[object, list[float]]
) -> tuple[int, list[float]]:
    """Return the side whose products are fastest, by the median, and their FLOP/s turn by turn."""
    rates = {s: [2 * s**3 * repeats(s) / t for t in times[what, s]] for s in sides}
    side = max(sides, key=lambda s: statistics.median(rates[s]))
    return side, rates[side]


def copy(size: int) -> Callable[[], Tensor]:
    source, target = (torch.ones(size // 4) for _ in range(2))
    return lambda: target.copy_(source)


def layer_passes(batch: int) -> dict[tuple[str, str], Callable[[], object]]:
    """Return what does each pass of each layer, by layer and pass."""
    torch.manual_seed(0)
    net = alexnet_2012().to(torch.bfloat16, memory_format=torch.channels_last).train()
    x = torch.randn(batch, 3, 224, 224, dtype=torch.bfloat16)
    x = x.contiguous(memory_format=torch.channels_last)
    found: dict[tuple[str, str], Callable[[], object]] = {}
    for place, (name, layer) in enumerate(named_layers(net).items()):
        if isinstance(layer, nn.Linear):
            x = x.flatten(1)
        found[name, "forward"] = lambda layer=layer, x=x: forward(layer, x)
        y = forward(layer, x)
        slope = torch.randn_like(y)
        if isinstance(layer, nn.Conv2d):
            backward = convolution_backward(layer, x, slope)
        elif isinstance(layer, nn.Linear):
            backward = product_backward(layer, x, slope)
        else:
            backward = {"backward, data": graph_backward(layer, x, slope)}
        for which, work in backward.items():
            if place or which != "backward, data":
                found[name, which] = work
        x = y
    return found


def forward(layer: nn.Module, x: Tensor) -> Tensor:
    with torch.no_grad():
        return layer(x)


def convolution_backward(
    layer: nn.Conv2d, x: Tensor, slope: Tensor
) -> dict[str, Callable[[], object]]:
    if isinstance(layer, RoundUpConv2d):
        rows, columns = layer.overhang(*x.shape[-2:])
        x = nn.functional.pad(x, (0, columns, 0, rows))
    weight = layer.weight.detach()
    shape = (list(layer.stride), list(layer.padding), [1, 1], False, [0, 0], layer.groups)

    def backward(mask: list[bool]) -> object:
        biases = [layer.out_channels]
        return torch.ops.aten.convolution_backward(slope, x, weight, biases, *shape, mask)

    return {
        "backward, data": lambda: backward([True, False, False]),
        "backward, weights": lambda: backward([False, True, True]),
    }


def product_backward(layer: nn.Linear, x: Tensor, slope: Tensor) -> dict[str, Callable[[], object]]:
    weight = layer.weight.detach()
    return {
        "backward, data": lambda: slope @ weight,
        "backward, weights": lambda: (slope.T @ x, slope.sum(0)),
    }


def graph_backward(layer: nn.Module, x: Tensor, slope: Tensor) -> Callable[[], object]:
    x = x.detach().requires_grad_()
    y = layer(x)
    return lambda: torch.autograd.grad(y, x, slope, retain_graph=True)


def judged(
    work: Work, seconds: list[float], peaks: list[float], bandwidths: list[float]
) -> dict[str, object]:
    """Return one pass as the record keeps it."""
    shares = [work.flop / s / p for s, p in zip(seconds, peaks, strict=True)]
    traffic = [work.bytes / s / b for s, b in zip(seconds, bandwidths, strict=True)]
    return {
        "layer": work.layer,
        "kind": work.kind,
        "pass": work.name,
        "flop": work.flop,
        "bytes": work.bytes,
        "seconds": statistics.median(seconds),
        "of_peak": [statistics.median(shares), min(shares), max(shares)],
        "of_bandwidth": [statistics.median(traffic), min(traffic), max(traffic)],
    }


def headline(
    data: dict, peaks: Sequence[float], float32: Sequence[float]
) -> list[dict[str, object]]:
    ratios = [half / full for half, full in zip(peaks, float32, strict=True)]
    share, low, high = data["step"]["of_peak"]
    side = data["gemm_side"]
    return [
        {
            "what": f"product of two {side} × {side} matrices in bfloat16, the fastest size",
            "value": data["peak_flops"] / 1e9,
            "unit": "GFLOP/s",
            "peer": "in float32, at its fastest size",
            "peer_value": data["float32_flops"] / 1e9,
            "ratio": statistics.median(ratios),
            "low": min(ratios),
            "high": max(ratios),
            "turns": len(ratios),
        },
        {
            "what": "copy of an array larger than the caches, read and written",
            "value": data["bandwidth"] / 1e9,
            "unit": "GB/s",
            "turns": len(ratios),
        },
        {
            "what": f"training step, batch {data['batch']}: share of the bfloat16 product's speed",
            "value": 100 * share,
            "unit": "%",
            "value_low": 100 * low,
            "value_high": 100 * high,
            "turns": len(ratios),
        },
    ]


def tell(data: dict) -> None:
    print(
        f"peak: {data['peak_flops'] / 1e9:.0f} GFLOP/s in bfloat16, "
        f"{data['float32_flops'] / 1e9:.0f} in float32; "
        f"bandwidth {data['bandwidth'] / 1e9:.1f} GB/s"
    )
    for row in (*data["passes"], data["step"]):
        intensity = row["flop"] / row["bytes"]
        print(
            f"{row['layer']:14}{row['pass']:18}{1e3 * row['seconds']:8.1f} ms"
            f"{row['flop'] / row['seconds'] / 1e9:8.0f} GFLOP/s {intensity:7.1f} FLOP/byte"
            f"{row['of_peak'][0]:7.1%} of peak{row['of_bandwidth'][0]:8.1%} of bandwidth"
        )


if __name__ == "__main__":
    main()
