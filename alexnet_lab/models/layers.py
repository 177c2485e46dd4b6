"""Layers of 2012 that today's libraries spell differently."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class RoundUpConv2d(nn.Conv2d):
    """A convolution whose output size is rounded up, as the 2012 source does.

    ``out = 1 + ceil((in + 2·padding − kernel) / stride)``, so that 224 → 55 with an 11×11 kernel at
    stride 4. The last window reaches beyond the right and bottom edge, where it sees zeros.
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

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> drop = al.models.Dropout2012(0.5).eval()
    >>> drop(torch.ones(3)).tolist()
    [0.5, 0.5, 0.5]
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


class LocalConv2d(nn.Module):
    """A locally connected layer: a convolution whose kernels differ from place to place.

    Parameters
    ----------
    maps_in, maps : int
        Channels of input and output.
    side : int
        Height and width of the input, and of the output.
    kernel : int
        Side of the kernel, odd; the input is padded to keep its size.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> layer = al.models.LocalConv2d(3, 4, side=8, kernel=3)
    >>> layer(torch.zeros(2, 3, 8, 8)).shape
    torch.Size([2, 4, 8, 8])
    """

    def __init__(self, maps_in: int, maps: int, side: int, kernel: int) -> None:
        super().__init__()
        self.maps, self.side, self.kernel = maps, side, kernel
        self.weight = nn.Parameter(torch.empty(side**2, maps_in * kernel**2, maps))
        self.bias = nn.Parameter(torch.zeros(side**2, maps))

    def forward(self, x: Tensor) -> Tensor:
        """Connect: (N, C, S, S) → (N, maps, S, S)."""
        count, reach = len(x), self.kernel // 2
        # Places first: then a window is whole maps side by side. `F.unfold` and a transposition
        # of what it gives take three times as long.
        x = F.pad(x, [reach] * 4).permute(2, 3, 0, 1).contiguous()  # (S+k-1, S+k-1, N, C)
        steps = range(self.kernel)
        parts = [x[i : i + self.side, j : j + self.side] for i in steps for j in steps]
        windows = torch.cat(parts, dim=3).flatten(0, 1)  # (S², N, k·k·C)
        out = torch.bmm(windows, self.weight)  # (S², N, maps)
        out = out + self.bias[:, None].to(out.dtype)
        return out.permute(1, 2, 0).reshape(count, self.maps, self.side, self.side)
