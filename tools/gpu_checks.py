"""The checks of `gpu_check`, each a function that says what it found; one runs as a program.

    python tools/gpu_checks.py towers-one --device cuda

prints a line of JSON: ``found``, what was found in words, and ``figures`` for the record. Exit code
1 when it does not hold; the last line of standard error says why. 3: it needs what is not here.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from gpu_check import NOT_HERE

import alexnet_lab as al
from alexnet_lab.training import Callback, Hardware, TrainConfig, fit

ROOT = Path(__file__).resolve().parents[1]
# cuDNN multiplies float32 by way of TF32, three digits, from Ampere on.
TOLERANCE = 1e-3
SMALL = {"input_size": 67, "channels": (24, 64, 96, 96, 64), "hidden": (64, 64)}
START = {"init": "kaiming", "lrn_alpha": 0.01}


class NotHereError(Exception):
    """The machine lacks what the check needs; the message says what."""


def data(device: str, images: int = 160) -> tuple[Any, Any]:
    """Return images of the package, and batches of them, augmented on the device."""
    patches = al.data.photo_patches(72, train=images, val=28)
    recipe = al.data.augmentation("2012", 67, data=patches, std=patches.std)
    return patches, al.data.Batches(patches.train, 16, recipe, shuffle=True, device=device)


def network(**options: Any) -> al.models.AlexNet:
    """Build the miniature that is trained here, always the same."""
    torch.manual_seed(0)
    return al.models.alexnet_2012(14, **{**SMALL, **START, **options})


def towers(first: str, second: str) -> dict[str, Any]:
    """Compare two towers with the undivided network: scores, and conv1's gradient."""
    whole = network(dropout=0.0).to(first)
    split = al.models.split_towers(whole, (first, second))
    x = torch.rand(4, 3, 67, 67, device=first)
    scores = whole(x), split(x)
    for one in scores:
        one.logsumexp(1).sum().backward()
    pairs = {"scores": (scores[1], scores[0])}
    name = "features.conv1.weight"
    merged, undivided = (
        dict(net.named_parameters())[name].grad for net in (al.models.merge_towers(split), whole)
    )
    assert merged is not None
    assert undivided is not None
    pairs["gradients"] = merged.to(first), undivided
    off = [(a - b).abs().max().item() / b.abs().max().item() for a, b in pairs.values()]
    worst = max(off)
    assert worst < TOLERANCE, f"off by {worst:.1e}, allowed are {TOLERANCE:g}"
    return {"found": f"scores and gradients within {worst:.0e} of the undivided network's"}


def towers_one(here: Hardware) -> dict[str, Any]:
    """Put both towers on one device."""
    return towers(here.device, here.device)


def towers_two(here: Hardware) -> dict[str, Any]:
    """Put a tower on each of two GPUs."""
    if here.count < 2:
        raise NotHereError(f"{here.count} GPUs, and it needs two")
    return towers(*here.pair)


def trained(here: Hardware, precision: str) -> list[float]:
    """Train for three epochs; return the losses."""
    _, batches = data(here.device)
    config = TrainConfig(epochs=3, lr=0.01, schedule="constant", device=here.device)
    config = config.replace(precision=precision, optimizer="sgd", clip_norm=5.0)
    history = fit(network(), batches, None, config, progress=False)
    return history.column("train_loss")


def narrow(here: Hardware, precision: str) -> dict[str, Any]:
    """Compare a training in 16 bits with one in 32."""
    if precision == "fp16" and not here.gpu:
        raise NotHereError("float16 needs a GPU")
    losses, exact = trained(here, precision), trained(here, "float32")
    apart = abs(losses[-1] / exact[-1] - 1)
    assert losses[-1] < losses[0], f"the loss does not fall: {losses}"
    assert apart < 0.1, f"loss {losses[-1]:.3f}, in float32 {exact[-1]:.3f}"
    return {"found": f"loss {losses[0]:.2f} → {losses[-1]:.2f}, in float32 {exact[-1]:.2f}"}


def fp16(here: Hardware) -> dict[str, Any]:
    """Train in float16, the loss scaled."""
    return narrow(here, "fp16")


def bf16(here: Hardware) -> dict[str, Any]:
    """Train in bfloat16."""
    return narrow(here, "bf16")


def shared(device: str) -> None:
    """Train as one of the processes of ``torchrun``; the first one prints the losses."""
    _, batches = data(device)
    config = TrainConfig(epochs=2, lr=0.01, schedule="constant", device=device)
    history = fit(network(dropout=0.0), batches, None, config, progress=False)
    if os.environ["RANK"] == "0":
        print(json.dumps(history.column("train_loss")))


