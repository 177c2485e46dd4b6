"""Curves and forest plots: what is drawn, held against the numbers that went in."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest

from alexnet_lab.experiments import curve, mean_interval
from alexnet_lab.plots import describe, look, plot_curves, plot_intervals


@dataclass
class Interval:
    estimate: float
    low: float
    high: float


def test_runs_of_one_length_are_a_mean_in_a_band(ax):
    runs = [[0.5, 0.2], [0.7, 0.4], [0.6, 0.3]]
    plot_curves([curve("a", runs, 10)], ax, target=0.25)
    mean, target = ax.lines
    assert list(mean.get_xdata()) == [10, 20]
    assert list(mean.get_ydata()) == pytest.approx([60, 30])
    (band,) = ax.collections
    expected = mean_interval([50, 70, 60])
    assert band.get_paths()[0].vertices[:, 1].max() == pytest.approx(expected.high)
    assert target.get_ydata()[0] == 25
    assert "a (3 runs)" in describe(ax)


def test_runs_that_stopped_at_a_target_are_drawn_one_by_one(ax):
    plot_curves([curve("a", [[0.5, 0.2], [0.7]]), curve("b", [[0.9]])], ax)
    assert not ax.collections
    assert [len(line.get_xdata()) for line in ax.lines] == [2, 1, 1, 1, 1, 1]
    assert [text.get_text() for text in ax.texts] == ["a", "b"]


def test_looks_differ_in_colour_and_in_style():
    looks = [look(i) for i in range(7)]
    for key in ("color", "linestyle", "marker"):
        assert len({str(each[key]) for each in looks}) == 7


def test_effects_have_their_own_lines_and_what_is_missing_is_said(ax):
    plot_intervals([("one", Interval(2, 1, 3)), ("two", None)], ax, marks=(0, 5))
    assert [label.get_text() for label in ax.get_yticklabels()] == ["one", "two"]
    assert [text.get_text().strip() for text in ax.texts] == ["too few runs yet"]
    assert list(ax.lines[0].get_xdata()) == [1, 3]
    least, most = ax.get_xlim()
    assert least < 0
    assert most > 5
    assert "one 2 [1, 3]" in describe(ax)
    assert "too few runs yet: 1" in describe(ax)


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("low", [0.5, 20.0])
def test_what_is_missing_is_said_beside_the_line_of_no_effect(ax, log, low):
    """Oracle: where matplotlib draws the words and the line; the names stand at the left."""
    plot_intervals([("one", Interval(9, low, 30)), ("two", None)], ax, marks=(9,), log=log)
    ax.figure.draw_without_rendering()
    (note,) = ax.texts
    box = note.get_bbox_patch().get_window_extent()
    line = ax.transData.transform((9, 0))[0]
    assert not box.x0 < line < box.x1
    assert box.x0 > ax.get_window_extent().x0


def test_what_is_claimed_is_a_diamond_in_its_line(ax):
    effects = [("one", Interval(2, 1, 3)), ("two", Interval(1, 0, 2)), ("three", None)]
    plot_intervals(effects, ax, claimed={"two": 9.0, "three": -4.0})
    found = {
        (line.get_xdata()[0], line.get_ydata()[0]) for line in ax.lines if line.get_marker() == "D"
    }
    assert found == {(9.0, 1), (-4.0, 2)}
    least, most = ax.get_xlim()
    assert least < -4
    assert most > 9
    assert "claimed: two 9, three -4" in describe(ax)


def test_an_effect_that_the_runs_do_not_bound_is_two_arrows_without_a_point(ax):
    effects = [("known", Interval(3, 2, 4)), ("late", Interval(math.nan, 0, math.inf))]
    plot_intervals(effects, ax, marks=(1,), log=True)
    marks = [line.get_marker() for line in ax.lines if line.get_ydata()[0] == 1]
    assert sorted(marks) == ["<", ">", "None"]
    assert not ax.texts
    assert "late not bounded by the runs" in describe(ax)


def test_open_ends_are_arrows_at_the_edge(ax):
    plot_intervals([("at least", Interval(3, 3, math.inf))], ax, marks=(1, 6), log=True)
    _least, most = ax.get_xlim()
    assert math.isfinite(most)
    markers = [(line.get_marker(), line.get_xdata()[0]) for line in ax.lines[1:3]]
    assert markers == [("|", 3), (">", most)]


@pytest.mark.parametrize("draw", [plot_curves, plot_intervals])
def test_nothing_to_draw_is_said(ax, draw):
    draw([], ax)
    assert "no record yet" in [text.get_text() for text in ax.texts]
