"""The photographs are in the wheels, as their packages give them."""

from __future__ import annotations

import io
import socket
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from alexnet_lab.data import photograph, photograph_names, photos
from alexnet_lab.errors import UserError

# Oracle: the same picture as the package that ships it reads it.
SKIMAGE = {
    "astronaut": "astronaut",
    "brick": "brick",
    "cat": "chelsea",
    "coffee": "coffee",
    "hubble": "hubble_deep_field",
    "rocket": "rocket",
    "tissue": "immunohistochemistry",
    "coins": "coins",
}


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise AssertionError("a photograph asked for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.parametrize("name", photograph_names())
def test_every_photograph_is_there_without_a_network(name, no_network):
    photo = photograph(name)
    height, width, channels = photo.pixels.shape
    assert photo.pixels.dtype == np.uint8
    assert channels == 3
    assert min(height, width) >= 256
    assert photo.name == name
    assert all((photo.title, photo.source, photo.author, photo.licence))
    if "grey" in photo.title:
        assert (photo.pixels == photo.pixels[:, :, :1]).all()


@pytest.mark.parametrize(("ours", "theirs"), SKIMAGE.items())
def test_pixels_are_those_of_skimage(ours, theirs):
    import skimage.data

    expected = getattr(skimage.data, theirs)()
    pixels = photograph(ours).pixels
    np.testing.assert_array_equal(pixels if expected.ndim == 3 else pixels[:, :, 0], expected)


def test_pixels_are_those_of_sklearn():
    from sklearn.datasets import load_sample_image

    for ours, theirs in (("temple", "china.jpg"), ("flower", "flower.jpg")):
        np.testing.assert_array_equal(photograph(ours).pixels, load_sample_image(theirs))


def test_notebook_shows_a_picture_with_an_alt_text():
    photo = photograph("retina")
    data, metadata = photo._repr_mimebundle_()
    shown = Image.open(io.BytesIO(data["image/png"]))
    assert max(shown.size) == 512
    assert metadata["image/png"]["alt"] == photo.title
    assert "1411 × 1411" in data["text/plain"]


def test_names_of_the_packages_are_understood():
    assert photograph("chelsea").name == "cat"


@pytest.mark.parametrize("wrong", ["astronuat", "nothing like it", "", None])
def test_unknown_name_says_what_is_known(wrong):
    with pytest.raises(UserError) as error:
        photograph(wrong)
    message = str(error.value)
    assert repr(wrong) in message
    assert "known: astronaut, brick" in message
    assert "\n" not in message
    assert ("did you mean 'astronaut'" in message) == (wrong == "astronuat")


def test_missing_file_says_which_package(monkeypatch):
    monkeypatch.setattr(photos, "find_spec", lambda _name: None)
    with pytest.raises(UserError, match=r"scikit-image's file data/chelsea\.png"):
        photograph("cat")


def test_importing_the_room_is_cheap():
    heavy = "{'PIL', 'skimage', 'sklearn', 'torchvision', 'matplotlib', 'scipy'}"
    code = f"import sys, alexnet_lab.data; print({heavy} & set(sys.modules) or 'none')"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "none"
