"""Batch transforms, each held against torchvision's or numpy's answer for one image at a time."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torchvision.transforms.v2.functional as TF
from hypothesis import given, settings
from hypothesis import strategies as st
from torchvision.transforms import v2

from alexnet_lab.data import (
    AUGMENTATIONS,
    CentreCrop,
    ColourJitter,
    CropAndReflect,
    Normalise,
    PCAColour,
    PerImage,
    RandomResizedCrop,
    Recipe,
    Split,
    augmentation,
    pca_colour,
    ten_views,
)
from alexnet_lab.data.resized import by_matrices, one_by_one
from alexnet_lab.data.transforms import crop_each
from alexnet_lab.errors import UserError


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def images(count=6, height=20, width=24, seed=0):
    return torch.randint(0, 256, (count, 3, height, width), generator=seeded(seed)).byte()


# Crops and reflections


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 20), st.data())
def test_crop_each_like_torchvision(size, data):
    """Oracle: v2.functional.crop and horizontal_flip, image by image."""
    x = images(3)
    top = torch.tensor([data.draw(st.integers(0, 20 - size)) for _ in x])
    left = torch.tensor([data.draw(st.integers(0, 24 - size)) for _ in x])
    mirrored = torch.tensor([data.draw(st.booleans()) for _ in x])
    got = crop_each(x, top, left, size, mirrored)
    for k, image in enumerate(x):
        expected = TF.crop(image, int(top[k]), int(left[k]), size, size)
        expected = TF.horizontal_flip(expected) if mirrored[k] else expected
        assert torch.equal(got[k], expected)


def test_padding_mirrors_at_the_border():
    """Oracle: torch's reflection padding."""
    x = images(2, 8, 8)
    padded = torch.nn.functional.pad(x.float(), (3, 3, 3, 3), mode="reflect").byte()
    top, left = torch.tensor([-3, 3]), torch.tensor([3, -3])
    got = crop_each(x, top, left, 8, torch.tensor([False, False]))
    assert torch.equal(got[0], padded[0, :, 0:8, 6:14])
    assert torch.equal(got[1], padded[1, :, 6:14, 0:8])


def test_every_crop_of_the_paper_can_come():
    """33 places down, 33 across, two reflections: 2178, as in the 2012 source."""
    columns = torch.arange(256).expand(256, 256)
    x = torch.stack([columns.T, columns, columns]).byte()[None]  # the pixel's value is its place
    crops = CropAndReflect(224).apply(
        x.expand(4000, -1, -1, -1)[:, :, :, :], CropAndReflect(224).draw(4000, seeded())
    )
    first, last = crops[:, :, 0, 0].long(), crops[:, :, 0, -1].long()
    assert first[:, 0].unique().tolist() == list(range(33))
    mirrored = first[:, 1] > last[:, 1]
    assert torch.minimum(first[:, 1], last[:, 1]).unique().tolist() == list(range(33))
    assert 0.45 < mirrored.float().mean() < 0.55
    assert not torch.equal(first[:-1], first[1:])


def test_a_chunk_can_share_place_and_reflection():
    rows = CropAndReflect(8, share=32).draw(70, seeded())
    assert rows.shape == (70, 3)
    assert len(rows.unique(dim=0)) == 3
    assert (rows[:32] == rows[0]).all()
    assert (rows[64:] == rows[64]).all()


@pytest.mark.parametrize("shape", [(20, 24), (21, 24), (24, 21)])
def test_centre_crop_like_torchvision(shape):
    x = images(2, *shape)
    assert torch.equal(CentreCrop(16)(x), TF.center_crop(x, [16, 16]))


def test_crops_that_do_not_fit():
    for transform in (CentreCrop(30), CropAndReflect(30)):
        with pytest.raises(UserError, match="cannot crop 30 × 30"):
            transform(images())
    assert CropAndReflect(26, padding=4)(images()).shape == (6, 3, 26, 26)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 30), st.data())
def test_resized_crop_like_torchvision(size, data):
    """Oracle: v2.functional.resized_crop, antialiased bilinear, on floats."""
    x = images(3)
    boxes = []
    for _ in x:
        top, left = data.draw(st.integers(0, 15)), data.draw(st.integers(0, 19))
        boxes.append((top, left, data.draw(st.integers(1, 20 - top)), data.draw(st.integers(1, 5))))
    mirrored = torch.tensor([True, False, False])
    got = by_matrices(x, torch.tensor(boxes), size, mirrored)
    for k, image in enumerate(x.float()):
        expected = TF.resized_crop(image, *boxes[k], [size, size], antialias=True)
        expected = TF.horizontal_flip(expected) if mirrored[k] else expected
        torch.testing.assert_close(got[k], expected, rtol=1e-4, atol=1e-2)
    # Bytes are scaled one by one: exactly torchvision's, and within a grey level of the other way.
    scaled = one_by_one(x, torch.tensor(boxes), size, mirrored)
    for k, image in enumerate(x):
        expected = TF.resized_crop(image, *boxes[k], [size, size], antialias=True)
        assert torch.equal(scaled[k], TF.horizontal_flip(expected) if mirrored[k] else expected)
    assert (scaled - got).abs().max() < 1.6


