"""Everything that an ablation may change in an AlexNet, in one frozen place."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any

from ..errors import UserError
from .checks import whole_number

ACTIVATIONS = ("relu", "tanh", "sigmoid", "none")
NORMS = ("lrn", "batch", "none")
INITIALISATIONS = ("paper", "source", "kaiming", "xavier", "default")
REMOVABLE = ("conv3", "conv4", "conv5", "fc6", "fc7")


def _as_kind(name: str, value: Any, default: Any) -> Any:
    """Return an option's value if it is of the kind of its default, or say in one line what is."""
    if isinstance(default, tuple):
        kind = str if name == "without" else int
        example = ", ".join(map(str, default)) or "conv3, conv4"
        if isinstance(value, str) or not isinstance(value, Iterable):
            raise UserError(f"{name}={value!r} must be a list, such as ({example})")
        return tuple(_as_kind(name, entry, kind()) for entry in value)
    if isinstance(default, bool):
        right, what = isinstance(value, bool), "True or False"
    elif isinstance(default, int):
        return whole_number(name, value)
    elif isinstance(default, float):
        right = isinstance(value, float | int) and not isinstance(value, bool)
        what = f"a number, such as {default}"
    else:
        right, what = isinstance(value, str), f"a word, such as {default!r}"
    if not right:
        raise UserError(f"{name}={value!r} must be {what}, not a {type(value).__name__}")
    return value


@dataclass(frozen=True)
class AlexNetConfig:
    """The options of `AlexNet`; the defaults are the paper's network.

    Parameters
    ----------
    num_classes : int
        Length of the logits.
    input_size : int
        Side of the square input in pixels (224: paper §3.5 and the source; anything that leaves
        at least one pixel after pool5 will do).
    channels : tuple of int
        Kernels of conv1–conv5, both towers together (§3.5).
    kernels, strides, paddings : tuple of int
        Side of the kernel, stride and zero padding of conv1–conv5.
    hidden : tuple of int
        Units of fc6 and fc7 (§3.5).
    towers : int
        2: the two-GPU split of §3.2, as ``groups=2`` in conv2, conv4 and conv5 and in response
        normalisation. 1: every kernel sees every map.
    cross_talk : bool
        Whether conv3 sees both towers (§3.2). ``False`` keeps the towers apart until fc6.
    activation : {"relu", "tanh", "sigmoid", "none"}
        §3.1.
    norm : {"lrn", "batch", "none"}
        Local response normalisation after conv1 and conv2 (§3.3); or batch normalisation after
        every convolution, which then has no bias.
    lrn_size, lrn_alpha, lrn_beta, lrn_k : int, float, float, float
        n, α, β, k of §3.3.
    lrn_divide_alpha : bool
        ``False``: α multiplies the sum, as §3.3's formula reads. ``True``: α/n does, as in the
        2012 source (``layer.py:1183``) and in torch.
    norm_first : bool
        LRN before the nonlinearity in conv1, as in the 2012 source (``layers-145.cfg:35-63``);
        the paper has it after.
    pool_size, pool_stride : int
        z and s of §3.4; overlapping when z > s.
    dropout : float
        Probability of dropping a unit of fc6 and fc7 (§4.2).
    dropout_style : {"inverted", "2012"}
        Scale in training, as torch does, or at test, as in 2012.
    without : tuple of str
        Layers to leave out, of conv3, conv4, conv5, fc6, fc7 (§7: "removing any of the middle
        layers …").
    init : {"paper", "source", "kaiming", "xavier", "default"}
        See `alexnet_lab.models.initialise`.

    Raises
    ------
    UserError
        When a value makes no network; the message names it.

    Examples
    --------
    >>> from alexnet_lab.models import AlexNetConfig
    >>> config = AlexNetConfig(num_classes=10)
    >>> config.channels
    (96, 256, 384, 384, 256)
    """

    num_classes: int = 1000
    input_size: int = 224
    channels: tuple[int, ...] = (96, 256, 384, 384, 256)
    kernels: tuple[int, ...] = (11, 5, 3, 3, 3)
    strides: tuple[int, ...] = (4, 1, 1, 1, 1)
    paddings: tuple[int, ...] = (0, 2, 1, 1, 1)
    hidden: tuple[int, ...] = (4096, 4096)
    towers: int = 2
    cross_talk: bool = True
    activation: str = "relu"
    norm: str = "lrn"
    lrn_size: int = 5
    lrn_alpha: float = 1e-4
    lrn_beta: float = 0.75
    lrn_k: float = 2.0
    lrn_divide_alpha: bool = False
    norm_first: bool = False
    pool_size: int = 3
    pool_stride: int = 2
    dropout: float = 0.5
    dropout_style: str = "inverted"
    without: tuple[str, ...] = ()
    init: str = "paper"

    def __post_init__(self) -> None:
        # Lists come from JSON; the dataclass stays hashable.
        for field in fields(self):
            value = _as_kind(field.name, getattr(self, field.name), field.default)
            object.__setattr__(self, field.name, value)
        for name in ("channels", "kernels", "strides", "paddings"):
            if len(getattr(self, name)) != 5:
                raise UserError(
                    f"{name}={getattr(self, name)} must have five entries, for conv1–conv5"
                )
        if len(self.hidden) != 2:
            raise UserError(f"hidden={self.hidden} must have two entries, for fc6 and fc7")
        for name in ("num_classes", "input_size", "pool_size", "pool_stride", "lrn_size"):
            if getattr(self, name) < 1:
                raise UserError(f"{name}={getattr(self, name)} must be at least 1")
        if min(self.channels + self.kernels + self.strides + self.hidden) < 1:
            raise UserError("channels, kernels, strides and hidden must all be at least 1")
        if self.towers not in (1, 2):
            raise UserError(f"towers={self.towers}; known: 1, 2")
        odd = [c for c in self.channels if c % self.towers]
        if odd:
            raise UserError(f"{odd[0]} channels cannot be shared out between {self.towers} towers")
        if not 0 <= self.dropout < 1:
            raise UserError(f"dropout={self.dropout} must be in [0, 1)")
        for name, known in (
            ("activation", ACTIVATIONS),
            ("norm", NORMS),
            ("init", INITIALISATIONS),
            ("dropout_style", ("inverted", "2012")),
        ):
            if getattr(self, name) not in known:
                raise UserError(
                    f"unknown {name} {getattr(self, name)!r}; known: {', '.join(known)}"
                )
        for name in self.without:
            if name not in REMOVABLE:
                raise UserError(f"cannot leave out {name!r}; known: {', '.join(REMOVABLE)}")

    @classmethod
    def of(cls, **options: Any) -> AlexNetConfig:
        """Make a configuration; an unknown option is named with the nearest known one."""
        known = [field.name for field in fields(cls)]
        for name in options:
            if name not in known:
                close = difflib.get_close_matches(name, known, 1)
                hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}"
                raise UserError(f"AlexNet has no option {name!r}; {hint}")
        return cls(**options)

    def to_dict(self) -> dict[str, Any]:
        """Return the options as JSON-ready values."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}
