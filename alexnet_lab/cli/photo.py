"""``alexnet-lab photo``: what a layer makes of a photograph, as a picture."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..errors import UserError
from ._parser import add_command, add_network, seed, whole
from ._paths import check_paths

SUFFIXES = (".png", ".jpg", ".jpeg", ".pdf", ".svg", ".webp")


def add(commands: Any) -> None:
    """Declare the command."""
    command = add_command(
        commands,
        "photo",
        "draw a layer's feature maps for a photograph",
        "Draw a layer's feature maps for a photograph and write them as a picture. Without"
        " --checkpoint the network is --model (alexnet_2012), untrained.",
        """
        alexnet-lab photo coffee --layer conv1 --out coffee.png
        alexnet-lab photo cat.jpg --layer conv5 --maps 64 --checkpoint lab --out cat.svg
        alexnet-lab photo --list
        """,
    )
    command.add_argument(
        "photo", metavar="NAME", nargs="?", help="a sample photograph or the path of an image"
    )
    command.add_argument("--list", action="store_true", help="name the sample photographs")
    command.add_argument("--layer", default="conv1", metavar="NAME", help="(%(default)s)")
    command.add_argument("--maps", type=whole, default=16, help="how many (%(default)s)")
    command.add_argument("--out", type=Path, metavar="FILE", help=f"ends in {' '.join(SUFFIXES)}")
    command.add_argument("--seed", type=seed, default=0, help="of untrained weights (%(default)s)")
    add_network(command)
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Write the picture."""
    if args.list:
        _list()
        return
    if args.photo is None:
        raise UserError("no photograph; name one (alexnet-lab photo --list) or give a file")
    if args.out is None:
        raise UserError("--out is missing; e.g. --out maps.png")
    if args.out.suffix.lower() not in SUFFIXES:
        raise UserError(
            f"cannot write a picture as {args.out.suffix or str(args.out)!r};"
            f" known: {', '.join(SUFFIXES)}"
        )
    check_paths(argparse.Namespace(image=[args.photo], checkpoint=args.checkpoint))
    from ..files import atomic_write
    from ..plots import AlexNetVisualizer
    from ._images import pictures

    # The photograph first: a wrong name should not cost the making of a network.
    found = list(pictures([args.photo]))
    if len(found) > 1:
        raise UserError(f"{args.photo!r} holds {len(found)} pictures; give one")
    network = _network(args)
    visualizer = AlexNetVisualizer(network.model)
    pixels = network.preprocess(found[0][1])
    axes = visualizer.plot_feature_maps(pixels, layer=args.layer, num_maps=args.maps)
    with atomic_write(args.out) as scratch:
        axes.figure.savefig(scratch, dpi=150, bbox_inches="tight")  # type: ignore[union-attr]
    print(f"wrote {args.out}")


def _network(args: argparse.Namespace) -> Any:
    from ..inference import untrained
    from ..training.modes import choose_device
    from ._network import chosen

    if args.checkpoint:
        return chosen(args)
    network = untrained(args.model or "alexnet_2012", args.seed)
    network.model.to(choose_device(args.device))
    return network


def _list() -> None:
    from .. import data

    for name in data.photograph_names():
        print(f"{name:<12} {data.photograph(name).title}")
