"""``alexnet-lab atlas``: a picture and figures for each convolutional unit of a network."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ._parser import add_command, seed, whole

NETWORKS = ("lab", "bvlc")
OTHERS = ("torchvision",)  # of which only the first kernels are recorded
LAYERS = ("conv1", "conv2", "conv3", "conv4", "conv5")


def add(commands: Any) -> None:
    """Declare the command and its own commands."""
    command = add_command(
        commands,
        "atlas",
        "make the book's atlas of convolutional units, or check it",
        "The atlas: a picture that excites each unit of conv1 to conv5, and what the unit does in"
        " photographs. bvlc's weights must be here: alexnet-lab weights list.",
        """
        alexnet-lab atlas make lab --work runs/atlas --out book/atlas --sample imagenette-160
        alexnet-lab atlas check lab --out book/atlas
        alexnet-lab atlas removal lab --data imagenette-160 --work runs/atlas --out book/atlas
        alexnet-lab atlas probes --data photo-patches --work runs/atlas --out probes.json
        alexnet-lab atlas tests --data imagenette-160 --work runs/atlas --out recorded
        """,
    )
    verbs = command.add_subparsers(dest="verb", metavar="VERB", required=True)
    make = verbs.add_parser("make", help="make it, at low priority; if called again, it continues")
    make.add_argument("network", choices=NETWORKS, metavar="NETWORK", help=", ".join(NETWORKS))
    make.add_argument(
        "--work", required=True, type=Path, metavar="DIR", help="pictures, kept between calls"
    )
    make.add_argument("--out", required=True, type=Path, metavar="DIR", help="the atlas")
    make.add_argument(
        "--sample",
        metavar="DIR",
        help="a data set whose validation photographs tell how often units are on (default: the"
        " sample photographs)",
    )
    make.add_argument(
        "--layers", nargs="+", choices=LAYERS, default=LAYERS, help="some of them (default: all)"
    )
    make.add_argument(
        "--count", type=whole, default=1000, help="how many of them, evenly spread (%(default)s)"
    )
    check = verbs.add_parser("check", help="compute random units again")
    check.add_argument("network", choices=NETWORKS, metavar="NETWORK", help=", ".join(NETWORKS))
    check.add_argument("--out", required=True, type=Path, metavar="DIR", help="the atlas")
    check.add_argument("--units", type=whole, default=20, help="how many (%(default)s)")
    check.add_argument("--seed", type=seed, default=0, help="of the choice (%(default)s)")
    kernels = verbs.add_parser("kernels", help="record a picture and figures of conv1's kernels")
    with_others = (*NETWORKS, *OTHERS)
    kernels.add_argument(
        "network", choices=with_others, metavar="NETWORK", help=", ".join(with_others)
    )
    kernels.add_argument("--out", required=True, type=Path, metavar="DIR", help="where to")
    removal = verbs.add_parser(
        "removal",
        help="measure what becomes of answers without each unit; if called again, it continues",
    )
    removal.add_argument("network", choices=NETWORKS, metavar="NETWORK", help=", ".join(NETWORKS))
    removal.add_argument("--out", required=True, type=Path, metavar="DIR", help="the atlas")
    probes = verbs.add_parser(
        "probes",
        help="linear heads on each layer, untrained, lab and bvlc; if called again, it continues",
    )
    probes.add_argument("--out", required=True, type=Path, metavar="FILE", help="the record, JSON")
    answers = verbs.add_parser(
        "answers",
        help="train a linear layer on bvlc's convolutional layers, and record what it answers on"
        " sample photographs; if called again, it continues",
    )
    tests = verbs.add_parser(
        "tests",
        help="switch off parts of bvlc, and test maps of important pixels on it; if called again,"
        " it continues",
    )
    for verb in (answers, tests):
        verb.add_argument("--out", required=True, type=Path, metavar="DIR", help="where to")
    answers.set_defaults(run=_answers)
    tests.set_defaults(run=_tests)
    verbs_with_data = ((removal, None), (probes, "+"), (answers, "+"), (tests, None))
    for verb, count in verbs_with_data:
        verb.add_argument(
            "--data", required=True, nargs=count, metavar="DIR", help="folder of class folders"
        )
        verb.add_argument(
            "--work", required=True, type=Path, metavar="DIR", help="what is kept between calls"
        )
    removal.set_defaults(run=_removal)
    probes.set_defaults(run=_probes)
    maps = verbs.add_parser(
        "maps", help="record the maps of the sample photographs that the pages offer"
    )
    maps.add_argument("network", choices=NETWORKS, metavar="NETWORK", help=", ".join(NETWORKS))
    maps.add_argument("--out", required=True, type=Path, metavar="DIR", help="where to")
    maps.set_defaults(run=_maps)
    kernels.set_defaults(run=_kernels)
    make.set_defaults(run=_make)
    check.set_defaults(run=_check)


def _make(args: argparse.Namespace) -> None:
    from ..atlas import making, record
    from ..models import load_pretrained

    network = load_pretrained(args.network)
    sample = _sample(args.sample, args.count) if args.sample else None
    if hasattr(os, "nice"):
        os.nice(10)
    folder = args.work / args.network
    making.make_pictures(network, folder, layers=args.layers, log=_tell)
    path = record.write_atlas(network, args.network, folder, args.out, sample, args.layers)
    print(f"wrote {path}")


def _sample(name: str, count: int) -> Any:
    from ..atlas import record
    from ..data import load_data

    data = load_data(name)
    images = data.val.images
    count = min(count, len(images))

    def pictures() -> Iterator[Any]:
        for place in range(count):  # evenly spread: classes follow one another
            yield images[place * len(images) // count].permute(1, 2, 0).numpy()

    return record.Sample(f"{data.name}, validation", count, pictures())


def _check(args: argparse.Namespace) -> None:
    from ..atlas import checking, record
    from ..models import load_pretrained

    known = record.read_atlas(args.out / f"{args.network}.json")
    rows = checking.recompute(
        load_pretrained(args.network), known, args.out / args.network, args.units, args.seed
    )
    print("\n".join(map(str, rows)))


def _kernels(args: argparse.Namespace) -> None:
    from ..atlas.kernels import write_kernels
    from ..models import load_pretrained

    write_kernels(load_pretrained(args.network), args.network, args.out)
    print(f"wrote {args.out / args.network}.png and .json")


def _removal(args: argparse.Namespace) -> None:
    from ..atlas import record, removal
    from ..data import load_data
    from ..models import load_pretrained

    path = args.out / f"{args.network}.json"
    network, known = load_pretrained(args.network), record.read_atlas(path)
    removal.write_removals(network, known, load_data(args.data), path, args.work, _tell)
    print(f"wrote {path}")


def _probes(args: argparse.Namespace) -> None:
    from ..atlas import probes
    from ..data import load_data
    from ..models import load_pretrained

    networks = {name: load_pretrained(name) for name in NETWORKS}
    networks = {"untrained": probes.untrained(networks["lab"]), **networks}
    data = [load_data(name) for name in args.data]
    print(f"wrote {probes.write_probes(networks, data, args.out, args.work, _tell)}")


def _answers(args: argparse.Namespace) -> None:
    from ..atlas import answers, marked
    from ..data import load_data
    from ..models import load_pretrained

    data = [load_data(name) for name in args.data]
    network = load_pretrained("bvlc")
    print(f"wrote {answers.write_answers(network, 'bvlc', data, args.out, args.work, _tell)}")
    print(f"wrote {marked.write_marked(network, args.out)}")


def _tests(args: argparse.Namespace) -> None:
    from ..atlas import testing
    from ..data import load_data
    from ..models import load_pretrained

    network, data = load_pretrained("bvlc"), load_data(args.data)
    print(f"wrote {testing.write_tests(network, 'bvlc', data, args.out, args.work, _tell)}")


def _maps(args: argparse.Namespace) -> None:
    from ..atlas.maps import write_maps
    from ..lab.page import PHOTOGRAPHS
    from ..models import load_pretrained

    network = load_pretrained(args.network)
    print(f"wrote {write_maps(network, args.network, PHOTOGRAPHS, args.out)}")


def _tell(line: str) -> None:
    print(line, flush=True)
