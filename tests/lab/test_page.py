"""The record of the network in the page: of the weights that are shipped, and within its budget."""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np
import pytest
import torch

import alexnet_lab as al
from alexnet_lab.data import Batches, ImageData, Normalise, Recipe, Split
from alexnet_lab.data.scaled_crop import ScaledCentreCrop
from alexnet_lab.errors import UserError
from alexnet_lab.lab.page import (
    OnnxModule,
    digest,
    measure_page_network,
    page_export,
    page_record,
)
from alexnet_lab.lab.release import lab_record

pytest.importorskip("onnx")


def test_the_record_is_of_what_is_shipped() -> None:
    record, exported = page_record(), page_export()
    assert record["digest"] == digest(exported)
    assert record["bytes"] <= 6_000_000
    assert abs(record["bytes"] - len(exported.data)) < 1000  # the file names the package's version
    full = lab_record()
    assert record["data"]["fingerprint"] == full["data"]["sources"][0]["fingerprint"]
    assert record["images"] == full["score"]["images"]
    assert math.isclose(record["shipped"], full["score"]["single_view"], abs_tol=5e-4)
    assert record["shipped"] - record["single_view"] <= 0.01


def photographs(labels: tuple[int, ...]) -> ImageData:
    """Four photographs as a validation part, with these labels."""
    names = ("cat", "temple", "coffee", "motorcycle")
    pixels = [np.array(al.photograph(n).image.resize((96, 96))) for n in names]
    images = torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2).contiguous()
    split = Split(images, torch.tensor(labels))
    model: Any = al.load_pretrained("lab")
    zeros, ones = torch.zeros(3), torch.ones(3)
    return ImageData("four", split, split, model.classes, zeros, ones, zeros, "0" * 64)


def test_measuring_counts_right_answers() -> None:
    """The oracle is PyTorch with the shipped weights: what it calls them scores 100 %."""
    pytest.importorskip("onnxruntime")
    data = photographs((0, 0, 0, 0))
    model: Any = al.load_pretrained("lab")
    still = Recipe(ScaledCentreCrop(224), Normalise(model.preprocess.mean, None), name="centre")
    with torch.no_grad():
        ((images, _),) = Batches(data.val, 4, still)
        named = tuple(model(images).argmax(1).tolist())
    assert len(set(named)) > 1
    found = measure_page_network(photographs(named))
    assert (found["shipped"], found["images"], found["weights"]) == (1.0, 4, "int8")
    assert found["single_view"] >= 0.75
    wrong = tuple((label + 1) % 10 for label in named)
    assert measure_page_network(photographs(wrong))["shipped"] == 0.0


def test_running_needs_the_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    model = al.load_pretrained("lab")
    with pytest.raises(UserError, match="pip install onnxruntime"):
        OnnxModule(page_export(model), model)
