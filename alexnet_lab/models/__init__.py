"""The networks, their layers and their weights."""

from .alexnet import AlexNet
from .berkeley import BerkeleyAlexNet as BerkeleyAlexNet
from .berkeley import ConvStack as ConvStack
from .berkeley import bvlc_alexnet, caffenet
from .cifar import Cifar80Sec as Cifar80Sec
from .cifar import cifar_80sec
from .config import AlexNetConfig
from .distributed import DistributedTower as DistributedTower
from .distributed import build_tower
from .initialise import initialise
from .launch import launch
from .layers import Dropout2012, LocalConv2d
from .layers import RoundUpConv2d as RoundUpConv2d
from .pretrained import Preprocess as Preprocess
from .pretrained import load_pretrained
from .response_norm import LocalResponseNorm
from .towers import TwoDeviceAlexNet as TwoDeviceAlexNet
from .towers import merge_towers, split_towers
from .traffic import Traffic as Traffic
from .traffic import data_parallel_bytes
from .variants import (
    AlexNetMini,
    alexnet_2012,
    alexnet_batch_norm,
    alexnet_mini,
    alexnet_one_gpu,
    alexnet_one_tower,
    alexnet_owt,
    build,
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
    "bvlc_alexnet",
    "caffenet",
    "build",
    "load_pretrained",
    "names",
    "initialise",
    "LocalResponseNorm",
    "Dropout2012",
    "LocalConv2d",
    "split_towers",
    "merge_towers",
    "build_tower",
    "launch",
    "data_parallel_bytes",
]


def __dir__() -> list[str]:
    return __all__
