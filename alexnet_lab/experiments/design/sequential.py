"""Looking at the results before the last run: when, and what it costs.

A comparison is looked at after 3, 6, 12 and 24 seeds, and ends as soon as it is decided. Looking
four times at 95 % intervals finds an effect where there is none in more than one of ten
experiments. So every interval here has a level of 1 − `NOMINAL`: under no effect, the chance that
any of the four excludes 0 is 5 % (Pocock's boundary, for paired t-tests on so few seeds). These are
*repeated confidence intervals* (Jennison and Turnbull, 1989): together they hold the truth in 95 %
of experiments, wherever one stops.

>>> from alexnet_lab.experiments import sequential
>>> sequential.look_at(seeds=7), sequential.next_look(seeds=7)
(6, 12)
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from statistics import fmean

from .claim import Interval

LOOKS = (3, 6, 12, 24)
NOMINAL = 0.0145
"""Two-sided error of one look; ``tests/experiments/test_sequential.py`` computes it again."""


def look_at(seeds: int) -> int:
    """Return how many of so many seeds the last look that is due takes: 0, 3, 6, 12 or 24."""
    return max((look for look in LOOKS if look <= seeds), default=0)


def next_look(seeds: int) -> int | None:
    """Return the next look after so many seeds; None after the last."""
    return next((look for look in LOOKS if look > seeds), None)


def repeated_interval(values: Sequence[float], family: int = 1) -> Interval:
    """Return mean and repeated confidence interval of paired differences, one value a seed.

    Parameters
    ----------
    values : sequence of float
        As many as a look takes.
    family : int
        How many comparisons are judged together, where one alone decides (Bonferroni).
    """
    mean, n = fmean(values), len(values)
    if n < 2:
        return Interval(mean, -math.inf, math.inf, (n,))
    half = reach(spread_of(values), n, family)
    return Interval(mean, mean - half, mean + half, (n,))


def spread_of(values: Sequence[float]) -> float:
    """Return the standard deviation of a sample; 0 of a single value."""
    # In floats: `statistics` computes in fractions, which takes the simulations ten times as long.
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((v - mean) ** 2 for v in values) / max(len(values) - 1, 1))


def reach(spread: float, seeds: int, family: int = 1) -> float:
    """Return the half width of the interval of so many seeds, for this spread of pairs."""
    return _quantile(seeds, family) * spread / math.sqrt(seeds)


def seeds_for(spread: float, half_width: float, family: int = 1, most: int = 10_000) -> int:
    """Return the seeds that an interval of this half width takes, for this spread of pairs."""
    if spread == 0:
        return LOOKS[0]
    low, high = 2, 2
    while high < most and reach(spread, high, family) > half_width:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        wide = reach(spread, middle, family) > half_width
        low, high = (middle, high) if wide else (low, middle)
    return max(high, LOOKS[0])


def spread_for(half_width: float, seeds: int, family: int = 1) -> float:
    """Return the spread of pairs at which so many seeds give an interval of this half width."""
    return half_width / reach(1.0, seeds, family)


@functools.cache
def _quantile(n: int, family: int) -> float:
    from scipy.stats import t

    return float(t.ppf(1 - NOMINAL / family / 2, n - 1))
