"""The trained networks that others publish: where, with which digests, and how they are told.

The digests are the makers': those of the ONNX model zoo's ``ONNX_HUB_MANIFEST.json``, of the pages
``models/bvlc_alexnet`` and ``models/bvlc_reference_caffenet`` in github.com/BVLC/caffe, and the
beginning of one in the name of torchvision's file. Means and deviations of the biases are of the
files that were at hand; they tell a network that came in another file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..data.download import Remote
from ..errors import UserError
from ..weights.foreign import foreign_reader
from .berkeley import bvlc_alexnet, caffenet
from .preprocessing import Preprocess
from .published import Published
from .variants import alexnet_owt

# The zoo left Git LFS for this place in July 2025.
_ZOO = "https://huggingface.co/onnxmodelzoo/legacy_models/resolve/main/validated/vision"
_BERKELEY = "http://dl.caffe.berkeleyvision.org"
# Caffe's mean of ILSVRC-2012, (104, 117, 123) as blue, green, red; crops of 227 pixels.
_CAFFES = Preprocess((123.0, 117.0, 104.0), None, 227, 256)


def _torchvision() -> Published:
    from torchvision.models import AlexNet_Weights

    weights = AlexNet_Weights.IMAGENET1K_V1
    # The beginning of the digest is in the file's name: alexnet-owt-7be5be79.pth.
    digest = weights.url.rpartition("-")[2].partition(".")[0]
    recipe = weights.transforms()
    return Published(
        "torchvision",
        "torchvision's AlexNet, after Krizhevsky 2014",
        "torchvision's: BSD 3-Clause; ImageNet's terms for the data",
        (Remote(weights.url, f"sha256:{digest}"),),
        61_100_840,
        alexnet_owt,
        Preprocess(
            tuple(255 * value for value in recipe.mean),
            tuple(255 * value for value in recipe.std),
            recipe.crop_size[0],
            recipe.resize_size[0],
        ),
        {"features.0": (-0.38710, 0.77657), "features.10": (0.21924, 0.28096)},
        stacks=("torchvision_alexnet_features_f16.npz",),
    )


def _bvlc() -> Published:
    return Published(
        "bvlc",
        "bvlc_alexnet, Berkeley's replication of the network of 2012",
        "released for unrestricted use",
        (
            Remote(
                f"{_ZOO}/classification/alexnet/model/bvlcalexnet-12.onnx",
                "sha256:6b0da9510f27f234ee96a85dc3809dd210150fdefad87f6850f9788513216945",
            ),
            Remote(
                f"{_BERKELEY}/bvlc_alexnet.caffemodel",
                "sha1:9116a64c0fbe4459d18f4bb6b56d647b63920377",
            ),
        ),
        60_965_224,
        bvlc_alexnet,
        _CAFFES,
        {
            "features.conv1": (-0.45436, 0.23003),
            "features.conv2": (0.092941, 0.016452),
            "features.conv3": (-0.0025408, 0.025615),
            "features.conv4": (0.12104, 0.071757),
            "features.conv5": (0.22189, 0.26584),
        },
        (0.0420, 0.0413, 0.0350),
        ("bvlc_alexnet_conv_q7.npz",),
    )


def _caffenet() -> Published:
    return Published(
        "caffenet",
        "CaffeNet, Berkeley's reference model: pooling before normalisation",
        "released for unrestricted use",
        (
            Remote(
                f"{_ZOO}/classification/caffenet/model/caffenet-12.onnx",
                "sha256:ea563e5c47d1f58e1717cf1a2d8bf288b8adc07af0ad228b622096cd243aeecb",
            ),
            Remote(
                f"{_BERKELEY}/bvlc_reference_caffenet.caffemodel",
                "sha1:4c8d77deb20ea792f84eb5e6d0a11ca0a8660a46",
            ),
        ),
        60_965_224,
        caffenet,
        _CAFFES,
        {"features.conv1": (-0.35834, 0.23970), "features.conv2": (0.99740, 0.010104)},
        (0.0423, 0.0426, 0.0357),
    )


_MAKERS = {"torchvision": _torchvision, "bvlc": _bvlc, "caffenet": _caffenet}
PUBLISHED = tuple(_MAKERS)


def published(name: str) -> Published:
    """Return a published network by name.

    Raises
    ------
    UserError
        When it is unknown.
    """
    if name not in _MAKERS:
        raise UserError(f"no published network {name!r}; known: {', '.join(_MAKERS)}")
    return _MAKERS[name]()


def open_foreign(path: Path) -> Any:
    """Open a file of another program as the published network whose weights it holds.

    Raises
    ------
    UserError
        When it is damaged, or holds the weights of none of them.
    """
    reader = foreign_reader(path)
    if not path.is_file():
        raise UserError(f"no such file: {str(path)!r}")
    state = reader(path) if reader else {}
    for name in _MAKERS:
        found = published(name)
        try:
            found.check(state, str(path))
        except UserError:
            continue
        return found.open(path)
    raise UserError(
        f"{str(path)!r} holds the weights of none of {', '.join(_MAKERS)}; export it as a state"
        " dict to open it by name"
    )
