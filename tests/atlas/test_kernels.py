"""The record of the real network's first kernels."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import alexnet_lab as al
from alexnet_lab.atlas.kernels import RECORDED, recorded_kernels
from alexnet_lab.errors import UserError
from alexnet_lab.models.published import VARIABLE


def test_its_towers_have_parted() -> None:
    """Means weighted by length, as `alexnet-lab lab compare` prints them."""
    real = recorded_kernels("bvlc")
    assert real.filters.weight.shape == (96, 3, 11, 11)
    assert real.filters.weight.abs().amax((1, 2, 3)).sub(1).abs().max() < 0.01
    shares = [
        float((real.colourfulness[half] * real.norm[half]).sum() / real.norm[half].sum())
        for half in (slice(48), slice(48, 96))
    ]
    assert shares == pytest.approx([0.784, 0.115], abs=0.001)
    assert real.tower_colours == pytest.approx([100 * share for share in shares])
    # The picture tells the same of each kernel as the weights did.
    assert (real.filters.colourfulness - real.colourfulness).abs().median() < 0.005
    torch.testing.assert_close(real.at_scale.norm, real.norm)
    assert real.at_scale.towers == 2
    with pytest.raises(UserError, match="no recorded kernels of 'vgg'; known: bvlc, torchvision"):
        recorded_kernels("vgg")


@pytest.mark.parametrize("network", RECORDED)
def test_the_record_is_of_the_real_weights(
    shared_data: Path, monkeypatch: pytest.MonkeyPatch, network: str
) -> None:
    monkeypatch.setenv(VARIABLE, str(shared_data / "imagenet-conv"))
    kernels = al.analysis.filters(al.load_pretrained(network), "conv1")
    real = recorded_kernels(network)
    for name in ("norm", "colourfulness", "frequency", "concentration"):
        torch.testing.assert_close(getattr(real, name), getattr(kernels, name), atol=1e-4, rtol=0)
    alike = torch.cosine_similarity(real.filters.weight.flatten(1), kernels.weight.flatten(1))
    assert alike.min() > 0.998
