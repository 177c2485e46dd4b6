"""One training step of the net of 2012 at 224²: ours against the plain spelling.

A step is everything from the stored images on: augmentation of a batch as in 2012 (crop 224 of
256, reflect, subtract the mean), forward, loss, backward, update by momentum and weight decay.

plain   torchvision's transforms on each image, ``nn.LocalResponseNorm``, float32, NCHW,
        ``torch.optim.SGD`` as it comes
ours    `alexnet_lab.data.Batches`, our response norm, bf16 autocast, channels_last, fused SGD,
        freed memory kept for the next step

Each side lives in a process of its own, so that neither inherits the other's memory; they take
turns, and the one that waits sleeps. Target: at least 6 times as fast.

One more step of each is profiled, to tell convolutions and matrix products from all the rest. The
processor sets a bound to the former: with AVX-512 bf16 products are about twice as fast as float32
ones, with AMX eight times or more.

    python benchmarks/training_step.py [--batch 128] [--repeats 3]
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import statistics
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack

from _machine import seconds, take_turns, verdict  # isort: skip  (before torch)

import torch
import torch.nn.functional as F
from _record import begin

from alexnet_lab.data import IMAGENET_MEAN_RGB, Batches, Split, augmentation
from alexnet_lab.models import alexnet_2012
from alexnet_lab.training.memory import freed_memory_kept

TARGET = 6.0
CROP, STORED = 224, 256
SGD = {"lr": 0.01, "momentum": 0.9, "weight_decay": 0.0005}

_until_the_end = ExitStack()  # of a side's process


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--repeats", type=int, default=3)
    options, record = begin(parser, __file__)
    spawn = multiprocessing.get_context("spawn")
    sides = {
        side.__name__: ProcessPoolExecutor(1, spawn, set_up, (side, options.batch))
        for side in (plain, ours)
    }
    timed = {
        name: lambda pool=pool: pool.submit(take_step).result() for name, pool in sides.items()
    }
    times = take_turns(timed, options.repeats, warm_up=2)
    record.add(verdict(f"training step, batch {options.batch}", times, TARGET))
    for name, pool in sides.items():
        median_s = statistics.median(times[name])
        products_s = pool.submit(profile_step).result()
        record.data[name] = {"step_s": median_s, "products_s": products_s}
        print(
            f"{name}: {options.batch / median_s:.1f} images/s; convolutions and matrix products "
            f"{products_s * 1e3:.0f} ms, all the rest {(median_s - products_s) * 1e3:.0f} ms"
        )
    for pool in sides.values():
        pool.shutdown()
    record.keep()


def plain(split: Split, batch: int) -> Callable[[], None]:
    from torchvision import transforms

    steps = transforms.Compose(
        [
            transforms.RandomCrop(CROP),
            transforms.RandomHorizontalFlip(),
            transforms.ConvertImageDtype(torch.float32),
            transforms.Normalize([mean / 255 for mean in IMAGENET_MEAN_RGB], [1 / 255] * 3),
        ]
    )
    samples = [(steps, split, i) for i in range(len(split))]
    loader = torch.utils.data.DataLoader(samples, batch, shuffle=True, collate_fn=collate)
    batches = endless(loader)
    model = alexnet_2012(lrn_divide_alpha=True).train()
    for name in ("norm1", "norm2"):
        model.features.set_submodule(name, torch.nn.LocalResponseNorm(5, 1e-4, 0.75, 2.0))
    optimizer = torch.optim.SGD(model.parameters(), **SGD)

    def step() -> None:
        x, y = next(batches)
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()

    return step


def ours(split: Split, batch: int) -> Callable[[], None]:
    _until_the_end.enter_context(freed_memory_kept())
    last = torch.channels_last
    recipe = augmentation("2012", CROP)
    batches = endless(Batches(split, batch, recipe, shuffle=True, memory_format=last))
    model = alexnet_2012(lrn_divide_alpha=True).to(memory_format=last).train()
    optimizer = torch.optim.SGD(model.parameters(), **SGD, fused=True)

    def step() -> None:
        x, y = next(batches)
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(x)
        F.cross_entropy(logits.float(), y).backward()
        optimizer.step()

    return step


def collate(samples: list) -> tuple[torch.Tensor, torch.Tensor]:
    pairs = [(steps(split.images[i]), split.labels[i]) for steps, split, i in samples]
    images, labels = zip(*pairs, strict=True)
    return torch.stack(images), torch.stack(labels)


def endless(batches: object) -> Iterator:
    return itertools.chain.from_iterable(itertools.repeat(batches))


def set_up(side: Callable[[Split, int], Callable[[], None]], batch: int) -> None:
    """Build one side in this process."""
    global _step
    generator = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    shape = (4 * batch, 3, STORED, STORED)
    images = torch.randint(256, shape, dtype=torch.uint8, generator=generator)
    _step = side(Split(images, torch.randint(1000, (len(images),), generator=generator)), batch)


def take_step() -> float:
    return seconds(_step)


def profile_step() -> float:
    """Take a step, and return the seconds in convolutions and matrix products, both ways."""
    products = {"aten::mkldnn_convolution", "aten::convolution_backward", "aten::mm", "aten::addmm"}
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
        _step()
    events = profile.key_averages()
    return sum(e.self_cpu_time_total for e in events if e.key in products) / 1e6


if __name__ == "__main__":
    main()
