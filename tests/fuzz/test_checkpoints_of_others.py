"""Checkpoints as other people's scripts save them: read, or one line that says what they are.

Oracle: a network's own state dict, which must come back value by value whatever is around it.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import datetime
import io
import json
import pathlib
import pickle
import types
import warnings
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from alexnet_lab import models, training
from alexnet_lab.errors import UserError

from .kit import one_line

NAME = "cifar_80sec"
ran: list[str] = []


class Config:
    """A settings class of someone's own, which no other program has."""

    def __init__(self) -> None:
        self.lr = 0.1


class Settings(dict[str, Any]):
    """As Lightning's AttributeDict, omegaconf's and many more: a dict of a class of its own."""


class Rows(list[Any]):
    """A list of a class of its own."""


@dataclasses.dataclass
class Plan:
    epochs: int = 3


class Evil:
    def __reduce__(self) -> Any:
        return ran.append, ("code was run",)


class Shell:
    def __reduce__(self) -> Any:
        import os

        return os.system, ("true",)


def network() -> nn.Module:
    torch.manual_seed(0)
    return models.build(NAME, 3)


STATE: dict[str, Tensor] = dict(network().state_dict())
OTHER: dict[str, Tensor] = {name: value + 1 for name, value in STATE.items()}


def under(prefix: str, state: dict[str, Tensor] = STATE) -> dict[str, Tensor]:
    return {prefix + name: value for name, value in state.items()}


def within(part: str) -> dict[str, Tensor]:
    """Put a wrapper's part after the first part of each name, as nested wrappers do."""
    return {name.replace(".", f".{part}.", 1): value for name, value in STATE.items()}


def optimizer() -> dict[str, Any]:
    net = network()
    made = torch.optim.Adam(net.parameters())
    sum(p.sum() for p in net.parameters()).backward()
    made.step()
    return made.state_dict()


#: What is read, and comes back as STATE.
READ: dict[str, Callable[[], Any]] = {
    "plain": lambda: STATE,
    "tutorial": lambda: {
        "epoch": 5,
        "model_state_dict": STATE,
        "optimizer_state_dict": optimizer(),
        "loss": torch.tensor(0.3),
    },
    "any key": lambda: {"ein_netz": STATE, "acc": 91.2},
    "deep": lambda: {"payload": {"checkpoint": {"state": STATE, "epoch": 3}}},
    "in a tuple": lambda: (7, STATE),
    "in a list": lambda: [{"epoch": 1}, {"net": STATE}],
    "data parallel": lambda: under("module."),
    "compiled": lambda: under("_orig_mod."),
    "compiled in data parallel": lambda: under("module._orig_mod."),
    "FSDP": lambda: {
        f"_fsdp_wrapped_module.{name}": value
        for name, value in within("_fsdp_wrapped_module").items()
    },
    "activation checkpointing": lambda: within("_checkpoint_wrapped_module"),
    "only the features in parallel": lambda: {
        name.replace("features.", "features.module."): value for name, value in STATE.items()
    },
    "Lightning": lambda: {
        "epoch": 1,
        "pytorch-lightning_version": "2.5.0",
        "state_dict": under("model."),
        "callbacks": {"ModelCheckpoint": {"best_model_score": torch.tensor(0.9)}},
        "optimizer_states": [optimizer()],
        "hyper_parameters": Settings(lr=0.1),
    },
    "Lightning with a loss's weights": lambda: {
        "state_dict": {**under("net."), "criterion.weight": torch.ones(3, 2)}
    },
    "an averaged copy beside it": lambda: {
        "state_dict": under("model.") | under("ema_model.module.", OTHER)
    },
    "averaged by SWA": lambda: {"n_averaged": torch.tensor(5), **under("module.")},
    "EMA beside it": lambda: {"model": STATE, "ema": under("module.", OTHER)},
    "timm": lambda: {
        "epoch": 3,
        "arch": "alexnet",
        "state_dict": STATE,
        "state_dict_ema": OTHER,
        "optimizer": optimizer(),
        "args": argparse.Namespace(lr=0.1, out=pathlib.PurePosixPath("runs")),
        "metric": np.float64(91.2),
    },
    "DeepSpeed": lambda: {"module": STATE, "dp_world_size": 1, "optimizer": None},
    "student and teacher": lambda: under("student.backbone.") | under("teacher.backbone.", OTHER),
    "any prefix": lambda: under("my_lovely.alexnet."),
    "profiled by thop": lambda: {
        **STATE,
        "total_ops": torch.zeros(1, dtype=torch.float64),
        "features.conv1.total_params": torch.zeros(1),
    },
    "part by part": lambda: {
        "features": {k.removeprefix("features."): v for k, v in STATE.items() if "features" in k},
        "classifier": {
            k.removeprefix("classifier."): v for k, v in STATE.items() if "classifier" in k
        },
    },
    "numbers among the tensors": lambda: {**STATE, "epoch": 3, "note": "hello"},
    "half": lambda: {name: value.half() for name, value in STATE.items()},
    "bfloat16": lambda: {name: value.bfloat16() for name, value in STATE.items()},
    "double": lambda: {name: value.double() for name, value in STATE.items()},
    "parameters": lambda: dict(network().named_parameters()),
    "views of one buffer": lambda: views(),
    "settings of many kinds": lambda: {
        "state_dict": STATE,
        "config": Config(),
        "plan": Plan(),
        "rows": Rows([1, 2]),
        "when": datetime.datetime(2026, 11, 30, tzinfo=datetime.timezone.utc),
        "space": types.SimpleNamespace(a=1),
        "counts": collections.defaultdict(int, a=1),
        "classes": frozenset("ab"),
        "mean": np.zeros(3),
        "kind": torch.float16,
        "function": network,
        "device": torch.device("cuda:0"),
    },
}


