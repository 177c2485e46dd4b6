"""A network as one file: what it says of itself, and that the same network comes back from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import alexnet_lab as al
from alexnet_lab.errors import UserError
from alexnet_lab.models.chain import describe_layers
from alexnet_lab.weights import read_record, read_safetensors

SMALL = {"num_classes": 3, "input_size": 67, "channels": [8, 16, 8, 8, 8], "hidden": [8, 8]}
NETWORKS: dict[str, tuple[str, dict[str, Any]]] = {
    "paper": ("alexnet_2012", SMALL),
    "batch norm": ("alexnet_batch_norm", SMALL),
    "dropout of 2012": ("alexnet_2012", SMALL | {"dropout_style": "2012", "activation": "tanh"}),
    "CaffeNet": ("caffenet", SMALL),
    "mini": ("alexnet_mini", {"channels": [8, 8, 8, 8, 8], "hidden": [8, 8]}),
    "cifar": ("cifar_80sec", {}),
}


def made(name: str) -> nn.Module:
    torch.manual_seed(0)
    kind, options = NETWORKS[name]
    return al.models.build(kind, **options)


@pytest.mark.parametrize("suffix", ["safetensors", "onnx"])
@pytest.mark.parametrize("name", NETWORKS)
def test_the_same_network_comes_back(name: str, suffix: str, tmp_path: Path) -> None:
    if suffix == "onnx":
        pytest.importorskip("onnx")
    net = made(name)
    labels = [f"kind {i}" for i in range(al.inference.open_network(net).num_classes)]
    net.train()
    file = al.export(net, tmp_path / f"net.{suffix}", classes=labels)
    assert net.eval().training is False
    back = al.load_pretrained(file)
    assert type(back) is type(net)
    assert list(back.classes) == labels
    x = torch.randn(2, 3, back.preprocess.size, back.preprocess.size)
    assert torch.equal(back(x), net(x))


def test_what_is_said_of_the_layers_is_what_the_modules_are(tmp_path: Path) -> None:
    net = made("paper")
    how = al.models.Preprocess((1.0, 2.0, 3.0), (4.0, 5.0, 6.0), 67, 80)
    file = al.export(net, tmp_path / "net.safetensors", preprocess=how)
    about = read_record(read_safetensors(file)[1])["about"]
    assert about["preprocess"] == {
        "mean": [1, 2, 3], "std": [4, 5, 6], "size": 67, "resize": 80
    }  # fmt: skip
    layers = {layer["name"]: layer for layer in about["layers"]}
    # 67 pixels, 11x11 at stride 4: 15 windows without remainder; conv2 has two towers.
    assert layers["conv1"]["over"] == [0, 0]
    assert layers["conv2"]["groups"] == 2
    assert layers["norm1"]["groups"] == 2
    assert layers["norm1"]["scale"] == pytest.approx(1e-4)
    assert layers["pool1"] | {"name": ""} == {
        "name": "", "kind": "pool", "mode": "max", "kernel": [3, 3], "stride": [2, 2],
        "padding": [0, 0], "ceil": True, "padded": False,
    }  # fmt: skip
    assert "drop6" not in layers
    assert list(layers)[-1] == "fc8"


def test_a_conv_rounded_up_says_what_hangs_over() -> None:
    with torch.device("meta"):
        net = al.models.alexnet_2012()
    (conv1, *_) = describe_layers(net)
    assert conv1["over"] == [3, 3]  # 224 = 55 windows less 3 pixels


@pytest.mark.parametrize(("weights", "share"), [("float16", 2), ("int8", 4)])
def test_small_weights_are_read_as_they_are_stored(
    weights: str, share: int, tmp_path: Path
) -> None:
    pytest.importorskip("onnx")
    net = made("mini")
    small = al.export(net, tmp_path / "small.onnx", weights=weights)
    whole = al.export(net, tmp_path / "whole.onnx")
    back = al.load_pretrained(small)
    for name, value in net.state_dict().items():
        torch.testing.assert_close(back.state_dict()[name], value, rtol=2e-3, atol=2e-2)
    assert small.stat().st_size < whole.stat().st_size / share + 9000


def test_a_sequence_of_layers_is_written_too(tmp_path: Path) -> None:
    """A class that nobody knows: it says its layers, and no name under which to build it."""
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 6 * 6, 2))
    how = al.models.Preprocess((0.0, 0.0, 0.0), None, 8, 8)
    file = al.export(net, tmp_path / "net.safetensors", preprocess=how)
    about = read_record(read_safetensors(file)[1])["about"]
    assert [layer["name"] for layer in about["layers"]] == ["conv1", "relu1", "fc2"]
    assert about["layers"][-1]["tensors"] == {"weight": "3.weight", "bias": "3.bias"}
    assert "model" not in about


def test_whatever_does_not_fit_is_one_line_and_no_file(tmp_path: Path) -> None:
    net = made("mini")
    nan = made("mini")
    with torch.no_grad():
        nan.features.conv1.weight[0] = torch.nan
    branched = nn.Sequential(nn.Bilinear(3, 3, 3))
    cases: list[tuple[Any, str, dict[str, Any], str]] = [
        (net, "net.pth", {}, "'.pth'; known: .safetensors, .onnx"),
        (net, "net", {}, "known: .safetensors, .onnx"),
        (net, "net.onnx", {"weights": "int4"}, "unknown weights 'int4'"),
        (net, "net.safetensors", {"weights": "int8"}, "net.onnx"),
        (net, "net.safetensors", {"switches": True}, "for ONNX alone"),
        (net, "net.safetensors", {"classes": ["one"]}, "1 names of classes for 10 logits"),
        (nan, "net.safetensors", {}, "conv1"),
        (branched, "net.safetensors", {}, "net"),
        (tmp_path / "none.safetensors", "net.safetensors", {}, "no such file"),
    ]
    for given, name, options, words in cases:
        with pytest.raises(UserError, match=r"(?s)^[^\n]*$") as told:
            al.export(given, tmp_path / name, **options)
        assert words in str(told.value)
    assert list(tmp_path.iterdir()) == []


def test_what_another_program_or_a_fault_left_in_the_metadata(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    file = al.export(made("mini"), tmp_path / "net.onnx")
    model = onnx.load(str(file))
    about = json.loads(model.metadata_props[0].value)
    for layers in ([1], [{"parameters": {"weight": "x"}}], "none"):
        model.metadata_props[0].value = json.dumps({**about, "layers": layers})
        onnx.save(model, str(file))
        with pytest.raises(UserError, match="damaged"):
            al.load_pretrained(file)
