"""``alexnet-lab predict``: what is to be seen in pictures."""

from __future__ import annotations

import argparse
import itertools
from typing import Any

from ..files import json_text
from ._parser import add_command, add_images, add_network, chosen_images, whole
from ._paths import check_paths

_BATCH = 32  # pictures at a time; ten views of each are 320 inputs


def add(commands: Any) -> None:
    """Declare the command."""
    command = add_command(
        commands,
        "predict",
        "say what is to be seen in pictures",
        "Print the most probable classes of pictures: of the central crop, or with --ten-crop of"
        " the paper's ten views (four corners and the centre, and their mirror images). A network"
        " knows the classes that it was trained on (alexnet-lab summary lab lists those of lab)"
        " and names one of them whatever it is shown; where it is not sure, that is said.",
        """
        alexnet-lab predict cat.jpg
        alexnet-lab predict cat coffee --top 3
        alexnet-lab predict holiday/ --json > holiday.jsonl
        curl -s https://example.org/cat.jpg | alexnet-lab predict - --ten-crop
        alexnet-lab predict cat.jpg --checkpoint runs/photo-patches-alexnet_mini
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
    images = chosen_images(args)
    check_paths(args)
    from ..inference.prediction import answer
    from ._images import batches
    from ._network import chosen

    found = batches(images, _BATCH)
    first = next(found, [])  # a picture that is not to be read is told before a network is opened
    network = chosen(args)
    caution, several = "", False
    for batch in itertools.chain([first] if first else [], found):
        for prediction in answer(network, batch, args.top, args.ten_crop):
            if args.json:
                print(json_text(prediction.to_dict(), prediction.image, ensure_ascii=False))
            else:
                print("\n" * several + str(prediction))
            several, caution = True, prediction.caution
    if caution and not args.json:
        print(f"\n{caution}")
