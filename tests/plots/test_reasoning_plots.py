"""Softmax, roofline, effective field, maps side by side: held against the numbers behind them."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from alexnet_lab import plots
from alexnet_lab.analysis import Attribution, Box, EffectiveField
from alexnet_lab.errors import UserError


def test_a_softmax_is_torchs_and_does_not_overflow():
    logits = torch.tensor([998.0, 1000.0, -5.0, 999.5], requires_grad=True)  # e^1000 is infinite
    left, middle, right = plots.plot_softmax(logits, ["a", "b", "c", "d"])
    order = [1, 3, 0, 2]  # the largest at the top
    shares = logits.softmax(0)[order].detach()
    np.testing.assert_allclose([bar.get_width() for bar in right.patches], shares, atol=1e-7)
    np.testing.assert_allclose([bar.get_width() for bar in left.patches], logits[order].detach())
    (diamonds,) = (line for line in left.lines if line.get_marker() == "D")
    np.testing.assert_allclose(diamonds.get_xdata(), [0, -0.5, -2, -1005])
    powers = [bar.get_width() for bar in middle.patches]
    assert powers == pytest.approx([1, np.exp(-0.5), np.exp(-2), 0])
    assert f"{sum(powers):.3g}" in middle.get_xlabel()
    assert [label.get_text() for label in left.get_yticklabels()] == ["b", "d", "a", "c"]
    assert "b 57 %" in plots.describe(right)


@pytest.mark.parametrize(
    ("logits", "names", "told"),
    [
        ([1.0], None, "give two or more finite numbers"),
        ([1.0, float("inf")], None, "give two or more finite numbers"),
        ([[1.0, 2.0]], None, r"logits of shape \(1, 2\)"),
        ([1.0, 2.0], ["one"], "1 names for 2 logits"),
    ],
)
def test_logits_that_are_none_are_one_line(logits, names, told):
    with pytest.raises(UserError, match=told):
        plots.plot_softmax(logits, names)


def test_the_roof_bends_where_the_machine_does_and_marks_stand_at_the_intensities():
    cases = {"one": {"a": 0.25, "b": 40.0}, "many": {"a": 30.0, "b": 300.0}}
    roof, layers = plots.plot_roofline(cases, peak=800e9, bandwidth=200e9, machine="card")
    slope, flat = roof.lines[:2]
    np.testing.assert_allclose(slope.get_xdata()[1], 4)  # 800 / 200
    # Oracle: min(peak, intensity · bandwidth), at every corner of the drawn line.
    for line in (slope, flat):
        x, y = line.get_xdata(), line.get_ydata()
        np.testing.assert_allclose(y, np.minimum(800, 200 * np.asarray(x)))
    marks = {
        line.get_label(): line.get_xdata() for line in layers.lines if line.get_label()[0] != "_"
    }
    assert {case: list(x) for case, x in marks.items()} == {"one": [0.25, 40], "many": [30, 300]}
    assert [label.get_text() for label in layers.get_yticklabels()] == ["a", "b"]
    assert "4.0" in layers.get_xlabel()
    assert "card" in roof.get_title()
    assert "a 0.25 (one), 30 (many)" in plots.describe(layers)
    plt.gcf().canvas.draw()


@pytest.mark.parametrize(
    ("cases", "told"),
    [
        ({}, "above zero"),
        ({"one": {"a": 0.0}}, "above zero"),
        ({"one": {"a": 1.0}, "many": {"b": 1.0}}, "'many' has the layers b; expected a"),
    ],
)
def test_a_roof_over_nothing_is_one_line(cases, told):
    with pytest.raises(UserError, match=told):
        plots.plot_roofline(cases, 1.0, 1.0)


def test_a_photograph_is_lit_where_the_unit_uses_it(ax):
    energy = torch.zeros(40, 60)
    energy[18:22, 28:32] = 1 / 16  # the middle
    box = Box(top=10, left=20, bottom=30, right=40, image_size=(40, 60))
    field, image = (
        EffectiveField(energy, box, "conv9"),
        np.full((40, 60, 3), [200, 100, 0], np.uint8),
    )
    assert plots.plot_effective_field(field, image, ax) is ax
    drawn = np.asarray(ax.images[0].get_array())
    np.testing.assert_allclose(drawn[20, 30], [200 / 255, 100 / 255, 0], atol=0.02)  # in colour
    assert np.ptp(drawn[0, 0]) < 1e-6  # grey
    assert drawn[0, 0, 0] == pytest.approx(
        0.4 * 100 / 255, rel=0.01
    )  # the mean of its colours, dimmed
    dashed, solid = ax.patches
    assert (*dashed.get_xy(), dashed.get_width()) == (19.5, 9.5, 20)  # pixel 20 begins at 19.5
    assert solid.get_width() == field.side(0.9) == 4
    assert [text.get_text() for text in ax.texts] == ["20", "4"]
    assert "90% of its squared gradient lie in 4×4" in plots.describe(ax)
    with pytest.raises(UserError, match="image of 60×40 for a field of 40×60"):
        plots.plot_effective_field(field, image.transpose(1, 0, 2))


def test_maps_are_absolute_values_on_their_own_scales_beside_the_photograph():
    def found(values):
        values = torch.tensor(values).view(1, 1, 2, 2)
        return Attribution(values, "gradcam", torch.tensor([0]), torch.tensor([1.0]), "")

    maps = {"first": found([0.0, -4.0, 1.0, 2.0]), "a long name": found([0.1, 0.0, 0.2, 0.0])}
    photo = np.zeros((2, 2, 3), np.uint8)
    axes = plots.plot_attribution_maps(maps, photo)
    assert [ax.get_title() for ax in axes] == ["photograph", "first", "a long name"]
    np.testing.assert_allclose(axes[1].images[0].get_array(), [[0, 4], [1, 2]])
    assert [ax.images[0].get_clim() for ax in axes[1:]] == [(0, 4), (0, pytest.approx(0.2))]
    assert len(plots.plot_attribution_maps(maps)) == 2
    with pytest.raises(UserError, match="no map to draw"):
        plots.plot_attribution_maps({})
