"""A chapter's code where there is a GPU: on the stand-in, which lets no tensor cross unasked."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import matplotlib
import pytest
import torch
from torch.utils._pytree import tree_map

from .stand_in import _held, pretended_cuda

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def run(
    name: str,
    changes: dict[str, str],
    left_out: tuple[str, ...] = (),
    only: tuple[str, ...] = (),
    before: str = "",
) -> dict[str, Any]:
    """Run a chapter's code cells in this process; return its names, and what it said."""
    cells = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    names: dict[str, Any] = {}
    exec("import torch, alexnet_lab as al\n" + before, names)
    said = io.StringIO()
    changed = set()
    for cell in cells:
        if cell["cell_type"] != "code" or cell["id"] in ("setup", *left_out):
            continue
        if only and cell["id"] not in ("imports", *only):
            continue
        code = "".join(cell["source"])
        for old, new in changes.items():
            if old in code:
                changed.add(old)
                code = code.replace(old, new)
        try:
            with contextlib.redirect_stdout(said):
                exec(compile(code, f"{name}:{cell['id']}", "exec"), names)
        except Exception as error:
            raise AssertionError(f"cell {cell['id']}: {type(error).__name__}: {error}") from error
    assert changed == set(changes)
    names["said"] = said.getvalue()
    return names


@pytest.mark.slow
def test_the_chapter_for_the_gpu(monkeypatch, tmp_path):
    """Its miniature, by the same code, on the device and in the device's 16 bits."""
    matplotlib.use("agg")
    monkeypatch.chdir(tmp_path)
    smaller = {
        "REAL = here.gpu": "REAL = False",
        "(67, 32, 8)": "(67, 28, 1)",
        "train=980, val=280": "train=84, val=28",
    }
    # What no device has a part in: drawings, the walk, the exercises, and the figures of the prose.
    others = ("price", "walk-widget", "solution-imagenet", "solution-memory", "numbers")
    with pretended_cuda():
        found = run("00_real_thing", smaller, (*others, "history-figure", "kernels-figure"))
        assert repr(found["here"]) == "cuda:0, a stand-in, 16 GB; fp16"
        assert all(p.is_cuda for p in found["net"].parameters())
    assert "made on cuda" in found["said"]
    assert found["config"].precision == "fp16"
    assert found["apart"] == 0
    assert found["seen"].top1_error == found["history"].epochs[-1].val_error
    assert found["file"].is_file()
    assert not list(tmp_path.iterdir())


# For each chapter that trains: what makes it small, the cells that have to do with a device, and
# what a cell that is left out would do.
BEFORE = {
    "08_two_gpus": "lab = al.models.alexnet_2012(9, input_size=67, hidden=(16, 16))\n"
    "x = torch.rand(2, 3, 67, 67)",
    "14_speed": "net = al.models.alexnet_mini(10)\n"
    "batch, labels = torch.rand(2, 3, 32, 32), torch.tensor([1, 2])",
}
TRAININGS: dict[str, tuple[dict[str, str], tuple[str, ...], str]] = {
    "08_two_gpus": ({}, ("devices",), "assert off < 1e-5"),
    "09_recipe_2012": (
        {"train=1400": "train=128", "epochs=5": "epochs=1", "range(10)": "range(2)"},
        ("mini", "mini-runs", "biases", "watch", "watched"),
        "assert watched[0][1]",
    ),
    "10_relu_tanh": (
        {"train=800": "train=128", "epochs=22": "epochs=1"},
        ("data", "network", "recipe", "finish", "race"),
        "assert race('relu', 'modern', 0.01, 0) == []",
    ),
    "11_dropout": (
        {"train=700, val=1400": "train=128, val=70", '"epochs": 40': '"epochs": 1'},
        ("data", "study"),
        "net, history, seen = study(0.5, 0); net = net.cpu()(scaled(data.val.images))",
    ),
    "12_augmentation": (
        {"train=420, val=700": "train=60, val=14", "epochs=30": "epochs=1"},
        ("mini-train",),
        "assert len(trained(crop, 0)) == 2",
    ),
    "13_going_wrong": (
        {
            "train=1400, val=280": "train=128, val=280",
            "epochs=4, ": "epochs=1, ",
            "range(60)": "range(1)",
            "val=560": "val=28",
            "x.double(), build().double()": "x, build()",
        },
        (
            *("patient", "treat", "stuck", "inside", "inside-seen", "one-batch", "explode"),
            "heart",
            "accumulate",
            "solution-first",
        ),
        "study(28, 1)",
    ),
    "14_speed": ({}, ("devices",), "assert took > 0"),
    "20_modern_recipe": (
        {"train=1400, val=560": "train=128, val=28", '"epochs": 6': '"epochs": 1'}
        | {'milestones": (4, 5)': 'milestones": (1,)'},
        ("norm-by-hand", "arms", "train"),
        "net = train('all but RandAugment', 0)[0].eval().cpu()(still(data.val.images))",
    ),
}


