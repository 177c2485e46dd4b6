"""The embedded data set: parts that share no pixel, the same everywhere, quick to make."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from alexnet_lab.data import load_data, photo_patches, photograph
from alexnet_lab.data.photo_patches import CLASSES, patch_positions, regions
from alexnet_lab.errors import UserError


def test_regions_share_no_column():
    """By construction: each region is the reduced picture of columns that the other has not."""
    for train, val in zip(regions("train"), regions("val"), strict=True):
        width = photograph(train.name).pixels.shape[1]
        assert train.name == val.name
        assert train.columns[0] == 0
        assert train.columns[1] == val.columns[0]
        assert val.columns[1] == width
        assert train.columns[1] == int(0.7 * width)
        for region in (train, val):
            pixels = photograph(region.name).pixels[:, slice(*region.columns)]
            factor = region.reduction
            assert region.pixels.shape[1] == pixels.shape[1] // factor
            # Oracle for one reduced pixel: the mean of its block, by hand.
            block = pixels[3 * factor : 4 * factor, 5 * factor : 6 * factor].reshape(-1, 3)
            np.testing.assert_allclose(region.pixels[3, 5], block.mean(0), atol=0.51)
            assert min(region.pixels.shape[:2]) >= 96


def test_patches_are_where_the_places_say():
    data = photo_patches(size=32, train=280, val=140, seed=5)
    rng = np.random.default_rng(5)
    for part, split in (("train", data.train), ("val", data.val)):
        parts = regions(part)
        labels, positions = patch_positions(parts, 32, len(split), rng)
        assert np.bincount(labels).tolist() == [len(split) // 14] * 14
        assert split.labels.tolist() == labels.tolist()
        for k in range(0, len(split), 17):
            top, left = positions[k]
            expected = parts[labels[k]].pixels[top : top + 32, left : left + 32]
            np.testing.assert_array_equal(split.images[k].permute(1, 2, 0), expected)


def test_places_reach_every_border():
    parts = regions("val")
    labels, positions = patch_positions(parts, 64, 60_000, np.random.default_rng(0))
    for label, region in enumerate(parts):
        mine = positions[labels == label]
        room = np.array(region.pixels.shape[:2]) - 64
        assert (mine.min(0) == 0).all()
        assert (mine.max(0) == room).all()


def test_by_name_and_by_seed():
    data = load_data("photo-patches")
    assert data.classes == CLASSES
    assert (len(data.train), len(data.val), data.size) == (6000, 1500, 64)
    few = [photo_patches(32, 140, 140, seed) for seed in (0, 0, 1)]
    assert few[0].fingerprint == few[1].fingerprint != few[2].fingerprint
    assert torch.equal(few[0].val.images, few[1].val.images)
    assert not torch.equal(few[0].val.images, few[2].val.images)
    pixels = few[0].train.images.double()
    torch.testing.assert_close(few[0].mean.double(), pixels.mean((0, 2, 3)), rtol=0, atol=1e-4)


def test_what_does_not_fit():
    with pytest.raises(UserError, match="patches of 200 pixels"):
        load_data("photo-patches", size=200)
    with pytest.raises(UserError, match="5 patches"):
        photo_patches(train=5)
