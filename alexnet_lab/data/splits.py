"""What a data set is: images as one array of bytes, labels, and the names of the classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch

from ..errors import UserError

#: Images of a batch that have one size: which of the batch they are (None: all of it), and they.
Piece = tuple[torch.Tensor | None, torch.Tensor]


@dataclass(frozen=True, eq=False)
class Split:
    """Images and labels of one part of a data set.

    Works as a ``torch.utils.data.Dataset`` as well: ``split[i]`` is ``(image, label)``.

    Attributes
    ----------
    images : torch.Tensor
        uint8, shape (N, 3, H, W), RGB in 0–255. Mapped from a file for data sets that are kept on
        the disk: only what is used is read. Writing to it changes neither the file nor the cache.
    labels : torch.Tensor
        int64, shape (N,).
    """

    images: torch.Tensor
    labels: torch.Tensor

    def __post_init__(self) -> None:
        if self.images.ndim != 4 or self.images.dtype != torch.uint8:
            raise UserError(
                f"images are uint8 of shape (N, 3, H, W), not {self.images.dtype} of shape "
                f"{tuple(self.images.shape)}"
            )
        if self.labels.shape != (len(self.images),) or self.labels.dtype != torch.int64:
            raise UserError(
                f"labels are int64 of shape ({len(self.images)},), not {self.labels.dtype} of "
                f"shape {tuple(self.labels.shape)}"
            )

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return self.images[index], int(self.labels[index])

    def pieces(self, chosen: slice | torch.Tensor) -> list[Piece]:
        """Return the images `chosen` as one piece; see `MixedSplit.pieces`."""
        return [(None, self.images[chosen])]

    def subset(self, indices: Sequence[int] | torch.Tensor) -> Split:
        """Return a split (a copy, in memory) of the images at `indices`."""
        chosen = torch.as_tensor(indices)
        return Split(self.images[chosen], self.labels[chosen])

    def __repr__(self) -> str:
        count, _, height, width = self.images.shape
        return f"Split({count:,} images of {height} × {width})"


class MixedSplit:
    """Several splits as one, whose images may differ in size from split to split.

    For `Batches`, whose transform makes them one size. Images are numbered through, part after
    part.

    Parameters
    ----------
    *parts : Split
        Labels are counted in one list of classes.

    Examples
    --------
    >>> import torch
    >>> from alexnet_lab.data import MixedSplit, Split
    >>> small, large = (torch.zeros(2, 3, side, side, dtype=torch.uint8) for side in (8, 16))
    >>> MixedSplit(Split(small, torch.tensor([0, 1])), Split(large, torch.tensor([2, 2])))
    MixedSplit(2 images of 8 × 8 + 2 images of 16 × 16)
    """

    def __init__(self, *parts: Split) -> None:
        if not parts:
            raise UserError("a mixed split has at least one part")
        self.parts = parts
        self.labels = torch.cat([part.labels for part in parts])

    def __len__(self) -> int:
        return len(self.labels)

    def pieces(self, chosen: slice | torch.Tensor) -> list[Piece]:
        """Return the images `chosen`, by part.

        Returns
        -------
        list of (Tensor, Tensor)
            Which of the chosen they are, int64 (n,), and the images, uint8 (n, 3, H, W); for a
            `Split`, whose images are all alike, None instead of the former.
        """
        if isinstance(chosen, slice):
            chosen = torch.arange(len(self))[chosen]
        found: list[Piece] = []
        start = 0
        for part in self.parts:
            rows = ((chosen >= start) & (chosen < start + len(part))).nonzero()[:, 0]
            if len(rows):
                found.append((rows, part.images[chosen[rows] - start]))
            start += len(part)
        return found

    def __repr__(self) -> str:
        return f"MixedSplit({' + '.join(repr(part)[6:-1] for part in self.parts)})"


@dataclass(frozen=True, eq=False)
class ImageData:
    """A data set in two parts, with what is needed to name and to normalise it.

    Attributes
    ----------
    name : str
        Its name, or the folder's.
    train, val : Split
        The parts; sets that come with a test part instead have it as `val`.
    classes : tuple of str
        Name of each label.
    mean, std : torch.Tensor
        Shape (3,): mean and standard deviation of each channel over the training part, in 0–255.
    mean_image : torch.Tensor
        Shape (3, H, W): mean of each pixel over the training part, as the network of 2012
        subtracts it (§2).
    fingerprint : str
        Hexadecimal digest of the content: the same wherever the same files are decoded alike.
    """

    name: str
    train: Split
    val: Split
    classes: tuple[str, ...]
    mean: torch.Tensor = field(repr=False)
    std: torch.Tensor = field(repr=False)
    mean_image: torch.Tensor = field(repr=False)
    fingerprint: str

    @property
    def num_classes(self) -> int:
        """How many classes there are."""
        return len(self.classes)

    @property
    def size(self) -> int:
        """Height of the stored images, in pixels."""
        return self.train.images.shape[2]

    def __repr__(self) -> str:
        return (
            f"ImageData({self.name!r}: {len(self.train):,} + {len(self.val):,} images of "
            f"{self.size} × {self.train.images.shape[3]}, {self.num_classes} classes, "
            f"fingerprint {self.fingerprint[:12]})"
        )


def balanced(labels: Sequence[int], count: int, classes: int) -> torch.Tensor:
    """Choose `count` images, of all classes alike and at least one of each; the same every time.

    Parameters
    ----------
    labels : sequence of int
        Of all images.
    count : int
        How many; with fewer than there are classes, one of each class.
    classes : int
        How many classes there are.

    Returns
    -------
    torch.Tensor
        int64: places in `labels`.
    """
    count = max(count, min(classes, len(labels)))
    if count >= len(labels):
        return torch.arange(len(labels))
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
    seen = [0] * classes
    turns = []
    for index in order.tolist():
        turns.append(seen[labels[index]])
        seen[labels[index]] += 1
    # The first image of every class, then the second of every class, …
    return order[torch.tensor(turns).argsort(stable=True)[:count]]


def statistics(images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return mean (3,), standard deviation (3,) and mean image (3, H, W) of uint8 images.

    Sums of bytes are exact in float64, so that the result does not depend on the order.
    """
    total = torch.zeros(images.shape[1:], dtype=torch.float64)
    squares = torch.zeros(images.shape[1], dtype=torch.float64)
    step = max(1, 50_000_000 // images[0].numel())
    for part in images.split(step):
        total += part.sum(0, dtype=torch.int64)
        # Counting the 256 values is quicker, and lighter, than squaring every pixel.
        for channel in range(images.shape[1]):
            counts = torch.bincount(part[:, channel].flatten(), minlength=256)
            squares[channel] += (counts * torch.arange(256) ** 2).sum()
    pixels = len(images) * images.shape[2] * images.shape[3]
    mean = total.sum((1, 2)) / pixels
    variance = squares / pixels - mean**2
    return mean.float(), variance.clamp(min=0).sqrt().float(), (total / len(images)).float()
