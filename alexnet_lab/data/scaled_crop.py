"""The central crop of the paper at any scale, for networks smaller or larger than the images."""

from __future__ import annotations

import torch

from .resized import crop_and_scale
from .transforms import Transform


class ScaledCentreCrop(Transform):
    """The central 224/256 of a square image, scaled to `size`: §2's crop, at any scale."""

    def __init__(self, size: int) -> None:
        self.size = size

    def apply(self, x: torch.Tensor, draws: torch.Tensor) -> torch.Tensor:
        """Crop and scale x (N, 3, H, H) to (N, 3, size, size)."""
        side = round(x.shape[-1] * 224 / 256)
        start = (x.shape[-1] - side) // 2
        boxes = torch.tensor([start, start, side, side]).expand(len(x), 4)
        return crop_and_scale(x, boxes, self.size)
