"""Runs with their intervals, and two towers: what is drawn, held against what went in."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest
import torch

from alexnet_lab.errors import UserError
from alexnet_lab.experiments import mean_interval
from alexnet_lab.models import AlexNet, split_towers
from alexnet_lab.plots import describe, plot_runs, plot_towers


def test_every_run_is_a_dot_and_every_arm_an_interval(ax):
    values = {"with": [3.0, 4.0, 5.0], "without": [7.0], "later": []}
    intervals = {name: mean_interval(runs) for name, runs in values.items() if runs}
    assert plot_runs(values, intervals, ax, label="error / %") is ax
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert [list(line.get_xdata()) for line in dots] == [[3, 4, 5], [7]]
    bars = [line for line in ax.lines if line.get_linewidth() == 7]
    # By hand: t(0.975, 2) = 4.302653, standard error 1/√3. One run has no interval.
    reach = 4.302653 / math.sqrt(3)
    (bar,) = bars
    assert list(bar.get_xdata()) == pytest.approx([4 - reach, 4 + reach], rel=1e-5)
    assert [text.get_text() for text in ax.texts] == ["not measured yet"]
    assert [label.get_text() for label in ax.get_yticklabels()] == list(values)
    assert "with: mean 4.0 of 3 runs" in describe(ax)
    assert "later: not measured yet" in describe(ax)


def test_runs_of_different_kinds_differ_in_shape_and_colour(ax):
    values = {"one": [3.0, 9.0], "two": [5.0, 4.0], "later": []}
    plot_runs(values, None, ax, kinds=("first", "second"))
    first, second = ax.lines
    assert (list(first.get_xdata()), list(second.get_xdata())) == ([3, 5], [9, 4])
    assert first.get_marker() != second.get_marker()
    assert first.get_color() != second.get_color()
    names = {
        text.get_text(): text.xy for text in ax.texts if text.get_text() in ("first", "second")
    }
    assert names == {"first": (5, 1), "second": (9, 0)}  # the last of their arms
    assert "one: 3.0, 9.0" in describe(ax)


def test_runs_without_arms_are_refused():
    with pytest.raises(UserError, match="no arm"):
        plot_runs({})


def test_towers_cross_where_the_network_says_so(ax):
    with torch.device("meta"):
        model = split_towers(AlexNet(), ("meta", "meta"))
        model(torch.empty(128, 3, 224, 224)).sum().backward()
    assert plot_towers(model.traffic.rows, ax=ax) is ax
    drawn = [text.get_text() for text in ax.texts if text.get_text().endswith("MB")]
    sent = {name: model.traffic.sent(name) for name in ("conv3", "fc6", "fc7", "fc8")}
    assert drawn == [f"{size / 1e6:.2f} MB" for size in sent.values()]
    # By hand: 128 images × 128 maps × 13 × 13 × 4 bytes, two ways, forward and backward.
    assert sent["conv3"] == 4 * 128 * 128 * 169 * 4
    assert f"{sent['conv3'] / 1e6:.2f} MB at conv3" in describe(ax)


def test_a_message_from_nowhere_is_named(ax):
    with pytest.raises(UserError, match="conv9"):
        plot_towers([SimpleNamespace(boundary="conv9", bytes=1)], ax=ax)


def test_towers_apart_cross_nowhere(ax):
    assert "nowhere" in describe(plot_towers([], ax=ax))
