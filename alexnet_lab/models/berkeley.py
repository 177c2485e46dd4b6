"""Berkeley's replications of the network of 2012: ``bvlc_alexnet`` and CaffeNet."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from torch import Tensor, nn

from .alexnet import AlexNet
from .checks import check_input
from .options import AlexNetOptions, named_options
from .response_norm import LocalResponseNorm

if TYPE_CHECKING:
    from typing_extensions import Unpack

_BERKELEY: AlexNetOptions = {"input_size": 227, "lrn_k": 1.0, "lrn_divide_alpha": True}


class BerkeleyAlexNet(AlexNet):
    """The network of 2012 as Berkeley trained it in Caffe, on one GPU.

    Where it differs from the paper's: 227² inputs, of which conv1 leaves no pixel out; response
    normalisation with k = 1, α / n, and windows that reach from one tower into the other.

    Parameters
    ----------
    num_classes : int
        Length of the logits.
    pool_first : bool
        Pool before normalising, as CaffeNet does; ``bvlc_alexnet`` follows the paper.
    **options
        Any field of `AlexNetConfig`.

    References
    ----------
    github.com/BVLC/caffe, ``models/bvlc_alexnet`` and ``models/bvlc_reference_caffenet``.
    """

    @named_options(_BERKELEY)
    def __init__(
        self,
        num_classes: int = 1000,
        *,
        pool_first: bool = False,
        **options: Unpack[AlexNetOptions],
    ) -> None:
        wanted: AlexNetOptions = {**_BERKELEY, **options}
        super().__init__(num_classes, **wanted)
        layers = OrderedDict(self.features.named_children())
        for name, layer in layers.items():
            if isinstance(layer, LocalResponseNorm):
                layers[name] = LocalResponseNorm(
                    layer.size, layer.alpha, layer.beta, layer.k, divide_alpha=layer.divide_alpha
                )
        if pool_first and "norm1" in layers:
            swapped = {"norm1": "pool1", "pool1": "norm1", "norm2": "pool2", "pool2": "norm2"}
            layers = OrderedDict((n, layers[n]) for n in (swapped.get(n, n) for n in layers))
        self.features = nn.Sequential(layers)


@named_options(_BERKELEY)
def bvlc_alexnet(num_classes: int = 1000, **options: Unpack[AlexNetOptions]) -> BerkeleyAlexNet:
    """Build ``bvlc_alexnet``: the paper's order, conv1 → ReLU → LRN → pooling.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> with torch.device("meta"):  # shapes alone, no weights
    ...     net = al.models.bvlc_alexnet()
    >>> [name for name, _ in net.features.named_children()][:4]
    ['conv1', 'relu1', 'norm1', 'pool1']
    """
    return BerkeleyAlexNet(num_classes, **options)


@named_options(_BERKELEY)
def caffenet(num_classes: int = 1000, **options: Unpack[AlexNetOptions]) -> BerkeleyAlexNet:
    """Build CaffeNet: as ``bvlc_alexnet``, but pooling comes before LRN.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> with torch.device("meta"):  # shapes alone, no weights
    ...     net = al.models.caffenet()
    >>> [name for name, _ in net.features.named_children()][:4]
    ['conv1', 'relu1', 'pool1', 'norm1']
    """
    return BerkeleyAlexNet(num_classes, pool_first=True, **options)


class ConvStack(nn.Module):
    """The convolutional layers of a trained network whose fully connected layers are not here.

    Parameters
    ----------
    whole : torch.nn.Module
        A network whose ``features`` and ``input_size`` are taken, and ``config`` if it has one.

    Attributes
    ----------
    features : torch.nn.Sequential
        The layers, named as in the whole network.
    """

    def __init__(self, whole: nn.Module) -> None:
        super().__init__()
        self.features: nn.Module = whole.features  # type: ignore[assignment]
        self.input_size = whole.input_size
        if hasattr(whole, "config"):
            self.config = whole.config

    def forward(self, x: Tensor) -> Tensor:
        """Return the last layer's maps: (N, 256, 6, 6). There are no logits."""
        check_input(x, None, self)
        return self.features(x)
