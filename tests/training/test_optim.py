"""The momentum rule of 2012 against torch.optim.SGD and against numbers worked out by hand."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from alexnet_lab.errors import UserError
from alexnet_lab.training import MomentumSGD2012, TrainConfig, build_optimizer, parameter_groups

from .nets import assert_same, batches, small_net, weights


def _descend(optimizer_of, rates):
    model = small_net().double()
    optimizer = optimizer_of(model.parameters())
    data = batches(32, 8, dtype=torch.float64)
    for i, lr in enumerate(rates):
        optimizer.param_groups[0]["lr"] = lr
        x, y = data[i % len(data)]
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
    return weights(model)


def _ours(parameters):
    return MomentumSGD2012(parameters, lr=0.05, momentum=0.9, weight_decay=0.01)


def _torchs(parameters):
    return torch.optim.SGD(parameters, lr=0.05, momentum=0.9, weight_decay=0.01)


def test_is_torchs_sgd_at_a_constant_rate():
    """Oracle: torch.optim.SGD."""
    rates = [0.05] * 20
    assert_same(_descend(_ours, rates), _descend(_torchs, rates), rtol=1e-9, atol=1e-12)


def test_parts_from_torchs_sgd_after_the_rate_drops():
    """Oracle: torch.optim.SGD, which does something else from the first step after the drop."""
    before, after = [0.05] * 10, [0.05] * 10 + [0.005]
    ours, torchs = _descend(_ours, after), _descend(_torchs, after)
    start = _descend(_ours, before)
    name = "classifier.fc4.weight"
    ours_moved = (ours[name] - start[name]).norm()
    torchs_moved = (torchs[name] - start[name]).norm()
    assert ours_moved > 3 * torchs_moved


def test_two_steps_across_a_drop_by_hand():
    """Oracle: worked by hand. w=1, gradient 2, momentum .9, decay .5; ε=.1, then ε=.01.

    v1 = −.5·.1·1 − .1·2 = −.25              w1 = .75
    v2 = .9·(−.25) − .5·.01·.75 − .01·2 = −.24875   w2 = .50125
    torch: b1 = 2 + .5·1 = 2.5, w1 = .75; b2 = .9·2.5 + 2 + .5·.75 = 4.625, w2 = .75 − .04625
    """
    results = []
    for rule in (MomentumSGD2012, torch.optim.SGD):
        w = nn.Parameter(torch.tensor([1.0]))
        optimizer = rule([w], lr=0.1, momentum=0.9, weight_decay=0.5)
        for lr in (0.1, 0.01):
            optimizer.param_groups[0]["lr"] = lr
            w.grad = torch.tensor([2.0])
            optimizer.step()
        results.append(w.item())
    assert results == pytest.approx([0.50125, 0.70375], rel=1e-6)


def test_parameters_without_a_gradient_stay():
    model = small_net()
    model.features.requires_grad_(False)
    before = weights(model)
    optimizer = MomentumSGD2012(model.parameters(), lr=0.1)
    x, y = batches(8, 8)[0]
    nn.functional.cross_entropy(model(x), y).backward()
    optimizer.step()
    after = weights(model)
    assert torch.equal(before["features.conv1.weight"], after["features.conv1.weight"])
    assert not torch.equal(before["classifier.fc3.weight"], after["classifier.fc3.weight"])


def test_biases_learn_twice_as_fast_and_do_not_decay():
    """Oracle: by hand. All gradients 0: weights shrink by lr·decay, biases stay; 1: −2·lr."""
    model = small_net()
    groups = parameter_groups(model)
    assert sum(len(group["params"]) for group in groups) == len(list(model.parameters()))
    assert all(p.ndim == 1 for p in groups[1]["params"])
    config = TrainConfig(lr=0.1, weight_decay=0.5, bias_lr_factor=2, bias_decay=False)
    optimizer = build_optimizer(model, config)
    before = weights(model)
    for p in model.parameters():
        p.grad = torch.ones_like(p) if p.ndim == 1 else torch.zeros_like(p)
    optimizer.step()
    after = weights(model)
    shrunk = before["classifier.fc4.weight"] * (1 - 0.1 * 0.5)
    torch.testing.assert_close(after["classifier.fc4.weight"], shrunk)
    torch.testing.assert_close(after["classifier.fc4.bias"], before["classifier.fc4.bias"] - 0.2)


def test_nothing_to_train_is_said():
    model = small_net().requires_grad_(False)
    with pytest.raises(UserError, match="no parameter to train"):
        build_optimizer(model, TrainConfig())
