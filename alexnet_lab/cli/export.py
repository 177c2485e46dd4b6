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
        "Write a network as safetensors or ONNX. The book's pages open either beside the lab"
        " network; the file states how pictures are prepared and what the classes are called. ONNX"
        " has every layer's output under its name (conv1, relu1, norm1, …), then logits and"
        " probabilities.",
        """
        alexnet-lab export --checkpoint runs/birds --out birds.safetensors
        alexnet-lab export --out lab.onnx
        alexnet-lab export --weights float32 --switches --out bench.onnx
        """,
    )
    command.add_argument(
        "--format", choices=["safetensors", "onnx"], help="(what the name of the file says)"
    )
    command.add_argument(
        "--weights",
        metavar="TYPE",
        help="how weights are stored: float32 (safetensors), int8 (ONNX; with a scale an output"
        " channel) or float16; all is computed in float32",
    )
    command.add_argument(
        "--switches",
        action="store_true",
        help="ONNX: add inputs that switch off maps, ReLUs and response norms",
    )
    command.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="FILE.safetensors or .onnx"
    )
    add_network(command)
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Write the file."""
    suffix = args.out.suffix.lower()
    if args.format and suffix != f".{args.format}":
        kind = "ONNX" if args.format == "onnx" else args.format
        given = suffix or str(args.out)
        raise UserError(f"cannot write {kind} as {given!r}; known: .{args.format}")
    check_paths(args)  # before torch is imported
    from ..inference.export import check_target
    from ..models.export_onnx import onnx_package

    weights = args.weights or {".onnx": "int8"}.get(suffix, "float32")
    check_target(args.out, weights, args.switches)
    if suffix == ".onnx":
        onnx_package()  # what is missing is told before the network is opened
    from ..inference import export
    from ..models.chain import describe_layers
    from ._network import chosen

    network = chosen(args)
    export(network, args.out, weights=weights, switches=args.switches)
    layers = len(describe_layers(network.model, input_size=network.preprocess.size))
    size = f"{args.out.stat().st_size / 1e6:.2f} MB"
    print(f"wrote {layers} layers, {weights} weights, {size}, to {args.out}")