# For each chapter that looks at what a network computes: what makes it small, the cells that have
# to do with a device, and the names of what has to come out as on the processor.
QUICKER = {"integrated gradients": {"steps": 2}, "occlusion": {"patch": 112, "stride": 112}}
TWO = {"al.photograph_names()": "al.photograph_names()[:2]"}
LOOKS: dict[str, tuple[dict[str, str], tuple[str, ...], tuple[str, ...]]] = {
    "00_one_photograph": (
        {},
        ("answer", "logit", "conv", "parts", "pool", "solution-unit"),
        ("shares", "products", "value", "parts", "nine", "unit"),
    ),
    "01_first_layer": (
        {"assert learned.weight.shape == conv1.weight.shape": ""},
        ("photograph", "preprocess", "lab", "kernels-figure", "colour", "responses-figure", "mean"),
        ("chroma", "maps", "shifted"),
    ),
    "02_whole_network": (
        {},
        ("table", "plain", "too-small", "same", "solution-field"),
        ("padded", "unit", "inside_black"),
    ),
    "03_relu": (
        TWO
        | {"al.data.photo_patches(size=32)": "al.data.photo_patches(32, train=64, val=14)"}
        | {"log_every=6": "log_every=1"},
        ("saturation", "race-setup", "race-train", "dead", "dead-count"),
        ("sums", "silent"),
    ),
    "04_response_norm": (
        TWO | {'names.index("coffee")': "0"},
        ("real", "factors", "order", "explorer", "batch"),
        ("maps", "apart"),
    ),
    "05_pooling": (
        TWO,
        ("blame", "explorer", "through", "through-table"),
        ("maps", "alike"),
    ),
    "06_deep_layers": (
        TWO,
        ("wipe", "effective", "effective-figure", "explorer"),
        ("whole", "halved"),
    ),
    "07_classifier": (
        TWO | {'names.index("camera")': "1", "[:9]": "[:2]"},
        (
            *("certain", "views", "views-figure", "average-photos"),
            *("dense", "dense-same", "dense-run"),
        ),
        ("each", "dense"),
    ),
    "15_filters": (TWO, ("kernels-figure", "solution-faint"), ("change",)),
    "16_activations": (
        TWO | {"range(8)": "range(1)", "steps=64": "steps=1"},
        ("all-layers", "first-maps", "every-map", "sparsity", "climb", "draw", "bench"),
        ("caught", "picture", "activations"),
    ),
    "17_attribution": (
        {"method(lab, x, church) for": "method(lab, x, church, **QUICKER.get(name, {})) for"}
        | {'("temple", "coffee", "rocket", "camera", "motorcycle", "coins")': '("temple",)'}
        | {'"saliency", "guided backprop", "Grad-CAM", "guided': '"saliency", "guided'},
        (
            *("score", "saliency", "five", "broken", "third-test-fall"),
            *("third-test-score", "third-test-names", "third-test-run"),
        ),
        ("scores", "gradient", "falls"),
    ),
    "18_features": (
        {"train=420, val=420": "train=14, val=14", "range(200)": "range(2)"}
        | {"assert by_features > by_pixels + 0.05": ""}
        | {"randperm(420)": "randperm(14)", "epochs=15": "epochs=1"},
        ("patches", "listen", "heard", "precision", "compared", "head", "train", "tune", "tuned"),
        ("bank", "untaught", "right"),
    ),
    "19_variants": ({"(2, 3, 224, 224)": "(1, 3, 67, 67)"}, ("load",), ()),
    "A0_quick_reference": (
        {"epochs=2": "epochs=1", "train=700": "train=64"},
        ("in-python", "train"),
        ("scores",),
    ),
    "A1_errata": (TWO, ("dead-code",), ("maps",)),
}


# Chapters with nothing for a device to do: kernels of nine weights, and recorded runs.
WITHOUT = {"00_how_a_network_learns", "21_ledger"}


def test_every_chapter_with_work_for_a_device_asks_which():
    """And the networks that it takes from the package go there."""
    asks = {}
    for path in NOTEBOOKS.glob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        asks[path.stem] = any("al.training.hardware(" in text for text in code)
    assert {name for name, asked in asks.items() if not asked} == WITHOUT
    assert {name for name, asked in asks.items() if asked} == {
        *LOOKS,
        *TRAININGS,
        "00_real_thing",
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", LOOKS)
def test_what_the_chapters_look_at(name, monkeypatch, tmp_path):
    """On the stand-in, with two photographs: nothing crosses, and all is as on the processor."""
    matplotlib.use("agg")
    monkeypatch.chdir(tmp_path)
    smaller, cells, kept = LOOKS[name]
    before = f"QUICKER = {QUICKER}\ntorch.manual_seed(0)"
    here = run(name, smaller, (), cells, before) if kept else {"said": "on the processor"}
    with pretended_cuda():
        there = run(name, smaller, (), cells, before)
        assert "cuda:0, a stand-in, 16 GB; float32" in there["said"]
        pairs = {what: (tree_map(_held, there[what]), here[what]) for what in kept}
    assert "on the processor" in here["said"]
    for found, expected in pairs.values():
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("name", TRAININGS)
def test_what_the_chapters_train(name, monkeypatch, tmp_path):
    """On the stand-in, made small: nothing crosses, and the device is said."""
    monkeypatch.chdir(tmp_path)
    smaller, cells, then = TRAININGS[name]
    names = BEFORE.get(name, "")
    with pretended_cuda():
        found = run(name, smaller, (), cells, names)
        assert "cuda:0, a stand-in, 16 GB; fp16" in found["said"]
        exec(then, found)
