"""``alexnet-lab features``: pictures as vectors, written as a file."""

from __future__ import annotations

import argparse
import csv
import itertools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import UserError
from ._parser import add_command, add_images, add_network, chosen_images
from ._paths import check_paths

if TYPE_CHECKING:
    from torch import Tensor

_PAPERS_WIDTH = 4096  # units of fc6 and fc7 (§3.5)
SUFFIXES = (".npy", ".npz", ".safetensors", ".csv")


def add(commands: Any) -> None:
    """Declare the command."""
    command = add_command(
        commands,
        "features",
        "write a layer's activations for pictures as vectors",
        "Write one vector a picture: the output of a layer, flattened. The paper's network has 4096"
        " units in fc6 and fc7; so has --checkpoint imagenet, while lab, the default, is smaller.",
        """
        alexnet-lab features cat coffee --out features.npz
        alexnet-lab features holiday/ --layer fc7 --out holiday.csv
        alexnet-lab features cat.jpg --layer pool5 --checkpoint imagenet --out cat.npy
        """,
    )
    add_images(command)
    command.add_argument(
        "--layer",
        metavar="NAME",
        help="fc7 is before its ReLU, relu7 after it (default: the last hidden layer after its"
        " ReLU, as in §6.1 of the paper)",
    )
    command.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FILE",
        help=".npz (arrays features, names), .safetensors (names in its metadata), .csv (names"
        " first), or .npy (names beside it, in FILE.names.txt)",
    )
    add_network(command)
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Write the file."""
    suffix = args.out.suffix.lower()
    if suffix not in SUFFIXES:
        raise UserError(
            f"cannot write features as {suffix or str(args.out)!r}; known: {', '.join(SUFFIXES)}"
        )
    images = chosen_images(args)
    check_paths(args)
    import torch

    from .. import analysis
    from ._images import batches
    from ._network import chosen

    found = batches(images, 32)
    first = next(found, [])  # a picture that is not to be read is told before a network is opened
    network = chosen(args)
    if args.layer:
        from ..analysis.layers import find_layer

        find_layer(network.model, args.layer)  # a wrong name is told before any work
    names: list[str] = []
    rows: list[Tensor] = []
    late: UserError | None = None
    try:
        for batch in itertools.chain([first] if first else [], found):
            names += [name for name, _ in batch]
            inputs = network.inputs([image for _, image in batch])
            rows.append(analysis.features(network.model, inputs, args.layer))
    except UserError as error:
        late = error
    if not rows:
        raise late or UserError("no pictures to take features of")
    vectors = torch.cat(rows)
    _write(args.out, vectors, names)
    print(f"wrote {len(vectors)} × {vectors.shape[1]} features to {args.out}")
    if args.layer is None and args.checkpoint is None and vectors.shape[1] != _PAPERS_WIDTH:
        print(
            f"{vectors.shape[1]} wide, as the lab network's last hidden layer; the paper's is"
            f" {_PAPERS_WIDTH}, and so is that of --checkpoint imagenet"
        )
    if late is not None:
        raise late


def _write(path: Path, vectors: Tensor, names: list[str]) -> None:
    import numpy as np

    from ..files import atomic_write

    suffix = path.suffix.lower()
    if suffix == ".safetensors":
        from ..training.checkpoint import write_safetensors

        write_safetensors(path, {"features": vectors}, {"names": json.dumps(names)})
        return
    with atomic_write(path) as scratch:
        if suffix == ".npy":
            np.save(scratch, vectors.numpy())
        elif suffix == ".npz":
            np.savez(scratch, features=vectors.numpy(), names=np.array(names))
        else:
            with scratch.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file:
                table = csv.writer(file)
                table.writerow(["image", *range(vectors.shape[1])])
                for name, row in zip(names, vectors.tolist(), strict=True):
                    table.writerow([name, *(f"{value:.7g}" for value in row)])
    if suffix == ".npy":
        with atomic_write(path.with_suffix(".names.txt")) as scratch:
            scratch.write_text("".join(f"{n}\n" for n in names), "utf-8", "backslashreplace")
