"""The scales of charts against NumPy, and numbers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from node import run_node

CHART = "_runtime/chart-core.js"


@pytest.mark.parametrize(
    ("spacing", "there"), [("linear", float), ("log2", math.log2), ("log10", math.log10)]
)
def test_a_scale_is_linear_in_what_it_spaces(spacing: str, there) -> None:
    """Oracle: numpy.interp of the spaced values; downwards too, as the y of a page goes."""
    ends, values = [0.5, 64.0], [0.5, 1.0, 7.0, 64.0, 100.0]
    for pixels in ([40, 300], [200, 20]):
        case = {"ends": ends, "pixels": pixels, "spacing": spacing, "values": values}
        body = """
        const scale = core.scaleOf(given.ends, given.pixels, given.spacing);
        return [given.values.map(scale), given.values.map((v) => scale.back(scale(v)))];
        """
        found, again = run_node(CHART, body, case)
        a, b = (there(end) for end in ends)
        wanted = [pixels[0] + (there(v) - a) / (b - a) * (pixels[1] - pixels[0]) for v in values]
        assert found == pytest.approx(wanted)
        assert again == pytest.approx(values)


def test_one_value_has_a_scale_too() -> None:
    body = "return [core.scaleOf([3, 3], [10, 90])(3), core.roomy([3]), core.roomy([0, 0])]"
    assert run_node(CHART, body, {}) == [10, [2.85, 3.15], [-1, 1]]


def test_room_at_both_ends() -> None:
    body = "return [core.roomy([4, 2, 12], 0.1), core.roomy([1, 100], 0.5, 'log10')]"
    linear, powers = run_node(CHART, body, {})
    assert linear == [1, 13]
    assert powers == pytest.approx([0.1, 1000])


@pytest.mark.parametrize("count", [1, 7, 40])
def test_a_histogram_is_numpys(count: int) -> None:
    values = np.random.default_rng(count).normal(size=500)
    body = "return core.histogram(given.values, given.ends, given.count)"
    for ends in ([float(values.min()), float(values.max())], [-0.5, 1.25]):
        case = {"values": values.tolist(), "ends": ends, "count": count}
        wanted, _ = np.histogram(values, bins=count, range=ends)
        assert run_node(CHART, body, case) == wanted.tolist()


def test_ticks_are_round_and_inside() -> None:
    cases = [[0, 1], [0.237, 0.91], [0, 0.037], [12, 4680], [-3, 3], [0.1, 0.3]]
    found = run_node(CHART, "return given.cases.map((c) => core.ticks(...c))", {"cases": cases})
    for (low, high), marks in zip(cases, found, strict=True):
        assert 3 <= len(marks) <= 8
        assert all(low - 1e-9 <= mark <= high + 1e-9 for mark in marks)
        step = marks[1] - marks[0]
        assert step / 10 ** math.floor(math.log10(step) + 1e-9) == pytest.approx(
            round(step / 10 ** math.floor(math.log10(step) + 1e-9))
        )
    assert found[0] == [0, 0.2, 0.4, 0.6, 0.8, 1]
    assert found[5] == [0.1, 0.15, 0.2, 0.25, 0.3]


def test_ticks_of_powers() -> None:
    cases = [[0.1, 1], [0.034, 0.7], [1, 1000], [0.001, 100]]
    found = run_node(CHART, "return given.cases.map((c) => core.logTicks(...c))", {"cases": cases})
    assert found == [
        [0.1, 0.2, 0.5, 1],
        [0.05, 0.1, 0.2, 0.5],
        [1, 10, 100, 1000],
        [0.001, 0.01, 0.1, 1, 10, 100],
    ]
