from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.colors import to_hex
from torch import nn

from alexnet_lab import plots
from alexnet_lab.analysis import Filters, Neighbours, receptive_field, saliency
from alexnet_lab.analysis import gradcam as grad_cam
from alexnet_lab.errors import UserError
from alexnet_lab.plots.style import as_picture, greatest

GENERATOR = torch.Generator().manual_seed(0)
RGB = torch.randn(6, 3, 4, 5, generator=GENERATOR)
DEEP = torch.randn(6, 8, 3, 3, generator=GENERATOR)
MAPS = torch.randn(6, 4, 7, generator=GENERATOR)


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 12 * 16, 3)
    )


def drawings(model):
    """Every plot of the room that this file knows, as a function of the Axes."""
    x = torch.randn(1, 3, 12, 16, generator=torch.Generator().manual_seed(0))
    images = torch.zeros(5, 3, 4, 6, dtype=torch.uint8)
    near = Neighbours(torch.rand(2, 3), torch.tensor([[0, 1, 2], [4, 3, 2]]))
    box = receptive_field(model, "conv1", 11, 0, (12, 16))
    return [
        lambda ax=None: plots.plot_filters(Filters(RGB, towers=2), ax),
        lambda ax=None: plots.plot_filters(Filters(DEEP, "conv2"), ax),
        lambda ax=None: plots.plot_feature_maps(MAPS, ax, towers=2),
        lambda ax=None: plots.plot_image(x, ax),
        lambda ax=None: plots.plot_attribution(saliency(model, x), x, ax),
        lambda ax=None: plots.plot_attribution(grad_cam(model, x), None, ax),
        lambda ax=None: plots.plot_neighbours(images[:2], images, near, ax),
        lambda ax=None: plots.plot_receptive_field(box, x, ax),
    ]


@pytest.mark.parametrize("number", range(8))
def test_the_given_axes_is_drawn_on_and_returned_and_pyplot_knows_nothing(model, ax, number):
    assert drawings(model)[number](ax) is ax
    assert plt.get_fignums() == []
    ax.figure.canvas.draw()


@pytest.mark.parametrize("number", range(8))
def test_without_axes_there_is_one_new_figure_with_words(model, number):
    ax = drawings(model)[number]()
    assert plt.get_fignums() == [ax.figure.number]
    assert len(plots.describe(ax)) > 15
    assert ax.get_xlabel()
    ax.figure.canvas.draw()


def test_colour_kernels_have_zero_at_middle_grey(ax):
    weight = torch.zeros(2, 3, 2, 2)
    weight[0, 0] = 4.0
    weight[0, 1] = -2.0
    weight[1, 2, 0, 0] = 1.0
    picture = plots.plot_filters(Filters(weight), ax).images[0].get_array()
    # By hand: the first kernel is stretched by 4, the second by 1.
    np.testing.assert_allclose(picture[0, 0], [1, 0.25, 0.5, 1])
    np.testing.assert_allclose(picture[0, 3], [0.5, 0.5, 1, 1])
    np.testing.assert_allclose(picture[1, 4], [0.5, 0.5, 0.5, 1])
    assert (picture[:, 2, 3] == 0).all()  # the gap takes the page's own colour


def test_deep_kernels_are_shown_by_the_map_that_they_weigh_most(ax):
    weight = torch.zeros(1, 4, 2, 2)
    weight[0, 2] = torch.tensor([[0.0, -8], [4, 2]])
    weight[0, 1] = 1.0
    picture = plots.plot_filters(Filters(weight, "conv2"), ax).images[0]
    np.testing.assert_allclose(picture.get_array(), [[0, -1], [0.5, 0.25]])
    assert picture.get_clim() == (-1, 1)


def test_kernels_are_chosen_from_each_tower(ax):
    plots.plot_filters(Filters(torch.rand(96, 3, 5, 5), towers=2), ax, num_filters=16)
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["0", "48"]
    assert [text.get_text() for text in ax.texts] == ["tower 1", "tower 2"]
    assert ax.get_title() == "conv1: 16 of 96 kernels 3×5×5"


def test_sorted_kernels_say_so(ax):
    plots.plot_filters(Filters(RGB, towers=2), ax, sort="norm")
    assert "sorted by norm" in ax.get_xlabel()
    assert ax.get_yticklabels() == []  # no numbers that would be wrong


def test_maps_after_relu_start_at_zero_and_others_lie_around_it(ax):
    plots.plot_feature_maps(MAPS, ax, contrast="all")
    low, high = ax.images[0].get_clim()
    assert low == -high < 0
    plots.plot_feature_maps(MAPS.relu(), ax, contrast="all")
    assert ax.images[1].get_clim()[0] == 0


