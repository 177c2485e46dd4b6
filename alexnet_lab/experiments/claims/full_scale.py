"""Row 7 at full scale: the first kernels of networks that others trained on ImageNet.

Their weights are not in the package. Of each of the 96 kernels two figures are, which is all that
the test needs: its share of colour and its length. A test computes them again from the weights
where these are at hand.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from ...analysis import Filters
from ..design.claim import Interval
from ..design.statistics import permutation_p, resampled_difference, weighted_mean

FILE = Path(__file__).parents[1] / "records" / "imagenet_kernels.json"
ERROR = 0.05


@dataclass(frozen=True)
class FullScale:
    """How the two towers of a network differ in colour.

    Attributes
    ----------
    network : str
        Which: ``"bvlc_alexnet"``, ``"caffenet"``.
    shares : (float, float)
        Each tower's mean share of colour in percent; kernels of larger norm weigh more.
    gap : Interval
        First minus second tower, in points: a 95 % interval, by a bootstrap over kernels.
    p : float
        How often kernels dealt to two towers at random differ as much.
    """

    network: str
    shares: tuple[float, float]
    gap: Interval
    p: float

    def __repr__(self) -> str:
        first, second = self.shares
        gap = f"{self.gap.estimate:.0f} [{self.gap.low:.0f}, {self.gap.high:.0f}]"
        return (
            f"{self.network}: colour {first:.0f} % and {second:.0f} %; {gap} points; p = {self.p:g}"
        )


def imagenet_towers() -> tuple[FullScale, ...]:
    """Return the towers' colours in two networks that Berkeley's group trained on ImageNet.

    Both are the paper's network, but for small changes. Each is one training: its kernels can be
    tested for a split, but two trainings are few for "in every run".

    Examples
    --------
    >>> import alexnet_lab as al
    >>> [round(abs(one.gap.estimate)) for one in al.experiments.imagenet_towers()]
    [67, 75]
    """
    return tuple(compare(name, **figures) for name, figures in _recorded().items())


def gaps() -> tuple[float, ...]:
    """Return the difference between the towers of each of these networks, in points, unsigned.

    As in `imagenet_towers`, without intervals: what a rule needs of them.
    """
    return tuple(abs(first - second) for first, second in map(_means, _recorded().values()))


def _recorded() -> dict[str, Any]:
    return json.loads(FILE.read_text(encoding="utf-8"))["networks"]


def _means(figures: Mapping[str, Sequence[float]]) -> tuple[float, float]:
    shares, norm = figures["colourfulness"], figures["norm"]
    half = len(norm) // 2
    first, second = (
        100 * weighted_mean(shares[side], norm[side]) for side in (slice(half), slice(half, None))
    )
    return first, second


def compare(network: str, colourfulness: Sequence[float], norm: Sequence[float]) -> FullScale:
    """Compare both halves of a layer's kernels."""
    half = len(norm) // 2
    shares = [100 * v for v in colourfulness]
    sides, weights = (shares[:half], shares[half:]), (norm[:half], norm[half:])
    return FullScale(
        network,
        _means({"colourfulness": colourfulness, "norm": norm}),
        resampled_difference(*sides, weights, ERROR),
        permutation_p(*sides, weights),
    )


def figures(weight: Tensor) -> dict[str, list[float]]:
    """Measure kernels of shape (n, 3, k, k), channels in the order RGB: what the file holds."""
    found = Filters(weight, "conv1", 2)
    return {
        "colourfulness": [round(v, 4) for v in found.colourfulness.tolist()],
        "norm": [round(v, 5) for v in found.norm.tolist()],
    }
