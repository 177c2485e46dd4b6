"""Kernels whose figures are known: gratings, blobs, noise, colours."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from alexnet_lab.analysis import Filters
from alexnet_lab.lab.kernels import kernel_report


def grating(across: int, down: int, colour: tuple[float, float, float] = (1, 1, 1)) -> Tensor:
    """Make a cosine with whole cycles across an 11 × 11 kernel."""
    rows, columns = torch.meshgrid(torch.arange(11.0), torch.arange(11.0), indexing="ij")
    wave = torch.cos(2 * math.pi * (across * columns + down * rows) / 11)
    return torch.tensor(colour)[:, None, None] * wave


def spelt_out(weight: Tensor) -> list[float]:
    """Compute the concentration with loops, in NumPy: an oracle of the vectorised code."""
    found = []
    for kernel in weight.double().numpy():
        _, lengths, along = np.linalg.svd(kernel.reshape(3, -1), full_matrices=False)
        power = np.abs(np.fft.fft2((along[0] * lengths[0]).reshape(11, 11))) ** 2
        row, column = np.unravel_index(power.argmax(), power.shape)
        near = {
            ((sign * row + i) % 11, (sign * column + j) % 11)
            for sign in (1, -1)
            for i in (-1, 0, 1)
            for j in (-1, 0, 1)
        }
        share = sum(power[at] for at in near) / power.sum()
        found.append(share * lengths[0] ** 2 / (lengths**2).sum())
    return found


def test_concentration_follows_its_definition() -> None:
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(40, 3, 11, 11, generator=generator)
    waves = torch.stack([grating(a, d, (1, -0.5, 0.2)) for a, d in ((0, 1), (5, 5), (2, 0))])
    weight = torch.cat([noise, waves, waves + 0.3 * noise[:3]])
    found = Filters(weight).concentration
    assert found.tolist() == pytest.approx(spelt_out(weight), abs=1e-5)


def test_a_grating_is_clean_and_noise_is_not() -> None:
    clean = torch.stack([grating(2, 1), grating(0, 3, (1, 0, -1)), torch.ones(3, 11, 11)])
    assert Filters(clean).concentration.tolist() == pytest.approx([1, 1, 1], abs=1e-5)
    noise = torch.randn(96, 3, 11, 11, generator=torch.Generator().manual_seed(0))
    assert 0.06 < Filters(noise).concentration.median() < 0.10


def test_a_second_colour_counts_against_it() -> None:
    """Half of the energy along another colour axis, at another frequency: half is left."""
    mixed = grating(2, 0, (1, 1, 0)) + grating(0, 4, (1, -1, 0))
    assert Filters(mixed[None]).concentration.item() == pytest.approx(0.5, abs=1e-4)


def test_a_kernel_of_nothing_has_no_concentration() -> None:
    assert Filters(torch.zeros(2, 3, 11, 11)).concentration.tolist() == [0, 0]


def test_other_shapes_than_alexnets() -> None:
    weight = torch.randn(5, 7, 3, 5, generator=torch.Generator().manual_seed(0))
    found = Filters(weight).concentration
    assert found.shape == (5,)
    assert ((found > 0) & (found <= 1)).all()


def test_the_towers_colours_are_weighted_by_norm() -> None:
    """Tower 1: grey kernels and a short red-against-blue one; tower 2: coloured ones only."""
    grey, colour = grating(1, 0), grating(1, 0, (1, 0, -1))
    weight = torch.stack([grey, grey, 0.01 * colour, colour, colour, colour])
    report = kernel_report(weight)
    # Norms: grey √3, coloured √2 times the wave's; the share of colour is 0 and 1.
    first = 0.01 * math.sqrt(2) / (2 * math.sqrt(3) + 0.01 * math.sqrt(2))
    assert report.colours == pytest.approx((first, 1.0), abs=1e-5)
    assert (report.short, report.kernels) == (1, 6)
    assert report.concentration == pytest.approx(1, abs=1e-5)
    assert "1 of 6 short, colour 0.00/1.00" in str(report)
