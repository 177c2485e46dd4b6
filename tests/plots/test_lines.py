"""Lines and panels: what is drawn, held against the numbers that went in."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from alexnet_lab.errors import UserError
from alexnet_lab.plots import describe, plot_lines, plot_panels


def test_lines_hold_the_numbers_and_differ_in_colour_and_style(ax):
    x = torch.linspace(-1, 1, 5, requires_grad=True)
    assert plot_lines(x, {"square": x * x, "itself": x}, ax, xlabel="x", ylabel="y") is ax
    square, itself = ax.lines
    np.testing.assert_allclose(square.get_ydata(), [1, 0.25, 0, 0.25, 1])
    np.testing.assert_allclose(itself.get_xdata(), itself.get_ydata())
    assert square.get_color() != itself.get_color()
    assert square.get_linestyle() != itself.get_linestyle()
    assert [t.get_text() for t in ax.texts] == ["square", "itself"]
    assert describe(ax) == "y against x: square, itself"


def test_a_single_line_needs_no_legend(ax):
    assert plot_lines([1, 2], {"one": [3, 4]}, ax, yscale="log").get_legend() is None
    assert ax.get_yscale() == "log"


def test_a_line_of_another_length_is_named(ax):
    with pytest.raises(UserError, match="line 'short' has 2 values for 3 places"):
        plot_lines([1, 2, 3], {"short": [1, 2]}, ax)


def test_panels_share_one_scale():
    maps = {"a": torch.tensor([[0.0, 1.0]]), "b": np.array([[-4.0, 2.0]])}
    axes = plot_panels(maps, diverging=True, bar="unit")
    assert len(axes) == 2
    assert len(plt.gcf().axes) == 3  # the bar
    assert {ax.images[0].get_clim() for ax in axes} == {(-4.0, 4.0)}
    np.testing.assert_array_equal(axes[1].images[0].get_array(), maps["b"])
    assert [ax.get_title() for ax in axes] == ["a", "b"]


def test_panels_wrap_and_leave_no_empty_frame():
    axes = plot_panels({str(n): np.ones((2, 2)) for n in range(3)}, limit=5, columns=2)
    assert len(axes) == 3
    assert all(ax.images[0].get_clim() == (0.0, 5.0) for ax in axes)
    assert not plt.gcf().axes[3].spines["top"].get_visible()
