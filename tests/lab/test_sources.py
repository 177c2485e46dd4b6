"""Data sets as one, in three parts: nothing lost, nothing twice, the same on every machine."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from alexnet_lab.data import Split
from alexnet_lab.errors import UserError
from alexnet_lab.lab.sources import digest, halves, lab_data, pixel_digests

from .made import noise


def all_digests(*splits: Split) -> list[str]:
    return sorted(d for split in splits for d in pixel_digests(split.images))


def test_the_halves_are_a_division_of_each_class() -> None:
    data = noise()
    watched, untouched = halves(data)
    assert all_digests(watched, untouched) == all_digests(data.val)
    assert not set(all_digests(watched)) & set(all_digests(untouched))
    assert watched.labels.bincount().tolist() == untouched.labels.bincount().tolist() == [4, 4, 4]


def test_the_halves_do_not_depend_on_the_order() -> None:
    data = noise()
    turned = replace(data, val=data.val.subset(torch.arange(len(data.val)).flip(0)))
    for before, after in zip(halves(data), halves(turned), strict=True):
        assert all_digests(before) == all_digests(after)
    assert digest(lab_data(data).untouched) == digest(lab_data(turned).untouched)
    assert digest(lab_data(data).untouched) != digest(lab_data(data).watched)


def test_copies_of_an_image_are_in_one_half() -> None:
    data = noise()
    rows = torch.cat([torch.arange(24), torch.arange(24)])
    watched, untouched = halves(replace(data, val=data.val.subset(rows)))
    assert not set(all_digests(watched)) & set(all_digests(untouched))
    assert len(watched) + len(untouched) == 48


def test_labels_are_counted_through_and_statistics_are_of_all_pixels() -> None:
    """Oracle: mean and deviation of all training pixels laid side by side."""
    first, second = noise(), noise("other", ("x", "y"), side=40, count=12)
    data = lab_data(first, second)
    assert data.classes == ("a", "b", "c", "x", "y")
    assert data.train.labels.tolist() == [*first.train.labels.tolist()] + [
        3 + label for label in second.train.labels.tolist()
    ]
    # Every image counts alike, whatever its size: so scale the pixels' weights.
    pixels = [s.train.images.double() for s in (first, second)]
    mean = torch.cat([p.mean((2, 3)) for p in pixels]).mean(0)
    square = torch.cat([p.square().mean((2, 3)) for p in pixels]).mean(0)
    torch.testing.assert_close(data.mean, mean.float(), rtol=1e-5, atol=1e-3)
    torch.testing.assert_close(data.std, (square - mean**2).sqrt().float(), rtol=1e-5, atol=1e-3)
    record = data.to_dict()
    assert (record["train"], record["watched"]["images"]) == (36, 18)
    assert [s["classes"] for s in record["sources"]] == [3, 2]


def test_what_cannot_be_put_together() -> None:
    with pytest.raises(UserError, match="class 'b' is in two"):
        lab_data(noise(), noise("other", ("x", "b")))
    data = noise()
    same = data.val.images[:1].expand(24, -1, -1, -1).contiguous()
    with pytest.raises(UserError, match="1 different validation images"):
        halves(replace(data, val=Split(same, data.val.labels)))
