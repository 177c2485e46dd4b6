"""What the lab network is trained on: one or more data sets as one, in three parts."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from ..data import ImageData, MixedSplit, Split
from ..errors import UserError


@dataclass(frozen=True, eq=False)
class LabData:
    """Data sets as one, in three parts; images keep the sizes that they have in their own set.

    Attributes
    ----------
    sources : tuple of ImageData
        The data sets, in order.
    classes : tuple of str
        Of all of them, in the same order.
    train : MixedSplit
        Their training parts.
    watched, untouched : MixedSplit
        The two halves of their validation parts. The former is looked at during training and may
        decide something; the latter is measured when everything is decided.
    mean, std : torch.Tensor
        Shape (3,): of each channel over all training images, in 0–255.
    """

    sources: tuple[ImageData, ...]
    classes: tuple[str, ...]
    train: MixedSplit = field(repr=False)
    watched: MixedSplit = field(repr=False)
    untouched: MixedSplit = field(repr=False)
    mean: Tensor = field(repr=False)
    std: Tensor = field(repr=False)

    @property
    def name(self) -> str:
        """The names of the data sets."""
        return " + ".join(source.name for source in self.sources)

    def to_dict(self) -> dict[str, Any]:
        """Return what records keep of it: names, fingerprints, counts, and the parts' digests."""
        return {
            "name": self.name,
            "sources": [
                {"name": s.name, "fingerprint": s.fingerprint, "classes": s.num_classes}
                for s in self.sources
            ],
            "train": len(self.train),
            "watched": {"images": len(self.watched), "digest": digest(self.watched)},
            "untouched": {"images": len(self.untouched), "digest": digest(self.untouched)},
        }


def lab_data(*sources: ImageData) -> LabData:
    """Put data sets together, and divide their validation parts.

    Half of each class's validation images are *watched* and half *untouched*: sorted by the SHA-256
    of their pixels, every second one. So the division is the same on every machine, and copies of
    an image are in the same part.

    Parameters
    ----------
    *sources : ImageData
        Square images; no class in two of them.

    Raises
    ------
    UserError
        When two data sets have a class of the same name, or a class has fewer than two different
        validation images.
    """
    classes = tuple(name for source in sources for name in source.classes)
    double = sorted({name for name in classes if classes.count(name) > 1})
    if double:
        raise UserError(f"class {double[0]!r} is in two of the data sets; rename one of them")
    thirds: list[tuple[Split, ...]] = []
    first = 0
    for source in sources:
        parts = (source.train, *halves(source))
        thirds.append(tuple(Split(part.images, part.labels + first) for part in parts))
        first += source.num_classes
    train, watched, untouched = (MixedSplit(*parts) for parts in zip(*thirds, strict=True))
    shares = torch.tensor([float(len(source.train)) for source in sources])
    shares = (shares / shares.sum())[:, None]
    means = torch.stack([source.mean for source in sources])
    squares = torch.stack([source.std**2 + source.mean**2 for source in sources])
    mean = (shares * means).sum(0)
    std = ((shares * squares).sum(0) - mean**2).sqrt()
    return LabData(sources, classes, train, watched, untouched, mean, std)


def halves(data: ImageData) -> tuple[Split, Split]:
    """Return the watched and the untouched half of the validation part of `data`."""
    digests = pixel_digests(data.val.images)
    labels = data.val.labels.tolist()
    odd: set[tuple[int, str]] = set()
    for label, name in enumerate(data.classes):
        mine = sorted({d for d, own in zip(digests, labels, strict=True) if own == label})
        if len(mine) < 2:
            raise UserError(
                f"class {name!r} of {data.name!r} has {len(mine)} different validation images;"
                " it takes two, one for each half"
            )
        odd |= {(label, found) for found in mine[1::2]}
    second = torch.tensor([(own, d) in odd for d, own in zip(digests, labels, strict=True)])
    return data.val.subset((~second).nonzero()[:, 0]), data.val.subset(second.nonzero()[:, 0])


def pixel_digests(images: Tensor) -> list[str]:
    """Return the SHA-256 of each image's bytes."""
    return [hashlib.sha256(image.contiguous().numpy()).hexdigest() for image in images]


def digest(split: MixedSplit) -> str:
    """Return one SHA-256 of the images of a part, whatever their order."""
    found: Sequence[str] = sorted(d for part in split.parts for d in pixel_digests(part.images))
    return hashlib.sha256("\n".join(found).encode()).hexdigest()
