"""How the weights start: the paper's way, the 2012 source's, and today's."""

from __future__ import annotations

import torch
from torch import nn

from ..errors import UserError
from .config import INITIALISATIONS

# torch's gains for Xavier's rule.
GAINS = {"relu": nn.init.calculate_gain("relu"), "tanh": nn.init.calculate_gain("tanh")}
# Layers whose biases start at 1, "to provide the ReLUs with positive inputs" (paper §5).
ONES = ("conv2", "conv4", "conv5", "fc6", "fc7")
# initW of conv3–conv5 in layers-145.cfg:143,157,172,186,200,214; 0.01 elsewhere.
SOURCE_STD = {"conv3": 0.03, "conv4": 0.03, "conv5": 0.03}


@torch.no_grad()
def initialise(
    model: nn.Module,
    how: str = "paper",
    *,
    activation: str = "relu",
    generator: torch.Generator | None = None,
) -> nn.Module:
    """Fill a network's convolutions and linear layers, in place.

    Parameters
    ----------
    model : torch.nn.Module
        Its modules are recognised by the last part of their names (``conv1`` … ``fc8``).
    how : {"paper", "source", "kaiming", "xavier", "default"}
        - ``"paper"``: weights N(0, 0.01); biases 1 in conv2, conv4, conv5, fc6, fc7, else 0 (§5).
        - ``"source"``: the same, but N(0, 0.03) in conv3–conv5, as ``layers-145.cfg`` has it.
          Both were meant for inputs of 0–255 minus the mean: with inputs of unit variance they
          starve the deep layers of signal.
        - ``"kaiming"``: N(0, √(2/fan_in)), biases 0 (He et al. 2015).
        - ``"xavier"``: N(0, gain·√(2/(fan_in + fan_out))), biases 0 (Glorot and Bengio 2010),
          with the gain of `activation`.
        - ``"default"``: what torch does.
    activation : str
        The nonlinearity, for Xavier's gain.
    generator : torch.Generator, optional
        Source of randomness; torch's global one otherwise.

    Returns
    -------
    torch.nn.Module
        `model` itself.

    Raises
    ------
    UserError
        When `how` is not known.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> net = al.models.alexnet_mini()
    >>> net = al.models.initialise(net, "paper")
    >>> al.analysis.find_layer(net, "conv2").bias.unique().tolist()
    [1.0]
    """
    if how not in INITIALISATIONS:
        raise UserError(f"unknown init {how!r}; known: {', '.join(INITIALISATIONS)}")
    gain = GAINS.get(activation, 1.0)
    for path, module in model.named_modules():
        if how == "default" or not isinstance(module, nn.Conv2d | nn.Linear):
            continue
        if module.weight.is_meta:
            continue  # no values to draw; drawing them all the same imports torch's compiler, 4 s
        name = path.rpartition(".")[2]
        if how == "kaiming":
            nn.init.kaiming_normal_(module.weight, generator=generator)
        elif how == "xavier":
            nn.init.xavier_normal_(module.weight, gain, generator=generator)
        else:
            std = SOURCE_STD.get(name, 0.01) if how == "source" else 0.01
            nn.init.normal_(module.weight, 0.0, std, generator=generator)
        if module.bias is not None:
            ones = how in ("paper", "source") and name in ONES
            nn.init.constant_(module.bias, 1.0 if ones else 0.0)
    return model
