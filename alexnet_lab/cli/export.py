"""``alexnet-lab export``: a trained network as a file for other programs."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..errors import UserError
from ._parser import add_command, add_network
from ._paths import check_paths


def add(commands: Any) -> None:
    """Declare the command."""
    command = add_command(
        commands,
        "export",
        "write a trained network for other programs",
        "Write a network as ONNX: every layer's output under its name (conv1, relu1, norm1, …),"
        " then logits and probabilities. The input is float32 (N, 3, side, side), 0-255 minus the"
        " mean.",
        """
        alexnet-lab export --out lab.onnx
        alexnet-lab export --format onnx --checkpoint runs/birds --out birds.onnx
        alexnet-lab export --weights float32 --switches --out bench.onnx
        """,
    )
    command.add_argument("--format", choices=["onnx"], default="onnx", help="(%(default)s)")
    command.add_argument(
        "--weights",
        default="int8",
        metavar="TYPE",
        help="how weights are stored: int8 (a scale an output channel; the default), float16 or"
        " float32; all is computed in float32",
    )
    command.add_argument(
        "--switches",
        action="store_true",
        help="add inputs that switch off maps, ReLUs and response norms",
    )
    command.add_argument("--out", type=Path, required=True, metavar="FILE", help="FILE.onnx")
    add_network(command)
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Write the file."""
    if args.out.suffix.lower() != ".onnx":
        raise UserError(f"cannot write ONNX as {args.out.suffix or str(args.out)!r}; known: .onnx")
    check_paths(args)
    from ..models.export_onnx import STORED, onnx_package

    if args.weights not in STORED:
        raise UserError(f"unknown weights {args.weights!r}; known: {', '.join(STORED)}")
    onnx_package()  # what is missing is told before the network is opened
    from ..analysis.layers import friendly_names
    from ..files import atomic_write
    from ..models.export_onnx import export_onnx
    from ._network import chosen

    network = chosen(args)
    network.model.preprocess = network.preprocess  # type: ignore[assignment]
    network.model.classes = network.classes  # type: ignore[assignment]
    made = export_onnx(
        network.model,
        weights=args.weights,
        switches=args.switches,
        names=friendly_names(network.model),
        input_size=network.preprocess.size,
    )
    with atomic_write(args.out) as scratch:
        scratch.write_bytes(made.data)
    size = f"{len(made.data) / 1e6:.2f} MB"
    print(f"wrote {len(made.layers)} layers, {args.weights} weights, {size}, to {args.out}")
