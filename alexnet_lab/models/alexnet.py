"""The network of Krizhevsky, Sutskever and Hinton (NIPS 2012), and what an ablation makes of it."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from torch import Tensor, nn

from ..errors import UserError
from .checks import check_input
from .config import AlexNetConfig
from .initialise import initialise
from .layers import Dropout2012, RoundUpConv2d
from .options import AlexNetOptions, named_options
from .preprocessing import Preprocess, default_preprocess
from .response_norm import LocalResponseNorm

if TYPE_CHECKING:
    from typing_extensions import Unpack

_ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "none": nn.Identity,
}


class AlexNet(nn.Module):
    """The network of 2012: five convolutions, three fully connected layers, two towers.

    With the defaults, as `alexnet_2012`: 60,965,224 parameters and 724,406,816
    multiply–accumulates an image. **Not** torchvision's ``alexnet``, which descends from
    Krizhevsky's later network (2014); that one is `alexnet_owt`.

    ======  ===================  ==========  ==========================================
    layer   output               parameters  note
    ======  ===================  ==========  ==========================================
    conv1   (N, 96, 55, 55)          34,944  11×11, stride 4, output size rounded up
    conv2   (N, 256, 27, 27)        307,456  5×5; each tower sees its own 48 maps
    conv3   (N, 384, 13, 13)        885,120  3×3; sees both towers
    conv4   (N, 384, 13, 13)        663,936  3×3; own tower
    conv5   (N, 256, 13, 13)        442,624  3×3; own tower
    fc6     (N, 4096)            37,752,832  sees both towers
    fc7     (N, 4096)            16,781,312
    fc8     (N, 1000)             4,097,000  the logits
    ======  ===================  ==========  ==========================================

    Parameters
    ----------
    num_classes : int
        Length of the logits.
    **options
        Any field of `AlexNetConfig`: ``AlexNet(10, activation="tanh", norm="none")``.

    Attributes
    ----------
    features : torch.nn.Sequential
        ``conv1, relu1, norm1, pool1, … conv5, relu5, pool5``.
    classifier : torch.nn.Sequential
        ``fc6, relu6, drop6, fc7, relu7, drop7, fc8``.
    config : AlexNetConfig
        The options that made it.
    input_size : int
        Side of the input in pixels.

    Raises
    ------
    UserError
        When an option is unknown or makes no network.

    Notes
    -----
    Deviations from the paper: dropout is *inverted* (scaled in training, not at test) unless
    ``dropout_style="2012"``, which changes no expected value. Where the paper and the 2012 source
    differ, the paper is the default; see `alexnet_2012`.

    References
    ----------
    Krizhevsky, Sutskever, Hinton: ImageNet Classification with Deep Convolutional Neural
    Networks, NIPS 2012, §3.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> net = al.models.AlexNet(num_classes=10, input_size=67, hidden=(64, 64))
    >>> net(torch.zeros(1, 3, 67, 67)).shape
    torch.Size([1, 10])
    """

    @named_options()
    def __init__(self, num_classes: int = 1000, **options: Unpack[AlexNetOptions]) -> None:
        super().__init__()
        self.config = config = AlexNetConfig.of(num_classes=num_classes, **options)
        self.input_size = config.input_size
        self.features = nn.Sequential(_convolutions(config))
        width = config.channels[4 if "conv5" not in config.without else _last_conv(config)]
        side = feature_side(config)
        self.classifier = nn.Sequential(_fully_connected(config, width * side * side))
        initialise(self, config.init, activation=config.activation)

    @property
    def default_preprocess(self) -> Preprocess:
        """What makes a picture into the input, where nothing else is said: as in 2012."""
        return default_preprocess("alexnet_2012", self.input_size)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits.

        Parameters
        ----------
        x : torch.Tensor
            Images, (N, 3, input_size, input_size). The 2012 recipe feeds 0–255 minus the mean.

        Returns
        -------
        torch.Tensor
            Logits, (N, num_classes).
        """
        check_input(x, self.input_size, self)
        return self.classifier(self.features(x).flatten(1))