def ddp(here: Hardware) -> dict[str, Any]:
    """Share each batch between two processes: nccl on two GPUs, gloo on a processor."""
    if here.gpu and here.count < 2:
        raise NotHereError(f"{here.count} GPU, and nccl needs one for each process")
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"]
    command += ["--standalone", __file__, "shared", "--device", "cuda" if here.gpu else "cpu"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr.strip().splitlines()[-1]
    two = json.loads(done.stdout.strip().splitlines()[-1])
    _, batches = data(here.device)
    config = TrainConfig(epochs=2, lr=0.01, schedule="constant", device=here.device)
    one = fit(network(dropout=0.0), batches, None, config, progress=False).column("train_loss")
    off = max(abs(a / b - 1) for a, b in zip(two, one, strict=True))
    assert off < TOLERANCE, f"losses {two}, of one process {one}"
    way = "nccl" if here.gpu else "gloo"
    return {"found": f"two processes over {way}: losses within {off:.0e} of one's"}


def step(here: Hardware) -> dict[str, Any]:
    """Time a training step of the net of 2012: torch's own parts, and ours."""
    images = 128 if here.gpu else 2
    x, y = torch.rand(images, 3, 224, 224), torch.arange(images) % 10
    torch.manual_seed(0)
    ours = al.models.alexnet_2012(10, lrn_divide_alpha=True)
    plain = al.models.alexnet_2012(10, lrn_divide_alpha=True)
    for name in ("norm1", "norm2"):
        plain.features.set_submodule(name, torch.nn.LocalResponseNorm(5, 1e-4, 0.75, 2.0))
    wide = Hardware(here.device, here.name, here.memory, here.count, "float32")
    slow = al.training.step_seconds(plain, x, y, wide)
    fast = al.training.step_seconds(ours, x, y, here)
    figure = {
        "what": f"training step, batch {images}, {here.precision}",
        "value": fast,
        "unit": "s",
        "peer": "torch's parts, float32",
        "peer_value": slow,
        "ratio": slow / fast,
        "low": slow / fast,
        "high": slow / fast,
        "turns": 1,
    }
    return {
        "found": f"{images / fast:.3g} images a second, plain {images / slow:.3g}",
        "figures": [figure],
    }


def memory(here: Hardware) -> dict[str, Any]:
    """Compare the memory that a training step takes at the most with the prediction."""
    if not here.gpu:
        raise NotHereError("only a GPU counts its memory")
    net, images = al.models.alexnet_2012(10), 128
    predicted = al.experiments.training_price(
        net, images, epochs=1, batch=images, precision=here.precision
    ).memory
    torch.cuda.reset_peak_memory_stats(here.device)
    x, y = torch.rand(images, 3, 224, 224), torch.arange(images) % 10
    al.training.step_seconds(net, x, y, here, rounds=1)
    taken = torch.cuda.max_memory_allocated(here.device)
    ratio = taken / predicted
    assert 0.75 < ratio < 2, f"{taken / 1e9:.2f} GB, predicted {predicted / 1e9:.2f} GB"
    return {"found": f"{taken / 1e9:.2f} GB, predicted at least {predicted / 1e9:.2f} GB"}


class Killed(Callback):
    """Ends its process as the loss of a machine does."""

    def on_step(self, run: Any) -> None:  # noqa: D102
        if run.step == 7:
            os.kill(os.getpid(), signal.SIGKILL)


def life(device: str, out: str, killed: bool) -> None:
    """Train two epochs of five steps, from wherever the folder's checkpoint stands."""
    _, batches = data(device, 80)
    config = TrainConfig(epochs=2, lr=0.01, schedule="constant", device=device, checkpoint_every=1)
    options: dict[str, Any] = {"out": out, "resume": True, "progress": False}
    fit(network(), batches, None, config, callbacks=[Killed()] if killed else [], **options)


def resume(here: Hardware) -> dict[str, Any]:
    """Kill a run in its second epoch, lose its folder but not the checkpoint's, go on."""
    with tempfile.TemporaryDirectory() as folder:
        often, once = (Path(folder) / name for name in ("often", "once"))
        for out, mode in ((often, "life-killed"), (often, "life"), (once, "life")):
            command = [sys.executable, __file__, mode, "--device", here.device, "--out", str(out)]
            with tempfile.TemporaryDirectory() as working:
                ended = subprocess.run(command, cwd=working, capture_output=True, text=True)
            wanted = -signal.SIGKILL if mode == "life-killed" else 0
            assert ended.returncode == wanted, ended.stderr.strip()[-200:]
        ends = [al.training.load_weights(path).state for path in (often, once)]
    apart = max((ends[0][name] - value).abs().max().item() for name, value in ends[1].items())
    assert apart <= (TOLERANCE if here.gpu else 0), f"weights differ by {apart:.1e}"
    return {"found": f"the end differs from that of a run nobody killed by {apart:.0e}"}


CHECKS: dict[str, Callable[[Hardware], dict[str, Any]]] = {
    "towers-one": towers_one,
    "towers-two": towers_two,
    "fp16": fp16,
    "bf16": bf16,
    "ddp": ddp,
    "step": step,
    "memory": memory,
    "resume": resume,
}


def main() -> int:
    """Run one check, or one of the processes that a check starts."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("name", choices=[*CHECKS, "shared", "life", "life-killed"])
    parser.add_argument("--device", default="auto")
    parser.add_argument("--out")
    args = parser.parse_args()
    if args.name == "shared":
        shared(args.device)
    elif args.name.startswith("life"):
        life(args.device, args.out, args.name == "life-killed")
    else:
        try:
            print(json.dumps(CHECKS[args.name](al.training.hardware(args.device))))
        except NotHereError as missing:
            print(missing, file=sys.stderr)
            return NOT_HERE
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
