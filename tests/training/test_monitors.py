"""Monitors: right numbers, and nothing left behind."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from alexnet_lab.errors import UserError
from alexnet_lab.training import (
    activation_statistics,
    dead_units,
    freeze,
    gradient_norms,
    update_ratio,
)

from .nets import batches, samples, small_net


def _hooks(model, optimizer=None):
    parameters = sum(len(p._post_accumulate_grad_hooks or ()) for p in model.parameters())
    modules = sum(len(m._forward_hooks) for m in model.modules())
    steps = 0
    if optimizer is not None:
        steps = len(optimizer._optimizer_step_pre_hooks) + len(optimizer._optimizer_step_post_hooks)
    return parameters + modules + steps


def _backward(model):
    x, y = samples(8)
    nn.functional.cross_entropy(model(x), y).backward()


def test_gradient_norms_with_frozen_layers():
    """Oracle: torch.nn.utils.clip_grad_norm_, which returns the total norm."""
    model = freeze(small_net(), until="conv1")
    with gradient_norms(model) as norms:
        _backward(model)
    total = nn.utils.clip_grad_norm_(model.parameters(), 1e9)
    assert norms.total == pytest.approx(total.item(), rel=1e-5)
    assert "features.conv1.weight" not in norms
    assert norms["classifier.fc4.bias"] == pytest.approx(
        model.classifier.fc4.bias.grad.norm().item()
    )
    assert "all together" in repr(norms)


def test_activation_statistics_over_two_batches():
    """Oracle: the same outputs, concatenated."""
    model = small_net()
    data = batches(24, 16)
    with activation_statistics(model) as statistics:
        for x, _ in data:
            model(x)
    with torch.no_grad():
        out = model.features[:3](torch.cat([x for x, _ in data]))
    seen = statistics["features.relu1"]
    assert seen.mean == pytest.approx(out.mean().item(), rel=1e-5)
    assert seen.std == pytest.approx(out.std(correction=0).item(), rel=1e-5)
    assert seen.sparsity == pytest.approx((out == 0).float().mean().item(), rel=1e-6)
    assert seen.values == out.numel()
    assert "features.relu1" in repr(statistics)


def test_statistics_before_an_inplace_relu_keep_their_negative_values():
    """The cheat sheet's hook shares memory, so that "conv1" shows no negative value."""
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(inplace=True))
    with activation_statistics(model) as statistics:
        model(samples(4)[0])
    assert statistics["0"].sparsity == 0
    assert statistics["1"].sparsity > 0


def test_dead_means_zero_on_all_inputs_and_sparse_does_not():
    """Oracle: built by hand. Unit 0 never fires, unit 1 fires on one input only, unit 2 always."""
    layer = nn.Linear(1, 3)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[0.0], [1.0], [0.0]]))
        layer.bias.copy_(torch.tensor([-1.0, 0.0, 1.0]))
    model = nn.Sequential(layer, nn.ReLU()).train()
    data = [(torch.tensor([[-1.0], [-2.0]]), None), (torch.tensor([[3.0]]), None)]
    assert dead_units(model, data)["1"].tolist() == [True, False, False]
    assert dead_units(model, data[:1])["1"].tolist() == [True, True, False]
    assert model.training
    with activation_statistics(model) as statistics:
        model(data[0][0])
    assert statistics["1"].sparsity == pytest.approx(2 / 3)


def test_dead_channels_of_a_convolution():
    model = small_net()
    with torch.no_grad():
        model.features.conv1.bias[2] = -1e6
    dead = dead_units(model, batches(16, 8))
    assert dead["features.relu1"].tolist() == [False, False, True, False, False, False]
    assert dead["classifier.relu3"].shape == (16,)


def test_update_ratio_by_hand():
    """Oracle: plain SGD moves w by lr·gradient."""
    model = freeze(small_net(), until="conv1")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    _backward(model)
    w = model.classifier.fc3.weight
    expected = (0.1 * w.grad.norm() / w.detach().norm()).item()
    with update_ratio(model, optimizer) as ratios:
        optimizer.step()
    assert ratios["classifier.fc3.weight"] == pytest.approx(expected, rel=1e-3)
    assert "features.conv1.weight" not in ratios
    assert _hooks(model, optimizer) == 0


@pytest.mark.parametrize("monitor", ["gradients", "activations", "dead", "updates"])
def test_no_hook_remains_after_an_error_and_modes_are_restored(monitor):
    model = small_net(dropout=0.5)
    model.train()
    model.classifier.drop3.eval()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    wrong = torch.zeros(1, 5, 8, 8)
    if monitor == "dead":
        with pytest.raises(RuntimeError):
            dead_units(model, [wrong])
    else:
        contexts = {
            "gradients": gradient_norms(model),
            "activations": activation_statistics(model),
            "updates": update_ratio(model, optimizer),
        }

        def fail():
            assert _hooks(model, optimizer) > 0
            model(wrong)

        with pytest.raises(RuntimeError), contexts[monitor]:
            fail()
    assert _hooks(model, optimizer) == 0
    assert model.training
    assert model.features.training
    assert not model.classifier.drop3.training


def test_an_unknown_layer_is_named():
    model = small_net()
    with pytest.raises(UserError, match="unknown layer 'conv9'; known: features"):
        dead_units(model, [samples(2)[0]], ["conv9"])
    assert _hooks(model) == 0