def views() -> dict[str, Tensor]:
    """Slices of one flat buffer, as flattened optimizers keep the weights."""
    flat = torch.cat([value.flatten() for value in STATE.values()])
    parts = flat.split([value.numel() for value in STATE.values()])
    return {n: part.view_as(v) for (n, v), part in zip(STATE.items(), parts, strict=True)}


@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
@pytest.mark.parametrize("case", READ)
def test_read_whatever_is_around(tmp_path, case, legacy) -> None:
    path = tmp_path / "net.pth"
    torch.save(READ[case](), path, _use_new_zipfile_serialization=not legacy)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # none of torch's own may reach a user
        # Without a word from us; with a model to fill; and as numbers only.
        model = models.load_pretrained(path)
        told = models.load_pretrained(path, NAME)
        twin = network()
        training.load_weights(path, twin)
    rough = {"half": 1e-3, "bfloat16": 1e-2}.get(case, 0.0)
    for net in (model, told, twin):
        for name, value in net.state_dict().items():
            torch.testing.assert_close(value, STATE[name], rtol=rough, atol=rough)
            assert value.dtype == torch.float32
    assert model.description["name"] == NAME
    if case == "part by part":  # nothing tells it from two networks but a network that it fits
        return
    alone = training.load_weights(path).state
    if case not in ("Lightning with a loss's weights", "an averaged copy beside it",
                    "student and teacher", "any prefix"):  # fmt: skip  # only a model can tell
        assert set(alone) == set(STATE)


@pytest.mark.parametrize("prefix", ["", "module.", "_orig_mod.", "model.", "net.inner."])
def test_safetensors_by_the_same_rules(tmp_path, prefix) -> None:
    save_file(under(prefix), tmp_path / "net.safetensors", {"format": "pt"})
    loaded = models.load_pretrained(tmp_path / "net.safetensors").state_dict()
    assert all(torch.equal(loaded[name], value) for name, value in STATE.items())


