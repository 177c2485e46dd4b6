from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from torch import nn

from alexnet_lab import plots
from alexnet_lab.analysis import layer_table
from alexnet_lab.errors import UserError


@pytest.fixture(scope="module")
def table():
    net = nn.Sequential(
        nn.Conv2d(3, 2, 3, stride=2, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(2 * 6 * 8, 4)
    )
    return layer_table(net, (12, 16))


def test_shares_are_those_of_the_table_and_add_up(table, ax):
    assert plots.plot_shares(table, ax) is ax
    widths = [bar.get_width() for bar in ax.patches]
    # By hand: conv1 56 parameters and 54·48 MACs, fc2 388 and 384.
    expected = [100 * 56 / 444, 100 * 388 / 444, 100 * 2592 / 2976, 100 * 384 / 2976]
    np.testing.assert_allclose(widths, expected)
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["conv1", "fc2"]
    assert "parameters" in plots.describe(ax)
    assert plt.get_fignums() == []


def test_the_field_of_the_central_unit_is_drawn_in_its_place(table, ax):
    assert plots.plot_receptive_fields(table, np.zeros((12, 16, 3)), ["conv1"], ax) is ax
    # Unit (3, 4) sees rows 5 to 7 and columns 7 to 9; pixel 5 is drawn from 4.5.
    assert ax.patches[0].get_xy() == (6.5, 4.5)
    assert (ax.patches[0].get_width(), ax.patches[0].get_height()) == (3, 3)
    with pytest.raises(UserError, match="no receptive field that can be drawn"):
        plots.plot_receptive_fields(table, np.zeros((12, 16, 3)), ["fc2"], ax)


def test_a_window_times_its_kernel_is_what_conv2d_computes():
    generator = torch.Generator().manual_seed(0)
    window = 60 * torch.randn(3, 4, 5, generator=generator)
    kernel = torch.randn(3, 4, 5, generator=generator)
    _, _, product = plots.plot_window(window, kernel)
    drawn = product.images[0].get_array().sum()
    oracle = torch.nn.functional.conv2d(window[None], kernel[None]).item()
    assert drawn == pytest.approx(oracle, rel=1e-4)
    low, high = product.images[0].get_clim()
    assert low == -high
    with pytest.raises(UserError, match="both must be"):
        plots.plot_window(window, kernel[:2])
