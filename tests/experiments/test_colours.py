"""The towers' colours, against means worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from alexnet_lab.experiments.claims.full_scale import compare, figures, imagenet_towers
from alexnet_lab.experiments.report.tower_colours import tower_colours


class Shelf:
    """Records of one run with two towers, none of the control."""

    def measured(self, experiment, scale):
        assert (experiment.name, scale) == ("tower_colour", "laptop")
        results = {"colourfulness": [0.2, 0.4, 0.9, 0.1], "norm": [1.0, 3.0, 1.0, 1.0]}
        return {"two": [{"seed": 1, "results": results}]}


def test_means_are_weighted_by_length():
    # (0.2 · 1 + 0.4 · 3) / 4 and (0.9 + 0.1) / 2
    assert tower_colours(Shelf()) == {
        "two towers, run 2": (pytest.approx(35.0), pytest.approx(50.0))
    }


def test_the_records_of_the_package_are_there():
    found = tower_colours()
    assert found
    assert all(0 < share < 100 for pair in found.values() for share in pair)


def test_at_full_scale_the_towers_split_in_both_networks():
    """Oracle: a permutation test of its own in numpy."""
    for one in imagenet_towers():
        assert one.gap.estimate == pytest.approx(one.shares[0] - one.shares[1])
        assert not one.gap.low <= 0 <= one.gap.high
        assert one.p == pytest.approx(1e-4), "no deal of 9,999"
    first, second = imagenet_towers()
    assert (first.shares[0] > 70, second.shares[1] > 70) == (True, True), "colour in either tower"


def test_a_split_by_chance_is_none():
    rng = np.random.default_rng(8)
    share, norm = rng.random(40), rng.random(40) + 0.5
    found = compare("made", share.tolist(), norm.tolist())

    def gap(order):
        halves = order[:20], order[20:]
        return abs(np.subtract(*(np.average(share[h], weights=norm[h]) for h in halves)))

    deals = [gap(rng.permutation(40)) for _ in range(2000)]
    assert found.p == pytest.approx(np.mean(deals >= gap(np.arange(40))), abs=0.05)
    assert found.gap.low < 0 < found.gap.high


def test_the_figures_are_those_of_the_weights(shared_data):
    """Of both networks, where the weights are at hand."""
    packed = np.load(shared_data / "imagenet-conv/bvlc_alexnet_conv_q7.npz")["conv1.weight_q7"]
    kernels = {
        "bvlc_alexnet": packed[:, ::-1].astype(np.float32) / 128,  # its channels are BGR
        "caffenet": np.load(shared_data / "caffenet-conv/conv1_weight_rgb.npy"),
    }
    for one in imagenet_towers():
        again = compare(one.network, **figures(torch.from_numpy(kernels[one.network].copy())))
        assert again == one
