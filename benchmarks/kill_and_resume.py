"""Kill one training run again and again, and compare it with the run that nobody killed.

SIGKILL at random steps, each time followed by ``resume=True``; then the final weights are compared
bit for bit with those of an uninterrupted run of the same seed, on the same machine with the same
number of threads. AlexNet-mini with dropout on photo-patches, random crops and reflections, a
checkpoint every three steps: so most kills lose steps, many fall into an epoch, and some into the
writing of a checkpoint.

    python benchmarks/kill_and_resume.py              # twenty kills
    python benchmarks/kill_and_resume.py --kills 3 --small

Children are forked from a parent that has made the data and started no threads, so a restart costs
neither imports nor data.
"""

from __future__ import annotations

import argparse
import mmap
import os
import random
import shutil
import signal
import struct
import sys
import tempfile
import time
from pathlib import Path

import torch
from _record import Record, begin

from alexnet_lab import data, models, training
from alexnet_lab.training.checkpoint import exists
from alexnet_lab.weights import CHECKPOINT

BATCH = 16


def train(folder: Path, counter: mmap.mmap, images: data.ImageData, threads: int) -> None:
    """Train to the end from wherever the folder's checkpoint stands; tell each step."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    model = models.build("alexnet_mini", num_classes=len(images.classes))
    augmentation = data.augmentation("2012", crop=32, mean=images.mean, std=images.std)
    batches = data.Batches(images.train, BATCH, augmentation, shuffle=True)
    config = training.RECIPE_2012.replace(epochs=3, clip_norm=5.0, checkpoint_every=3, device="cpu")

    class Tell(training.Callback):
        def on_step(self, run: training.Run) -> None:
            counter[:8] = struct.pack("q", run.step)

    training.fit(
        model, batches, None, config, out=folder, resume=True, callbacks=[Tell()], progress=False
    )


def start(*arguments: object) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        train(*arguments)  # type: ignore[arg-type]
        code = 0
    finally:
        os._exit(code)


def step_of(counter: mmap.mmap) -> int:
    return int(struct.unpack("q", counter[:8])[0])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--small", action="store_true", help="18 steps instead of 120")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--seed", type=int, default=0, help="of the steps to kill at")
    options, record = begin(parser, __file__)
    counter = mmap.mmap(-1, 8)  # shared with the children
    torch.set_num_threads(1)  # threads that run here would be missing in the children
    images = data.photo_patches(train=96 if options.small else 640, val=28)
    common = (counter, images, options.threads)
    scratch = Path(tempfile.mkdtemp())
    try:
        return compare(options, counter, common, scratch, record)
    finally:
        shutil.rmtree(scratch)


def compare(
    options: argparse.Namespace,
    counter: mmap.mmap,
    common: tuple,
    scratch: Path,
    record: Record,
) -> int:
    whole, killed = scratch / "whole", scratch / "killed"
    child = start(whole, *common)
    while step_of(counter) < 1 and not os.waitpid(child, os.WNOHANG)[0]:
        time.sleep(0.0005)
    began = time.perf_counter()  # the first step is behind it, so starting up is not counted
    if os.waitpid(child, 0)[1] != 0:
        return 1
    steps = step_of(counter)
    seconds = (time.perf_counter() - began) / (steps - 1)
    print(f"uninterrupted: {steps} steps of {1000 * seconds:.0f} ms, checkpoints included")
    dice = random.Random(options.seed)
    lost, within, cut = 0, 0, 0
    for target in sorted(dice.sample(range(1, steps - 2), options.kills)):
        counter[:8] = struct.pack("q", 0)
        child = start(killed, *common)
        while step_of(counter) < target:
            if os.waitpid(child, os.WNOHANG)[0]:
                print("a run ended before it could be killed", file=sys.stderr)
                return 1
            time.sleep(0.0005)
        time.sleep(dice.uniform(0, seconds))
        os.kill(child, signal.SIGKILL)
        if not os.WIFSIGNALED(os.waitpid(child, 0)[1]):
            print("a run ended before it could be killed", file=sys.stderr)
            return 1
        position = {"step": 0, "batch": 0}
        if exists(killed):
            position = training.Checkpoint.load(killed).record["position"]
        lost += step_of(counter) - position["step"]
        within += position["batch"] > 0
        cut += any(killed.glob(".checkpoint-*"))
    if os.waitpid(start(killed, *common), 0)[1] != 0:
        return 1
    a, b = (training.load_weights(folder / CHECKPOINT).state for folder in (whole, killed))
    same = a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)
    print(
        f"{options.kills} kills: {lost} steps lost and taken again, {within} resumed within an "
        f"epoch, {cut} cut the writing of a checkpoint"
    )
    print(f"final weights identical bit for bit: {'yes' if same else 'NO'}")
    record.add(
        {
            "what": f"{steps} steps, killed {options.kills} times: tensors that differ",
            "value": sum(not torch.equal(a[name], b[name]) for name in a),
            "unit": f"of {len(a)}",
            "peer": "the run that nobody killed",
            "target": "none",
            "passed": same,
            "note": f"{lost} steps lost and taken again, {within} resumes within an epoch, "
            f"{cut} kills cut the writing of a checkpoint",
        }
    )
    record.keep()
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
