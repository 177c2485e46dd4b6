"""From nothing to an answer, as a user types it: train a network, then predict with it.

    python benchmarks/cli_end_to_end.py [--epochs 16] [--cifar DIR] [--cifar-epochs 5]

The first part needs no download: photo-patches, then all of its photographs, which it should know
by the central patch, and by ten patches. With ``--cifar`` the same on CIFAR-10 unpacked as a folder
of class folders (``train/``, ``test/``), decoding included, with the small net of 2012
(``cifar_80sec``) so that it takes minutes.

Each command runs in a process of its own, so the times are those that a user waits, start of Python
and import of torch included. Targets: over 80 % of photo-patches in under two minutes on two idle
cores (a busy machine makes the second one mean little: compare processor seconds).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from _machine import word
from _record import Record, begin

TARGET_RIGHT, TARGET_SECONDS = 80.0, 120.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=16, help="for photo-patches; 0 leaves it out")
    parser.add_argument("--cifar", type=Path, help="CIFAR-10 as a folder of class folders")
    parser.add_argument("--cifar-epochs", type=int, default=5)
    options, record = begin(parser, __file__)
    with tempfile.TemporaryDirectory() as scratch:
        if options.epochs:
            patches(options.epochs, Path(scratch) / "run", record)
        if options.cifar:
            cifar(options.cifar, options.cifar_epochs, Path(scratch), record)
    record.keep()


def patches(epochs: int, out: Path, record: Record) -> None:
    right, seconds, busy = train("photo-patches", epochs, out)
    passed = right > TARGET_RIGHT and seconds < TARGET_SECONDS
    print(
        f"photo-patches, {epochs} epochs: {right:.1f} % of validation patches right in"
        f" {seconds:.0f} s ({busy:.0f} processor seconds);"
        f" target over {TARGET_RIGHT:.0f} % in under {TARGET_SECONDS:.0f} s: {word(passed)}"
    )
    record.add(
        {
            "what": f"train on photo-patches, {epochs} epochs",
            "value": seconds,
            "unit": "s",
            "target": f"> {TARGET_RIGHT:.0f} % right in < {TARGET_SECONDS:.0f} s",
            "passed": passed,
            "note": f"{right:.1f} % right; {busy:.0f} s of processor time",
        }
    )
    names = photographs(out)
    for flags in ([], ["--ten-crop"]):
        answers, seconds = predict(names, out, flags)
        known = sum(name == answer for name, answer in zip(names, answers, strict=True))
        how = "ten views" if flags else "central patch"
        told = f"{known} of {len(names)} photographs known"
        print(f"predict, {how}: {told}, {seconds:.1f} s in all")
        figure = {"what": f"predict, {how}, {len(names)} photographs", "value": seconds}
        record.add({**figure, "unit": "s", "note": told})


def cifar(folder: Path, epochs: int, scratch: Path, record: Record) -> None:
    environment = {"ALEXNET_LAB_CACHE": str(scratch / "cache")}
    right, seconds, busy = train(
        str(folder), epochs, scratch / "cifar", ["--model", "cifar_80sec"], environment
    )
    print(
        f"{folder.name}, {epochs} epochs: {right:.1f} % of its validation images right in"
        f" {seconds:.0f} s ({busy:.0f} processor seconds), decoding included"
    )
    record.add(
        {
            "what": f"train on CIFAR-10, {epochs} epochs, decoding included",
            "value": seconds,
            "unit": "s",
            "note": f"{right:.1f} % right; {busy:.0f} s of processor time",
        }
    )
    pictures = sorted((folder / "test").rglob("*.jpg"))[::100]
    answers, seconds = predict([str(p) for p in pictures], scratch / "cifar", [])
    known = sum(p.parent.name == answer for p, answer in zip(pictures, answers, strict=True))
    print(f"predict: {known} of {len(pictures)} test pictures right, {seconds:.1f} s in all")


def train(
    data: str,
    epochs: int,
    out: Path,
    flags: Sequence[str] = (),
    environment: dict[str, str] | None = None,
) -> tuple[float, float, float]:
    """Return percent right, wall seconds and processor seconds."""
    given = ["train", "--data", data, "--epochs", str(epochs), "--out", str(out), "--quiet", *flags]
    before = os.times()
    start = time.perf_counter()
    text = call(given, environment)
    seconds = time.perf_counter() - start
    after = os.times()
    busy = after.children_user - before.children_user
    busy += after.children_system - before.children_system
    found = re.match(r"([\d.]+) % of", text)
    if found is None:
        raise SystemExit(f"no accuracy in {text!r}")
    return float(found[1]), seconds, busy


def predict(images: list[str], network: Path, flags: list[str]) -> tuple[list[str], float]:
    """Return the most probable class of each picture, and the seconds that it took."""
    start = time.perf_counter()
    given = ["predict", "--image", *images, "--checkpoint", str(network), "--top", "1", "--json"]
    text = call([*given, *flags], None)
    answers = [json.loads(line)["predictions"][0]["class"] for line in text.splitlines()]
    return answers, time.perf_counter() - start


def photographs(network: Path) -> list[str]:
    record = json.loads((network / "record.json").read_text("utf-8"))
    return list(record["about"]["classes"])


def call(given: list[str], environment: dict[str, str] | None) -> str:
    command = [sys.executable, "-m", "alexnet_lab", *given]
    done = subprocess.run(
        command, env=os.environ | (environment or {}), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr or f"exit code {done.returncode}")
    return done.stdout


if __name__ == "__main__":
    main()
