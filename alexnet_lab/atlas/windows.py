"""One unit of a convolutional layer, and the pixels that it sees, without the rest of the image."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ..analysis import receptive_field
from ..errors import UserError

LAYERS = ("conv1", "conv2", "conv3", "conv4", "conv5")


@dataclass(frozen=True, eq=False)
class Window:
    """A layer of a network, cut down to what one of its units depends on.

    A unit in the middle of a map sees a square of pixels and nothing of any padding. With all
    padding left out, an input of just that size gives a map of 1 × 1: that unit's activation for
    all channels, at a fraction of the work of a whole image.

    Attributes
    ----------
    layer : str
        ``"conv1"`` to ``"conv5"``.
    side : int
        Side of the receptive field in pixels.
    units : int
        Channels of the layer.
    net : torch.nn.Module
        (N, 3, side, side) to (N, units, 1, 1), before the ReLU.
    mean : torch.Tensor
        (3, 1, 1), what the network's preprocessing subtracts from pixels 0–255.
    """

    layer: str
    side: int
    units: int
    net: nn.Module
    mean: Tensor

    def __call__(self, pixels: Tensor) -> Tensor:
        """Return activations before the ReLU, (N, units), of pixels (N, 3, side, side), 0–255."""
        found: Tensor = self.net(pixels - self.mean)
        return found.flatten(1)


def window(network: Any, layer: str) -> Window:
    """Cut a trained network down to the receptive field of one unit of `layer`.

    Parameters
    ----------
    network : torch.nn.Module
        From `load_pretrained`: its ``features`` hold layers named conv1 to conv5, one after the
        other, and its preprocessing does not divide.
    layer : str
        A convolution.

    Raises
    ------
    UserError
        When the network is of another kind.
    """
    features = getattr(network, "features", None)
    named = dict(features.named_children()) if isinstance(features, nn.Sequential) else {}
    if layer not in LAYERS or not isinstance(named.get(layer), nn.Conv2d):
        raise UserError(f"no unit windows for {layer!r}: the network needs features.conv1 … conv5")
    if network.preprocess.std is not None:
        raise UserError("no unit windows for a network whose preprocessing divides by a deviation")
    kept = list(named)[: list(named).index(layer) + 1]
    net = nn.Sequential()
    for name in kept:
        part = copy.deepcopy(named[name])
        if isinstance(part, nn.Conv2d):
            part.padding = (0, 0)
        net.add_module(name, part)
    net.eval().requires_grad_(False)
    field = receptive_field(network, layer)
    mean = torch.tensor(network.preprocess.mean).view(3, 1, 1)
    return Window(layer, field.height, net[-1].out_channels, net, mean)  # type: ignore[arg-type]
