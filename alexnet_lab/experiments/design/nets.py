"""The nets that are compared: those of `alexnet_lab.models`, and the CIFAR-10 nets of 2012.

"A four-layer convolutional network" (paper §3.1, Fig. 1 and §3.3) has no table in the paper; §3.3
refers to the files of cuda-convnet. Its nets with "13 % error" and, with response normalisation,
"11 %" are those numbers: ``example-layers/layers-conv-local-13pct.cfg`` and ``-11pct.cfg``, two
convolutions and two locally connected layers. They are `LAYOUTS["four-layer"]` here, at any width.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from ...errors import UserError
from ...models import LocalConv2d, LocalResponseNorm, build

# kind, maps or units, side of the kernel, pooling 3/2 after it. Widths as in the files.
LAYOUTS: dict[str, tuple[tuple[str, int, int, str], ...]] = {
    # layers-80sec.cfg
    "80-seconds": (
        ("conv", 32, 5, "max"),
        ("conv", 32, 5, "mean"),
        ("conv", 64, 5, "mean"),
        ("full", 64, 0, ""),
    ),
    # layers-conv-local-13pct.cfg; with norm="lrn" layers-conv-local-11pct.cfg
    "four-layer": (
        ("conv", 64, 5, "max"),
        ("conv", 64, 5, "max"),
        ("local", 32, 3, ""),
        ("local", 32, 3, ""),
    ),
    # Ours: the same without its locally connected layers, and with two more convolutions.
    "two-layer": (("conv", 64, 5, "max"), ("conv", 64, 5, "max")),
    "six-layer": (
        ("conv", 64, 5, "max"),
        ("conv", 64, 5, "max"),
        ("conv", 64, 3, ""),
        ("conv", 64, 3, ""),
        ("local", 32, 3, ""),
        ("local", 32, 3, ""),
    ),
}
# initW of the same files, by kind; the first layer, which sees 0–255, has its own.
STD_2012 = {"first": 0.0001, "conv": 0.01, "local": 0.04, "full": 0.1, "last": 0.01}
_ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}
_POOLS: dict[str, Any] = {"max": nn.MaxPool2d, "mean": nn.AvgPool2d}


class CifarNet(nn.Module):
    """A CIFAR-10 net of 2012, by layout.

    Parameters
    ----------
    num_classes : int
        Length of the logits.
    layout : str
        One of `LAYOUTS`.
    activation : {"relu", "tanh", "sigmoid"}
        Of every layer but the last.
    norm : {"none", "lrn"}
        Response normalisation in the first two layers, before pooling.
    norm_first : bool
        Normalisation before the nonlinearity instead of after it.
    lrn : mapping
        Arguments of `LocalResponseNorm`. Default: size 5, α 0.001 divided by 5, β 0.75, k 1, those
        of ``layers-conv-local-11pct.cfg``.
    pool : {"max", "mean"} or None
        Instead of the layout's own poolings.
    pool_size : int
        Side of their windows, at stride 2: 3, with overlap as in the files, or 2, without.
    dropout : float or None
        Probability of a dropout layer before the last; None is no such layer.
    width : float
        Multiplies the number of maps.
    input_size : int
        Side of the images.
    init : {"2012", "modern"}
        Normal weights, biases 0. "2012": `STD_2012`, for inputs of 0–255 minus the mean.
        "modern": He et al. 2015 for ReLU, Glorot & Bengio 2010 with the right gain for others.
    """

    def __init__(
        self,
        num_classes: int = 10,
        *,
        layout: str = "four-layer",
        activation: str = "relu",
        norm: str = "none",
        norm_first: bool = False,
        lrn: Mapping[str, Any] | None = None,
        pool: str | None = None,
        pool_size: int = 3,
        dropout: float | None = None,
        width: float = 1.0,
        input_size: int = 32,
        init: str = "modern",
    ) -> None:
        super().__init__()
        if layout not in LAYOUTS:
            raise UserError(f"unknown layout {layout!r}; known: {', '.join(LAYOUTS)}")
        constants = {"size": 5, "alpha": 0.001, "beta": 0.75, "k": 1.0} | dict(lrn or {})
        maps, side = 3, input_size
        layers: OrderedDict[str, nn.Module] = OrderedDict()
        for n, (kind, count, kernel, pooling) in enumerate(LAYOUTS[layout], start=1):
            count = max(1, round(count * width))
            if kind == "full":
                layers["flatten"] = nn.Flatten()
                layers[f"full{n}"] = nn.Linear(maps * side**2, count)
                maps, side = count, 1
            elif kind == "local":
                layers[f"local{n}"] = LocalConv2d(maps, count, side, kernel)
                maps = count
            else:
                layers[f"conv{n}"] = nn.Conv2d(maps, count, kernel, padding=kernel // 2)
                maps = count
            after = [(f"act{n}", _ACTIVATIONS[activation]())]
            if norm == "lrn" and n <= 2:
                after.insert(0 if norm_first else 1, (f"norm{n}", LocalResponseNorm(**constants)))
            layers.update(after)
            if pooling:
                side = math.ceil((side - pool_size) / 2) + 1
                layers[f"pool{n}"] = _POOLS[pool or pooling](pool_size, 2, ceil_mode=True)
        if "flatten" not in layers:
            layers["flatten"] = nn.Flatten()
        if dropout is not None:
            layers["drop"] = nn.Dropout(dropout)
        layers["last"] = nn.Linear(maps * side**2, num_classes)
        self.layers = nn.Sequential(layers)
        self._initialise(init, activation)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits: (N, 3, S, S) → (N, num_classes)."""
        return self.layers(x)

    @torch.no_grad()
    def _initialise(self, how: str, activation: str) -> None:
        if how not in ("2012", "modern"):
            raise UserError(f"unknown init {how!r}; known: 2012, modern")
        first = True
        for name, layer in self.layers.named_children():
            if not isinstance(layer, (nn.Conv2d, nn.Linear, LocalConv2d)):
                continue
            if layer.weight.is_meta:  # shapes alone: torch would load its compiler to fill them
                continue
            assert layer.bias is not None
            std = std_2012(name, first) if how == "2012" else modern_std(layer, activation)
            nn.init.normal_(layer.weight, 0.0, std)
            nn.init.zeros_(layer.bias)
            first = False


