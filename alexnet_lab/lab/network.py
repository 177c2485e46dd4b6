"""The lab network: the paper's conv stack with a small head, grown and folded.

It is trained small (100² images: 24 → 12 → 6 → 3 instead of 55 → 27 → 13 → 6), grown to the
paper's geometry, and finished there. What is trained is scaled for comfort: inputs of unit
variance, α = 0.01. In the end the weights are rescaled, so that the finished network takes 0–255
minus the mean and has the paper's constants (n = 5, k = 2, α = 1e-4, β = 0.75); `fold` changes no
output.
"""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor

from ..models import AlexNet
from ..models.alexnet import feature_side

# The paper's α acts on activations of about 1–100; ours are about 10 times smaller while training.
TRAINING_ALPHA, PAPER_ALPHA = 1e-2, 1e-4


def lab_model(num_classes: int = 10, size: int = 224, **options: Any) -> AlexNet:
    """Build the network as it is trained: the paper's conv stack and a small head.

    Parameters
    ----------
    num_classes : int
        Length of the logits.
    size : int
        Side of the input in pixels.
    **options
        Any field of `AlexNetConfig`.

    Returns
    -------
    AlexNet
        Kaiming initialisation; conv1 at a tenth of it, so that the first steps are small.
    """
    usual: dict[str, Any] = {"hidden": (256, 256), "lrn_alpha": TRAINING_ALPHA, "init": "kaiming"}
    model = AlexNet(num_classes, input_size=size, **usual | options)
    with torch.no_grad():
        model.get_parameter("features.conv1.weight").mul_(0.1)
    return model


@torch.no_grad()
def grow(model: AlexNet, size: int) -> AlexNet:
    """Return the network for larger images; fc6 sees the larger map as a finer copy of the old.

    Parameters
    ----------
    model : AlexNet
        Whose pool5 has s × s pixels.
    size : int
        Side of the new input; its pool5 must have a multiple of s pixels a side.

    Returns
    -------
    AlexNet
        The same weights; each weight of fc6 is shared out over the pixels that its own became.
    """
    grown = AlexNet(**{**model.config.to_dict(), "input_size": size})
    side, new_side = feature_side(model.config), feature_side(grown.config)
    channels = model.config.channels[4]
    state = model.state_dict()
    factor = new_side // side
    weight = state["classifier.fc6.weight"].unflatten(1, (channels, side, side))
    weight = weight.repeat_interleave(factor, 2).repeat_interleave(factor, 3) / factor**2
    state["classifier.fc6.weight"] = weight.flatten(1)
    grown.load_state_dict(state)
    return grown


@torch.no_grad()
def fold(model: AlexNet, std: Tensor) -> AlexNet:
    """Return the same function of 0–255 minus the mean, with the paper's α.

    Parameters
    ----------
    model : AlexNet
        Trained with `TRAINING_ALPHA` on inputs divided by `std`.
    std : torch.Tensor
        Shape (3,).

    Returns
    -------
    AlexNet
        ``lrn_alpha`` is `PAPER_ALPHA`; the logits are the same.

    Notes
    -----
    Response normalisation of s·a with α is s times that of a with s²·α. ReLU and max-pooling
    commute with s > 0. So conv1 and conv2 may give ten times as much, when conv2 and conv3 weigh
    what comes in with a tenth.
    """
    scale = (model.config.lrn_alpha / PAPER_ALPHA) ** 0.5
    folded = AlexNet(**{**model.config.to_dict(), "lrn_alpha": PAPER_ALPHA})
    folded.load_state_dict(copy.deepcopy(model.state_dict()))
    conv1, conv2, conv3 = (getattr(folded.features, f"conv{n}") for n in (1, 2, 3))
    conv1.weight.mul_(scale / std.view(1, 3, 1, 1))
    conv1.bias.mul_(scale)
    conv2.bias.mul_(scale)  # its weights: a tenth for what comes in, ten for what goes out
    conv3.weight.div_(scale)
    return folded
