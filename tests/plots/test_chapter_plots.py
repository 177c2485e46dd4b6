"""Window, shares and nested fields: what is drawn, held against the numbers that went in."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from alexnet_lab.analysis import layer_table
from alexnet_lab.errors import UserError
from alexnet_lab.plots import (
    describe,
    plot_receptive_fields,
    plot_shares,
    plot_time_shares,
    plot_window,
)


@pytest.fixture(scope="module")
def table():
    net = nn.Sequential(nn.Conv2d(3, 4, 3, stride=2), nn.Flatten(), nn.Linear(4 * 3 * 5, 6))
    return layer_table(net, (7, 11))


def test_the_products_add_up_to_the_units_answer():
    torch.manual_seed(0)
    window, kernel = torch.randn(3, 4, 5) * 50, torch.randn(3, 4, 5)
    axes = plot_window(window, kernel, mean=(100, 110, 120))
    # Oracle: a convolution whose only unit sees the whole window.
    answer = nn.functional.conv2d(window[None], kernel[None]).item()
    drawn = axes[2].images[0].get_array()
    assert drawn.sum() == pytest.approx(answer, rel=1e-4)
    assert f"{round(answer):,}" in axes[2].get_title()
    mean = torch.tensor([100.0, 110.0, 120.0])[:, None, None]
    colours = (window + mean).clamp(0, 255).permute(1, 2, 0).numpy().astype(np.uint8)
    np.testing.assert_array_equal(axes[0].images[0].get_array(), colours)


@pytest.mark.parametrize("shape", [(3, 4, 4), (1, 4, 5), (4, 5)])
def test_a_window_that_does_not_fit_its_kernel_is_one_line(shape):
    with pytest.raises(UserError, match=r"both must be \(3, height, width\)") as caught:
        plot_window(torch.zeros(shape), torch.zeros(3, 4, 5))
    assert "\n" not in str(caught.value)


def test_shares_are_percentages_of_the_totals_layer_by_layer(table):
    ax = plot_shares(table)
    parameters, macs = ([bar.get_width() for bar in bars] for bars in ax.containers)
    # By hand: conv1 112 parameters and 108 · 15 MACs, fc2 366 parameters and 360 MACs.
    assert parameters == pytest.approx([100 * 112 / 478, 100 * 366 / 478])
    assert macs == pytest.approx([100 * 1620 / 1980, 100 * 360 / 1980])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["conv1", "fc2"]
    assert "%" in ax.get_xlabel()
    assert describe(ax)


def test_fields_are_drawn_where_the_central_unit_sees(table, ax):
    assert plot_receptive_fields(table, np.zeros((7, 11, 3), np.uint8), ["conv1"], ax) is ax
    (square,) = ax.patches
    # conv1 has 3 × 5 units; the central one, (1, 2), sees rows 2–4 and columns 4–6.
    assert square.get_xy() == (3.5, 1.5)
    assert (square.get_width(), square.get_height()) == (3, 3)
    assert "conv1 3" in describe(ax)


def test_a_layer_without_a_place_has_no_square(table):
    with pytest.raises(UserError, match="fc2"):
        plot_receptive_fields(table, np.zeros((7, 11, 3), np.uint8), ["fc2"])


def test_shares_of_time_have_one_row_for_what_has_no_macs(table):
    ax = plot_time_shares(table, {"conv1": 3.0, "flatten": 0.5, "fc2": 0.5, "other": 1.0})
    macs, time = ([bar.get_width() for bar in bars] for bars in ax.containers)
    assert macs == pytest.approx([100 * 1620 / 1980, 100 * 360 / 1980, 0])
    assert time == pytest.approx([60, 10, 30])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["conv1", "fc2", "all others"]
    assert "30% of the time" in describe(ax)
