"""Exported networks, run by ONNX Runtime, against the same networks in PyTorch."""

from __future__ import annotations

import copy
import json
import sys
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import alexnet_lab as al
from alexnet_lab.analysis import activations
from alexnet_lab.analysis.layers import friendly_names
from alexnet_lab.errors import UserError
from alexnet_lab.models.export_graph import as_int8
from alexnet_lab.models.export_layers import neighbours
from alexnet_lab.models.export_onnx import OnnxNetwork, export_onnx

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")

SMALL = {
    "num_classes": 3,
    "input_size": 67,
    "channels": [8, 16, 8, 8, 8],
    "hidden": [8, 8],
    "init": "kaiming",  # strong enough signals to compare
}
NETWORKS = {
    "paper": ("alexnet_2012", SMALL),
    "source": ("alexnet_2012", SMALL | {"follow": "source", "lrn_alpha": 0.1}),
    "one tower, tanh": ("alexnet_one_tower", SMALL | {"activation": "tanh", "lrn_size": 4}),
    "batch norm": ("alexnet_batch_norm", SMALL),
    "dropout of 2012": ("alexnet_2012", SMALL | {"dropout_style": "2012", "lrn_beta": 0.5}),
    "without conv4": ("alexnet_2012", SMALL | {"without": ["conv4"], "norm": "none"}),
    "mini": ("alexnet_mini", {"channels": [8, 8, 8, 8, 8], "hidden": [8, 8]}),
    "cifar": ("cifar_80sec", {"activation": "sigmoid"}),
}


def made(name: str, **options: Any) -> nn.Module:
    torch.manual_seed(0)
    model = al.models.build(name, **options)
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d):  # statistics that are not 0 and 1
            layer.running_mean.normal_()
            layer.running_var.uniform_(0.5, 2)
        if isinstance(layer, nn.Conv2d) and layer.bias is not None:
            nn.init.normal_(layer.bias, std=0.1)
    return model.eval()


def run(exported: OnnxNetwork, x: torch.Tensor, **switched: Any) -> dict[str, torch.Tensor]:
    session = runtime.InferenceSession(exported.data, providers=["CPUExecutionProvider"])
    feeds = {"input": x.numpy()}
    for name, shape in exported.switches.items():
        feeds[name] = np.full(shape, not name.endswith(".slope"), dtype=np.float32)
    feeds |= {name: np.asarray(value, dtype=np.float32) for name, value in switched.items()}
    names = [output.name for output in session.get_outputs()]
    found = zip(names, session.run(None, feeds), strict=True)
    return {name: torch.from_numpy(value) for name, value in found}


