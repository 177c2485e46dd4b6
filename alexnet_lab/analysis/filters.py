"""The kernels of a convolution, and measures to sort them by."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor, nn

from ..errors import UserError
from .layers import find_layer, named_layers

_FFT_SIDE = 64  # zero-padded to this, so that peaks are found to 1/64 cycle a pixel


@dataclass(frozen=True, repr=False)
class Filters:
    """Kernels of one layer.

    Attributes
    ----------
    weight : torch.Tensor
        (K, C, h, w): K kernels over C input channels each. A copy, on the CPU, float32.
    layer : str
        Name of the layer.
    towers : int
        Towers over which the kernels are dealt out, in equal runs: with 2, the first half of them
        belongs to tower 1 (the first GPU of 2012), the second half to tower 2.
    groups : int
        Groups of the convolution; with 2 a kernel sees only its own tower's maps. In AlexNet's
        conv1 there are two towers but one group: both towers see the whole image.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> kernels = al.analysis.Filters(torch.eye(3).expand(4, 3, 3, 3), towers=2)
    >>> kernels.tower.tolist()
    [1, 1, 2, 2]
    """

    weight: Tensor
    layer: str = "conv1"
    towers: int = 1
    groups: int = 1

    def __post_init__(self) -> None:
        if self.weight.dim() != 4:
            raise UserError(
                f"weights of shape {tuple(self.weight.shape)}; filters are (K, C, h, w)"
            )
        if len(self.weight) % self.towers:
            raise UserError(f"{len(self.weight)} filters cannot be split over {self.towers} towers")

    def __len__(self) -> int:
        return len(self.weight)

    def __repr__(self) -> str:
        channels, height, width = self.weight.shape[1:]
        split = "" if self.towers == 1 else f", {self.towers} towers of {len(self) // self.towers}"
        return f"Filters({self.layer}: {len(self)} of {channels}×{height}×{width}{split})"

    @property
    def tower(self) -> Tensor:
        """Tower of each filter, counted from 1: (K,)."""
        return 1 + torch.arange(len(self)) // (len(self) // self.towers)

    def of_tower(self, tower: int) -> Filters:
        """Return the filters of one tower, counted from 1."""
        if not 1 <= tower <= self.towers:
            raise UserError(f"no tower {tower}; {self.layer!r} has 1 to {self.towers}")
        return Filters(self.weight[self.tower == tower], self.layer, 1, 1)

    @property
    def norm(self) -> Tensor:
        """Euclidean length of each filter: (K,)."""
        return self.weight.flatten(1).norm(dim=1)

    @property
    def colourfulness(self) -> Tensor:
        """Share of each filter's energy that is colour, 0 to 1: (K,).

        At each place of the kernel the mean of its three weights is what it does to grey; the rest
        is colour. The share is Σ (w − mean over channels)² / Σ w²: 0 for a filter with equal
        weights for red, green and blue, 1 for one that does not answer to grey at all.

        Raises
        ------
        UserError
            When the filters do not see three channels.
        """
        if self.weight.shape[1] != 3:
            raise UserError(
                f"{self.layer!r} sees {self.weight.shape[1]} channels; "
                "colourfulness is defined for the three of an image"
            )
        colour = self.weight - self.weight.mean(dim=1, keepdim=True)
        energy = self.weight.square().sum(dim=(1, 2, 3))
        return colour.square().sum(dim=(1, 2, 3)) / energy.clamp_min(1e-30)

    @property
    def frequency(self) -> Tensor:
        """Spatial frequency at which each filter answers most, cycles a pixel, 0 to 0.71: (K,)."""
        fy, fx = self._peak()
        return torch.hypot(fy, fx)

    @property
    def orientation(self) -> Tensor:
        """Direction in which each filter's bars run, degrees: (K,).

        0 is horizontal, 90 vertical, counted counter-clockwise as seen on the screen; below 180.
        It says little where `orientedness` is near 0 (a blob has no direction).
        """
        fy, fx = self._peak()
        across = torch.rad2deg(torch.atan2(-fy, fx))  # rows count downwards
        return (across + 90) % 180

    @property
    def orientedness(self) -> Tensor:
        """How much each filter prefers one direction, 0 (none: a blob) to 1 (a grating): (K,).

        The resultant abs(Σ P·exp(2iθ)) / Σ P of the power spectrum P over the directions θ.
        """
        power, fy, fx = self._spectrum
        doubled = 2 * torch.atan2(fy, fx)
        cosine, sine = (power * doubled.cos()).sum((1, 2)), (power * doubled.sin()).sum((1, 2))
        return torch.hypot(cosine, sine) / power.sum(dim=(1, 2)).clamp_min(1e-30)

    @property
    def concentration(self) -> Tensor:
        """How clean each filter is, 0 to 1: the energy near its strongest frequency, (K,).

        The filter is first reduced to its main channel axis: the first singular vector over the
        channels, which for the three of an image is a colour. Of its power spectrum (h × w, not
        padded) counts what lies within one bin of the peak or of the peak's mirror image, each way
        round the edge, times the share of the energy that the main axis has. A grating or a smooth
        blob has nearly 1; 11 × 11 kernels of noise have a median of 0.08.
        """
        count, channels, height, width = self.weight.shape
        flat = self.weight.reshape(count, channels, height * width)
        _, lengths, along = torch.linalg.svd(flat, full_matrices=False)
        main = (along[:, 0] * lengths[:, :1]).view(count, height, width)
        power = torch.fft.fft2(main).abs().square()
        at = power.flatten(1).argmax(dim=1)
        peak = torch.stack([at // width, at % width], dim=1)
        near = _around(peak, height, width) | _around(-peak, height, width)
        share = (power * near).sum((1, 2)) / power.sum((1, 2)).clamp_min(1e-30)
        energy = lengths.square()
        return share * energy[:, 0] / energy.sum(1).clamp_min(1e-30)

    @property
    def spectrum(self) -> Tensor:
        """Power at each frequency, (S, S), S ≥ 64: the mean of all filters, each of which has 1.

        Rows and columns are those of `torch.fft.fftfreq`. Of each filter its mean is taken away
        first: uniform light has no frequency.
        """
        power = self._spectrum[0]
        return (power / power.sum((1, 2), keepdim=True).clamp_min(1e-30)).mean(0)

    def order(self, by: str = "colourfulness", *, descending: bool = False) -> Tensor:
        """Return the filters' numbers sorted by a measure, tower after tower.

        Parameters
        ----------
        by : str
            colourfulness, concentration, frequency, norm, orientation, orientedness, or index (as
            they are).
        descending : bool
            Largest first.

        Returns
        -------
        torch.Tensor
            (K,), int64. Sorted within each tower, so that towers never mix.
        """
        measures: dict[str, Callable[[], Tensor]] = {
            "colourfulness": lambda: self.colourfulness,
            "concentration": lambda: self.concentration,
            "frequency": lambda: self.frequency,
            "index": lambda: torch.arange(len(self)),
            "norm": lambda: self.norm,
            "orientation": lambda: self.orientation,
            "orientedness": lambda: self.orientedness,
        }
        if by not in measures:
            raise UserError(f"unknown measure {by!r}; known: {', '.join(measures)}")
        values = measures[by]()
        parts = torch.arange(len(self)).chunk(self.towers)
        return torch.cat(
            [part[values[part].argsort(descending=descending, stable=True)] for part in parts]
        )

    @cached_property
    def _spectrum(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return the power (K, S, S), and the frequencies of its rows and columns."""
        # Without the mean: a filter's answer to a uniform surface has no direction.
        centred = self.weight - self.weight.mean(dim=(2, 3), keepdim=True)
        side = max(_FFT_SIDE, *self.weight.shape[2:])
        # One filter at a time: all the padded channels of a large layer would take gigabytes.
        each = [torch.fft.fft2(one, s=(side, side)).abs().square().sum(dim=0) for one in centred]
        power = torch.stack(each)
        fy = torch.fft.fftfreq(side)[:, None].expand(power.shape[1:])
        fx = torch.fft.fftfreq(side)[None, :].expand(power.shape[1:])
        return power, fy, fx

    def _peak(self) -> tuple[Tensor, Tensor]:
        power, fy, fx = self._spectrum
        at = power.flatten(1).argmax(dim=1)
        return fy.flatten()[at], fx.flatten()[at]