def std_2012(name: str, first: bool) -> float:
    """Return the standard deviation of a layer's weights in the files of 2012."""
    return STD_2012["first" if first else name.rstrip("0123456789")]


def modern_std(layer: nn.Conv2d | nn.Linear | LocalConv2d, activation: str) -> float:
    """Return today's: He et al. 2015 for ReLU, Glorot & Bengio 2010 for others."""
    shape = layer.weight.shape
    if isinstance(layer, LocalConv2d):
        fan_in, fan_out = shape[1], shape[2] * layer.kernel**2
    else:
        places = layer.weight[0, 0].numel()  # of a kernel; 1 in a linear layer
        fan_in, fan_out = shape[1] * places, shape[0] * places
    if activation == "relu":
        return math.sqrt(2 / fan_in)
    gain = 5 / 3 if activation == "tanh" else 1.0  # as nn.init.calculate_gain has them
    return gain * math.sqrt(2 / (fan_in + fan_out))


def build_net(model: str, num_classes: int, options: Mapping[str, Any], seed: int) -> nn.Module:
    """Build an arm's net, freshly initialised from `seed`; the global generator stays untouched.

    Parameters
    ----------
    model : str
        "cifar_net" or a name that `alexnet_lab.models.build` knows.
    num_classes : int
        Length of the logits.
    options : mapping
        The net's own. Besides, ``biases`` fills all biases with a number, and ``conv1_scale``
        multiplies conv1's weights.
    seed : int
        Of the weights.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> net = al.experiments.build_net("cifar_net", 10, {}, seed=0)
    >>> sum(p.numel() for p in net.parameters())
    1901386
    """
    own = dict(options)
    biases, scale = own.pop("biases", None), own.pop("conv1_scale", None)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if model == "cifar_net":
            net: nn.Module = CifarNet(num_classes, **own)
        else:
            net = build(model, num_classes, **own)
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            if biases is not None and name.endswith("bias"):
                parameter.fill_(biases)
            if scale is not None and name.endswith("conv1.weight"):
                parameter.mul_(scale)
    return net


def multiply_accumulates(net: nn.Module, side: int) -> int:
    """Count the multiplications of weights for one image of `side` × `side` pixels."""
    total = 0

    def count(layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal total
        if isinstance(layer, LocalConv2d):
            total += layer.weight.numel()
        elif isinstance(layer, nn.Conv2d):
            total += layer.weight[0].numel() * output[0].numel()
        elif isinstance(layer, nn.Linear):
            total += layer.weight.numel()

    handles = [layer.register_forward_hook(count) for layer in net.modules()]
    training = net.training
    try:
        with torch.no_grad():
            net.eval()(torch.zeros(1, 3, side, side, device=next(net.parameters()).device))
    finally:
        net.train(training)
        for handle in handles:
            handle.remove()
    return total
