"""``alexnet-lab lab``: the network that this project ships, made again and measured."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ._parser import add_command, seed, share


def add(commands: Any) -> None:
    """Declare the command and its own commands."""
    command = add_command(
        commands,
        "lab",
        "train the network that the package ships, or measure it",
        "The lab network: the paper's conv stack, trained on ten classes of photographs.",
        """
        alexnet-lab lab evaluate --data imagenette-160 --ten-views
        alexnet-lab lab train --data imagenette-160 --out runs/lab
        OMP_NUM_THREADS=1 torchrun --nproc-per-node 2 -m alexnet_lab lab train --data DIR --out RUN
        alexnet-lab lab compare --data tiny-imagenet-avif imagenette-160 --network RUN/full
        alexnet-lab lab compare --run RUN
        alexnet-lab lab record
        alexnet-lab lab page --data imagenette-160 --out page.json
        """,
    )
    verbs = command.add_subparsers(dest="verb", metavar="VERB", required=True)
    train = verbs.add_parser("train", help="train it, resuming what is there, and write its files")
    measure = verbs.add_parser("evaluate", help="accuracy of the shipped weights on a data set")
    record = verbs.add_parser("record", help="print what the package knows of it, as JSON")
    card = verbs.add_parser("card", help="write the book's page on it from its record")
    card.add_argument("--out", required=True, type=Path, metavar="FILE", help="Markdown")
    page = verbs.add_parser("page", help="accuracy of the network in the page (int8, ONNX)")
    page.add_argument("--out", type=Path, metavar="FILE", help="write the record, JSON")
    compare = verbs.add_parser(
        "compare", help="networks side by side: accuracy, and what their first kernels look like"
    )
    compare.add_argument(
        "--data",
        nargs="+",
        action="extend",
        default=[],
        metavar="DIR",
        help="measure accuracy on both halves of their validation parts",
    )
    compare.add_argument(
        "--network",
        nargs="+",
        action="extend",
        default=[],
        metavar="FILE",
        help="beside the shipped one and the published ones that are here: weights, or the folder"
        " of a phase",
    )
    compare.add_argument(
        "--run", dest="trained", type=Path, metavar="DIR", help="kernels along this run's training"
    )
    compare.add_argument(
        "--precision", choices=("float32", "bf16"), default="float32", help="(%(default)s)"
    )
    compare.add_argument("--out", type=Path, metavar="FILE", help="write the figures, JSON")
    compare.set_defaults(run=_compare)
    for verb in (measure, page):
        verb.add_argument(
            "--data", required=True, metavar="DIR", help="Imagenette, or a folder of class folders"
        )
    train.add_argument(
        "--data",
        nargs="+",
        action="extend",
        required=True,
        metavar="DIR",
        help="folders of class folders, each with train and val; they are trained on together",
    )
    train.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder of the run")
    train.add_argument("--seed", type=seed, default=0, help="(%(default)s)")
    train.add_argument(
        "--recipe",
        choices=("210", "10"),
        default="210",
        help="210 classes of Tiny-ImageNet and Imagenette, or Imagenette's 10 (%(default)s)",
    )
    train.add_argument(
        "--share",
        type=share,
        default=1.0,
        metavar="S",
        help="share of the epochs of each phase, for a shorter version (%(default)s)",
    )
    measure.add_argument(
        "--checkpoint", default="lab", metavar="FILE", help="other weights (default: %(default)s)"
    )
    measure.add_argument("--ten-views", action="store_true", help="§4.1's as well; takes minutes")
    train.set_defaults(run=_train)
    measure.set_defaults(run=_evaluate)
    record.set_defaults(run=_record)
    card.set_defaults(run=_card)
    page.set_defaults(run=_page)


def _train(args: argparse.Namespace) -> None:
    import os

    from ..data import load_data
    from ..lab.recipe import RECIPES
    from ..lab.release import write_release
    from ..lab.sources import lab_data
    from ..lab.training import train_lab_network

    recipe = RECIPES[args.recipe].shortened(args.share, seed=args.seed)
    data = lab_data(*(load_data(name) for name in args.data))
    first = int(os.environ.get("RANK", 0)) == 0  # under torchrun one process writes
    train_lab_network(data, args.out, recipe, progress=True, log=_log if first else None)
    if first:
        print(f"wrote {write_release(data, args.out, args.out / 'trained', recipe)}")


def _log(line: str) -> None:
    print(line, flush=True)  # a log that is looked at while it is written


def _evaluate(args: argparse.Namespace) -> None:
    from ..data import load_data
    from ..lab.score import score
    from ..models import load_pretrained

    model = load_pretrained(args.checkpoint)
    print(score(model, load_data(args.data), views=args.ten_views))


def _compare(args: argparse.Namespace) -> None:
    import json
    from dataclasses import asdict

    from ..data import load_data
    from ..files import atomic_write
    from ..lab import compare
    from ..models import load_pretrained

    named = ["lab", *args.network, *compare.published_here()]
    networks = {name: load_pretrained(name) for name in dict.fromkeys(named)}
    kernels = list(compare.compare_kernels(networks).items())
    print(compare.kernel_table(kernels))
    along = compare.along_training(args.trained) if args.trained else []
    if along:
        print(f"\nalong the training in {args.trained}\n{compare.kernel_table(along)}")
    data = [load_data(name) for name in args.data]
    scores = compare.compare_scores(networks, data, precision=args.precision)
    if data:
        print(f"\n{compare.score_table(scores)}")
    if args.out:
        found = {
            "kernels": {name: asdict(report) for name, report in kernels},
            "along": {name: asdict(report) for name, report in along},
            "scores": [row.to_dict() for row in scores],
        }
        with atomic_write(args.out) as scratch:
            scratch.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        print(f"wrote {args.out}")


def _record(args: argparse.Namespace) -> None:
    import json

    from ..lab.release import lab_record

    print(json.dumps(lab_record(), indent=1))


def _card(args: argparse.Namespace) -> None:
    from ..files import atomic_write
    from ..lab.card import model_card

    with atomic_write(args.out) as scratch:
        scratch.write_text(model_card(), encoding="utf-8")
    print(f"wrote {args.out}")


def _page(args: argparse.Namespace) -> None:
    import json

    from ..data import load_data
    from ..files import atomic_write
    from ..lab.page import measure_page_network

    found = measure_page_network(load_data(args.data))
    print(
        f"{found['images']:,} images: {found['single_view']:.2%} top-1, {found['top5']:.2%} top-5"
        f" with {found['weights']} weights, {found['bytes'] / 1e6:.2f} MB"
        f" ({found['shipped']:.2%} top-1 as shipped)"
    )
    if args.out:
        with atomic_write(args.out) as scratch:
            scratch.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        print(f"wrote {args.out}")