def _around(peak: Tensor, height: int, width: int) -> Tensor:
    """Mark the bins within one of each peak (K, 2), round the edges: bool (K, height, width)."""
    rows, columns = torch.arange(height), torch.arange(width)
    down = (rows - peak[:, :1]) % height  # (K, height)
    across = (columns - peak[:, 1:]) % width
    close_down = (down <= 1) | (down == height - 1)
    close_across = (across <= 1) | (across == width - 1)
    return close_down[:, :, None] & close_across[:, None, :]


def tower_count(model: nn.Module) -> int:
    """Return over how many towers the kernels of `model` are dealt out; 1 for most networks.

    The model's own ``config.towers`` if it has one, else the groups of its grouped convolutions,
    when they all have the same (AlexNet's: 2) and are not depthwise.
    """
    own = getattr(getattr(model, "config", None), "towers", None)
    if isinstance(own, int):
        return own
    convolutions = [m for m in named_layers(model).values() if isinstance(m, nn.Conv2d)]
    groups = {m.groups for m in convolutions if m.groups > 1}
    depthwise = any(m.groups == m.in_channels > 1 for m in convolutions)
    return groups.pop() if len(groups) == 1 and not depthwise else 1


def filters(model: nn.Module, layer: str = "conv1") -> Filters:
    """Return the kernels of a convolution.

    Parameters
    ----------
    model : torch.nn.Module
        Any network.
    layer : str
        A two-dimensional convolution.

    Returns
    -------
    Filters
        The kernels, the tower to which each belongs, and measures to sort them by. Kernels that do
        not come from a model: ``Filters(weight, "conv1", towers=2)``.

    Raises
    ------
    UserError
        When the layer is unknown or no two-dimensional convolution.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> lab = al.load_pretrained("lab")
    >>> al.analysis.filters(lab, "conv1").weight.shape
    torch.Size([96, 3, 11, 11])
    """
    module = find_layer(model, layer)
    if not isinstance(module, nn.Conv2d):
        convolutions = [n for n, m in named_layers(model).items() if isinstance(m, nn.Conv2d)]
        raise UserError(f"{layer!r} has no filters; convolutions: {', '.join(convolutions)}")
    count = tower_count(model)
    weight = module.weight.detach().to("cpu", torch.float32, copy=True)
    return Filters(weight, layer, math.gcd(count, len(weight)), module.groups)
