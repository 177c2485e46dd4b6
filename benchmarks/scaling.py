"""How the cost of a training step and of a forward pass grows: images, batches, threads, workers.

The net of 2012 in bfloat16 and channels_last, on random images that are there already. Each size is
timed turn by turn with one and the same reference (224², 32 images, all threads), and told as a
ratio to it. Loader workers: a DataLoader over JPEG files of 256², decoded, cropped to 224 and
mirrored, beside our batches of stored images.

    python benchmarks/scaling.py [--rounds 3] [--quick]
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import _machine  # isort: skip  (before torch)

import data_loading
import torch
import torch.nn.functional as F
from _record import begin

from alexnet_lab.analysis import layer_table
from alexnet_lab.data import Batches, augmentation, load_data
from alexnet_lab.models import AlexNet
from alexnet_lab.training.memory import freed_memory_kept

SIZES = (64, 96, 128, 160, 192, 224, 256, 288)
BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
WORKERS = (0, 1, 2, 4)
SIZE, BATCH = 224, 32  # the reference
Ways = dict[str, Callable[[], object]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="few small sizes, one round: a try")
    options, record = begin(parser, __file__)
    quick = options.quick
    rounds = 1 if quick else options.rounds
    batch = 4 if quick else BATCH
    with freed_memory_kept():
        reference = ways(SIZE, batch)
        sizes = [
            {"x": n, "work": work(n) / work(SIZE), **beside(ways(n, batch), reference, rounds)}
            for n in told(SIZES[::3] if quick else SIZES, "image side")
        ]
        batches = [
            {"x": n, "work": n / batch, **beside(ways(SIZE, n), reference, rounds)}
            for n in told(BATCHES[:3] if quick else BATCHES, "batch")
        ]
        threads = [
            {"x": n, **beside(with_threads(ways(SIZE, batch), n), reference, rounds)}
            for n in told(thread_counts(), "threads")
        ]
    counts = [n for n in WORKERS if n <= (os.cpu_count() or 1)]
    workers = loaders(counts[:2] if quick else counts, 1 if quick else 4, rounds)
    record.data = {
        "reference": {"size": SIZE, "batch": batch},
        "sizes": sizes,
        "batches": batches,
        "threads": threads,
        "workers": workers,
    }
    for figure in headline(record.data):
        record.add(figure)
    record.keep()


def ways(size: int, batch: int) -> Ways:
    """Return a training step and a forward pass of the net for such images."""
    torch.manual_seed(0)
    last = torch.channels_last
    net = AlexNet(1000, input_size=size).to(memory_format=last)
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-6, momentum=0.9, fused=True)
    x = torch.randn(batch, 3, size, size).contiguous(memory_format=last)
    labels = torch.randint(1000, (batch,))

    def forward() -> None:
        net.eval()
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
            net(x)

    def step() -> None:
        net.train()
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16):
            logits = net(x)
        F.cross_entropy(logits.float(), labels).backward()
        optimizer.step()

    return {"step": step, "forward": forward}


def work(size: int) -> int:
    """Return the multiply-accumulates of one image of such a size."""
    with torch.device("meta"):
        return layer_table(AlexNet(1000, input_size=size)).total_macs


def beside(these: Ways, reference: Ways, rounds: int) -> dict[str, Any]:
    """Time both by turns; return seconds and ratios to the reference, of step and forward pass."""
    found: dict[str, Any] = {}
    for name, way in these.items():
        sides = {"these": way, "reference": reference[name]}
        timed = {k: lambda w=w: _machine.seconds(w) for k, w in sides.items()}
        times = _machine.take_turns(timed, rounds)
        pairs = zip(times["these"], times["reference"], strict=True)
        found[name] = spread([a / b for a, b in pairs])
        found[f"{name}_s"] = statistics.median(times["these"])
        found[f"{name}_reference_s"] = statistics.median(times["reference"])
        print(f"  {name} {found[name][0]:.3f} of the reference", flush=True)
    return found


def told(values: Sequence[int], what: str) -> Iterator[int]:
    """Say which size comes next, for it takes a while."""
    for value in values:
        print(f"{what} {value}:", flush=True)
        yield value


def spread(values: list[float]) -> list[float]:
    """Return median, least and greatest."""
    return [statistics.median(values), min(values), max(values)]


def with_threads(these: Ways, count: int) -> Ways:
    def counted(way: Callable[[], object]) -> Callable[[], None]:
        def run() -> None:
            with threads_of(count):
                way()

        return run

    return {name: counted(way) for name, way in these.items()}


@contextmanager
def threads_of(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def thread_counts() -> list[int]:
    """Return 1, 2, 4, … and the number that torch would take."""
    most = torch.get_num_threads()
    return sorted({most, *(2**k for k in range(most.bit_length()) if 2**k <= most)})


def loaders(workers: Sequence[int], count: int, rounds: int) -> list[dict[str, Any]]:
    """Time `count` batches from each loader, by turns."""
    options = Namespace(size=256, crop=224, batch_size=32 if count == 1 else 128)
    with tempfile.TemporaryDirectory() as scratch:
        images = 2 * options.batch_size
        folder = data_loading.made(Path(scratch) / "patches", images, options.size)
        data = load_data(folder, options.size, Path(scratch) / "cache")
        recipe = augmentation("2012", options.crop, data.mean, data.std)
        ours = Batches(data.train, options.batch_size, recipe, shuffle=True)
        sides = {"ours, no workers": data_loading.drawn(ours, count)}
        for n in workers:
            theirs = data_loading.loader(folder, data.mean, data.std, options, n)
            plural = "" if n == 1 else "s"
            sides[f"DataLoader, {n} worker{plural}"] = data_loading.drawn(theirs, count)
        times = _machine.take_turns(sides, rounds)
    drawn = count * options.batch_size
    first = times["DataLoader, 0 workers"]
    for name, each in times.items():
        print(f"{name}: {drawn / statistics.median(each):.0f} images/s", flush=True)
    return [
        {
            "x": name,
            "images_a_second": statistics.median(drawn / t for t in each),
            "gain": spread([a / b for a, b in zip(first, each, strict=True)]),
        }
        for name, each in times.items()
    ]


def headline(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the ends of the series as figures."""
    found = []
    few, many = data["batches"][0], data["batches"][-1]
    each = {b["x"]: b["step_s"] / b["x"] for b in (few, many)}
    found.append(
        {
            "what": f"training step, an image's part in a batch of {many['x']}",
            "value": each[many["x"]],
            "unit": "s",
            "peer": f"in a batch of {few['x']}",
            "peer_value": each[few["x"]],
            "ratio": (few["step"][0] / few["x"]) / (many["step"][0] / many["x"]),
            "turns": None,
        }
    )
    one, most = data["threads"][0], data["threads"][-1]
    if most["x"] > one["x"]:
        found.append(
            {
                "what": f"training step on {most['x']} threads",
                "value": most["step_s"],
                "unit": "s",
                "peer": "on one",
                "peer_value": one["step_s"],
                "ratio": one["step"][0] / most["step"][0],
                "turns": None,
            }
        )
    return found


if __name__ == "__main__":
    main()
