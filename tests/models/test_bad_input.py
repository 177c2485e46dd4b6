"""What a network cannot take or be made of is one line, never torch's own words."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import alexnet_lab as al
from alexnet_lab import models
from alexnet_lab.errors import UserError

TINY = {"channels": (4,) * 5, "hidden": (8, 8), "input_size": 64}
NETS = {
    "AlexNet": lambda: models.AlexNet(3, **TINY | {"input_size": 67}),
    "mini": lambda: models.alexnet_mini(3, **TINY),
    "cifar": lambda: models.cifar_80sec(3),
    "owt": lambda: models.alexnet_owt(3),
    "two devices": lambda: models.split_towers(
        models.AlexNet(3, **TINY | {"input_size": 67}), ("cpu", "cpu")
    ),
}


@pytest.mark.parametrize("name", NETS)
def test_an_input_of_another_kind(name) -> None:
    net = NETS[name]().eval()
    x = torch.zeros(2, 3, net.input_size, net.input_size)
    assert net(x).shape == (2, 3)
    for wrong, says in (
        (x.byte(), "input of uint8; this network takes float32"),
        (x.long(), "input of int64"),
        (x.bool(), "input of bool"),
        (x.to(torch.complex64), "input of complex64"),
        (x[0], "input of shape"),
        (x[:, :1], "input of shape"),
        (x.permute(0, 2, 3, 1), "input of shape"),
        (al.photograph("cat"), "input is a Photograph; .* al.predict"),
        (al.photograph("cat").image, "input is a Image"),
        (al.photograph("cat").pixels, "input is a ndarray"),
        ("cat.jpg", "input is a str"),
        (None, "input is a NoneType"),
        ([x], "input is a list"),
    ):
        with pytest.raises(UserError, match=says) as caught:
            net(wrong)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["AlexNet", "mini", "cifar", "owt"])
def test_floats_of_another_precision(name) -> None:
    net = NETS[name]().eval()
    x = torch.zeros(1, 3, net.input_size, net.input_size, dtype=torch.float64)
    with pytest.raises(UserError, match=r"input of float64, weights of float32; give x.to"):
        net(x)
    assert net.double()(x).dtype == torch.float64
    with torch.autocast("cpu", torch.bfloat16):
        assert net.float()(x.float()).dtype == torch.bfloat16
        net(x.bfloat16())


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"num_classes": "10"}, "num_classes='10' must be a whole number, not a str"),
        ({"num_classes": 10.5}, "num_classes=10.5 must be a whole number"),
        ({"num_classes": None}, "num_classes=None must be a whole number"),
        ({"num_classes": True}, "num_classes=True must be a whole number"),
        ({"num_classes": [10]}, r"num_classes=\[10\] must be a whole number"),
        ({"input_size": (64, 64)}, "input_size=.* must be a whole number"),
        ({"channels": 3}, "channels=3 must be a list"),
        ({"channels": "34567"}, "channels='34567' must be a list"),
        ({"channels": (4, 4, 4, 4, 4.5)}, "channels=4.5 must be a whole number"),
        ({"hidden": (8, "8")}, "hidden='8' must be a whole number"),
        ({"dropout": "half"}, "dropout='half' must be a number"),
        ({"dropout": None}, "dropout=None must be a number"),
        ({"norm": None}, "norm=None must be a word, such as 'lrn'"),
        ({"activation": torch.nn.ReLU}, "activation=.* must be a word"),
        ({"cross_talk": 1}, "cross_talk=1 must be True or False"),
        ({"without": "conv3"}, "without='conv3' must be a list, such as .conv3, conv4"),
        ({"without": (3,)}, "without=3 must be a word"),
        ({"towers": "2"}, "towers='2' must be a whole number"),
        ({"activatoin": "tanh"}, "no option 'activatoin'; did you mean 'activation'"),
    ],
)
def test_an_option_of_another_kind(options, says) -> None:
    for build in (models.AlexNet, models.alexnet_2012, models.alexnet_mini):
        with pytest.raises(UserError, match=says) as caught:
            build(**options)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("build", [models.AlexNet, models.cifar_80sec, models.alexnet_owt])
def test_classes_that_are_no_number(build) -> None:
    with pytest.raises(UserError, match="num_classes='10' must be a whole number"):
        build("10")


def test_numbers_of_numpy_are_numbers() -> None:
    config = models.AlexNetConfig(num_classes=np.int64(3), hidden=np.array([8, 8]))
    assert config.to_dict()["hidden"] == [8, 8]
    assert type(config.num_classes) is int


def test_which_alexnet() -> None:
    with pytest.raises(UserError, match=r"'alexnet_2012' is the network of the paper.*2014"):
        models.build("AlexNet")