def test_each_map_has_its_own_peak(ax):
    maps = torch.stack([torch.full((2, 2), 5.0), torch.full((2, 2), 0.1)])
    plots.plot_feature_maps(maps, ax)
    np.testing.assert_allclose(np.ma.compressed(ax.images[0].get_array()), 1)


def test_the_attribution_carries_its_caution(model, ax):
    found = saliency(model, torch.ones(2, 3, 12, 16))
    plots.plot_attribution(found, None, ax, index=1, target_name="cat")
    assert ax.get_title() == "saliency, class cat"
    assert "Smilkov" in ax.get_xlabel()
    assert "Smilkov" in plots.describe(ax)


def test_the_box_is_drawn_where_it_is_and_the_view_holds_all_of_it(model, ax):
    box = receptive_field(model, "conv1", 11, 0, (12, 16))
    plots.plot_receptive_field(box, None, ax, label="conv1")
    frame = ax.patches[1]
    assert frame.get_xy() == (-1.5, 9.5)  # pixels −1 and 10, from their edges
    assert (frame.get_width(), frame.get_height()) == (3, 3)
    assert ax.get_xlim()[0] < -1
    assert ax.get_ylim()[0] > 12
    other = receptive_field(model, "conv1", 0, 15, (12, 16))
    plots.plot_receptive_field(other, None, ax)
    assert to_hex(frame.get_edgecolor()) != to_hex(ax.patches[2].get_edgecolor())
    assert ax.get_xlim()[0] < -1  # the first box is still in view
    assert ax.get_xlim()[1] > 16


def test_neighbours_stand_right_of_their_query(ax):
    bank = torch.arange(5, dtype=torch.uint8)[:, None, None, None].expand(5, 3, 2, 2) * 10
    near = Neighbours(torch.tensor([[1.0, 2.5]]), torch.tensor([[3, 1]]))
    plots.plot_neighbours(bank[4:], bank, near, ax)
    row = ax.images[0].get_array()[0, :, 0] * 255
    np.testing.assert_allclose(row[[0, 3, 6]], [40, 30, 10], atol=0.01)
    assert [text.get_text() for text in ax.texts] == ["1.00", "2.50"]


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (torch.full((3, 2, 5), 51, dtype=torch.uint8), 0.2),
        (np.full((2, 5, 3), 51, dtype=np.uint8), 0.2),
        (torch.full((1, 3, 2, 5), 0.2), 0.2),
    ],
)
def test_pictures_keep_their_colours(image, expected):
    picture = as_picture(image)
    assert picture.shape == (2, 5, 3)
    torch.testing.assert_close(picture, torch.full((2, 5, 3), expected))


def test_a_networks_input_is_stretched():
    picture = as_picture(torch.tensor([-100.0, 0, 100])[:, None, None].expand(3, 2, 4))
    assert picture[0, 0].tolist() == [0, 0.5, 1]


def test_a_few_great_values_do_not_dim_the_rest():
    assert greatest(torch.cat([torch.linspace(0, 1, 1000), torch.tensor([50.0])])) < 1.01
    assert greatest(torch.zeros(4)) == 1  # nothing to divide by zero
    assert greatest(torch.tensor([-3.0])) == 3


def test_any_axes_can_be_described(ax):
    ax.set(title="loss", xlabel="epoch")
    assert plots.describe(ax) == "loss; x: epoch"


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda: plots.plot_image(torch.zeros(2, 3, 4, 4)), "give one image"),
        (lambda: plots.plot_feature_maps(torch.zeros(1, 10)), "a fully connected layer has none"),
        (lambda: plots.plot_feature_maps(MAPS, num_maps=0), "num_maps=0"),
        (lambda: plots.plot_feature_maps(MAPS, towers=4), "split over 4 towers"),
        (lambda: plots.plot_feature_maps(MAPS, contrast="x"), "known: each, all"),
        (lambda: plots.plot_filters(Filters(RGB), contrast="x"), "known: each, all"),
        (lambda: plots.plot_filters(Filters(RGB), sort="hue"), "known: colourfulness"),
        (lambda: plots.plot_filters(Filters(RGB), num_filters=0), "num_filters=0"),
    ],
)
def test_errors_name_the_way_out_and_leave_no_figure(draw, words):
    with pytest.raises(UserError, match=words):
        draw()
    assert plt.get_fignums() == []


def test_maps_and_images_that_do_not_fit(model):
    found = saliency(model, torch.ones(1, 3, 12, 16))
    with pytest.raises(UserError, match="image of 8×8 under a map of 12×16"):
        plots.plot_attribution(found, torch.zeros(3, 8, 8))
    with pytest.raises(UserError, match="index 1 of a batch of 1"):
        plots.plot_attribution(found, index=1)