def test_what_hugging_faces_libraries_write(tmp_path) -> None:
    names = sorted(STATE)
    halves = {f"pytorch_model-0000{i}-of-00002.bin": names[i - 1 :: 2] for i in (1, 2)}
    for file, part in halves.items():
        torch.save({name: STATE[name] for name in part}, tmp_path / file)
    index = {"metadata": {}, "weight_map": {n: f for f, part in halves.items() for n in part}}
    listed = tmp_path / "pytorch_model.bin.index.json"
    listed.write_text(json.dumps(index))
    for path in (listed, tmp_path):
        loaded = models.load_pretrained(path).state_dict()
        assert all(torch.equal(loaded[name], value) for name, value in STATE.items())
    with pytest.raises(UserError, match="one shard of 2; give their folder"):
        models.load_pretrained(tmp_path / next(iter(halves)))
    (tmp_path / next(iter(halves))).unlink()
    with pytest.raises(UserError, match=r"00001-of-00002.bin', which is not beside it"):
        models.load_pretrained(listed)
    listed.write_text("{}")
    with pytest.raises(UserError, match="has no weight_map"):
        models.load_pretrained(listed)


@pytest.mark.parametrize(
    "beside", [{"classes": ["a", "b", "c"]}, {"class_to_idx": {"c": 2, "a": 0, "b": 1}}]
)
def test_names_of_classes_beside_the_weights_are_taken(tmp_path, beside) -> None:
    torch.save({"state_dict": STATE, **beside}, tmp_path / "net.pth")
    assert models.load_pretrained(tmp_path / "net.pth").classes == ("a", "b", "c")
    torch.save({"state_dict": STATE, "classes": ["one"]}, tmp_path / "net.pth")
    assert models.load_pretrained(tmp_path / "net.pth").classes == ()


def zipped(*names: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    return made.getvalue()


def saved(value: Any, **how: Any) -> bytes:
    made = io.BytesIO()
    torch.save(value, made, **how)
    return made.getvalue()


def numpy_archive() -> bytes:
    made = io.BytesIO()
    np.savez(made, a=np.zeros(2))
    return made.getvalue()


def quantised() -> dict[str, Tensor]:
    return {
        name: torch.quantize_per_tensor(value, 0.1, 0, torch.qint8) for name, value in STATE.items()
    }


def scripted() -> bytes:
    made = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.script(nn.Sequential(nn.Linear(2, 2))), made)
    return made.getvalue()


