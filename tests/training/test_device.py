"""A run on a device: what the CPU computes, no tensor from one device to another unasked."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import alexnet_lab as al
from alexnet_lab.training import TrainConfig, evaluate, fit
from alexnet_lab.weights import CHECKPOINT

from .nets import small_net
from .stand_in import Pretended, pretended_cuda


def made(device):
    """Return a network and its batches, augmented on the device."""
    data = al.data.photo_patches(size=12, train=32, val=16)
    recipe = al.data.augmentation("2012", 8, data=data)
    train = al.data.Batches(data.train, 8, recipe, shuffle=True, seed=3, device=device)
    val = al.data.Batches(data.val, 8, al.data.augmentation("none", 8, data=data), device=device)
    torch.manual_seed(0)
    net = small_net()
    net.classifier.fc4 = nn.Linear(16, len(data.classes))
    return net, train, val


@pytest.mark.parametrize("optimizer", ["sgd2012", "sgd", "adamw"])
def test_a_run_is_the_same_there_and_crosses_only_when_asked(optimizer, tmp_path):
    config = TrainConfig(epochs=2, lr=0.01, optimizer=optimizer, schedule="plateau")
    net, train, val = made("cpu")
    expected = fit(net, train, val, config.replace(device="cpu"), progress=False)
    with pretended_cuda():
        there, train, val = made("cuda")
        found = fit(there, train, val, config.replace(device="cuda"), out=tmp_path, progress=False)
        assert all(isinstance(p.data, Pretended) for p in there.parameters())
        assert evaluate(there, val).top1_error == expected.epochs[-1].val_error
    assert [row.train_loss for row in found.epochs] == [row.train_loss for row in expected.epochs]
    saved = al.training.load_weights(tmp_path / CHECKPOINT).state
    for name, weight in net.state_dict().items():
        torch.testing.assert_close(saved[name], weight, rtol=0, atol=0)


def mixed_input(net, x):
    net(x.cpu())


def mixed_labels(net, x):
    nn.functional.cross_entropy(net(x), torch.zeros(len(x), dtype=torch.long))


def mixed_weight(net, x):
    net.features.conv1.bias = nn.Parameter(torch.zeros(6))
    net(x)


def mixed_mean(net, x):
    net(x - torch.ones(3, 1, 1))


def mixed_mask(net, x):
    x[torch.rand(x.shape) < 0.5] = 0.0


@pytest.mark.parametrize(
    "mistake", [mixed_input, mixed_labels, mixed_weight, mixed_mean, mixed_mask]
)
def test_the_stand_in_fails_where_a_gpu_would(mistake):
    with pretended_cuda():
        net, x = small_net().to("cuda"), torch.rand(2, 3, 8, 8).to("cuda")
        net(x * torch.tensor(2.0))  # a number alone may come from the CPU
        with pytest.raises(RuntimeError, match="expected all tensors on one device"):
            mistake(net, x)
