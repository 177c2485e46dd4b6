"""Layers of 2012 that today's libraries spell differently."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class RoundUpConv2d(nn.Conv2d):
    """A convolution whose output size is rounded up, as the 2012 source does.

    ``out = 1 + ceil((in + 2·padding − kernel) / stride)``, so that 224 → 55 with an 11×11 kernel at
    stride 4. The last window hangs over the right and bottom edge, where it sees zeros.
    ``torch.nn.Conv2d`` rounds down (224 → 54) and is what this class does wherever the division
    has no remainder. Takes the arguments of ``torch.nn.Conv2d`` (dilation must be 1).

    Source: ``layer.py:1004`` of the 2012 code.
    """

    def overhang(self, height: int, width: int) -> tuple[int, int]:
        """Return how many rows and columns of zeros the last window sees beyond the edge."""
        rows, columns = (
            -(size + 2 * int(self.padding[axis]) - self.kernel_size[axis]) % self.stride[axis]
            for axis, size in enumerate((height, width))
        )
        return rows, columns

    def forward(self, input: Tensor) -> Tensor:
        """Convolve: (N, C, H, W) → (N, K, 1 + ⌈(H − kernel)/stride⌉, …)."""
        rows, columns = self.overhang(*input.shape[-2:])
        if rows or columns:
            input = F.pad(input, (0, columns, 0, rows))
        return super().forward(input)


class Dropout2012(nn.Module):
    """Dropout as it was in 2012: a plain mask in training, a smaller signal at test.

    In training each unit is kept with probability 1 − p, and *not* scaled; at test all units are
    used and their outputs multiplied by 1 − p (paper §4.2; ``src/layer.cu:1126-1134``).
    ``torch.nn.Dropout`` is *inverted* dropout: it scales by 1/(1 − p) in training and does nothing
    at test. In expectation both are the same function of the weights, up to that factor.

    Parameters
    ----------
    p : float
        Probability that a unit is dropped, in [0, 1).
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """Drop or scale; the shape stays."""
        if self.training:
            return x * torch.empty_like(x).bernoulli_(1 - self.p)
        return x * (1 - self.p)

    def extra_repr(self) -> str:
        """Show p."""
        return f"p={self.p}"
