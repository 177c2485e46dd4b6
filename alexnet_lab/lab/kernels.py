"""First-layer kernels in figures: how clean, how long, how coloured in each tower."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..analysis import Filters

SHORT = 1 / 5  # of the largest norm


@dataclass(frozen=True)
class KernelReport:
    """What the kernels of a first layer look like.

    Attributes
    ----------
    concentration : float
        Median over the kernels of `Filters.concentration`, 0–1.
    lower, upper : float
        Its quartiles.
    short : int
        Kernels with less than a fifth of the largest norm.
    kernels : int
        How many there are.
    colours : tuple of float
        Of each tower: mean share of colour, 0–1, weighted by the kernels' norms. What has not
        learnt is short, and coloured noise.
    """

    concentration: float
    lower: float
    upper: float
    short: int
    kernels: int
    colours: tuple[float, ...]

    def __str__(self) -> str:
        colours = "/".join(f"{share:.2f}" for share in self.colours)
        return (
            f"concentration {self.concentration:.2f} ({self.lower:.2f}–{self.upper:.2f}),"
            f" {self.short} of {self.kernels} short, colour {colours}"
        )


def kernel_report(weight: Tensor, towers: int = 2) -> KernelReport:
    """Measure first-layer kernels.

    Parameters
    ----------
    weight : torch.Tensor
        (K, 3, h, w), RGB.
    towers : int
        The kernels are dealt out to so many, in equal runs.
    """
    kernels = Filters(weight.detach().float().cpu(), towers=towers)
    clean = kernels.concentration
    quartiles = torch.quantile(clean, torch.tensor([0.25, 0.5, 0.75])).tolist()
    norms, shares = kernels.norm, kernels.colourfulness
    colours = [
        float((shares[mine] * norms[mine]).sum() / norms[mine].sum().clamp_min(1e-30))
        for mine in (kernels.tower == tower for tower in range(1, towers + 1))
    ]
    return KernelReport(
        quartiles[1],
        quartiles[0],
        quartiles[2],
        int((norms < SHORT * norms.max()).sum()),
        len(kernels),
        tuple(colours),
    )
