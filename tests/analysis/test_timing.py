"""Times are never asserted; names, counts, modes and hooks are."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from alexnet_lab.analysis import layer_seconds, layer_table, operation_shares, take_turns
from alexnet_lab.errors import UserError


@pytest.fixture
def model():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 5))


def test_every_layer_of_the_table_has_its_time(model):
    model.train()
    model[1].eval()
    seconds = layer_seconds(model, torch.randn(2, 3, 8, 8), repeats=2)
    table = [row.name for row in layer_table(model, (8, 8))]
    assert set(table) <= set(seconds)
    assert all(value >= 0 for value in seconds.values())
    assert model.training
    assert not model[1].training
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())


def test_hooks_and_modes_are_restored_after_an_error(model):
    model.train()
    with pytest.raises(RuntimeError):
        layer_seconds(model, torch.randn(2, 4, 8, 8))
    assert model.training
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())


def test_turns_alternate():
    called = []
    ways = {name: (lambda name=name: called.append(name)) for name in ("a", "b")}
    times = take_turns(ways, rounds=3)
    assert called == ["a", "b"] * 4  # one round to warm up
    assert {name: len(values) for name, values in times.items()} == {"a": 3, "b": 3}


def test_shares_add_up_and_name_the_work(model):
    x = torch.randn(64, 3, 8, 8)
    shares = operation_shares(lambda: model(x).sum().backward())
    assert sum(shares.values()) == pytest.approx(1)
    assert list(shares) == ["convolutions", "matrix products", "pooling", "all the rest"]
    assert shares["convolutions"] > 0 < shares["matrix products"]
    assert shares["pooling"] == 0


@pytest.mark.parametrize("call", [lambda m: take_turns({}, 0), lambda m: layer_seconds(m, m, 0)])
def test_no_turns_are_refused(model, call):
    with pytest.raises(UserError, match="at least 1"):
        call(model)
