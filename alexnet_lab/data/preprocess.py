"""From a photograph to what the network of 2012 saw: paper §2.

The shorter side is scaled to 256, the central 256 × 256 patch is cut out, and a mean is subtracted;
values stay in 0–255, and there is no division by a standard deviation. What enters the network is a
224 × 224 crop of that patch (§4.1), here the central one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from ..errors import UserError
from .opening import MAX_PIXELS
from .pictures import name_of, open_image

if TYPE_CHECKING:
    from PIL import Image

#: Mean colour of ImageNet's training photographs, red, green, blue, in 0–255.
#:
#: The network of 2012 subtracts a mean *image*, one value per pixel and channel (§2), which was not
#: published with the paper. This is the per-channel mean that was published with the VGG nets
#: (Simonyan and Zisserman 2014, computed on the training set of the ImageNet challenge) and is in
#: common use since; Caffe's reference model uses nearly the same, (122.7, 116.7, 104.0).
IMAGENET_MEAN_RGB = (123.68, 116.779, 103.939)


def preprocess(
    image: Any,
    size: int = 224,
    resize: int = 256,
    mean: float | Sequence[float] | torch.Tensor | np.ndarray | None = IMAGENET_MEAN_RGB,
) -> torch.Tensor:
    """Make a picture into the network's input, as §2 of the paper has it.

    Shorter side to `resize` (:func:`resize_shorter_side`), central `resize` × `resize`, of that the
    central `size` × `size`, minus `mean`. No division by a standard deviation.

    Parameters
    ----------
    image : Photograph, PIL image, path, file object, numpy.ndarray or torch.Tensor
        Anything that :func:`open_image` takes.
    size : int
        Side of the crop that the network sees, in pixels.
    resize : int
        Length of the shorter side before cropping, in pixels; at least `size`.
    mean : number, sequence of three, tensor or None
        What is subtracted, in 0–255: one value per channel in RGB order, or a mean image of shape
        (3, `resize`, `resize`), of which the same central crop is taken, as the network of 2012
        did, or of shape (3, `size`, `size`). None subtracts nothing.

    Returns
    -------
    torch.Tensor
        float32, shape (3, `size`, `size`), RGB, 0–255 minus mean.

    Raises
    ------
    UserError
        When the picture cannot be read, or the sizes or the mean do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> import alexnet_lab as al
    >>> al.preprocess(np.zeros((300, 400, 3), dtype=np.uint8), mean=0.0).shape
    torch.Size([3, 224, 224])
    """
    if not 0 < size <= resize:
        raise UserError(f"size {size} must be between 1 and resize ({resize})")
    picture = centre_crop(resize_shorter_side(image, resize), resize)
    pixels = torch.from_numpy(np.array(centre_crop(picture, size)))  # (size, size, 3)
    x = pixels.permute(2, 0, 1).to(torch.float32).contiguous()  # (3, size, size)
    return x if mean is None else x - _mean_for(mean, size, resize)


def resize_shorter_side(image: Any, side: int = 256) -> Image.Image:
    """Scale a picture so that its shorter side has `side` pixels; the shape is kept.

    Bilinear interpolation with antialiasing, as Pillow and torchvision do it (the paper does not
    say how it resized). The longer side is rounded down.

    Parameters
    ----------
    image
        Anything that :func:`open_image` takes.
    side : int
        Pixels of the shorter side.

    Returns
    -------
    PIL.Image.Image
        In mode ``"RGB"``.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> min(al.data.resize_shorter_side(al.photograph("cat"), 256).size)
    256
    """
    from PIL import Image

    picture = open_image(image)
    if side < 1:
        raise UserError(f"cannot scale a picture to {side} pixels; give at least 1")
    width, height = picture.size
    short, long = sorted((width, height))
    longer = int(side * long / short)
    if side * longer > MAX_PIXELS:
        raise UserError(
            f"{name_of(image)}, {width} × {height} pixels, is too narrow to be scaled to {side}:"
            " crop it"
        )
    target = (side, longer) if width <= height else (longer, side)
    return picture if target == picture.size else picture.resize(target, Image.Resampling.BILINEAR)


def centre_crop(image: Any, size: int | tuple[int, int]) -> Image.Image:
    """Cut the central patch out of a picture.

    Parameters
    ----------
    image
        Anything that :func:`open_image` takes.
    size : int or (int, int)
        Side of the square, or height and width, in pixels; at most the picture's.

    Returns
    -------
    PIL.Image.Image
        In mode ``"RGB"``.

    Raises
    ------
    UserError
        When the picture is smaller than `size`.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> al.data.centre_crop(al.photograph("cat"), 224).size
    (224, 224)
    """
    picture = open_image(image)
    height, width = (size, size) if isinstance(size, int) else size
    left, top = centre_offset(picture.width, width), centre_offset(picture.height, height)
    if min(left, top) < 0 or min(height, width) < 1:
        raise UserError(
            f"cannot crop {width} × {height} from a picture of {picture.width} × {picture.height} "
            "pixels; resize it first"
        )
    if (width, height) == picture.size:
        return picture
    return picture.crop((left, top, left + width, top + height))


def centre_offset(outer: int, inner: int) -> int:
    """Return where a central stretch of `inner` begins in `outer`, rounded as torchvision does."""
    return round((outer - inner) / 2)


def _mean_for(mean: Any, size: int, resize: int) -> torch.Tensor:
    tensor = torch.as_tensor(mean, dtype=torch.float32)
    if tensor.ndim == 0:
        return tensor
    if tensor.ndim == 1 and len(tensor) == 3:
        return tensor.view(3, 1, 1)
    if tuple(tensor.shape) in ((3, 1, 1), (3, size, size)):
        return tensor
    if tuple(tensor.shape) == (3, resize, resize):
        start = centre_offset(resize, size)
        return tensor[:, start : start + size, start : start + size]
    raise UserError(
        f"a mean of shape {tuple(tensor.shape)} fits neither three channels, (3, {resize}, "
        f"{resize}) nor (3, {size}, {size})"
    )
