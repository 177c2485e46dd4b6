"""Batches: what they hold, resuming, and the parts of several processes."""

from __future__ import annotations

import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.data import DataLoader
from torchvision.transforms import v2

from alexnet_lab.data import Batches, MixedSplit, RandomResizedCrop, Split, augmentation
from alexnet_lab.errors import UserError


def split_of(count, side=12):
    x = torch.randint(0, 256, (count, 3, side, side), generator=torch.Generator().manual_seed(0))
    return Split(x.byte(), torch.arange(count))


def same(one, other):
    one, other = list(one), list(other)
    return len(one) == len(other) and all(
        torch.equal(a, c) and torch.equal(b, d) for (a, b), (c, d) in zip(one, other, strict=True)
    )


def test_without_shuffling_like_a_dataloader():
    """Oracle: torch's DataLoader over the same split."""
    split = split_of(23)
    for drop_last in (False, True):
        batches = Batches(split, 5, drop_last=drop_last)
        loader = DataLoader(split, 5, drop_last=drop_last)
        assert len(batches) == len(loader)
        for (x, y), (a, b) in zip(batches, loader, strict=True):
            assert x.dtype == torch.float32
            assert torch.equal(x, a.float())
            assert torch.equal(y, b)


def test_every_epoch_has_every_image_in_another_order():
    batches = Batches(split_of(23), 5, shuffle=True, seed=3)
    epochs = [torch.cat([y for _, y in batches]) for _ in range(3)]
    for epoch in epochs:
        assert epoch.sort().values.tolist() == list(range(23))
    assert not torch.equal(epochs[0], epochs[1])
    again = Batches(split_of(23), 5, shuffle=True, seed=3)
    again.set_epoch(2)
    assert torch.equal(torch.cat([y for _, y in again]), epochs[2])
    other = Batches(split_of(23), 5, shuffle=True, seed=4)
    assert not torch.equal(torch.cat([y for _, y in other]), epochs[0])


@settings(max_examples=30, deadline=None)
@given(stop=st.integers(0, 14), shuffle=st.booleans(), drop_last=st.booleans())
def test_a_run_goes_on_bit_for_bit(stop, shuffle, drop_last):
    def make(seed):
        return Batches(
            split_of(23),
            5,
            augmentation("2012", crop=8),
            shuffle=shuffle,
            drop_last=drop_last,
            seed=seed,
        )

    def run(batches):  # three epochs in all
        while batches.epoch < 3:
            yield from batches

    whole = list(run(make(1)))
    first = make(1)
    begun = list(itertools.islice(run(first), stop))
    state = first.state_dict()
    second = make(2)  # the seed comes with the state
    second.load_state_dict(state)
    assert same(begun + list(run(second)), whole)


def test_an_iterator_left_early_is_not_continued():
    batches = Batches(split_of(12), 4)
    next(iter(batches))
    assert torch.cat([y for _, y in batches]).tolist() == list(range(12))
    shuffled = Batches(split_of(12), 4, shuffle=True)
    _, first = next(iter(shuffled))
    _, second = next(iter(shuffled))
    assert not torch.equal(first, second)
    assert shuffled.epoch == 1


@pytest.mark.parametrize("recipe", ["none", "2012", "sheet"])
@pytest.mark.parametrize("world_size", [2, 3])
def test_processes_share_every_batch(recipe, world_size):
    """Oracle: the batches of one process."""
    transform = augmentation(recipe, crop=8)
    settings = {"transform": transform, "shuffle": True, "seed": 5}
    whole = list(Batches(split_of(29), 6, **settings))
    parts = [
        list(Batches(split_of(29), 6, **settings, rank=rank, world_size=world_size))
        for rank in range(world_size)
    ]
    for k, (x, y) in enumerate(whole):
        mine = [part[k] for part in parts]
        sizes = [len(labels) for _, labels in mine]
        assert max(sizes) - min(sizes) <= 1
        assert torch.equal(torch.cat([b for _, b in mine]), y)
        torch.testing.assert_close(torch.cat([a for a, _ in mine]), x, rtol=0, atol=1e-3)


def test_a_last_batch_too_small_for_the_processes_is_left_out():
    for rank in range(3):
        batches = Batches(split_of(14), 6, rank=rank, world_size=3)
        assert [len(y) for _, y in batches] == [2, 2]
    one = Batches(split_of(14), 6)
    assert [one.whole_size(k) for k in range(3)] == [6, 6, 2]
    assert one.images_per_epoch == 14


def test_torchvision_s_own_transforms_are_reproducible():
    def make():
        return Batches(split_of(9), 4, v2.RandomResizedCrop(6), seed=1)

    state = torch.get_rng_state()
    assert same(make(), make())
    assert torch.equal(torch.get_rng_state(), state)


