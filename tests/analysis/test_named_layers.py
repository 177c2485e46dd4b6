from __future__ import annotations

import pytest
import torchvision
from torch import nn

from alexnet_lab.analysis import find_layer, named_layers
from alexnet_lab.errors import UserError


def test_torchvision_layers_get_the_names_of_the_field():
    model = torchvision.models.alexnet(weights=None)
    layers = named_layers(model)
    # Oracle: torchvision's own source, features.0 … features.12 and classifier.0 … classifier.6.
    for name, path in {
        "conv1": "features.0",
        "pool1": "features.2",
        "conv3": "features.6",
        "conv5": "features.10",
        "relu5": "features.11",
        "pool5": "features.12",
        "avgpool": "avgpool",
        "fc6": "classifier.1",
        "drop6": "classifier.3",
        "fc8": "classifier.6",
    }.items():
        assert layers[name] is model.get_submodule(path)
    assert len(layers) == 13 + 1 + 7


def test_given_names_are_kept_and_repeated_ones_become_paths():
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(1, 1, 1)

    model = nn.Module()
    model.stem, model.left, model.right = nn.Conv2d(1, 1, 1), Block(), Block()
    assert list(named_layers(model)) == ["stem", "left.conv", "right.conv"]


def test_two_layers_of_a_kind_after_one_convolution_differ_in_name():
    model = nn.Sequential(nn.Conv2d(1, 1, 1), nn.BatchNorm2d(1), nn.ReLU(), nn.LocalResponseNorm(3))
    assert list(named_layers(model)) == ["conv1", "norm1", "relu1", "norm1_2"]


def test_find_layer_takes_names_and_paths():
    model = torchvision.models.alexnet(weights=None)
    assert find_layer(model, "conv2") is model.features[3]
    assert find_layer(model, "features.3") is model.features[3]
    assert find_layer(model, "classifier") is model.classifier


@pytest.mark.parametrize("name", ["conv9", "", "features.99", "forward"])
def test_unknown_layer_is_one_line_with_the_way_out(name):
    with pytest.raises(UserError, match=r"known: conv1, relu1") as caught:
        find_layer(torchvision.models.alexnet(weights=None), name)
    assert "\n" not in str(caught.value)
    assert repr(name) in str(caught.value)


def test_close_names_are_proposed():
    with pytest.raises(UserError, match=r"did you mean conv"):
        find_layer(nn.Sequential(nn.Conv2d(1, 1, 1)), "cnov1")
