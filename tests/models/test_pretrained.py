"""Trained networks come back with all that is needed to use them."""

from __future__ import annotations

import urllib.error
import urllib.request

import numpy as np
import pytest
import torch
import torchvision

import alexnet_lab as al
from alexnet_lab.errors import UserError
from alexnet_lab.models import load_pretrained, published
from alexnet_lab.weights import save_weights

OPTIONS = {"num_classes": 3, "input_size": 67, "channels": [8, 8, 8, 8, 8], "hidden": [8, 8]}


@pytest.fixture
def saved(tmp_path):
    """Weights on disk as `fit` writes them, and the network that they came from."""
    torch.manual_seed(0)
    model = al.models.build("alexnet_2012", init="kaiming", **OPTIONS).eval()
    about = {
        "model": {"name": "alexnet_2012", "options": OPTIONS},
        "classes": ["cat", "cup", "moon"],
        "preprocess": {"mean": [120.0, 110.0, 100.0], "std": [58.0, 57.0, 56.0], "size": 67},
    }
    save_weights(tmp_path / "net.safetensors", model, about)
    return tmp_path / "net.safetensors", model


def test_a_network_comes_back_as_it_was(saved) -> None:
    """Oracles: the network before saving; the preprocessing by hand on a plain picture."""
    path, model = saved
    again = load_pretrained(path)
    x = torch.randn(2, 3, 67, 67)
    torch.testing.assert_close(again(x), model(x))
    assert not again.training
    assert again.classes == ("cat", "cup", "moon")
    grey = np.full((80, 100, 3), 130, np.uint8)
    pixels = again.preprocess(grey)
    assert pixels.shape == (3, 67, 67)
    expected = torch.tensor([10 / 58, 20 / 57, 30 / 56]).view(3, 1, 1).expand(3, 67, 67)
    torch.testing.assert_close(pixels, expected)


def test_half_precision_weights_compute_in_float32(saved, tmp_path) -> None:
    _, model = saved
    about = {"model": {"name": "alexnet_2012", "options": OPTIONS}}
    save_weights(tmp_path / "half.safetensors", model.half(), about)
    half = load_pretrained(str(tmp_path / "half.safetensors"))
    assert {p.dtype for p in half.parameters()} == {torch.float32}


def test_torchvisions_weights(monkeypatch, tmp_path) -> None:
    """Oracle: torchvision's own class and transforms; the download is replaced by a file."""
    torch.manual_seed(0)
    theirs = torchvision.models.alexnet(weights=None).eval()
    kind = torchvision.models.AlexNet_Weights
    asked = []

    def fetched(remote, folder, pause=None):
        asked.append((remote.url, remote.digest, folder))
        torch.save(theirs.state_dict(), tmp_path / remote.name)
        return tmp_path / remote.name

    monkeypatch.setattr(published, "fetch", fetched)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    ours = load_pretrained("imagenet")
    # Where torch.hub keeps it, so that neither downloads it a second time.
    url = kind.IMAGENET1K_V1.url
    assert asked == [(url, "sha256:7be5be79", tmp_path / "torch" / "hub" / "checkpoints")]
    photo = al.photograph("coffee")
    x = kind.IMAGENET1K_V1.transforms()(photo.image)
    # Their resizing is antialiased bilinear on the picture as well: equal up to a grey level.
    assert (ours.preprocess(photo) - x).abs().max() < 1.5 / 255 / 0.224
    torch.testing.assert_close(ours(x[None]), theirs(x[None]))
    assert len(ours.classes) == 1000


def test_without_a_connection_one_line_says_so(monkeypatch, tmp_path) -> None:
    def refuse(*_, **__):
        raise urllib.error.URLError("no route to host")

    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with pytest.raises(
        UserError, match=r"could not be downloaded .*weights fetch torchvision --from FILE"
    ):
        load_pretrained("imagenet")


def test_what_cannot_be_loaded_is_said(tmp_path) -> None:
    with pytest.raises(UserError, match="no trained network 'labs'; known: lab, torchvision, bvlc"):
        load_pretrained("labs")
    with pytest.raises(UserError, match="no such file"):
        load_pretrained(tmp_path / "gone.safetensors")
    save_weights(tmp_path / "bare.safetensors", torch.nn.Linear(2, 2))
    with pytest.raises(UserError, match="does not say which network"):
        load_pretrained(tmp_path / "bare.safetensors")
    about = {"model": {"name": "vgg", "options": {}}}
    save_weights(tmp_path / "vgg.safetensors", torch.nn.Linear(2, 2), about)
    with pytest.raises(UserError, match="unknown model 'vgg'"):
        load_pretrained(tmp_path / "vgg.safetensors")
