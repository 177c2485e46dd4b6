"""Two figures for a picture or kernel: how coloured it is, and how fine."""

from __future__ import annotations

import torch
from torch import Tensor

from ..analysis import Filters


def colourfulness(contrast: Tensor) -> Tensor:
    """Return the share of colour in each picture's contrast, 0–1: (N,) of (N, 3, S, S).

    As `Filters.colourfulness`; `contrast` is what differs from grey.
    """
    return Filters(contrast).colourfulness


def mean_frequency(contrast: Tensor) -> Tensor:
    """Return the mean spatial frequency of each picture, weighted by power: (N,), cycles a pixel.

    Of a picture (N, 3, S, S) without its mean, up to 0.71.
    """
    centred = contrast - contrast.mean((2, 3), keepdim=True)
    power = torch.fft.fft2(centred).abs().square().sum(1)
    fy = torch.fft.fftfreq(contrast.shape[2])[:, None]
    fx = torch.fft.fftfreq(contrast.shape[3])[None, :]
    frequency = torch.hypot(fy, fx)
    return (power * frequency).sum((1, 2)) / power.sum((1, 2)).clamp_min(1e-30)
