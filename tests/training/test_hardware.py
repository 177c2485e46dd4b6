"""What there is to compute with, where checkpoints last, and what a meter says."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import pytest
import torch

import alexnet_lab as al
from alexnet_lab.errors import UserError
from alexnet_lab.training import Meter, hardware, lasting_folder


def card(name: str, major: int, minor: int) -> SimpleNamespace:
    return SimpleNamespace(name=name, total_memory=15_843_721_216, major=major, minor=minor)


@pytest.mark.parametrize(
    ("generation", "count", "precision", "pair", "text"),
    [
        ((7, 5), 1, "fp16", ("cuda:0", "cuda:0"), "cuda:0, a card, 16 GB; fp16"),
        ((8, 0), 1, "bf16", ("cuda:0", "cuda:0"), "cuda:0, a card, 16 GB; bf16"),
        ((8, 9), 2, "bf16", ("cuda:0", "cuda:1"), "cuda:0, a card, 16 GB, the first of 2; bf16"),
    ],
)
def test_a_gpu_is_used_as_it_is_made(monkeypatch, generation, count, precision, pair, text):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
    monkeypatch.setattr(
        torch.cuda, "get_device_properties", lambda device: card("a card", *generation)
    )
    found = hardware()
    assert (found.gpu, found.precision, found.pair, repr(found)) == (True, precision, pair, text)
    assert not hardware("cpu").gpu


def test_looking_asks_for_float32_proper(monkeypatch):
    """From Ampere on cuDNN would round a convolution's factors to ten bits."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: card("a card", 8, 9))
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", True)
    assert hardware().precision == "bf16"
    assert torch.backends.cudnn.allow_tf32
    assert repr(hardware(precision="float32")) == "cuda:0, a card, 16 GB; float32"
    assert not torch.backends.cudnn.allow_tf32
    with pytest.raises(UserError, match="unknown precision 'int8'"):
        hardware(precision="int8")


def test_a_device_that_is_not_there():
    with pytest.raises(UserError, match="no device 'cuda:7' here"):
        hardware("cuda:7")


def colab(monkeypatch, mount) -> None:
    drive = ModuleType("google.colab.drive")
    drive.mount = mount
    monkeypatch.setitem(sys.modules, "google", ModuleType("google"))
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    monkeypatch.setitem(sys.modules, "google.colab.drive", drive)


def test_on_colab_a_folder_lies_on_the_drive(tmp_path, monkeypatch):
    mounted = []
    colab(monkeypatch, mounted.append)
    monkeypatch.setattr("alexnet_lab.training.lasting._DRIVE", tmp_path)
    assert lasting_folder("run") == tmp_path / "MyDrive" / "alexnet-lab" / "run"
    assert mounted == [str(tmp_path)]
    assert lasting_folder("run").is_dir()  # there already: the same
    assert lasting_folder("run", keep=tmp_path / "own").parent == tmp_path / "own"


def refuse(place: str) -> None:
    raise ValueError("mount failed")


def test_a_folder_that_cannot_be_had_is_told_in_a_line(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    for name in ("", "..", "a/b"):
        with pytest.raises(UserError, match="not a folder name"):
            lasting_folder(name, tmp_path)
    with pytest.raises(UserError, match=r"cannot make the folder .*choose another by keep="):
        lasting_folder("run", tmp_path / "file")
    colab(monkeypatch, refuse)
    with pytest.raises(UserError, match=r"not mounted \(mount failed\)"):
        lasting_folder("run")


def test_a_meter_tells_speed_and_what_is_left():
    """By a clock that the test turns: 2 s a step of 4 images, 3 steps an epoch, 30 s between."""
    now = [0.0]

    class Turn(al.training.Callback):
        def on_step(self, run):
            now[0] += 2

        def on_epoch(self, run):
            now[0] += 30  # validation is no learning

    net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 2))
    batches = [(torch.rand(4, 3, 2, 2), torch.tensor([0, 1, 0, 1]))] * 3
    said: list[str] = []
    meter = Meter(every_s=2, say=said.append, clock=lambda: now[0])
    config = al.training.TrainConfig(epochs=2, device="cpu")
    options = {"callbacks": [Turn(), meter], "progress": False}
    al.training.fit(net, batches, None, config, **options)
    steps = [line for line in said if "step" in line]
    assert steps[0] == "epoch 1/2, step 2 of 6: 2 images a second, about 8 s left"
    assert [line.rpartition("about ")[2] for line in steps] == [
        *("8 s left", "6 s left", "2 s left", "0 s left")
    ]
    assert next(line for line in said if "step" not in line).startswith("epoch 1: training")
    assert (meter.images_a_second, meter.memory) == (2.0, 0)
