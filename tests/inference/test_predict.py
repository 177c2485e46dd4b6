"""`al.predict` and `open_network`: any picture, any network; the oracle is the model by hand."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from PIL import Image

import alexnet_lab as al
from alexnet_lab import inference, models
from alexnet_lab.errors import UserError

TINY = {"channels": (4,) * 5, "hidden": (8, 8), "input_size": 64, "init": "kaiming"}


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    return models.alexnet_mini(3, **TINY).eval()


@pytest.fixture(scope="module")
def opened(net):
    how = models.Preprocess((1.0, 2.0, 3.0), None, 64, 73)
    return inference.Network(net, how, ("a", "b", "c"), source="mine")


def test_every_kind_of_picture_gives_the_same_answer(opened, net, tmp_path) -> None:
    photo = al.photograph("coffee")
    photo.image.save(tmp_path / "coffee.png")
    with torch.no_grad():
        expected = net(opened.preprocess(photo)[None]).softmax(1)[0]
    array = photo.pixels
    ones = (
        "coffee", photo, photo.image, array, torch.from_numpy(array).permute(2, 0, 1),
        tmp_path / "coffee.png", str(tmp_path / "coffee.png"), (tmp_path / "coffee.png").open("rb"),
    )  # fmt: skip
    for image in ones:
        found = al.predict(image, opened, top=3)
        assert isinstance(found, inference.Prediction)
        for guess in found.top:
            assert guess.probability == pytest.approx(float(expected[guess.index]), abs=1e-6)
            assert guess.label == "abc"[guess.index]
        assert found.probability == max(g.probability for g in found.top)
    batch = np.stack([array, array[::-1]])
    several = (
        [photo, Image.fromarray(array[::-1].copy())],
        batch,
        torch.from_numpy(batch.copy()).permute(0, 3, 1, 2),
        iter([photo, array[::-1]]),
    )
    for images in several:
        pair = al.predict(images, opened, batch_size=1)
        assert len(pair) == 2
        assert pair[0].probability == pytest.approx(float(expected.max()), abs=1e-6)
    folder = al.predict(tmp_path, opened)
    assert [p.image for p in folder] == [str(tmp_path / "coffee.png")]


def test_ten_crop(opened, net) -> None:
    photo = al.photograph("cat")
    with torch.no_grad():
        expected = net(opened.views([photo])[0]).softmax(1).mean(0)
    found = al.predict(photo, opened, ten_crop=True, top=3)
    got = {g.index: g.probability for g in found.top}
    assert got == pytest.approx(dict(enumerate(expected.tolist())), abs=1e-6)


def test_doubt_and_what_is_known_are_said(opened) -> None:
    found = al.predict("cat", top=2)
    classes = al.load_pretrained("lab").classes
    assert found.doubtful is (found.probability < inference.DOUBTFUL)
    assert ("doubtful" in repr(found)) is found.doubtful
    assert f"knows {len(classes)} classes: {classes[0]}" in repr(found)
    assert found.to_dict()["classes_known"] == len(classes)
    json.dumps(found.to_dict())
    assert al.predict("cat", opened, top=3).caution == ""  # every class is shown
    sure = inference.Prediction("x", (inference.Guess("a", 0, 0.5),), 1)
    assert not sure.doubtful
    torn = inference.Prediction("x", (inference.Guess("a", 0, 0.49),), 2)
    assert torn.doubtful
    assert "doubtful" in repr(torn)
    thousand = inference.Network(torch.nn.Linear(2, 1000), opened.preprocess, range(1000))
    assert thousand.known == "1000 classes: 0, 1, 2, …, 999"


def test_open_network_is_the_door_of_load_pretrained(opened, tmp_path) -> None:
    torch.save({"model_state_dict": models.cifar_80sec(4).state_dict()}, tmp_path / "net.pth")
    one, other = (
        inference.open_network(tmp_path / "net.pth"),
        al.load_pretrained(tmp_path / "net.pth"),
    )
    assert one.description == other.description
    assert one.preprocess == other.preprocess
    x = torch.randn(1, 3, 32, 32)
    assert torch.equal(one.model(x), other(x))
    assert "knows 4 classes, which the file does not name" in repr(one)
    assert "cifar_80sec" in repr(one)
    assert inference.open_network(opened) is opened
    assert inference.open_network(other).model is other
    assert inference.untrained("cifar_80sec", 1).num_classes == 10


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: al.predict("nosuch.jpg"), "no such file: 'nosuch.jpg'"),
        (lambda: al.predict("cta"), "unknown photograph 'cta'; did you mean 'cat'"),
        (lambda: al.predict("cat", "nosuch.pth"), "no such file: 'nosuch.pth'"),
        (lambda: al.predict("cat", "labs"), "no trained network 'labs'"),
        (lambda: al.predict("cat", 3), "cannot open a network from a int"),
        (lambda: al.predict("cat", top=0), "top=0"),
        (lambda: al.predict(3), "cannot make a picture of a int"),
        (lambda: al.predict(None), "cannot make a picture of a NoneType"),
        (lambda: al.load_pretrained("lab", "alexnet_2012"), "leave model='alexnet_2012' out"),
    ],
)
def test_one_line(call, says) -> None:
    with pytest.raises(UserError, match=says) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_probabilities_that_are_no_numbers_are_refused(opened, net) -> None:
    import copy

    broken = copy.deepcopy(net)
    with torch.no_grad():
        broken.classifier.fc8.bias.fill_(float("inf"))
    with pytest.raises(UserError, match="not numbers"):
        al.predict("cat", inference.Network(broken, opened.preprocess))
