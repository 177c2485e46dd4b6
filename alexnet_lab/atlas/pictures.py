"""A picture that excites a unit, for many units of a layer at once."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from .windows import LAYERS, Window

STEPS = 40
STEP_SIZE = 9.0  # root mean square of the first step, in grey levels of 255
PULL_TO_GREY = 0.02  # share of the contrast that a step takes away
# Pixels: the stride of conv1, so that no picture fits its raster only. One kernel has no raster.
JITTER = 4
# How colours of natural photographs go together (rows: red, green, blue); from ImageNet's pixels,
# as Olah et al. 2017 use it: a step moves all three channels together more than one alone.
_COLOURS = ((0.26, 0.09, 0.02), (0.27, 0.00, -0.05), (0.27, -0.09, 0.03))


def excite(window: Window, units: Sequence[int], start: int = 0, *, steps: int = STEPS) -> Tensor:
    """Find a picture for each of some units, by climbing the gradient of its activation.

    Each starts from faint noise that depends on the layer, the unit and `start` alone, so that a
    unit's picture is the same whichever units it is computed with, up to rounding. The gradient is
    taken before the ReLU, with respect to a picture that covers the receptive field and nothing
    else. Low spatial frequencies and natural combinations of colours are climbed faster than
    others (Olah, Mordvintsev and Schubert, Feature Visualization, Distill 2017); the picture is
    shifted by up to four pixels before each step (not for conv1), and what does not help fades.

    Parameters
    ----------
    window : Window
        The layer.
    units : sequence of int
        Channels.
    start : int
        Number of the start; another one, other noise.
    steps : int
        Gradient steps.

    Returns
    -------
    torch.Tensor
        (len(units), 3, side, side), pixels in 0–255.
    """
    side = window.side
    ramp, colours = _ramp(side), _colour_transform()
    shifts = torch.Generator().manual_seed(start)
    jitter = 0 if window.layer == LAYERS[0] else JITTER
    noise = torch.stack([_noise(window, unit, start) for unit in units])
    grey = window.mean.expand(3, side, side)
    x = grey + 12 * _unit_rms(_shaped(noise, ramp, colours))
    index = torch.tensor(list(units))[:, None]
    for step in range(steps):
        shift = torch.randint(-jitter, jitter + 1, (2,), generator=shifts).tolist()
        moved = x.roll(shift, (2, 3)).requires_grad_()
        (pull,) = torch.autograd.grad(window(moved).gather(1, index).sum(), moved)
        pull = pull.roll([-s for s in shift], (2, 3))
        size = STEP_SIZE * (1 - 0.9 * step / steps)
        x = x + size * _unit_rms(_shaped(pull, ramp, colours))
        x = (grey + (1 - PULL_TO_GREY) * (x - grey)).clamp(0, 255)
    return x.detach()


def _noise(window: Window, unit: int, start: int) -> Tensor:
    seed = (start * len(LAYERS) + LAYERS.index(window.layer)) * 1000 + unit
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(3, window.side, window.side, generator=generator)


def _ramp(side: int) -> Tensor:
    """Return how fast each spatial frequency is climbed: as 1/f, level for the lowest."""
    fy, fx = torch.fft.fftfreq(side)[:, None], torch.fft.rfftfreq(side)[None, :]
    return 1 / torch.hypot(fy, fx).clamp_min(max(1 / side, 0.02))


def _colour_transform() -> Tensor:
    root = torch.tensor(_COLOURS)
    return root @ root.T / root.norm() ** 2


def _shaped(x: Tensor, ramp: Tensor, colours: Tensor) -> Tensor:
    mixed = torch.einsum("dc,nchw->ndhw", colours, x)
    shaped: Tensor = torch.fft.irfft2(torch.fft.rfft2(mixed) * ramp, s=x.shape[-2:])
    return shaped


def _unit_rms(x: Tensor) -> Tensor:
    """Scale each picture to a root mean square of 1."""
    return x / x.square().mean((1, 2, 3), keepdim=True).sqrt().clamp_min(1e-20)