def compare(found: dict[str, torch.Tensor], model: nn.Module, x: torch.Tensor) -> None:
    """Every layer against PyTorch: to a hundred-thousandth of the layer's largest value."""
    wanted = activations(model, x)
    assert set(wanted) == set(found) - {"flatten", "logits", "probabilities"}
    for name, value in wanted.items():
        largest = float(value.abs().max())
        assert found[name].shape == value.shape
        torch.testing.assert_close(found[name], value, rtol=0, atol=1e-5 * max(largest, 1e-6))
    with torch.no_grad():
        torch.testing.assert_close(found["logits"], model(x), rtol=1e-4, atol=1e-4)
        wanted_shares = model(x).softmax(1)
    torch.testing.assert_close(found["probabilities"], wanted_shares, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("switches", [False, True], ids=["plain", "with switches"])
@pytest.mark.parametrize("which", NETWORKS)
def test_every_layer_is_pytorchs(which: str, switches: bool) -> None:
    name, options = NETWORKS[which]
    model = made(name, **options)
    # Not far into the flat ends of tanh, where all digits of a large input are lost.
    x = torch.randn(2, 3, model.input_size, model.input_size)
    compare(run(export_onnx(model, weights="float32", switches=switches), x), model, x)


def test_torchvisions_names_and_layers() -> None:
    full = made("alexnet_owt", num_classes=5)
    model = nn.Sequential(*full.features, full.avgpool, nn.Flatten(), nn.Linear(9216, 5)).eval()
    names = friendly_names(model)
    exported = export_onnx(model, weights="float32", names=names)
    assert exported.layers[:3] == ("conv1", "relu1", "pool1")
    x = torch.randn(1, 3, 224, 224)
    found = run(exported, x)
    torch.testing.assert_close(found["logits"], model(x).detach(), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("weights", ["int8", "float16"])
def test_small_weights_are_rounded_and_nothing_else_is(weights: str) -> None:
    """The oracle is PyTorch with weights rounded in the same way."""
    model = made("alexnet_2012", **SMALL)
    rounded = copy.deepcopy(model)
    for layer in rounded.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            whole, scale = as_int8(layer.weight.detach())
            small = whole * scale if weights == "int8" else layer.weight.half().float()
            assert not torch.equal(small, layer.weight)
            layer.weight.data = small
    x = 50 * torch.randn(1, 3, 67, 67)
    compare(run(export_onnx(model, weights=weights), x), rounded, x)


def test_int8_errs_by_half_a_step_at_most() -> None:
    weight = torch.tensor([[0.5, -1.27, 0.004], [0.0, 0.0, 0.0]])
    whole, scale = as_int8(weight)
    assert whole.tolist() == [[50, -127, 0], [0, 0, 0]]
    assert ((whole * scale - weight).abs() <= scale / 2 + 1e-9).all()


def test_the_lab_network_for_the_page() -> None:
    """Small enough, and the same answers: all sample photographs keep their first class."""
    model: Any = al.load_pretrained("lab")
    exported = export_onnx(model, weights="int8", switches=True)
    assert len(exported.data) <= 6_000_000
    x = torch.stack([model.preprocess(al.photograph(n)) for n in ("coffee", "cat", "temple")])
    found = run(exported, x)
    with torch.no_grad():
        wanted = model(x).softmax(1)
    assert found["probabilities"].argmax(1).tolist() == wanted.argmax(1).tolist()
    assert float((found["probabilities"] - wanted).abs().max()) < 0.05
    assert exported.data == export_onnx(model, weights="int8", switches=True).data


def test_a_silenced_map_is_a_kernel_of_zeros() -> None:
    model = made("alexnet_2012", **SMALL)
    x = 50 * torch.randn(1, 3, 67, 67)
    exported = export_onnx(model, weights="float32", switches=True)
    keep = np.ones(16)
    keep[:8] = 0  # the first tower of conv2
    twin: Any = copy.deepcopy(model)
    with torch.no_grad():
        twin.features.conv2.weight[:8] = 0
        twin.features.conv2.bias[:8] = 0
    compare(run(exported, x, **{"conv2.keep": keep}), twin, x)


def test_a_relu_and_a_response_norm_switched_off() -> None:
    model = made("alexnet_2012", **SMALL, lrn_alpha=0.1)
    x = 50 * torch.randn(1, 3, 67, 67)
    exported = export_onnx(model, weights="float32", switches=True)
    for name, switch, value, layer in (
        ("relu3", "relu3.slope", [1.0], nn.Identity()),
        ("norm1", "norm1.divide", [0.0], nn.Identity()),
        # k stays: every map is divided by k^beta.
        ("norm1", "norm1.inhibit", [0.0], al.models.LocalResponseNorm(alpha=0.0)),
    ):
        twin: Any = copy.deepcopy(model)
        twin.features._modules[name] = layer
        found = run(exported, x, **{switch: value})
        with torch.no_grad():
            torch.testing.assert_close(found["logits"], twin(x), rtol=1e-4, atol=1e-4)
            assert not torch.allclose(found["logits"], model(x), rtol=1e-4, atol=1e-4)


def test_the_window_of_a_response_norm_is_torchs() -> None:
    for size in (1, 2, 4, 5):
        energy = torch.nn.LocalResponseNorm(size, alpha=size, beta=1.0, k=0.0)
        x = torch.arange(1.0, 8.0)
        wanted = x / energy(x[None, :, None])[0, :, 0]
        torch.testing.assert_close(neighbours(7, size) @ (x * x), wanted)


def test_stored_numbers_are_where_the_file_says() -> None:
    model: Any = made("alexnet_2012", **SMALL)
    exported = export_onnx(model)
    read = {
        name: np.frombuffer(exported.data, at.dtype, int(np.prod(at.shape)), at.offset)
        for name, at in exported.stored.items()
    }
    np.testing.assert_array_equal(read["conv2.bias"], model.features.conv2.bias.detach().numpy())
    whole, scale = as_int8(model.features.conv2.weight.detach())
    np.testing.assert_array_equal(read["conv2.weight.int8"], whole.numpy().ravel())
    np.testing.assert_array_equal(read["conv2.weight.scale"], scale.numpy().ravel())


def test_the_file_says_what_it_is() -> None:
    model: Any = al.load_pretrained("lab")
    kept = onnx.load_model_from_string(export_onnx(model).data)
    onnx.checker.check_model(kept, full_check=True)
    about = json.loads({prop.key: prop.value for prop in kept.metadata_props}["about"])
    assert about["classes"] == list(model.classes)
    assert about["preprocess"]["mean"] == list(model.preprocess.mean)


def test_a_network_is_left_as_it_was() -> None:
    model = made("alexnet_2012", **SMALL).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    export_onnx(model, switches=True)
    assert all(layer.training for layer in model.modules())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_what_cannot_be_exported_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    conv = nn.Conv2d(3, 4, 3)
    for model, says in (
        (nn.Sequential(conv, nn.GELU(), nn.Flatten()), "layer '1', a GELU"),
        (nn.Sequential(conv), "not in logits"),
        (nn.Linear(2, 2), "cannot export a Linear"),
        (nn.Sequential(nn.Conv2d(4, 4, 3), nn.Flatten()), "does not fit"),
    ):
        with pytest.raises(UserError, match=says):
            export_onnx(model, input_size=8)
    with pytest.raises(UserError, match="unknown weights 'int4'; known: int8"):
        export_onnx(conv, weights="int4")
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(UserError, match=r"pip install \"alexnet-lab\[export\]\""):
        export_onnx(conv)
