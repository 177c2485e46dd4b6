"""The small net for CIFAR-10 that came with the code of 2012."""

from __future__ import annotations

from collections import OrderedDict

from torch import Tensor, nn

from ..errors import UserError
from .checks import check_input, whole_number
from .initialise import initialise
from .preprocessing import Preprocess, default_preprocess


class Cifar80Sec(nn.Module):
    """The 2012 CIFAR-10 net that reached "26 % error in 80 seconds".

    Three 5×5 convolutions (32, 32, 64 maps), each pooled 3/2 with overlap (max, mean, mean), a
    hidden layer of 64 and the logits (``example-layers/layers-80sec.cfg``). ReLU follows the
    pooling in block 1, which is the same as before it: ReLU commutes with max-pooling.

    Parameters
    ----------
    num_classes : int
        Length of the logits.
    activation : {"relu", "tanh", "sigmoid"}
        The nonlinearity of every layer.
    init : str
        See `alexnet_lab.models.initialise`.
    """

    input_size = 32

    def __init__(
        self, num_classes: int = 10, *, activation: str = "relu", init: str = "kaiming"
    ) -> None:
        super().__init__()
        num_classes = whole_number("num_classes", num_classes)
        known = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}
        if activation not in known:
            raise UserError(f"unknown activation {activation!r}; known: {', '.join(known)}")
        act = known[activation]
        self.features = nn.Sequential(
            OrderedDict(
                conv1=nn.Conv2d(3, 32, 5, padding=2),  # (N, 32, 32, 32)
                pool1=nn.MaxPool2d(3, 2, ceil_mode=True),  # (N, 32, 16, 16)
                relu1=act(),
                conv2=nn.Conv2d(32, 32, 5, padding=2),  # (N, 32, 16, 16)
                relu2=act(),
                pool2=nn.AvgPool2d(3, 2, ceil_mode=True),  # (N, 32, 8, 8)
                conv3=nn.Conv2d(32, 64, 5, padding=2),  # (N, 64, 8, 8)
                relu3=act(),
                pool3=nn.AvgPool2d(3, 2, ceil_mode=True),  # (N, 64, 4, 4)
            )
        )
        self.classifier = nn.Sequential(
            OrderedDict(
                fc4=nn.Linear(64 * 4 * 4, 64),
                relu4=act(),
                fc5=nn.Linear(64, num_classes),
            )
        )
        initialise(self, init, activation=activation)

    @property
    def default_preprocess(self) -> Preprocess:
        """What makes a picture into the input, where nothing else is said: as in 2012."""
        return default_preprocess("cifar_80sec", self.input_size)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits: (N, 3, 32, 32) → (N, num_classes)."""
        check_input(x, self.input_size, self)
        return self.classifier(self.features(x).flatten(1))


def cifar_80sec(
    num_classes: int = 10, *, activation: str = "relu", init: str = "kaiming"
) -> Cifar80Sec:
    """Build `Cifar80Sec`.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> net = al.models.cifar_80sec()
    >>> net(torch.zeros(2, 3, 32, 32)).shape
    torch.Size([2, 10])
    """
    return Cifar80Sec(num_classes, activation=activation, init=init)
