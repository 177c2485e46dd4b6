"""Crops of random size and shape, scaled to one size, for a whole batch at once."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F

from ..errors import UserError
from .transforms import Transform

_ATTEMPTS = 10  # as torchvision: then the whole image, cropped to an allowed shape


class RandomResizedCrop(Transform):
    """Cut out a random part of random shape, scale it to `size` × `size`, mirror half of them.

    The distribution is that of torchvision's ``RandomResizedCrop`` with its antialiased bilinear
    scaling; that class cuts the same part out of all images of a batch, this one a part for each.
    Not what the paper does: its crops have a fixed scale (:class:`CropAndReflect`).

    On a GPU there is no loop over images: scaling is linear and separable, so each image's rows
    and columns are multiplied by a small matrix that crops, scales and mirrors at once. On a CPU
    torch's own scaling of bytes, image by image, is faster (128 images of 256² in 40 ms of one
    core, against 610 ms by matrices), so there it is used; results agree within a grey level or
    so, by rounding.

    Parameters
    ----------
    size : int
        Side of the result, in pixels.
    scale : (float, float)
        Least and largest part of the image's area.
    ratio : (float, float)
        Least and largest width divided by height.
    reflect : bool
        Whether to mirror half of the images.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> crop = al.data.RandomResizedCrop(64)
    >>> images = torch.zeros(2, 3, 96, 96, dtype=torch.uint8)
    >>> crop(images, torch.Generator().manual_seed(0)).shape
    torch.Size([2, 3, 64, 64])
    """

    columns = 2 * _ATTEMPTS + 3  # area and shape of each attempt; place from top, left; reflection

    def __init__(
        self,
        size: int,
        scale: tuple[float, float] = (0.08, 1.0),
        ratio: tuple[float, float] = (3 / 4, 4 / 3),
        reflect: bool = True,
    ) -> None:
        if not (0 < scale[0] <= scale[1] <= 1 and 0 < ratio[0] <= ratio[1]):
            raise UserError(f"scale {scale} must rise within 0–1, and ratio {ratio} above 0")
        self.size, self.scale, self.ratio, self.reflect = size, scale, ratio, reflect

    def boxes(self, draws: torch.Tensor, height: int, width: int) -> torch.Tensor:
        """Return the part of each image: int64 (N, 4), top, left, height, width, in pixels."""
        area = self.scale[0] + (self.scale[1] - self.scale[0]) * draws[:, :_ATTEMPTS]
        low, high = math.log(self.ratio[0]), math.log(self.ratio[1])
        shape = torch.exp(low + (high - low) * draws[:, _ATTEMPTS : 2 * _ATTEMPTS])
        area = area * height * width
        wide = torch.sqrt(area * shape).round().long()  # (N, attempts)
        tall = torch.sqrt(area / shape).round().long()
        fits = (wide > 0) & (wide <= width) & (tall > 0) & (tall <= height)
        first = fits.float().argmax(1, keepdim=True)  # the first that fits
        wide, tall = wide.gather(1, first)[:, 0], tall.gather(1, first)[:, 0]
        top = (draws[:, -3] * (height - tall + 1)).long().clamp(min=0)
        left = (draws[:, -2] * (width - wide + 1)).long().clamp(min=0)
        found = torch.stack([top, left, tall, wide], dim=1)
        whole = torch.tensor(self._central_box(height, width))
        return torch.where(fits.any(1, keepdim=True), found, whole)

    def _central_box(self, height: int, width: int) -> tuple[int, int, int, int]:
        tall, wide = height, width
        if width / height < self.ratio[0]:
            tall = round(width / self.ratio[0])
        elif width / height > self.ratio[1]:
            wide = round(height * self.ratio[1])
        return (height - tall) // 2, (width - wide) // 2, tall, wide

    def apply(self, x: torch.Tensor, draws: torch.Tensor) -> torch.Tensor:
        """Crop and scale x (N, 3, H, W) to (N, 3, size, size), in the same units.

        uint8 images on the CPU stay uint8; else the result is float32.
        """
        height, width = x.shape[-2:]
        boxes = self.boxes(draws, height, width)
        mirrored = (draws[:, -1] < 0.5) & self.reflect
        return crop_and_scale(x, boxes, self.size, mirrored)


def crop_and_scale(
    x: torch.Tensor, boxes: torch.Tensor, size: int, mirrored: torch.Tensor | None = None
) -> torch.Tensor:
    """Cut `boxes` (N, 4: top, left, height, width) out of x, and scale each to `size` × `size`.

    Antialiased bilinear. uint8 images on the CPU stay uint8; else the result is float32.
    """
    if mirrored is None:
        mirrored = torch.zeros(len(x), dtype=torch.bool)
    if x.dtype == torch.uint8 and x.device.type == "cpu":
        return one_by_one(x, boxes, size, mirrored)
    return by_matrices(x, boxes, size, mirrored)


def one_by_one(
    x: torch.Tensor, boxes: torch.Tensor, size: int, mirrored: torch.Tensor
) -> torch.Tensor:
    """Crop and scale in a loop over the images.

    Antialiased bilinear, as ``torchvision.transforms.v2.functional.resized_crop``; same dtype.
    """
    out = x.new_empty(len(x), x.shape[1], size, size)
    places = zip(boxes.tolist(), mirrored.tolist(), strict=True)
    for k, ((top, left, height, width), flip) in enumerate(places):
        part = x[k : k + 1, :, top : top + height, left : left + width]
        part = F.interpolate(part, (size, size), mode="bilinear", antialias=True)
        out[k] = part[0].flip(-1) if flip else part[0]
    return out


def by_matrices(
    x: torch.Tensor, boxes: torch.Tensor, size: int, mirrored: torch.Tensor
) -> torch.Tensor:
    """Do what :func:`one_by_one` does for all images at once.

    Antialiased bilinear, as ``torchvision.transforms.v2.functional.resized_crop``; float32.
    """
    boxes = boxes.to(x.device)
    rows = _scaling(boxes[:, 0], boxes[:, 2], x.shape[-2], size)  # (N, size, H)
    columns = _scaling(boxes[:, 1], boxes[:, 3], x.shape[-1], size)  # (N, size, W)
    columns = torch.where(mirrored.to(x.device)[:, None, None], columns.flip(1), columns)
    return rows[:, None] @ (x.float() @ columns.transpose(1, 2)[:, None])


def _scaling(start: torch.Tensor, length: torch.Tensor, full: int, size: int) -> torch.Tensor:
    """Return matrices (N, size, full) that scale `length` pixels from `start` to `size` pixels.

    The antialiased triangle filter of Pillow and torch: when shrinking, as wide as the shrinking.
    """
    ratio = (length / size)[:, None, None]  # pixels of the part per pixel of the result
    centre = (torch.arange(size, device=start.device)[None, :, None] + 0.5) * ratio
    within = torch.arange(full, device=start.device)[None, None, :] - start[:, None, None]
    weight = (1 - (within + 0.5 - centre).abs() / ratio.clamp(min=1)).clamp(min=0)
    weight = weight * ((within >= 0) & (within < length[:, None, None]))
    return weight / weight.sum(2, keepdim=True)
