"""The networks, their layers and their weights."""

from .alexnet import AlexNet
from .berkeley import BerkeleyAlexNet, ConvStack, bvlc_alexnet, caffenet
from .config import AlexNetConfig
from .distributed import DistributedTower, build_tower
from .initialise import initialise
from .launch import launch
from .layers import Dropout2012, LocalConv2d, RoundUpConv2d
from .pretrained import Preprocess, load_pretrained
from .response_norm import LocalResponseNorm
from .towers import TwoDeviceAlexNet, merge_towers, split_towers
from .traffic import Traffic, data_parallel_bytes
from .variants import (
    AlexNetMini,
    Cifar80Sec,
    alexnet_2012,
    alexnet_batch_norm,
    alexnet_mini,
    alexnet_one_gpu,
    alexnet_one_tower,
    alexnet_owt,
    build,
    cifar_80sec,
    names,
)

__all__ = [
    "AlexNet",
    "AlexNetConfig",
    "alexnet_2012",
    "alexnet_one_tower",
    "alexnet_one_gpu",
    "alexnet_batch_norm",
    "alexnet_owt",
    "alexnet_mini",
    "AlexNetMini",
    "cifar_80sec",
    "Cifar80Sec",
    "bvlc_alexnet",
    "caffenet",
    "BerkeleyAlexNet",
    "ConvStack",
    "build",
    "load_pretrained",
    "Preprocess",
    "names",
    "initialise",
    "LocalResponseNorm",
    "RoundUpConv2d",
    "Dropout2012",
    "LocalConv2d",
    "split_towers",
    "merge_towers",
    "TwoDeviceAlexNet",
    "build_tower",
    "DistributedTower",
    "launch",
    "Traffic",
    "data_parallel_bytes",
]


def __dir__() -> list[str]:
    return __all__