def box_of(transform, image):
    """Draw a box; the method had another name before torchvision 0.21."""
    draw = getattr(transform, "make_params", None) or transform._get_params
    return draw([image])


def test_boxes_are_distributed_as_torchvision_s():
    """Oracle: quantiles of the boxes that RandomResizedCrop.make_params draws."""
    ours = RandomResizedCrop(8).boxes(RandomResizedCrop(8).draw(4000, seeded()), 60, 100).double()
    theirs = v2.RandomResizedCrop(8)
    x = torch.zeros(3, 60, 100, dtype=torch.uint8)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        drawn = [box_of(theirs, x) for _ in range(4000)]
    theirs = torch.tensor([[d[k] for k in ("top", "left", "height", "width")] for d in drawn])
    quantiles = torch.tensor([0.05, 0.25, 0.5, 0.75, 0.95], dtype=torch.float64)
    difference = ours.quantile(quantiles, dim=0) - theirs.double().quantile(quantiles, dim=0)
    assert difference.abs().max() <= 3  # pixels
    assert (ours[:, 0] + ours[:, 2]).max() <= 60
    assert (ours[:, 1] + ours[:, 3]).max() <= 100


def test_too_narrow_images_fall_back_to_the_centre():
    """Oracle: torchvision's fallback for an image in which no allowed shape of that area fits."""
    transform = RandomResizedCrop(8, scale=(1.0, 1.0))
    box = transform.boxes(transform.draw(3, seeded()), 10, 100)
    drawn = box_of(v2.RandomResizedCrop(8, scale=(1.0, 1.0)), torch.zeros(3, 10, 100))
    assert box[0].tolist() == [drawn[k] for k in ("top", "left", "height", "width")]


# Colour


def test_principal_colours_like_numpy():
    """Oracle: numpy's covariance and eigh."""
    mixing = torch.tensor([[60.0, 10.0, 0.0], [50.0, -10.0, 5.0], [40.0, 0.0, -9.0]])
    x = torch.einsum("ck,nkhw->nchw", mixing, torch.randn(40, 3, 9, 7, generator=seeded()))
    x = (x + 128).clamp(0, 255).byte()
    pixels = x.permute(0, 2, 3, 1).reshape(-1, 3).numpy().astype(np.float64)
    values, vectors = np.linalg.eigh(np.cov(pixels, rowvar=False, bias=True))
    got = pca_colour(Split(x, torch.zeros(40).long()))
    np.testing.assert_allclose(got.eigenvalues, values[::-1], rtol=1e-5)
    overlap = (got.eigenvectors.double().numpy() * vectors[:, ::-1]).sum(0)
    np.testing.assert_allclose(np.abs(overlap), 1, atol=1e-6)
    largest = got.eigenvectors.abs().argmax(0)
    assert (got.eigenvectors[largest, range(3)] > 0).all()
    few = pca_colour(x, max_pixels=20 * 63)
    np.testing.assert_allclose(few.eigenvalues, values[::-1], rtol=0.15)


def test_colour_shift_by_hand():
    vectors = torch.eye(3)
    noise = PCAColour(torch.tensor([400.0, 100.0, 25.0]), vectors)
    assert noise.shift_sd.tolist() == pytest.approx([2.0, 1.0, 0.5])
    literal = PCAColour(torch.tensor([400.0, 100.0, 25.0]), vectors, literal=True)
    assert literal.shift_sd.tolist() == pytest.approx([40.0, 10.0, 2.5])
    x = torch.full((2, 3, 4, 4), 100, dtype=torch.uint8)
    out = noise.apply(x, torch.tensor([[1.0, 2.0, -2.0], [0.0, 0.0, 1.0]]))
    assert out[0, :, 1, 1].tolist() == pytest.approx([102.0, 102.0, 99.0])
    assert out[1, :, 3, 0].tolist() == pytest.approx([100.0, 100.0, 100.5])


def test_colour_noise_has_the_covariance_it_says():
    """The shift's covariance is Σ (sd·s)² p pᵀ: sampled against the closed form."""
    p, _ = torch.linalg.qr(torch.randn(3, 3, generator=seeded(3)))
    noise = PCAColour(torch.tensor([4000.0, 300.0, 50.0]), p)
    shift = noise(torch.zeros(20000, 3, 1, 1), seeded())[:, :, 0, 0]
    expected = p @ torch.diag(noise.shift_sd**2) @ p.T
    torch.testing.assert_close(torch.cov(shift.T), expected, rtol=0.05, atol=0.5)


