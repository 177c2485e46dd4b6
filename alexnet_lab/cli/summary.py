"""``alexnet-lab summary``: a network, layer by layer."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import UserError
from ._parser import add_command, add_options, whole
from ._paths import NETWORKS

if TYPE_CHECKING:
    from ..analysis import LayerTable


def add(commands: Any) -> None:
    """Declare the command."""
    command = add_command(
        commands,
        "summary",
        "print a network layer by layer",
        "Print shapes, parameters, multiply–accumulates, memory and receptive fields.",
        """
        alexnet-lab summary
        alexnet-lab summary --list
        alexnet-lab summary alexnet_2012 --set towers=1 --set norm=none
        alexnet-lab summary lab
        alexnet-lab summary runs/photo-patches-alexnet_mini --json
        """,
    )
    command.add_argument(
        "model",
        nargs="?",
        default="alexnet_2012",
        help="a network's name (%(default)s), lab, imagenet, weights or a run's folder",
    )
    command.add_argument("--list", action="store_true", help="name the networks")
    command.add_argument("--num-classes", type=whole, metavar="N", help="length of the logits")
    command.add_argument("--image-size", type=whole, metavar="N", help="side of the input, pixels")
    add_options(command)
    command.add_argument("--json", action="store_true", help="print JSON instead of a table")
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Print the table."""
    path = Path(args.model)
    if (path.suffix or len(path.parts) > 1) and not path.exists():
        raise UserError(f"no such file: {args.model!r}")
    from .. import models
    from ..analysis import layer_table
    from ._options import model_options

    if args.list:
        print("\n".join(models.names()))
        return
    network = None
    if args.model not in models.names() and (args.model in NETWORKS or path.exists()):
        from ..inference import open_network

        if args.set or args.image_size or args.num_classes:
            raise UserError("weights decide the network: leave --set and the sizes out")
        network = open_network(args.model)
        model = network.model
    else:
        options = model_options(args.set)
        if args.image_size:
            options["input_size"] = args.image_size
        model = models.build(args.model, args.num_classes, **options)
    table = layer_table(model)
    if network and not args.json:
        print(network, end="\n\n")
    print(json.dumps(_as_dict(table), indent=2) if args.json else table)


def _as_dict(table: LayerTable) -> dict[str, Any]:
    sums = ("total_parameters", "total_macs", "total_activation_bytes")
    return asdict(table) | {name: getattr(table, name) for name in sums}
