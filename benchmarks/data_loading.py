"""Batches a second: ours, against torch's DataLoader with torchvision's transforms on PIL images.

Both read the same folder of JPEG files, shuffle, crop at random places, mirror half of the images
and normalise. Ours decodes once (timed apart) and then cuts and augments whole batches as tensors;
the DataLoader decodes and transforms image by image, in every epoch, without and with workers.

    python benchmarks/data_loading.py [--data DIR] [--size 32] [--crop 24] [--turns 5]

Without ``--data`` the pictures are made on the spot: patches of the photographs that the
dependencies ship, saved as JPEG in a temporary folder.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import _machine  # before torch
import torch
from _record import Record, begin

from alexnet_lab.data import Batches, augmentation, load_data, photo_patches

TARGET = 5.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder with train/<class>/ and val/<class>/")
    parser.add_argument("--size", type=int, default=32, help="side of the stored images, pixels")
    parser.add_argument("--crop", type=int, default=24, help="side of the crops, pixels")
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--images", type=int, default=6000, help="how many to make without --data")
    parser.add_argument("--batches", type=int, default=20, help="how many each loader makes a turn")
    parser.add_argument("--turns", type=int, default=5)
    options, record = begin(parser, __file__)
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.data or made(Path(scratch) / "patches", options.images, options.size)
        compare(folder, Path(scratch) / "cache", options, record)
    record.keep()


def compare(folder: Path, cache: Path, options: argparse.Namespace, record: Record) -> None:
    start = time.perf_counter()
    data = load_data(folder, options.size, cache)
    decoding_s = time.perf_counter() - start
    again_s = _machine.seconds(lambda: load_data(folder, options.size, cache))
    print(f"{data}\ndecoded once in {decoding_s:.1f} s; opened again in {again_s:.2f} s")

    recipe = augmentation("2012", options.crop, data.mean, data.std)
    ours = Batches(data.train, options.batch_size, recipe, shuffle=True)
    loaders = {"ours": drawn(ours, options.batches)}
    for workers in (0, 2):
        theirs = loader(folder, data.mean, data.std, options, workers)
        loaders[f"DataLoader with {workers} workers"] = drawn(theirs, options.batches)
    times = _machine.take_turns(loaders, options.turns)
    what = f"{options.batches} batches of {options.batch_size}, crop {options.crop}"
    for rival in list(loaders)[1:]:
        sides = {rival: times[rival], "ours": times["ours"]}
        record.add(_machine.verdict(what, sides, TARGET))


def drawn(batches: Iterable, count: int) -> Callable[[], float]:
    """Return a function that draws `count` batches, epoch after epoch, and tells the seconds."""
    stream = endless(batches)

    def draw() -> None:
        for x, _ in itertools.islice(stream, count):
            float(x[0, 0, 0, 0])  # the batch is there

    return lambda: _machine.seconds(draw)


def endless(batches: Iterable) -> Iterator:
    while True:
        yield from batches


def loader(
    folder: Path, mean: torch.Tensor, std: torch.Tensor, options: argparse.Namespace, workers: int
) -> Iterable:
    from torchvision import transforms
    from torchvision.datasets import ImageFolder

    steps = [
        transforms.Resize(options.size),
        transforms.CenterCrop(options.size),
        transforms.RandomCrop(options.crop),
        transforms.RandomHorizontalFlip(),
        transforms.ToTensor(),
        transforms.Normalize((mean / 255).tolist(), (std / 255).tolist()),
    ]
    return torch.utils.data.DataLoader(
        ImageFolder(folder / "train", transforms.Compose(steps)),
        options.batch_size,
        shuffle=True,
        num_workers=workers,
        persistent_workers=workers > 0,
    )


def made(folder: Path, count: int, size: int) -> Path:
    from PIL import Image

    data = photo_patches(min(size, 96), train=count, val=280)
    for part, split in (("train", data.train), ("val", data.val)):
        for k, (image, label) in enumerate(zip(split.images, split.labels.tolist(), strict=True)):
            path = folder / part / data.classes[label] / f"{k:05d}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image.permute(1, 2, 0).numpy()).resize((size, size)).save(path)
    return folder


if __name__ == "__main__":
    main()
