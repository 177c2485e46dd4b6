"""The network that ``--checkpoint``, ``--model`` and ``--device`` choose."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ..errors import UserError
from ..inference import Network, open_network, untrained

if TYPE_CHECKING:
    from torch import nn

__all__ = ["Network", "chosen", "open_network", "untrained"]


def chosen(args: argparse.Namespace) -> Network:
    """Open the network that ``--checkpoint``, ``--model`` and ``--device`` choose."""
    from ..training.modes import choose_device

    device = choose_device(args.device)
    if args.model and not args.checkpoint:
        raise UserError("--model tells what weights are for; give them by --checkpoint FILE")
    network = open_network(args.checkpoint or "lab", args.model)
    model: nn.Module = network.model
    model.to(device)
    return network
