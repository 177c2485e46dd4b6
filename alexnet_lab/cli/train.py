"""``alexnet-lab train``: teach a network, and keep what it has learned."""

from __future__ import annotations

import argparse
import os
import shlex
import time
from pathlib import Path
from typing import Any

from ..errors import UserError
from ._parser import add_command, add_device, add_options, epochs, number, seed, whole
from ._plan import RECIPES


def add(commands: Any) -> None:
    """Declare the command."""
    command = add_command(
        commands,
        "train",
        "train a network",
        "Train a network. Small images (up to 96 pixels) are given to alexnet_mini, others to"
        " alexnet_2012 at 224.",
        """
        alexnet-lab train --data photo-patches
        alexnet-lab train --data cifar10 --model cifar_80sec --epochs 20
        alexnet-lab train --data FOLDER --epochs 90 --batch-size 128 --milestones 30,60
        alexnet-lab train --data imagenette --recipe 2012 --precision bf16 --out runs/a --resume
        alexnet-lab train --data FOLDER --weights imagenet --new-head --freeze features
        alexnet-lab train --data cifar10 --processes 2
        """,
    )
    command.add_argument(
        "--data",
        required=True,
        metavar="NAME|DIR",
        help="photo-patches (needs no download), cifar10, imagenette, or a folder of class folders",
    )
    command.add_argument("--limit", type=whole, metavar="N", help="only so many images, for trying")
    command.add_argument(
        "--out", type=Path, metavar="DIR", help="the run's folder (runs/DATA-MODEL)"
    )
    command.add_argument("--resume", action="store_true", help="continue the run in --out")
    _add_network(command)
    _add_recipe(command)
    _add_machine(command)
    command.set_defaults(run=run)


def _add_network(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("network")
    group.add_argument("--model", metavar="NAME", help="see alexnet-lab summary --list")
    group.add_argument("--image-size", type=whole, metavar="N", help="side of the input, in pixels")
    group.add_argument(
        "--init",
        metavar="NAME",
        help="paper, source, kaiming, xavier or default (the recipe's); the first two get 0–255"
        " minus the mean, the others that divided by its standard deviation",
    )
    add_options(group)
    group.add_argument("--weights", metavar="FILE", help="start from weights (lab, imagenet, FILE)")
    group.add_argument(
        "--new-head", action="store_true", help="with --weights: a fresh last layer for these data"
    )
    group.add_argument(
        "--freeze", metavar="LAYER", help="keep layers up to this one as they are, e.g. features"
    )


def _add_recipe(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("recipe")
    group.add_argument(
        "--recipe",
        choices=RECIPES,
        default="lab",
        help="lab: the paper's numbers, Kaiming initialisation, one cycle of the rate, gradients"
        " clipped at 5, so that small data sets learn as well; 2012: §5 of the paper to the letter,"
        " biases at twice the rate; modern: AdamW, cosine, label smoothing, bf16 (%(default)s)",
    )
    group.add_argument(
        "--epochs", type=whole, metavar="N", help="(90; lab: photo-patches 16, small images 30)"
    )
    group.add_argument("--batch-size", type=whole, default=128, metavar="N", help="(%(default)s)")
    for flag, text in (
        ("--lr", "highest rate (0.01; modern 0.001)"),
        ("--momentum", "(0.9)"),
        ("--weight-decay", "(0.0005; modern 0.05)"),
    ):
        group.add_argument(flag, type=number, metavar="X", help=text)
    group.add_argument("--optimizer", metavar="NAME", help="sgd2012, sgd or adamw")
    group.add_argument(
        "--schedule", metavar="NAME", help="constant, plateau, step, onecycle or cosine"
    )
    group.add_argument(
        "--milestones", type=epochs, metavar="N,N", help="epochs after which the rate drops"
    )
    for flag, text in (
        ("--gamma", "factor of one drop, step and plateau (0.1)"),
        ("--warmup", "share of all steps, onecycle and cosine (0.15; modern 0.05)"),
        ("--label-smoothing", "(0; modern 0.1)"),
        ("--clip-norm", "largest norm of all gradients together (lab and modern 5; 2012 none)"),
    ):
        group.add_argument(flag, type=number, metavar="X", help=text)
    group.add_argument(
        "--patience", type=whole, metavar="N", help="epochs that a plateau lasts (5)"
    )
    group.add_argument("--nesterov", action="store_true", default=None, help="for sgd")
    group.add_argument(
        "--accumulate", type=whole, metavar="N", help="batches that make one step (1)"
    )
    group.add_argument(
        "--augmentation", metavar="NAME", help="none, 2012, sheet or modern (the recipe's)"
    )
    group.add_argument("--seed", type=seed, metavar="N", help="of all that is random (0)")


def _add_machine(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("machine")
    add_device(group)
    group.add_argument("--precision", metavar="NAME", help="float32, bf16 or fp16 (CUDA)")
    group.add_argument(
        "--channels-last",
        action=argparse.BooleanOptionalAction,
        help="memory format; on by default with bf16 and fp16",
    )
    group.add_argument(
        "--checkpoint-activations",
        action="store_true",
        default=None,
        help="less memory for one more forward pass",
    )
    group.add_argument(
        "--checkpoint-every", type=whole, metavar="N", help="steps; besides every epoch's end"
    )
    group.add_argument("--tensorboard", metavar="DIR", help="write a TensorBoard log")
    group.add_argument(
        "--parallel",
        choices=("ddp", "towers"),
        help="with several processes: share each batch (the default), or one tower in each of two,"
        " as the two GPUs of 2012",
    )
    group.add_argument(
        "--processes", type=whole, metavar="N", help="start so many on this machine, e.g. one a GPU"
    )
    group.add_argument("--quiet", action="store_true", help="print the result only")


def run(args: argparse.Namespace) -> int:
    """Train, and say how to go on."""
    from ._processes import Processes, launch
    from ._signals import Interrupted, handled, interrupt
    from ._training import Job

    start = time.perf_counter()
    if args.processes and "RANK" not in os.environ:
        return launch(args.processes, args.given)
    processes = Processes.find(args.parallel)
    try:
        with handled(interrupt):
            job = Job(args, processes)
            history = job.train()
    except KeyboardInterrupt as error:
        number = getattr(error, "code", 130) - 128
        raise Interrupted(_how_to_go_on(args), number) from error
    if job.stopped:
        raise Interrupted(_how_to_go_on(args), job.stopped)
    if processes.first:
        _report(job, history, time.perf_counter() - start)
    return 0


def _report(job: Any, history: Any, seconds: float) -> None:
    if not len(history):
        raise UserError("there was no epoch to train")
    right, images = 1 - history.epochs[-1].val_error, len(job.data.val)
    weights = job.out / "weights.safetensors"
    counted = "1 epoch" if len(history) == 1 else f"{len(history)} epochs"
    print(
        f"{100 * right:.1f} % of {images:,} validation images right after {counted},"
        f" {seconds:.0f} s; weights in {weights}"
    )
    command = ["alexnet-lab", "predict", "--image", "cat", "--checkpoint", str(weights)]
    print(f"predict with: {shlex.join(command)}")


def _how_to_go_on(args: argparse.Namespace) -> str:
    given = [flag for flag in args.given if flag != "--resume"]
    return f"interrupted; go on with: {shlex.join(['alexnet-lab', *given, '--resume'])}"