def test_seed_from_a_generator():
    def order(seed):
        generator = torch.Generator().manual_seed(seed)
        return torch.cat(
            [y for _, y in Batches(split_of(20), 4, shuffle=True, generator=generator)]
        )

    assert torch.equal(order(1), order(1))
    assert not torch.equal(order(1), order(2))


def test_memory_format():
    batches = Batches(split_of(8), 4, memory_format=torch.channels_last)
    x, _ = next(iter(batches))
    assert x.is_contiguous(memory_format=torch.channels_last)


def test_the_split_is_not_changed():
    split = split_of(8)
    before = split.images.clone()
    for x, _ in Batches(split, 4, augmentation("2012", crop=8)):
        x.zero_()
    for x, _ in Batches(split, 4):
        x.zero_()
    assert torch.equal(split.images, before)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"batch_size": 0}, "batch size 0"),
        ({"batch_size": 5, "world_size": 2}, "does not divide among 2"),
        ({"batch_size": 4, "rank": 2, "world_size": 2}, "rank 2"),
        ({"batch_size": 40, "drop_last": True}, "10 images do not fill one batch of 40"),
    ],
)
def test_wrong_settings(settings, says):
    with pytest.raises(UserError, match=says):
        Batches(split_of(10), **settings)


def test_wrong_states():
    batches = Batches(split_of(10), 5)
    with pytest.raises(UserError, match="cannot go on with 5"):
        batches.load_state_dict({"seed": 0, "epoch": 0, "position": 0, "batch_size": 4})
    with pytest.raises(UserError, match="left at batch 7"):
        batches.load_state_dict({"seed": 0, "epoch": 0, "position": 7})


def test_splits_check_their_tensors():
    with pytest.raises(UserError, match="uint8"):
        Split(torch.zeros(2, 3, 4, 4), torch.zeros(2).long())
    with pytest.raises(UserError, match=r"shape \(2,\)"):
        Split(torch.zeros(2, 3, 4, 4).byte(), torch.zeros(3).long())
    image, label = split_of(3)[2]
    assert image.shape == (3, 12, 12)
    assert label == 2
    assert split_of(5).subset([4, 1]).labels.tolist() == [4, 1]


def test_one_part_alone_is_the_split_itself():
    """Also with a transform that draws, in any order, and for a part of the processes."""
    split = split_of(23, 16)
    crop = RandomResizedCrop(8)
    for options in ({}, {"shuffle": True}, {"shuffle": True, "rank": 1, "world_size": 5}):
        plain = Batches(split, 5, crop, **options)
        assert same(plain, Batches(MixedSplit(split), 5, crop, **options))


def test_images_of_two_sizes_come_out_as_each_would_alone():
    """Oracle: each part whole, transformed by its own rows of the same draws."""
    small, large = split_of(6, 10), split_of(8, 20)
    mixed, crop = MixedSplit(small, large), RandomResizedCrop(8)
    ((x, y),) = Batches(mixed, 14, crop, shuffle=True, seed=3)
    assert x.shape == (14, 3, 8, 8)
    ((still, order),) = Batches(
        Split(
            torch.arange(14, dtype=torch.uint8).view(14, 1, 1, 1).expand(14, 3, 1, 1), mixed.labels
        ),
        14,
        shuffle=True,
        seed=3,
    )
    numbers = still[:, 0, 0, 0].long()  # which image came where
    assert torch.equal(y, order)
    draws = Batches(mixed, 14, crop, shuffle=True, seed=3)._draws(0, 0)
    for place, number in enumerate(numbers.tolist()):
        part, row = (small, number) if number < 6 else (large, number - 6)
        one = crop.apply(part.images[row : row + 1], draws[place : place + 1])
        assert torch.equal(x[place], one[0])


def test_mixed_batches_resume_and_are_shared_out():
    mixed, crop = MixedSplit(split_of(6, 10), split_of(8, 20)), RandomResizedCrop(8)
    whole = list(Batches(mixed, 4, crop, shuffle=True))
    cut = Batches(mixed, 4, crop, shuffle=True)
    next(iter(cut))
    state = cut.state_dict()
    again = Batches(mixed, 4, crop, shuffle=True)
    again.load_state_dict(state)
    assert same(whole[1:], again)
    parts = [Batches(mixed, 4, crop, shuffle=True, rank=r, world_size=2) for r in range(2)]
    together = [
        (torch.cat([a, c]), torch.cat([b, d])) for (a, b), (c, d) in zip(*parts, strict=True)
    ]
    assert same(whole, together)


def test_sizes_that_stay_different_are_refused():
    mixed = MixedSplit(split_of(2, 10), split_of(2, 20))
    with pytest.raises(UserError, match="images of different sizes in one batch"):
        next(iter(Batches(mixed, 4)))
    assert len(next(iter(Batches(mixed, 2)))[1]) == 2  # of one size by chance
    with pytest.raises(UserError, match="at least one part"):
        MixedSplit()