def test_jitter_like_torchvision():
    """Oracle: v2.functional.adjust_*, image by image in its own order, on floats in 0–1."""
    from itertools import permutations

    jitter = ColourJitter(0.4, 0.3, 0.9)
    x = images(30)
    rows = jitter.draw(30, seeded())
    got = jitter.apply(x, rows)
    adjust = (TF.adjust_brightness, TF.adjust_contrast, TF.adjust_saturation)
    orders = list(permutations(range(3)))
    used = set()
    for k, image in enumerate(x.float() / 255):
        factors = [1 + r * (2 * float(rows[k, i]) - 1) for i, r in enumerate((0.4, 0.3, 0.9))]
        order = orders[int(rows[k, 3] * 6)]
        used.add(order)
        for step in order:
            image = adjust[step](image, factors[step])
        torch.testing.assert_close(got[k] / 255, image, rtol=1e-4, atol=1e-5)
    assert len(used) == 6


def test_torchvision_s_transforms_image_by_image():
    """Oracle: the transform itself, called on each image after seeding with that image's number."""
    transform = v2.RandAugment(num_ops=2, magnitude=9)
    each = PerImage(transform)
    x = images(8, 32, 32)
    state = torch.get_rng_state()
    rows = each.draw(8, seeded())
    got = each.apply(x, rows)
    assert torch.equal(torch.get_rng_state(), state)
    with torch.random.fork_rng(devices=[]):
        for k, image in enumerate(x):
            torch.manual_seed(int(rows[k, 0]))
            assert torch.equal(got[k], transform(image[None])[0])
    assert len(rows.unique()) == 8
    assert len(PerImage(transform, share=4).draw(8, seeded()).unique()) == 2


# Recipes


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_recipes(name):
    x = images(9, 40, 36)
    recipe = augmentation(name, crop=24, pca=pca_colour(x))
    before = x.clone()
    state = torch.get_rng_state()
    out = recipe(x, seeded())
    assert torch.equal(torch.get_rng_state(), state)
    assert out.shape == (9, 3, 24, 24)
    assert out.dtype == torch.float32
    assert torch.equal(x, before)
    assert torch.equal(out, recipe(x, seeded()))
    assert torch.equal(out, recipe(x, seeded(1))) == (name == "none")
    # A part of the batch by its rows is the part of the whole: what several processes rely on.
    rows = recipe.draw(9, seeded())
    assert rows.shape == (9, recipe.columns)
    torch.testing.assert_close(recipe.apply(x[3:7], rows[3:7]), out[3:7], rtol=0, atol=1e-3)
    assert name in repr(recipe)
    assert (out.abs().max() < 5) == (name in ("sheet", "modern"))  # divided by std, or not


def test_images_of_a_batch_differ():
    x = images(1, 40, 40).expand(16, -1, -1, -1)
    for name in ("2012", "sheet", "modern"):
        out = augmentation(name, crop=24)(x, seeded())
        assert len(out.flatten(1).unique(dim=0)) > 12


def test_none_is_crop_and_mean():
    x = images(2, 30, 30)
    mean = torch.rand(3, 30, 30, generator=seeded()) * 255
    got = augmentation("none", crop=24, mean=mean)(x)
    assert torch.equal(got, x[..., 3:27, 3:27] - mean[:, 3:27, 3:27])
    got = augmentation("none", crop=24, mean=(1, 2, 3), std=(2, 2, 2))(x)
    torch.testing.assert_close(got[:, 1], (x[:, 1, 3:27, 3:27].float() - 2) / 2)


def test_wrong_settings():
    with pytest.raises(UserError, match="unknown augmentation '2013'; known: none, 2012"):
        augmentation("2013")
    with pytest.raises(UserError, match="mean has one value per channel"):
        Normalise((1.0, 2.0))
    with pytest.raises(UserError, match="scale"):
        RandomResizedCrop(8, scale=(0.5, 0.1))
    with pytest.raises(UserError, match="share 0"):
        CropAndReflect(8, share=0)
    assert Recipe()(images()).shape == (6, 3, 20, 24)


# Ten views


@pytest.mark.parametrize("shape", [(20, 24), (21, 24), (16, 16)])
def test_ten_views_like_torchvision(shape):
    """Oracle: v2.functional.ten_crop, also for its order."""
    x = images(3, *shape)
    got = ten_views(x, 16)
    assert got.shape == (3, 10, 3, 16, 16)
    assert torch.equal(got, torch.stack(TF.ten_crop(x, [16, 16]), dim=1))
    assert torch.equal(ten_views(x[0].float(), 16), got[0].float())
    with pytest.raises(UserError, match="cannot crop"):
        ten_views(x, 30)
