"""The networks by name: which AlexNet, exactly."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from torch import nn

from ..errors import UserError
from .alexnet import AlexNet
from .berkeley import bvlc_alexnet, caffenet
from .checks import whole_number
from .cifar import cifar_80sec
from .options import AlexNetOptions, named_options

if TYPE_CHECKING:
    from typing_extensions import Unpack


_SOURCE: AlexNetOptions = {"init": "source", "lrn_divide_alpha": True, "norm_first": True}
_ONE_TOWER: AlexNetOptions = {"towers": 1}
_ONE_GPU: AlexNetOptions = {"towers": 1, "channels": (48, 128, 192, 192, 256)}
_BATCH_NORM: AlexNetOptions = {"norm": "batch", "init": "kaiming"}
_MINI: AlexNetOptions = {
    "input_size": 32,
    "channels": (64, 96, 128, 128, 96),
    "kernels": (5, 5, 3, 3, 3),
    "strides": (1, 1, 1, 1, 1),
    "paddings": (2, 2, 1, 1, 1),
    "hidden": (512, 256),
    "towers": 1,
    "norm": "none",
    "init": "kaiming",
}


@named_options()
def alexnet_2012(
    num_classes: int = 1000, *, follow: str = "paper", **options: Unpack[AlexNetOptions]
) -> AlexNet:
    """Build the network of the paper: two towers, LRN, overlapping pooling, 224² input.

    60,965,224 parameters and 724,406,816 multiply–accumulates an image (1000 classes).

    Parameters
    ----------
    num_classes : int
        Length of the logits.
    follow : {"paper", "source"}
        Where the paper and the 2012 source differ, whom to follow:

        =====================  ==========================  ====================================
        what                   ``"paper"``                 ``"source"``
        =====================  ==========================  ====================================
        weights of conv3–5     N(0, 0.01), §5              N(0, 0.03), layers-145.cfg:143–214
        α of LRN               α·Σ, §3.3                   (α/n)·Σ, layer.py:1183
        conv1                  ReLU, then LRN, §3.3        LRN, then ReLU, layers-145.cfg:35–63
        =====================  ==========================  ====================================

        The source's third, undocumented normalisation after conv2 (``layers-145.cfg:107-117``)
        is left out of both.
    **options
        Any field of `AlexNetConfig`; wins over `follow`.

    Returns
    -------
    AlexNet
        A freshly initialised network in training mode.

    Raises
    ------
    UserError
        When `follow` or an option is unknown.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> with torch.device("meta"):  # shapes alone, no weights
    ...     net = al.models.alexnet_2012()
    >>> sum(p.numel() for p in net.parameters())
    60965224
    """
    if follow not in ("paper", "source"):
        raise UserError(f"unknown follow={follow!r}; known: paper, source")
    if follow == "source":
        options = {**_SOURCE, **options}
    return AlexNet(num_classes, **options)


@named_options(_ONE_TOWER)
def alexnet_one_tower(num_classes: int = 1000, **options: Unpack[AlexNetOptions]) -> AlexNet:
    """Build the 2012 network without the split: every kernel sees every map.

    62,378,344 parameters and 1,135,256,096 multiply–accumulates: what a reader gets who leaves
    the groups out.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> with torch.device("meta"):  # shapes alone, no weights
    ...     net = al.models.alexnet_one_tower()
    >>> sum(p.numel() for p in net.parameters())
    62378344
    """
    wanted: AlexNetOptions = {**_ONE_TOWER, **options}
    return AlexNet(num_classes, **wanted)


@named_options(_ONE_GPU)
def alexnet_one_gpu(num_classes: int = 1000, **options: Unpack[AlexNetOptions]) -> AlexNet:
    """Build the one-GPU net of §3.2: half the kernels in conv1–conv4, conv5 and FC layers in full.

    59,798,312 parameters and 391,514,384 multiply–accumulates (``layers-145-half.cfg``). The
    paper's footnote says why conv5 and the FC layers were not halved: the net would then have
    had half the parameters.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> with torch.device("meta"):  # shapes alone, no weights
    ...     net = al.models.alexnet_one_gpu()
    >>> net.features.conv1.weight.shape
    torch.Size([48, 3, 11, 11])
    """
    wanted: AlexNetOptions = {**_ONE_GPU, **options}
    return AlexNet(num_classes, **wanted)


@named_options(_BATCH_NORM)
def alexnet_batch_norm(num_classes: int = 1000, **options: Unpack[AlexNetOptions]) -> AlexNet:
    """Build the 2012 network with batch normalisation after every convolution, and no LRN.

    The convolutions have no bias: the normalisation would subtract it again (Ioffe and Szegedy
    2015, §3.2). Kaiming initialisation.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> with torch.device("meta"):  # shapes alone, no weights
    ...     net = al.models.alexnet_batch_norm()
    >>> type(al.analysis.find_layer(net, "norm1")).__name__
    'BatchNorm2d'
    """
    wanted: AlexNetOptions = {**_BATCH_NORM, **options}
    return AlexNet(num_classes, **wanted)


def alexnet_owt(num_classes: int = 1000, *, dropout: float = 0.5) -> nn.Module:
    """Build torchvision's ``alexnet``, after the net of "One weird trick" (Krizhevsky 2014).

    Not quite that net: the paper of 2014 has 384 kernels in conv4, its code
    (``layers-imagenet-1gpu.cfg`` of cuda-convnet2) 256; the code keeps response normalisation,
    torchvision has none.

    64-192-384-256-256 kernels, no LRN, no groups, conv1 with padding 2: 61,100,840 parameters and
    714,188,480 multiply–accumulates. It *is* torchvision's class, so its weights load as they are.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> with torch.device("meta"):  # shapes alone, no weights
    ...     net = al.models.alexnet_owt()
    >>> sum(p.numel() for p in net.parameters())
    61100840
    """
    from ._torchvision import AlexNetOWT

    return AlexNetOWT(whole_number("num_classes", num_classes), dropout)


class AlexNetMini(AlexNet):
    """An AlexNet for small images: the same eight layers, sized for 32×32.

    conv1 has 5×5 kernels at stride 1, since 11×11 at stride 4 would leave 7×7 pixels of a 32×32
    image; three overlapping poolings then give 32 → 16 → 8 → 4. One tower, Kaiming
    initialisation, batch or response normalisation on request.

    Parameters
    ----------
    num_classes : int
        Length of the logits.
    **options
        Any field of `AlexNetConfig`.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> net = al.models.AlexNetMini(num_classes=4)
    >>> net(torch.zeros(2, 3, 32, 32)).shape
    torch.Size([2, 4])
    """

    @named_options(_MINI)
    def __init__(self, num_classes: int = 10, **options: Unpack[AlexNetOptions]) -> None:
        wanted: AlexNetOptions = {**_MINI, **options}
        super().__init__(num_classes, **wanted)


@named_options(_MINI)
def alexnet_mini(num_classes: int = 10, **options: Unpack[AlexNetOptions]) -> AlexNetMini:
    """Build `AlexNetMini`.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> net = al.models.alexnet_mini(num_classes=4)
    >>> net.classifier.fc8
    Linear(in_features=256, out_features=4, bias=True)
    """
    return AlexNetMini(num_classes, **options)


_BUILDERS: dict[str, Callable[..., nn.Module]] = {
    "alexnet_2012": alexnet_2012,
    "alexnet_one_tower": alexnet_one_tower,
    "alexnet_one_gpu": alexnet_one_gpu,
    "alexnet_batch_norm": alexnet_batch_norm,
    "alexnet_owt": alexnet_owt,
    "alexnet_mini": alexnet_mini,
    "cifar_80sec": cifar_80sec,
    "bvlc_alexnet": bvlc_alexnet,
    "caffenet": caffenet,
}


def names() -> list[str]:
    """Return the names that `build` knows.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> al.models.names()[:2]
    ['alexnet_2012', 'alexnet_one_tower']
    """
    return list(_BUILDERS)


def build(name: str, num_classes: int | None = None, **options: Any) -> nn.Module:
    """Build a network by name: ``build("alexnet_2012", num_classes=10, norm="none")``.

    Parameters
    ----------
    name : str
        One of `names`; ``-`` may stand for ``_``.
    num_classes : int, optional
        Length of the logits; the network's own default otherwise.
    **options
        What the network's function takes.

    Returns
    -------
    torch.nn.Module
        A freshly initialised network.

    Raises
    ------
    UserError
        When the name or an option is unknown.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> net = al.models.build("alexnet-mini", num_classes=4, norm="batch")
    >>> net.classifier.fc8
    Linear(in_features=256, out_features=4, bias=True)
    """
    builder = _BUILDERS.get(name.replace("-", "_"))
    if name.lower() == "alexnet":
        raise UserError(
            "which AlexNet? 'alexnet_2012' is the network of the paper, with two towers;"
            " 'alexnet_owt' is torchvision's alexnet, after Krizhevsky's later network (2014)"
        )
    if builder is None:
        close = difflib.get_close_matches(name, _BUILDERS, 1)
        hint = f"did you mean {close[0]!r}? " if close else ""
        raise UserError(f"unknown model {name!r}; {hint}known: {', '.join(_BUILDERS)}")
    if num_classes is not None:
        options["num_classes"] = num_classes
    try:
        return builder(**options)
    except TypeError as error:
        # Only the builders without **options reach this: they name the argument themselves.
        raise UserError(f"{name}: {str(error).rpartition('() ')[2]}") from error
