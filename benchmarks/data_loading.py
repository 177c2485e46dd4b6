"""Batches a second: ours, against torch's DataLoader with torchvision's transforms on PIL images.

Both read the same folder of JPEG files, shuffle, crop at random places, mirror half of the images
and normalise. Ours decodes once (timed apart) and then cuts and augments whole batches as tensors;
the DataLoader decodes and transforms image by image, in every epoch, without and with workers.

    python benchmarks/data_loading.py [--data DIR] [--size 32] [--crop 24] [--batch-size 128]

Without ``--data`` the pictures are made on the spot: patches of the photographs that the
dependencies ship, saved as JPEG in a temporary folder.
"""

from __future__ import annotations

import argparse
import platform
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import torch

from alexnet_lab.data import Batches, augmentation, load_data, photo_patches

STD = (62.0, 61.0, 66.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder with train/<class>/ and val/<class>/")
    parser.add_argument("--size", type=int, default=32, help="side of the stored images, pixels")
    parser.add_argument("--crop", type=int, default=24, help="side of the crops, pixels")
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--images", type=int, default=6000, help="how many to make without --data")
    parser.add_argument("--seconds", type=float, default=5.0, help="least time for each loader")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.data or made(Path(scratch) / "patches", options.images, options.size)
        compare(folder, Path(scratch) / "cache", options)


def compare(folder: Path, cache: Path, options: argparse.Namespace) -> None:
    start = time.perf_counter()
    data = load_data(folder, options.size, cache)
    decoding_s = time.perf_counter() - start
    start = time.perf_counter()
    load_data(folder, options.size, cache)
    print(f"{machine()}\n{data}")
    print(
        f"decoded once in {decoding_s:.1f} s; opened again in {time.perf_counter() - start:.2f} s"
    )

    recipe = augmentation("2012", options.crop, data.mean, STD)
    ours = rate(Batches(data.train, options.batch_size, recipe, shuffle=True), options.seconds)
    print(f"ours                    {ours:9.1f} batches/s of {options.batch_size}")
    for workers in (0, 2):
        theirs = rate(loader(folder, data.mean, options, workers), options.seconds)
        print(
            f"DataLoader, {workers} workers   {theirs:9.1f} batches/s   ratio {ours / theirs:.1f}"
        )


def loader(folder: Path, mean: torch.Tensor, options: argparse.Namespace, workers: int) -> Iterable:
    from torchvision import transforms
    from torchvision.datasets import ImageFolder

    size = options.size
    steps = [
        transforms.Resize(size),
        transforms.CenterCrop(size),
        transforms.RandomCrop(options.crop),
        transforms.RandomHorizontalFlip(),
        transforms.ToTensor(),
        transforms.Normalize((mean / 255).tolist(), [value / 255 for value in STD]),
    ]
    return torch.utils.data.DataLoader(
        ImageFolder(folder / "train", transforms.Compose(steps)),
        options.batch_size,
        shuffle=True,
        num_workers=workers,
        persistent_workers=workers > 0,
    )


def rate(batches: Iterable, seconds: float) -> float:
    """Return batches a second over whole epochs, after the first batch has come."""
    next(iter(batches))
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        for x, _ in batches:
            count += 1
            float(x[0, 0, 0, 0])  # the batch is there
            if time.perf_counter() - start > 4 * seconds:
                break
    return count / (time.perf_counter() - start)


def made(folder: Path, count: int, size: int) -> Path:
    from PIL import Image

    data = photo_patches(min(size, 96), train=count, val=280)
    for part, split in (("train", data.train), ("val", data.val)):
        for k, (image, label) in enumerate(zip(split.images, split.labels.tolist(), strict=True)):
            path = folder / part / data.classes[label] / f"{k:05d}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image.permute(1, 2, 0).numpy()).resize((size, size)).save(path)
    return folder


def machine() -> str:
    return (
        f"{platform.processor() or platform.machine()}, {torch.get_num_threads()} threads, "
        f"torch {torch.__version__}, Python {platform.python_version()}"
    )


if __name__ == "__main__":
    main()