#: What is not read, and what the one line says.
REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "a whole module": (
        lambda: saved(nn.Linear(2, 2)),
        "refused: .* a whole torch.nn.*Linear",
    ),
    "a whole module under a key": (
        lambda: saved({"model": nn.Linear(2, 2), "epoch": 3}),
        "under 'model' it holds a whole torch.nn.modules.linear.Linear.* state_dict",
    ),
    "a whole module, legacy": (
        lambda: saved(nn.Linear(2, 2), _use_new_zipfile_serialization=False),
        "refused",
    ),
    "code": (
        lambda: saved({"state_dict": STATE, "x": Evil()}),
        "refused: .* builtins.getattr",
    ),
    "a command": (
        lambda: saved({"state_dict": STATE, "x": Shell()}),
        "refused: .* posix.sys",
    ),
    "code in a plain pickle": (lambda: pickle.dumps(Evil()), "refused: .* builtins.getattr"),
    "a plain pickle": (lambda: pickle.dumps({"a": [1, 2]}), "a pickle that torch.save did not"),
    "a newer pickle protocol": (
        lambda: saved({"state_dict": STATE, "a": Config()}, pickle_protocol=4),
        "pickle's protocol 4",
    ),
    "TorchScript": (scripted, r"TorchScript, .*state_dict\(\)"),
    "an optimizer alone": (lambda: saved(optimizer()), "an optimizer's state"),
    "an optimizer under a key": (lambda: saved({"optimizer": optimizer()}), "found 'optimizer'"),
    "an empty dict": (lambda: saved({}), "holds no state dict: it is empty"),
    "an empty file": (lambda: b"", "it is empty"),
    "numbers": (lambda: saved({"epoch": 3, "acc": 0.5}), "found 'epoch', 'acc'"),
    "a tensor": (lambda: saved(torch.zeros(3)), "found a Tensor"),
    "two networks": (
        lambda: saved({"generator": STATE, "discriminator": OTHER}),
        "several state dicts .'generator', 'discriminator'.; save one of them",
    ),
    "LoRA": (
        lambda: saved({"features.conv1.lora_A.weight": torch.zeros(4, 3)}),
        "LoRA adapters, not a network's weights",
    ),
    "quantised": (lambda: saved(quantised()), "quantised weights"),
    "weight norm": (
        lambda: saved({"classifier.fc4.weight_g": torch.zeros(4, 1)}),
        "reparametrised weights",
    ),
    "pruned": (
        lambda: saved({"features.conv1.weight_orig": torch.zeros(4, 1)}),
        "pruned weights",
    ),
    "a NumPy archive": (numpy_archive, "a NumPy archive"),
    "a NumPy array": (lambda: b"\x93NUMPY\x01\x00" + bytes(80), "a NumPy array"),
    "a Keras model": (lambda: zipped("config.json", "model.weights.h5"), "a Keras model"),
    "Keras's old format": (lambda: b"\x89HDF\r\n\x1a\n" + bytes(80), "HDF5, as Keras writes it"),
    "any zip": (lambda: zipped("letter.docx"), "a zip archive of something else .letter.docx"),
    "a pointer": (
        lambda: b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
        "a pointer of Git LFS",
    ),
    "a web page": (lambda: b"<!DOCTYPE html><html></html>", "a web page; the download went wrong"),
    "another network": (
        lambda: saved({"conv1.weight": torch.zeros(64, 3, 7, 7), "fc.weight": torch.zeros(9, 512)}),
        r"fits none of ours: it holds 'conv1.weight' \(64×3×7×7\), 'fc.weight'.*none is near",
    ),
    "nearly ours": (
        lambda: saved({n: v for n, v in STATE.items() if n != "features.conv2.bias"}),
        r"the nearest, cifar_80sec, has 'features.conv2.bias' \(32\) as well",
    ),
    "ours and more": (
        lambda: saved({**STATE, "attention.weight": torch.zeros(2, 2)}),
        "the nearest, cifar_80sec, has no 'attention.weight'",
    ),
    "ours in another shape": (
        lambda: saved({**STATE, "features.conv1.weight": torch.zeros(32, 1, 5, 5)}),
        r"holds 'features.conv1.weight' \(32×1×5×5\).*in the nearest, cifar_80sec,.* is 32×3×5×5",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_in_one_line(tmp_path, case, recwarn) -> None:
    make, says = REFUSED[case]
    path = tmp_path / "net.pth"
    path.write_bytes(make())
    recwarn.clear()
    with pytest.raises(UserError, match=says) as caught:
        models.load_pretrained(path)
    one_line(str(caught.value), "net.pth")
    assert not ran
    assert not recwarn.list


def test_the_refusal_names_the_network_that_fits(tmp_path) -> None:
    torch.save(STATE, tmp_path / "net.pth")
    with pytest.raises(UserError, match=r"does not fit alexnet_mini: it holds .* of cifar_80sec"):
        models.load_pretrained(tmp_path / "net.pth", "alexnet_mini")


def test_a_misfit_names_the_door_that_finds_out(tmp_path) -> None:
    torch.save(STATE, tmp_path / "net.pth")
    other = models.alexnet_mini(3, channels=(4,) * 5, hidden=(8, 8))
    with pytest.raises(UserError, match=r"lacks .*load_pretrained\('.*net.pth'\) finds out which"):
        training.load_weights(tmp_path / "net.pth", other)


def test_torchs_list_of_safe_names_is_left_as_it_was(tmp_path) -> None:
    before = set(torch.serialization.get_safe_globals())
    torch.save({"state_dict": STATE, "config": Config()}, tmp_path / "net.pth")
    training.load_weights(tmp_path / "net.pth")
    assert set(torch.serialization.get_safe_globals()) == before


def test_a_layer_called_module_keeps_its_name(tmp_path) -> None:
    net = nn.ModuleDict({"module": nn.Linear(2, 2), "net": nn.Linear(2, 2)})
    torch.save(net.state_dict(), tmp_path / "net.pth")
    twin = nn.ModuleDict({"module": nn.Linear(2, 2), "net": nn.Linear(2, 2)})
    training.load_weights(tmp_path / "net.pth", twin)
    assert all(torch.equal(twin.state_dict()[n], v) for n, v in net.state_dict().items())
