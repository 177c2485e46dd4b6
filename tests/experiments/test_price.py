"""What training costs: memory against what autograd keeps, times against the runs that are due."""

from __future__ import annotations

import pytest
import torch

import alexnet_lab as al
from alexnet_lab.errors import UserError
from alexnet_lab.experiments.records.store import Library
from alexnet_lab.experiments.runner.schedule import in_order


def kept(net, images, **autocast):
    cast = torch.autocast("cpu", torch.bfloat16, **autocast)
    with cast, al.training.saved_for_backward(net) as seen:
        net(torch.zeros(images, 3, net.input_size, net.input_size))
    return seen.total


@pytest.mark.parametrize("precision", ["float32", "fp16"])
def test_memory_grows_by_what_autograd_keeps(precision):
    """Computed for real, under autocast; the prediction computes nothing."""
    net = al.models.alexnet_2012(10, input_size=99, hidden=(64, 64))

    def told(batch):
        how = {"epochs": 1, "batch": batch, "precision": precision}
        return al.experiments.training_price(net, 100, **how).memory

    narrow = precision == "fp16"
    image = kept(net, 3, enabled=narrow) - kept(net, 2, enabled=narrow)
    largest = 2 * (2 if narrow else 4) * 96 * 23**2  # conv1's maps, and their gradient
    assert told(3) - told(2) == pytest.approx(image + largest, rel=0.02)
    parameters = sum(p.numel() for p in net.parameters())
    assert told(1) > (14 if narrow else 12) * parameters


def test_a_lost_image_starts_another_step():
    with torch.device("meta"):
        net = al.models.alexnet_mini()
    price = al.experiments.training_price
    one, two = (price(net, n, epochs=3, batch=10).seconds["T4"] for n in (100, 101))
    assert two / one == pytest.approx(11 / 10)
    assert price(net, 100, epochs=6, batch=10).seconds["T4"] == pytest.approx(2 * one)


def test_an_experiments_price_is_that_of_the_runs_that_are_due():
    price = al.experiments.price("dropout")
    due = len(in_order([al.experiments.find("dropout")], "gpu", Library()))
    assert f"{due} runs" in price.what
    assert price.seconds["T4"] > price.seconds["A100"] > 0
    text = repr(price)
    assert "not measured" in text
    assert "two quiet cores" in text


def test_bad_input():
    net = al.models.alexnet_mini()
    with pytest.raises(UserError, match="epochs=0 must be at least 1"):
        al.experiments.training_price(net, 10, epochs=0)
    with pytest.raises(UserError, match="unknown experiment"):
        al.experiments.price("nothing")
