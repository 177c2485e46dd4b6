"""``alexnet-lab predict``: what is to be seen in pictures."""

from __future__ import annotations

import argparse
import json
from typing import Any

from ._parser import add_command, add_images, add_network, whole

_BATCH = 32  # pictures at a time; ten views of each are 320 inputs


def add(commands: Any) -> None:
    """Declare the command."""
    command = add_command(
        commands,
        "predict",
        "say what is to be seen in pictures",
        "Print the most probable classes of pictures: of the central crop, or with --ten-crop of"
        " the paper's ten views (four corners and the centre, and their mirror images).",
        """
        alexnet-lab predict --image cat.jpg
        alexnet-lab predict --image cat coffee --top 3
        alexnet-lab predict --image holiday/ --json > holiday.jsonl
        curl -s https://example.org/cat.jpg | alexnet-lab predict --image - --ten-crop
        alexnet-lab predict --image cat.jpg --checkpoint runs/photo-patches-alexnet_mini
        """,
    )
    add_images(command)
    command.add_argument(
        "--top", type=whole, default=5, metavar="K", help="how many classes (%(default)s)"
    )
    command.add_argument("--ten-crop", action="store_true", help="average over the ten views")
    command.add_argument(
        "--json", action="store_true", help="print one JSON object a line for each picture"
    )
    add_network(command)
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Print the classes."""
    from ._images import batches
    from ._network import chosen

    network = chosen(args)
    several = False
    for batch in batches(args.image, _BATCH):
        names, images = zip(*batch, strict=True)
        probabilities = network.probabilities(list(images), args.ten_crop)
        top = probabilities.topk(min(args.top, probabilities.shape[1]), dim=1)
        for name, values, indices in zip(names, top.values, top.indices, strict=True):
            found = [
                {"class": network.name(index), "index": index, "probability": value}
                for value, index in zip(values.tolist(), indices.tolist(), strict=True)
            ]
            if args.json:
                print(json.dumps({"image": name, "predictions": found}, ensure_ascii=False))
            else:
                print("\n" * several + _table(name, found))
            several = True


def _table(name: str, found: list[dict[str, Any]]) -> str:
    rows = [f"{100 * row['probability']:6.1f} %  {row['class']}" for row in found]
    return "\n".join([name, *rows])