def feature_side(config: AlexNetConfig) -> int:
    """Return the side, in pixels, of what pool5 gives to fc6 (6 in the paper's network)."""
    side = config.input_size
    for index, (kernel, stride, pad) in enumerate(
        zip(config.kernels, config.strides, config.paddings, strict=True)
    ):
        if f"conv{index + 1}" not in config.without:
            side = 1 - (-(side + 2 * pad - kernel) // stride)
        if index in (0, 1, 4):
            rest = side - config.pool_size
            stride = config.pool_stride
            side = 1 + (-(-rest // stride) if _rounds_up(config) else rest // stride)
        if side < 1:
            raise UserError(
                f"input_size={config.input_size} is too small: nothing is left after block"
                f" {index + 1}"
            )
    return side


def _rounds_up(config: AlexNetConfig) -> bool:
    # Overlapping pooling rounds up, as the 2012 source does with every size. Without overlap we
    # round down, which gives the same sizes: "output of equivalent dimensions" (paper §3.4). The
    # source rounds up here, too, and pads conv2 and conv5 less instead (layers-147.cfg).
    return config.pool_size > config.pool_stride


def _last_conv(config: AlexNetConfig) -> int:
    return max(i for i in range(5) if f"conv{i + 1}" not in config.without)


def _convolutions(c: AlexNetConfig) -> OrderedDict[str, nn.Module]:
    """Lay out conv1–conv5; the shapes are those of the paper's network."""
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    maps = 3
    for i in range(5):
        n = i + 1
        if f"conv{n}" not in c.without:
            # conv1 sees the image and conv3 sees both towers; the others see their own (§3.2).
            apart = n in (2, 4, 5) or (n == 3 and not c.cross_talk)
            layers[f"conv{n}"] = RoundUpConv2d(
                maps,
                c.channels[i],
                c.kernels[i],
                c.strides[i],
                c.paddings[i],
                groups=c.towers if apart else 1,
                bias=c.norm != "batch",
            )  # (N, 96, 55, 55), (N, 256, 27, 27), (N, 384, 13, 13) twice, (N, 256, 13, 13)
            maps = c.channels[i]
            if c.norm == "batch":
                layers[f"norm{n}"] = nn.BatchNorm2d(maps)
            relu = (f"relu{n}", _ACTIVATIONS[c.activation]())
            if n < 3 and c.norm == "lrn":
                norm = (f"norm{n}", _response_norm(c))
                layers.update([norm, relu] if c.norm_first and n == 1 else [relu, norm])
            else:
                layers.update([relu])
        if n in (1, 2, 5):
            pool = nn.MaxPool2d(c.pool_size, c.pool_stride, ceil_mode=_rounds_up(c))
            layers[f"pool{n}"] = pool  # (N, 96, 27, 27), (N, 256, 13, 13), (N, 256, 6, 6)
    return layers


def _response_norm(c: AlexNetConfig) -> LocalResponseNorm:
    return LocalResponseNorm(
        c.lrn_size,
        c.lrn_alpha,
        c.lrn_beta,
        c.lrn_k,
        groups=c.towers,
        divide_alpha=c.lrn_divide_alpha,
    )


def _fully_connected(c: AlexNetConfig, inputs: int) -> OrderedDict[str, nn.Module]:
    """Lay out fc6–fc8."""
    drop = Dropout2012 if c.dropout_style == "2012" else nn.Dropout
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for n, units in zip((6, 7), c.hidden, strict=True):
        if f"fc{n}" not in c.without:
            layers[f"fc{n}"] = nn.Linear(inputs, units)  # (N, 4096)
            layers[f"relu{n}"] = _ACTIVATIONS[c.activation]()
            layers[f"drop{n}"] = drop(c.dropout)
            inputs = units
    layers["fc8"] = nn.Linear(inputs, c.num_classes)  # (N, 1000)
    return layers
