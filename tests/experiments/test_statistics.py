"""Against scipy, and against numbers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from alexnet_lab.experiments.design.statistics import (
    Time,
    difference,
    mean_interval,
    permutation_p,
    ratio,
    weighted_mean,
)

A, B = [0.31, 0.29, 0.34], [0.27, 0.28, 0.255, 0.262]


def test_mean_interval_is_students():
    """Oracle: scipy.stats.t.interval."""
    found = mean_interval(A)
    low, high = stats.t.interval(0.95, 2, np.mean(A), stats.sem(A))
    assert (found.low, found.high) == pytest.approx((low, high))
    assert found.n == (3,)


def test_difference_is_welchs():
    """Oracle: scipy.stats.ttest_ind with unequal variances."""
    found = difference(A, B)
    oracle = stats.ttest_ind(A, B, equal_var=False).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx(tuple(oracle))
    assert found.estimate == pytest.approx(np.mean(A) - np.mean(B))


def test_one_seed_says_nothing():
    assert mean_interval([1.0]).high == math.inf
    assert difference([1.0], [2.0, 3.0]).low == -math.inf


def test_equal_values_have_an_interval_without_width():
    found = difference([2.0, 2.0], [1.0, 1.0])
    assert (found.low, found.estimate, found.high) == (1.0, 1.0, 1.0)


def test_ratio_is_the_difference_of_logarithms():
    """Oracle: scipy, on logarithms."""
    a, b = [1200, 1000, 1100], [400, 500, 450]
    found = ratio([Time(x) for x in a], [Time(x) for x in b])
    oracle = stats.ttest_ind(np.log(a), np.log(b), equal_var=False).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((math.exp(oracle[0]), math.exp(oracle[1])))


def test_censored_ratios_are_bounds():
    """By hand: 1000 or more over 400 or 500 is at least 2."""
    late = [Time(1000, censored=True), Time(1200)]
    early = [Time(400), Time(500)]
    found = ratio(late, early)
    assert (found.estimate, found.low, found.high) == (2.0, 2.0, math.inf)
    turned = ratio(early, late)
    assert (turned.estimate, turned.low, turned.high) == (0.5, 0.0, 0.5)
    neither = ratio(late, late)
    assert (neither.low, neither.high) == (0.0, math.inf)
    assert math.isnan(neither.estimate)


def test_permutation_is_exact_when_small():
    """By hand: of the six ways to deal 1, 2, 3, 4 in pairs, two differ as much as 12|34."""
    assert permutation_p([1, 2], [3, 4]) == pytest.approx(2 / 6)
    oracle = stats.permutation_test(
        (A, B), lambda x, y: abs(np.mean(x) - np.mean(y)), alternative="greater", n_resamples=10_000
    )
    assert permutation_p(A, B) == pytest.approx(oracle.pvalue)


def test_permutation_of_many_is_drawn_from_a_fixed_seed():
    rng = np.random.default_rng(1)
    grey, colour = rng.normal(0.2, 0.1, 48), rng.normal(0.5, 0.1, 48)
    assert permutation_p(grey, colour) == pytest.approx(1 / 10_000)
    same = permutation_p(grey[:24], grey[24:])
    assert same == permutation_p(grey[:24], grey[24:])
    assert same > 0.05


def test_weights_count():
    """By hand; and a value without weight changes nothing."""
    assert weighted_mean([1, 4], [3, 1]) == 1.75
    heavy = permutation_p([1, 2], [3, 4], weights=([1, 1], [1, 1]))
    assert heavy == permutation_p([1, 2], [3, 4])
    assert permutation_p([0, 0], [0, 9], weights=([1, 1], [1, 0])) == 1.0
