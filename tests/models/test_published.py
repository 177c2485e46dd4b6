"""Published networks, a small one in their place: found, fetched, told from others, opened."""

from __future__ import annotations

import hashlib
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torchvision
from torch.nn import functional as F

import alexnet_lab as al
from alexnet_lab.analysis import Filters
from alexnet_lab.data.download import Remote
from alexnet_lab.errors import UserError
from alexnet_lab.models.catalogue import PUBLISHED, published
from alexnet_lab.models.published import VARIABLE, Published

SMALL = {"channels": (4, 4, 6, 6, 4), "hidden": (5, 5), "input_size": 67}


def small_alexnet() -> torch.nn.Module:
    return al.models.bvlc_alexnet(1000, **SMALL)


@pytest.fixture
def state() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    found = small_alexnet().state_dict()
    return {name: torch.randn(value.shape) + 0.5 for name, value in found.items()}


def save(path: Path, state: dict[str, torch.Tensor], convolutions_only: bool = False) -> Path:
    """Write an archive with names as Caffe has them."""
    arrays = {
        name.partition(".")[2]: value.numpy()
        for name, value in state.items()
        if name.startswith("features.") or not convolutions_only
    }
    with path.open("wb") as file:
        np.savez(file, **arrays)
    return path


@pytest.fixture
def network(state: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Published]:
    monkeypatch.setenv("ALEXNET_LAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv(VARIABLE, raising=False)
    whole = save(tmp_path / "whole.npz", state)
    digest = hashlib.sha256(whole.read_bytes()).hexdigest()
    biases = {
        name.removesuffix(".bias"): (float(b.mean()), float(b.std(correction=0)))
        for name, b in state.items()
        if name.startswith("features.") and name.endswith(".bias")
    }
    return Published(
        "small",
        "a small one",
        "free",
        (
            Remote("https://zoo.example/models/first.npz", f"sha256:{digest}"),
            Remote("https://makers.example/whole.npz", f"sha256:{digest}"),
        ),
        1000,
        small_alexnet,
        al.models.Preprocess((1.0, 2.0, 3.0), None, 67, 80),
        biases,
        stacks=("stack.npz",),
    )


def test_a_file_brought_by_hand(network: Published, tmp_path: Path, state: Any) -> None:
    assert network.find() is None
    path = network.bring(tmp_path / "whole.npz")
    assert path == tmp_path / "cache" / "weights" / "whole.npz" == network.find()
    assert network.verify(path) == "SHA256 as published"
    made = network.load()
    for name, value in made.state_dict().items():
        assert torch.equal(value, state[name])
    assert (len(made.classes), made.classes[0], made.towers) == (1000, "tench", 2)
    assert made(torch.zeros(1, 3, 67, 67)).shape == (1, 1000)
    assert network.remove() == [path]
    assert network.find() is None
    assert (tmp_path / "whole.npz").is_file()


def test_convolutional_layers_alone(network: Published, tmp_path: Path, state: Any) -> None:
    (tmp_path / "given").mkdir()
    save(tmp_path / "given" / "stack.npz", state, convolutions_only=True)
    path = network.bring(tmp_path / "given")
    assert "the convolutional layers: shapes and biases" in network.verify(path)
    made = network.load()
    assert made.classes == ()
    assert made(torch.zeros(2, 3, 67, 67)).shape == (2, 4, 1, 1)
    assert [name for name, _ in made.named_children()] == ["features"]
    with pytest.raises(UserError, match="no classes to choose from: its file holds"):
        al.predict(["coffee"], network=made)


def test_a_folder_or_file_that_the_user_names(
    network: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert network.find() == tmp_path / "whole.npz"
    monkeypatch.setenv(VARIABLE, str(tmp_path / "whole.npz"))
    assert network.find() == tmp_path / "whole.npz"
    assert network.remove() == []
    assert len(network.load().classes) == 1000
    monkeypatch.setenv(VARIABLE, str(tmp_path / "gone"))
    with pytest.raises(UserError, match=f"{VARIABLE} names .*gone"):
        network.find()


def test_what_is_wrong_is_refused_in_one_line(
    network: Published, tmp_path: Path, state: Any
) -> None:
    """Foreign, half, of another shape, not finite, damaged, empty: nothing reaches the cache."""
    given = tmp_path / "given"
    given.mkdir()
    path = given / "whole.npz"

    def refused(match: str) -> None:
        with pytest.raises(UserError, match=match) as caught:
            network.bring(path)
        assert "\n" not in str(caught.value)
        assert network.find() is None

    save(path, state | {"features.conv3.bias": state["features.conv3.bias"] + 0.1})
    refused("is not 'small', or damaged: the biases of features.conv3")
    save(path, {k: v for k, v in state.items() if "conv5" not in k})
    refused("the biases of features.conv5")
    save(path, {k: v for k, v in state.items() if k != "classifier.fc8.weight"})
    refused("classifier.fc8.weight")
    save(path, state | {"features.conv2.weight": torch.zeros(4, 2, 3, 3)})
    refused("features.conv2.weight")
    save(path, state | {"classifier.fc6.weight": state["classifier.fc6.weight"] * torch.nan})
    refused("classifier.fc6.weight")
    path.write_bytes((tmp_path / "whole.npz").read_bytes()[:-100])
    refused("damaged")
    path.write_bytes(b"")
    refused("damaged")
    path.unlink()
    with pytest.raises(UserError, match=r"has none of first.npz, whole.npz, stack.npz"):
        network.bring(given)


def test_without_a_network_one_line_says_what_to_do(
    network: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise urllib.error.URLError("no route to host")

    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    with pytest.raises(UserError) as caught:
        network.load()
    line = str(caught.value)
    assert "'small' (0 MB) are not here" in line
    assert "zoo.example: no route to host; makers.example: no route to host" in line
    assert "fetch https://zoo.example/models/first.npz" in line
    assert "weights fetch small --from FILE" in line
    assert "\n" not in line


def test_the_second_address_is_asked_when_the_first_has_nothing(
    network: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Downloads are whole: the digest decides; a damaged one is fetched again."""
    asked: list[str] = []
    content = (tmp_path / "whole.npz").read_bytes()

    class Answer:
        status = 200

        def __init__(self) -> None:
            self.rest = content
            self.headers = {"Content-Length": str(len(content))}

        def read(self, count: int) -> bytes:
            piece, self.rest = self.rest[:count], self.rest[count:]
            return piece

        def __enter__(self) -> Answer:
            return self

        def __exit__(self, *_: object) -> None:
            pass

    def urlopen(request: Any, **_: Any) -> Answer:
        asked.append(request.full_url)
        if "zoo" in request.full_url:
            raise urllib.error.HTTPError(request.full_url, 404, "Not Found", {}, None)  # type: ignore[arg-type]
        return Answer()

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    assert len(network.load().classes) == 1000
    assert [url.split("/")[2] for url in asked] == ["zoo.example", "makers.example"]
    network.load()
    assert len(asked) == 2  # it is here
    target = tmp_path / "cache" / "weights" / "whole.npz"
    target.write_bytes(content[:-200] + bytes(200))
    network.load()
    assert [url.split("/")[2] for url in asked[2:]] == ["makers.example"]
    assert target.read_bytes() == content


def test_kernels_in_the_order_of_caffe_are_turned(state: Any, network: Published) -> None:
    """Colours are told by their mean weight: red 3, green 2, blue 1."""
    from dataclasses import replace

    weight = state["features.conv1.weight"].sign()
    rgb = weight * torch.tensor([3.0, 2.0, 1.0]).view(1, 3, 1, 1)
    coloured = replace(network, colours=(3.0, 2.0, 1.0))
    for given in (rgb, rgb.flip(1)):
        turned = coloured._in_rgb({"features.conv1.weight": given})["features.conv1.weight"]
        assert torch.equal(turned, rgb)


def test_the_catalogue_is_sound() -> None:
    assert PUBLISHED == ("torchvision", "bvlc", "caffenet")
    for name in PUBLISHED:
        found = published(name)
        for remote in found.remotes:
            kind, _, digits = remote.digest.partition(":")
            assert len(digits) == {"sha256": 64, "sha1": 40}[kind] or name == "torchvision"
            assert int(digits, 16) > 0
        with torch.device("meta"):
            made = found.builder()
        assert sum(p.numel() for p in made.parameters()) == found.parameters
        assert found.preprocess.size == made.input_size
    with pytest.raises(UserError, match="no published network 'vgg'; known: torchvision, bvlc"):
        published("vgg")


def test_the_real_conv_stack(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Oracle: torch's own operators, on the numbers as they lie in the file."""
    folder = shared_data / "imagenet-conv"
    monkeypatch.setenv(VARIABLE, str(folder))
    model: Any = al.load_pretrained("bvlc")
    assert (model.classes, model.towers, model.input_size) == ((), 2, 227)
    assert "ILSVRC-2012" in model.trained_on
    x = model.preprocess(al.photograph("coffee"))[None]
    with np.load(folder / "bvlc_alexnet_conv_q7.npz") as stored:
        w = {
            n: torch.from_numpy(stored[f"conv{n}.weight_q7"] / np.float32(128)) for n in range(1, 6)
        }
        b = {n: torch.from_numpy(stored[f"conv{n}.bias"]) for n in range(1, 6)}
    y = x.flip(1)  # blue, green, red
    plan = {1: (4, 0, 1), 2: (1, 2, 2), 3: (1, 1, 1), 4: (1, 1, 2), 5: (1, 1, 2)}
    with torch.no_grad():
        for n, (stride, padding, groups) in plan.items():
            y = F.conv2d(y, w[n], b[n], stride, padding, groups=groups).relu()
            if n < 3:
                y = F.local_response_norm(y, 5, 1e-4, 0.75, 1.0)
            if n in (1, 2, 5):
                y = F.max_pool2d(y, 3, 2, ceil_mode=True)
        found = model(x)
    assert found.shape == (1, 256, 6, 6)
    torch.testing.assert_close(found, y, rtol=1e-3, atol=1e-3)
    kernels = Filters(model.features.conv1.weight.detach(), towers=2)
    assert 0.90 < kernels.concentration.median() < 0.92
    first, second = kernels.of_tower(1).colourfulness, kernels.of_tower(2).colourfulness
    assert first.mean() > 0.5 > 0.3 > second.mean()
    assert al.models.load_pretrained(folder / "bvlc_alexnet_conv_q7.npz").classes == ()


def test_torchvisions_conv_stack(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Oracle: torchvision's own layers with the same numbers."""
    folder = shared_data / "imagenet-conv"
    monkeypatch.setenv(VARIABLE, str(folder))
    monkeypatch.setenv("TORCH_HOME", str(folder / "none"))
    model: Any = al.load_pretrained("torchvision")
    theirs = torchvision.models.alexnet(weights=None).features.eval()
    with np.load(folder / "torchvision_alexnet_features_f16.npz") as stored:
        numbers = {n.partition(".")[2]: torch.from_numpy(stored[n]).float() for n in stored.files}
    theirs.load_state_dict(numbers)
    x = model.preprocess(al.photograph("cat"))[None]
    with torch.no_grad():
        assert torch.equal(model(x), theirs(x))
    assert (model.towers, model.classes) == (1, ())


def test_caffenets_order(shared_data: Path) -> None:
    """Oracle: activations that an independent implementation wrote, after conv1 and conv2."""
    folder = shared_data / "caffenet-conv"

    def stored(name: str) -> torch.Tensor:
        return torch.from_numpy(np.load(folder / f"{name}.npy"))

    net = al.models.caffenet().eval()
    net.load_state_dict(
        net.state_dict()
        | {
            "features.conv1.weight": stored("conv1_weight_rgb"),
            "features.conv1.bias": stored("conv1_bias").flatten(),
            "features.conv2.weight": stored("conv2_weight"),
            "features.conv2.bias": stored("conv2_bias").flatten(),
        }
    )
    x = stored("ref_input_bgr_minus_mean").reshape(1, 3, 227, 227).flip(1)
    with torch.no_grad():
        for stop, name in ((2, "ref_conv1_relu"), (6, "ref_conv2_relu")):
            found = net.features[:stop](x)
            wanted = stored(name).reshape(found.shape)
            torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-2)
        swapped = al.models.bvlc_alexnet().eval()
        swapped.load_state_dict(net.state_dict())
        assert (swapped.features[:6](x) - wanted).abs().max() > 1
