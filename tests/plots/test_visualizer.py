from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from torch import nn

import alexnet_lab as al
from alexnet_lab.analysis import activations
from alexnet_lab.errors import UserError
from alexnet_lab.plots import AlexNetVisualizer


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return al.models.AlexNet(10, hidden=(8, 8)).train()


@pytest.fixture(scope="module")
def image():
    return 60 * torch.randn(3, 224, 224, generator=torch.Generator().manual_seed(0))


def test_the_calls_of_the_cheat_sheet(model, image):
    viz = AlexNetVisualizer(model)
    filters = viz.plot_conv_filters(layer="conv1", num_filters=16)
    assert filters.get_title() == "conv1: 16 of 96 kernels 3×11×11"
    maps = viz.plot_feature_maps(image, layer="conv2")
    assert maps.get_xlabel() == "16 of 256 maps of 27×27"
    assert [text.get_text() for text in maps.texts] == ["tower 1", "tower 2"]
    heat = viz.plot_attribution(image)
    assert heat.get_title().startswith("saliency, class ")
    assert len(plt.get_fignums()) == 3
    assert model.training


def test_the_maps_drawn_are_the_layers(model, image, ax):
    AlexNetVisualizer(model).plot_feature_maps(image, "relu3", 4, ax, contrast="all", columns=2)
    drawn = ax.images[0].get_array()
    maps = activations(model, image[None], "relu3")["relu3"][0]
    np.testing.assert_allclose(drawn[:13, :13], maps[0], rtol=1e-5)
    np.testing.assert_allclose(drawn[-13:, -13:], maps[384 // 2 + 1], rtol=1e-5)


@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("saliency", {}),
        ("integrated_gradients", {"steps": 4}),
        ("guided_backprop", {}),
        ("deconvnet", {}),
        ("gradcam", {"layer": "conv1"}),
        ("guided_gradcam", {}),
        ("occlusion", {"patch": 4, "stride": 4}),
    ],
)
def test_every_method_has_its_picture(ax, method, options):
    net = nn.Sequential(nn.Conv2d(3, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(2 * 10 * 14, 2))
    x = torch.rand(3, 12, 16, generator=torch.Generator().manual_seed(0))
    assert AlexNetVisualizer(net).plot_attribution(x, 1, method, ax, **options) is ax
    assert "class 1" in ax.get_title()
    assert plt.get_fignums() == []


def test_the_receptive_field_of_a_unit(model, image):
    ax = AlexNetVisualizer(model).plot_receptive_field(image, "conv5", 12, 6)
    assert "conv5 (12, 6) sees rows 128 to 290" in ax.get_label()


class Photo:
    """Stands for a photograph of the data room, which plots do not know."""

    def __init__(self) -> None:
        self.pixels = np.full((30, 40, 3), 100, dtype=np.uint8)


def shrink(photo) -> torch.Tensor:
    pixels = getattr(photo, "pixels", photo)
    return torch.tensor(np.asarray(pixels)[:12, :16]).permute(2, 0, 1).float() / 255


def test_photographs_are_preprocessed_by_the_model_or_as_told():
    net = nn.Sequential(nn.Conv2d(3, 2, 3))
    with pytest.raises(UserError, match=r"a Photo is no input yet.*set model.preprocess = al"):
        AlexNetVisualizer(net).plot_feature_maps(Photo(), "conv1")
    told = AlexNetVisualizer(net, preprocess=shrink)
    for photo in (Photo(), Photo().pixels):
        assert "10×14" in told.plot_feature_maps(photo, "conv1").get_xlabel()
    net.preprocess = shrink
    assert "10×14" in AlexNetVisualizer(net).plot_feature_maps(Photo(), "conv1").get_xlabel()


def test_a_real_photograph_goes_through_the_preprocessing_of_2012(model):
    viz = AlexNetVisualizer(model, al.preprocess)
    assert "55×55" in viz.plot_feature_maps(al.photograph("cat"), "relu1").get_xlabel()


def test_errors_name_the_way_out(model, image):
    viz = AlexNetVisualizer(model)
    with pytest.raises(UserError, match="unknown method 'magic'; known: saliency"):
        viz.plot_attribution(image, method="magic")
    with pytest.raises(UserError, match="give one image"):
        viz.plot_feature_maps(torch.zeros(2, 3, 224, 224))
    with pytest.raises(UserError, match="unknown layer 'conv6'"):
        viz.plot_conv_filters("conv6")
    with pytest.raises(UserError, match="a fully connected layer has none"):
        viz.plot_feature_maps(image, "fc6")
    assert plt.get_fignums() == []
