"""What can be switched in a net on the bench, and the net that follows from it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from torch import nn

from ..errors import UserError
from ..experiments.design.nets import CifarNet, modern_std, std_2012
from ..models import LocalConv2d, alexnet_mini
from ..models.initialise import ONES, SOURCE_STD

SIDE = 32  # of a patch, in pixels
DROPPED = 0.5
_MINI: dict[str, Any] = {"channels": (16, 24, 32, 32, 24), "hidden": (128, 64)}
#: Net -> what it is called. Families of the ledger, sized for one thread in a browser.
NETS = {
    "two-layer": "two convolutions",
    "80-seconds": "the 80-second net",
    "four-layer": "the four-layer net",
    "mini": "eight layers",
}
_WIDTHS = {"two-layer": 0.5, "80-seconds": 1.0, "four-layer": 0.5}
#: Switch -> its choices, the default first.
CHOICES: dict[str, tuple[Any, ...]] = {
    "activation": ("relu", "tanh", "sigmoid"),
    "start": ("modern", "2012", "zeros"),
    "bias": ("own", "zeros", "ones", "none"),
    "norm": ("none", "lrn"),
    "pool": ("overlapping", "separate"),
    "dropout": (False, True),
    "crops": (False, True),
    "decay": (0.0, 0.0005, 0.005, 0.05),
    "rule": ("2012", "torch"),
    "rate": (0.01, 0.0001, 0.0003, 0.001, 0.003, 0.03, 0.1, 0.3, 1.0),
}


@dataclass(frozen=True)
class Switches:
    """One side of a race.

    Parameters
    ----------
    activation : {"relu", "tanh", "sigmoid"}
        After every layer but the last.
    start : {"modern", "2012", "zeros"}
        Of the weights. "2012" has the standard deviations of the files of 2012, and is fed 0–255
        minus the mean as they were; the others are fed unit variance.
    bias : {"own", "zeros", "ones", "none"}
        How biases begin: as the start has them, at 0, at 1; or they are no part of the net.
    norm : {"none", "lrn"}
        Local response normalisation in the first two layers.
    pool : {"overlapping", "separate"}
        Windows of 3 × 3 or of 2 × 2, at stride 2.
    dropout : bool
        Whether half of the hidden units are dropped.
    crops : bool
        Whether patches are shifted by up to four pixels and reflected at random.
    decay : float
        Weight decay, of weights alone.
    rule : {"2012", "torch"}
        Which momentum rule; momentum is 0.9.
    rate : float
        Learning rate of the weights; biases have twice that, as in 2012.

    Raises
    ------
    UserError
        When a value is none of `CHOICES`.
    """

    activation: str = "relu"
    start: str = "modern"
    bias: str = "own"
    norm: str = "none"
    pool: str = "overlapping"
    dropout: bool = False
    crops: bool = False
    decay: float = 0.0
    rule: str = "2012"
    rate: float = 0.01

    def __post_init__(self) -> None:
        for field in fields(self):
            value, known = getattr(self, field.name), CHOICES[field.name]
            if value not in known or isinstance(value, bool) != isinstance(known[0], bool):
                listed = ", ".join(map(str, known))
                raise UserError(f"{field.name}={value!r} is not on the bench; known: {listed}")

    def graph(self, net: str) -> str:
        """Return the name of the graph that trains this side."""
        return "-".join([net, self.activation, self.norm, self.pool])

    def as_dict(self) -> dict[str, Any]:
        """Return the switches by name."""
        return asdict(self)


def build(net: str, switches: Switches, classes: int) -> nn.Module:
    """Build a net of the bench; its weights are anything, see `start`.

    Parameters
    ----------
    net : str
        One of `NETS`.
    switches : Switches
        Activation, norm and pooling count.
    classes : int
        Length of the logits.

    Raises
    ------
    UserError
        When the net is unknown.
    """
    if net not in NETS:
        raise UserError(f"net={net!r} is not on the bench; known: {', '.join(NETS)}")
    size = {"overlapping": 3, "separate": 2}[switches.pool]
    if net == "mini":
        return alexnet_mini(
            classes,
            activation=switches.activation,
            norm=switches.norm,
            pool_size=size,
            pool_stride=2,
            dropout=DROPPED,
            **_MINI,
        )
    return CifarNet(
        classes,
        layout=net,
        width=_WIDTHS[net],
        input_size=SIDE,
        activation=switches.activation,
        norm=switches.norm,
        pool_size=size,
        dropout=DROPPED,
    ).layers


def starts(net: str, module: nn.Module, switches: Switches) -> dict[str, float]:
    """Return how each parameter begins.

    Returns
    -------
    dict of str to float
        By name: of weights the standard deviation, of biases their value.
    """
    found: dict[str, float] = {}
    first = True
    for path, layer in module.named_modules():
        if not isinstance(layer, nn.Conv2d | nn.Linear | LocalConv2d):
            continue
        name = path.rpartition(".")[2]
        std, bias = 0.0, 0.0
        if switches.start == "modern":
            std = modern_std(layer, switches.activation)
        elif switches.start == "2012" and net == "mini":
            std, bias = SOURCE_STD.get(name, 0.01), float(name in ONES)
        elif switches.start == "2012":
            std = std_2012(name, first)
        found[f"{name}.weight"] = std
        found[f"{name}.bias"] = {"own": bias, "ones": 1.0}.get(switches.bias, 0.0)
        first = False
    return found
