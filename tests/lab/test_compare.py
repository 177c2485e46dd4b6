"""Networks side by side: hand-made kernels, and scores where a network knows the classes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from alexnet_lab.cli import main
from alexnet_lab.errors import UserError
from alexnet_lab.lab import LabRecipe
from alexnet_lab.lab.compare import (
    along_training,
    compare_kernels,
    compare_scores,
    first_kernels,
    kernel_table,
    score_table,
)
from alexnet_lab.lab.recipe import Phase
from alexnet_lab.lab.release import write_release
from alexnet_lab.lab.sources import lab_data
from alexnet_lab.lab.training import train_lab_network
from alexnet_lab.models import load_pretrained

from .made import noise
from .test_kernels import grating

TINY = LabRecipe(
    phases=(Phase("small", 67, 2, 0.02), Phase("full", 131, 1, 0.006)),
    batch_size=12,
    hidden=(8, 8),
)


def net(weight: torch.Tensor, towers: int) -> Any:
    model: Any = torch.nn.Sequential(torch.nn.Conv2d(3, len(weight), 11, bias=False))
    model[0].weight.data = weight
    model.towers = towers
    return model


def test_clean_kernels_beside_noise() -> None:
    """By hand: gratings have 1, tower 1 is grey, tower 2 coloured."""
    weight = torch.stack(
        [grating(1, 0), grating(2, 1), grating(0, 3, (1, 0, -1)), grating(3, 3, (0, 1, -1))]
    )
    found = compare_kernels({"gratings": net(weight, 2), "one tower": net(weight, 1)})
    assert list(found) == ["gratings", "one tower", "noise"]
    assert found["gratings"].concentration == pytest.approx(1, abs=1e-5)
    assert found["gratings"].colours == pytest.approx((0, 1), abs=1e-5)
    assert len(found["one tower"].colours) == 1
    assert found["noise"].concentration < 0.1
    lines = kernel_table(list(found.items())).splitlines()
    assert lines[1].split() == ["gratings", "1.00", "(1.00–1.00)", "0/4", "0.00", "/", "1.00"]


def test_only_first_layers_that_see_colours() -> None:
    with pytest.raises(UserError, match="does not see images of three channels"):
        first_kernels(torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3)))
    with pytest.raises(UserError, match="does not see"):
        first_kernels(torch.nn.Linear(3, 3))


def test_one_command_for_all(tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run of noise, its release and the shipped network, each on what it knows."""
    monkeypatch.setenv("ALEXNET_LAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.delenv("ALEXNET_LAB_WEIGHTS", raising=False)
    data, run = lab_data(noise(), noise("other", ("x", "y"), side=40, count=40)), tmp_path / "run"
    train_lab_network(data, run, TINY, progress=False)
    weights = write_release(data, run, run / "trained", TINY)
    model = load_pretrained(weights)
    rows = compare_scores({"ours": model, "lab": load_pretrained("lab")}, data.sources)
    assert [(r.network, r.data, r.part, r.score.images) for r in rows] == [
        ("ours", "noise", "watched", 12),
        ("ours", "noise", "untouched", 12),
        ("ours", "other", "watched", 20),
        ("ours", "other", "untouched", 20),
    ]
    assert all(row.score.own_classes is not None for row in rows)
    assert score_table(rows).splitlines()[1].split()[:4] == ["ours", "noise", "watched", "12"]
    names = [name for name, _ in along_training(run)]
    assert names == ["small-001", "small-002", "full-001"]
    out = tmp_path / "found.json"
    given = ["--network", str(weights), "--run", str(run), "--out", str(out)]
    assert main(["lab", "compare", *given]) == 0
    shown = capsys.readouterr().out
    assert "along the training" in shown
    found = json.loads(out.read_text(encoding="utf-8"))
    assert list(found["kernels"]) == ["lab", str(weights), "noise"]
    assert list(found["along"]) == names
    assert main(["lab", "compare", "--run", str(tmp_path)]) == 2
    assert "no kernels of conv1" in capsys.readouterr().err
    (run / "full" / "record.json").unlink()
    with pytest.raises(UserError, match="kernels of phase 'full', but no record"):
        along_training(run)
