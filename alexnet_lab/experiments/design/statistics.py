"""Few statistics, and which ones: t-intervals, ratios of censored times, a permutation test.

All are deterministic. 95 % throughout.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from statistics import fmean, variance

from ...errors import UserError
from .claim import Interval

LEVEL = 0.95
EXACT_UP_TO = 20_000  # arrangements of a permutation test that are all tried
RESAMPLES = 9_999


@dataclass(frozen=True)
class Time:
    """How long something took, or that it took longer than the run lasted.

    Parameters
    ----------
    value : float
        The time; for a censored run, the length of the run.
    censored : bool
        Whether it had not happened by then.

    Examples
    --------
    >>> from alexnet_lab.experiments import Time
    >>> Time(36, censored=True)
    Time(value=36, censored=True)
    """

    value: float
    censored: bool = False


def mean_interval(values: Sequence[float]) -> Interval:
    """Return the mean with Student's t-interval; with one value the interval is infinite.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> found = al.experiments.mean_interval([10.0, 11.0, 12.0])
    >>> found.estimate, round(found.low, 2)
    (11.0, 8.52)
    """
    mean, n = fmean(values), len(values)
    if n < 2:
        return Interval(mean, -math.inf, math.inf, (n,))
    reach = _quantile(n - 1) * math.sqrt(variance(values) / n)
    return Interval(mean, mean - reach, mean + reach, (n,))


def size_interval(values: Sequence[float]) -> Interval:
    """Return the mean of sizes, none below 0, with Student's t-interval cut at 0.

    Below 0 there is nothing to hold: the part that is cut off takes nothing from the level.
    """
    found = mean_interval(values)
    return replace(found, low=max(found.low, 0.0))


def difference(a: Sequence[float], b: Sequence[float]) -> Interval:
    """Return mean(a) − mean(b) with Welch's t-interval (unequal variances).

    Examples
    --------
    >>> import alexnet_lab as al
    >>> al.experiments.difference([10.0, 11.0, 12.0], [8.0, 9.0, 10.0]).estimate
    2.0
    """
    estimate, n = fmean(a) - fmean(b), (len(a), len(b))
    if min(n) < 2:
        return Interval(estimate, -math.inf, math.inf, n)
    parts = [variance(x) / len(x) for x in (a, b)]
    total = sum(parts)
    if total == 0:
        return Interval(estimate, estimate, estimate, n)
    freedom = total**2 / sum(p**2 / (m - 1) for p, m in zip(parts, n, strict=True))
    reach = _quantile(freedom) * math.sqrt(total)
    return Interval(estimate, estimate - reach, estimate + reach, n)


def ratio(a: Sequence[Time], b: Sequence[Time]) -> Interval:
    """Return how many times as long `a` took as `b`.

    Without censored runs: the ratio of geometric means, with Welch's t-interval of the logarithms.
    With censored runs there is no mean. The interval is then that of the extremes, which assumes
    nothing about what was not seen: from least(a)/greatest(b) to greatest(a)/least(b), where an
    `a` beyond the end of its run makes the upper end infinite and such a `b` makes the lower end
    0. The estimate is the finite end where there is one, a bound ("at least", "at most").

    Examples
    --------
    >>> from alexnet_lab.experiments import Time, ratio
    >>> ratio([Time(30), Time(40, censored=True)], [Time(5), Time(6)]).high
    inf
    """
    if not any(time.censored for time in (*a, *b)):
        logs = difference(*([math.log(time.value) for time in side] for side in (a, b)))
        low, high = (math.exp(min(max(x, -700.0), 700.0)) for x in (logs.low, logs.high))
        return Interval(math.exp(logs.estimate), low, high, logs.n)
    low = 0.0
    if not any(time.censored for time in b):
        low = min(t.value for t in a) / max(t.value for t in b)
    high = math.inf
    if not any(time.censored for time in a):
        high = max(t.value for t in a) / min(t.value for t in b)
    estimate = low if low > 0 else high if high < math.inf else math.nan
    return Interval(estimate, low, high, (len(a), len(b)))


def permutation_p(
    a: Sequence[float],
    b: Sequence[float],
    weights: tuple[Sequence[float], Sequence[float]] | None = None,
) -> float:
    """Return the two-sided p of |mean(a) − mean(b)| when labels are dealt anew.

    Exact when there are at most 20,000 ways to deal; else 9,999 deals from a fixed seed, counting
    the observed one among them. With `weights` the means are weighted, and each value keeps its
    weight.
    """
    import numpy as np

    values = np.array([*a, *b], dtype=np.float64)
    mass = np.ones(len(values)) if weights is None else np.array([*weights[0], *weights[1]])
    n, k = len(values), len(a)
    if not 0 < k < n:
        raise UserError("a permutation test needs two samples")
    exact = math.comb(n, k) <= EXACT_UP_TO
    if exact:
        deals = np.array(list(combinations(range(n), k)))
    else:
        rng = np.random.default_rng(0)
        deals = np.argsort(rng.random((RESAMPLES, n)), axis=1)[:, :k]

    def gap(first: np.ndarray) -> np.ndarray:
        chosen = np.zeros((len(first), n), dtype=bool)
        np.put_along_axis(chosen, first, True, axis=1)
        one = (chosen * mass * values).sum(1) / np.maximum((chosen * mass).sum(1), 1e-30)
        two = (~chosen * mass * values).sum(1) / np.maximum((~chosen * mass).sum(1), 1e-30)
        return np.abs(one - two)

    observed = gap(np.arange(k)[None])[0]
    as_large = int((gap(deals) >= observed - 1e-12).sum())
    return as_large / len(deals) if exact else (as_large + 1) / (RESAMPLES + 1)


def resampled_difference(
    a: Sequence[float],
    b: Sequence[float],
    weights: tuple[Sequence[float], Sequence[float]],
    error: float,
) -> Interval:
    """Return the difference of two weighted means, with a percentile bootstrap of fixed seed.

    Parameters
    ----------
    a, b : sequence of float
        The values.
    weights : (sequence of float, sequence of float)
        Of their means.
    error : float
        Two-sided: 0.05 gives a 95 % interval.
    """
    import numpy as np

    rng = np.random.default_rng(0)
    means = []
    for values, mass in zip((a, b), weights, strict=True):
        v, w = np.asarray(values, dtype=np.float64), np.asarray(mass, dtype=np.float64)
        drawn = rng.integers(0, len(v), (RESAMPLES, len(v)))
        means.append((v[drawn] * w[drawn]).sum(1) / np.maximum(w[drawn].sum(1), 1e-30))
    low, high = np.quantile(means[0] - means[1], [error / 2, 1 - error / 2])
    estimate = weighted_mean(a, weights[0]) - weighted_mean(b, weights[1])
    return Interval(estimate, float(low), float(high), (1,))


def weighted_mean(values: Sequence[float], weights: Sequence[float]) -> float:
    """Return Σ wx / Σ w."""
    return sum(v * w for v, w in zip(values, weights, strict=True)) / max(sum(weights), 1e-30)


def _quantile(freedom: float) -> float:
    from scipy.stats import t  # scikit-learn brings it

    return float(t.ppf(0.5 + LEVEL / 2, freedom))
