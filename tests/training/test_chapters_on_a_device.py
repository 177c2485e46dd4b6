"""A chapter's code where there is a GPU: on the stand-in, which lets no tensor cross unasked."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import matplotlib
import pytest

from .stand_in import pretended_cuda

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
