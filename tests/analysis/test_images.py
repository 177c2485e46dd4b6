"""Wherever an image is meant: a tensor, an array, a PIL image, a Photograph, one or several."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

import alexnet_lab as al
from alexnet_lab import analysis, models
from alexnet_lab.errors import UserError

TINY = {"channels": (4,) * 5, "hidden": (8, 8), "input_size": 64, "init": "kaiming"}


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    made = models.alexnet_mini(3, **TINY).eval()
    made.preprocess = models.Preprocess((1.0, 2.0, 3.0), None, 64, 73)
    made.classes = ("garden hose", "Cup", "tench")
    return made


PHOTO = al.photograph("coffee")
ONE = {
    "Photograph": PHOTO,
    "PIL": PHOTO.image,
    "array": PHOTO.pixels,
    "uint8 tensor": torch.from_numpy(PHOTO.pixels).permute(2, 0, 1),
    "list": [PHOTO],
}
MIRROR = np.ascontiguousarray(PHOTO.pixels[:, ::-1])
TWO = {
    "list": [PHOTO, Image.fromarray(MIRROR)],
    "tuple of arrays": (PHOTO.pixels, MIRROR),
    "array": np.stack([PHOTO.pixels, MIRROR]),
    "uint8 tensor": torch.from_numpy(np.stack([PHOTO.pixels, MIRROR])).permute(0, 3, 1, 2),
}
#: Every function of the room that looks at images, and what is compared.
CALLS = {
    "activations": lambda net, x: analysis.activations(net, x, "conv2")["conv2"],
    "features": lambda net, x: analysis.features(net, x),
    "effective_field": lambda net, x: analysis.effective_field(net, x, "conv3").energy,
    "saliency": lambda net, x: analysis.saliency(net, x).values,
    "integrated_gradients": lambda net, x: analysis.integrated_gradients(net, x, steps=3).values,
    "guided_backprop": lambda net, x: analysis.guided_backprop(net, x).values,
    "deconvnet": lambda net, x: analysis.deconvnet(net, x).values,
    "gradcam": lambda net, x: analysis.gradcam(net, x).values,
    "guided_gradcam": lambda net, x: analysis.guided_gradcam(net, x).values,
    "occlusion": lambda net, x: analysis.occlusion(net, x, patch=32).values,
    "image_patch": lambda net, x: analysis.image_patch(x, net, "conv2", 3, 3),
}


def test_every_function_that_takes_images_is_here() -> None:
    takes = {
        name
        for name in analysis.__all__
        if "Images" in str(getattr(getattr(analysis, name), "__annotations__", {}))
    }
    assert takes == set(CALLS)


@pytest.mark.parametrize("call", CALLS)
def test_one_picture_of_any_kind(net, call) -> None:
    """Oracle: the tensor that the model's own preprocessing makes."""
    x = net.preprocess(PHOTO)
    expected = CALLS[call](net, x[None])
    torch.testing.assert_close(CALLS[call](net, x), expected)
    for picture in ONE.values():
        torch.testing.assert_close(CALLS[call](net, picture), expected)


@pytest.mark.parametrize("call", [name for name in CALLS if name != "image_patch"])
def test_several_pictures(net, call) -> None:
    x = torch.stack([net.preprocess(PHOTO), net.preprocess(MIRROR)])
    expected = CALLS[call](net, x)
    for pictures in TWO.values():
        torch.testing.assert_close(CALLS[call](net, pictures), expected)


def test_a_loaders_batches_give_the_features_of_the_whole(net) -> None:
    x = torch.randn(5, 3, 64, 64)
    loader = [(x[:3], torch.zeros(3)), (x[3:], torch.zeros(2))]
    expected = analysis.features(net, x)
    torch.testing.assert_close(analysis.features(net, loader), expected)
    torch.testing.assert_close(analysis.features(net, [x[:3], x[3:]]), expected)
    torch.testing.assert_close(analysis.features(net, x, batch_size=2), expected)


def test_the_gradient_passes_through(net) -> None:
    x = torch.randn(1, 3, 64, 64, requires_grad=True)
    analysis.activations(net, x, "conv1", grad=True)["conv1"].sum().backward()
    assert x.grad is not None


