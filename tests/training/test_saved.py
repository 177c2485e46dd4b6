"""What is kept for the backward pass, against counts worked out by hand."""

from __future__ import annotations

import torch
from torch import nn

from alexnet_lab.training import checkpoint_activations, saved_for_backward


def net() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 7), nn.ReLU(), nn.Linear(7, 2))


def test_inputs_and_outputs_count_once_and_weights_not_at_all():
    model, x = net(), torch.randn(4, 3)
    with saved_for_backward(model) as kept:
        model(x)
    # The input, and the output of each ReLU, which is also the next layer's input. 4 bytes each.
    assert kept.total == 4 * 4 * (3 + 5 + 7)
    assert kept.tensors == 3
    assert "240 bytes" in repr(kept)


def test_without_gradients_nothing_is_kept():
    model = net()
    with torch.no_grad(), saved_for_backward(model) as kept:
        model(torch.randn(4, 3))
    assert kept.total == 0


def test_recomputing_keeps_the_inputs_of_layers_alone():
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 4, 3))
    x = torch.randn(2, 3, 10, 10)
    with checkpoint_activations(model), saved_for_backward(model) as kept:
        model(x)
    # The image, and what the second convolution gets: 8 maps of 4 × 4.
    assert kept.total == 2 * 4 * (3 * 100 + 8 * 16)


def test_values_stay_the_same():
    model, x = net(), torch.randn(4, 3)
    model(x).sum().backward()
    plain = [p.grad.clone() for p in model.parameters()]
    model.zero_grad()
    with saved_for_backward(model):
        model(x).sum().backward()
    for before, parameter in zip(plain, model.parameters(), strict=True):
        torch.testing.assert_close(parameter.grad, before)
