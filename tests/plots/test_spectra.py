"""Power spectra of kernels: a grating has its power where its frequency is."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from alexnet_lab.analysis import Filters
from alexnet_lab.errors import UserError
from alexnet_lab.plots import plot_spectra


def test_a_grating_and_noise() -> None:
    column = torch.arange(11.0)
    grating = torch.cos(2 * torch.pi * column / 4).expand(1, 3, 11, 11)
    noise = torch.randn(40, 3, 11, 11, generator=torch.Generator().manual_seed(0))
    sheets = {"grating": Filters(grating, "conv1"), "noise": Filters(noise, "conv1")}
    found = sheets["grating"].spectrum
    row, at = divmod(int(found.argmax()), 64)
    assert (row, min(at, 64 - at)) == (0, 16)  # every fourth pixel
    # Oracle: numpy's transform, one kernel after another.
    powers = []
    for kernel in noise.numpy():
        centred = kernel - kernel.mean((1, 2), keepdims=True)
        power = (np.abs(np.fft.fft2(centred, s=(64, 64))) ** 2).sum(0)
        powers.append(power / power.sum())
    np.testing.assert_allclose(sheets["noise"].spectrum, np.mean(powers, 0), atol=1e-6)
    axes = plot_spectra(sheets, stride=4)
    assert [ax.get_title() for ax in axes] == ["grating", "noise"]
    assert axes[0].patches[0].get_width() == 1 / 4  # waves of 8 pixels and longer
    brightest = np.unravel_index(axes[0].images[0].get_array().argmax(), (64, 64))
    assert brightest[0] == 32
    assert abs(brightest[1] - 32) == 16
    with pytest.raises(UserError, match="no kernels to draw"):
        plot_spectra({})