def test_a_network_without_preprocessing_gets_what_is_customary() -> None:
    fresh = models.alexnet_mini(3, **TINY).eval()
    x = al.preprocess(PHOTO, size=64, resize=73)
    expected = analysis.activations(fresh, x[None], "conv1")["conv1"]
    torch.testing.assert_close(analysis.activations(fresh, PHOTO, "conv1")["conv1"], expected)
    al.AlexNetVisualizer(fresh).plot_feature_maps(PHOTO.image)
    other = nn.Sequential(nn.Conv2d(3, 4, 3))
    with pytest.raises(UserError, match=r"set model.preprocess = al.preprocess"):
        analysis.activations(other, PHOTO, "conv1")
    other.preprocess = al.preprocess
    assert analysis.activations(other, PHOTO, "conv1")["conv1"].shape == (1, 4, 222, 222)


def test_networks_of_other_things_get_their_input_as_it_is() -> None:
    words = nn.Sequential(nn.Embedding(9, 4), nn.Linear(4, 2))
    tokens = torch.tensor([[1, 2, 3]])
    assert analysis.activations(words, tokens)["fc1"].shape == (1, 3, 2)
    sound = nn.Sequential(nn.Conv1d(2, 4, 3))
    assert analysis.activations(sound, torch.zeros(5, 2, 9))["conv1"].shape == (5, 4, 7)


@pytest.mark.parametrize(
    ("target", "number"),
    [("Cup", 1), ("cup", 1), ("garden_hose", 0), ("Garden Hose", 0), (["tench"], 2), ([2], 2),
     (np.int64(2), 2), (torch.tensor(1), 1), (np.array([1]), 1)],
)  # fmt: skip
def test_classes_by_name_and_number(net, target, number) -> None:
    x = net.preprocess(PHOTO)
    found = analysis.saliency(net, x, target)
    assert found.target.tolist() == [number]
    torch.testing.assert_close(found.values, analysis.saliency(net, x, number).values)


@pytest.mark.parametrize(
    ("target", "says"),
    [("cpu", "'cpu' is not a class of this model; did you mean 'cup'"),
     ("zebra", "known: garden hose, Cup, tench"), (3, "classes 0 to 2"), (-1, "classes 0 to 2"),
     (1.5, "target 1.5 is not a class"), (None.__class__, "is not a class"),
     ([0, 1], "2 targets for 1"),
     ([], "0 targets for 1")],
)  # fmt: skip
def test_no_class(net, target, says) -> None:
    with pytest.raises(UserError, match=says) as caught:
        analysis.saliency(net, net.preprocess(PHOTO), target)
    assert "\n" not in str(caught.value)
    bare = models.alexnet_mini(3, **TINY)
    with pytest.raises(UserError, match="does not name its classes; give a number, 0 to 2"):
        analysis.saliency(bare, PHOTO, "cup")


def test_the_visualizer_names_the_class(net) -> None:
    axes = al.AlexNetVisualizer(net).plot_attribution(PHOTO, target="cup")
    assert axes.get_title() == "saliency, class Cup"


def test_layers_by_either_name(net) -> None:
    """``features.conv2`` and ``conv2``, ``features.3`` and ``conv2`` are one layer everywhere."""
    theirs = models.alexnet_owt(3).eval()
    for model, path, name in ((net, "features.conv2", "conv2"), (theirs, "features.3", "conv2")):
        x = torch.randn(1, 3, model.input_size, model.input_size)
        one, other = (analysis.activations(model, x, way)[way] for way in (path, name))
        assert torch.equal(one, other)
        assert analysis.receptive_field(model, path, 1, 1) == analysis.receptive_field(
            model, name, 1, 1
        )
        assert torch.equal(
            analysis.filters(model, path).weight, analysis.filters(model, name).weight
        )
        assert torch.equal(analysis.features(model, x, path), analysis.features(model, x, name))
        assert torch.equal(
            analysis.gradcam(model, x, 0, layer=path).values,
            analysis.gradcam(model, x, 0, layer=name).values,
        )
    assert "layer" in inspect.signature(analysis.gradcam).parameters
