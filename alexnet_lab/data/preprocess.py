"""From a photograph to what the network of 2012 saw: paper §2.

The shorter side is scaled to 256, the central 256 × 256 patch is cut out, and a mean is subtracted;
values stay in 0–255, and there is no division by a standard deviation. What enters the network is a
224 × 224 crop of that patch (§4.1), here the central one.
"""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import torch

from ..errors import UserError

if TYPE_CHECKING:
    from PIL import Image

#: Mean colour of ImageNet's training photographs, red, green, blue, in 0–255.
#:
#: The network of 2012 subtracts a mean *image*, one value per pixel and channel (§2), which was not
#: published with the paper. This is the per-channel mean that was published with the VGG nets
#: (Simonyan and Zisserman 2014, computed on the training set of the ImageNet challenge) and is in
#: common use since; Caffe's reference model uses nearly the same, (122.7, 116.7, 104.0).
IMAGENET_MEAN_RGB = (123.68, 116.779, 103.939)

#: Larger pictures are refused: decoded, this takes 300 MB, and a file of a few KB can claim more.
MAX_PIXELS = 100_000_000

_opening = threading.Lock()


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
        An array is uint8 (or uint16) of shape (H, W), (H, W, 3) or (H, W, 4), a tensor uint8 of
        shape (3, H, W) or (1, H, W).
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
    >>> preprocess(np.zeros((300, 400, 3), dtype=np.uint8), mean=0.0).shape
    torch.Size([3, 224, 224])
    """
    if not 0 < size <= resize:
        raise UserError(f"size {size} must be between 1 and resize ({resize})")
    picture = open_image(image)
    picture = centre_crop(resize_shorter_side(picture, resize), resize)
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
            f"a picture of {width} × {height} pixels is too narrow to be scaled to {side}: crop it"
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


def open_image(image: Any) -> Image.Image:
    """Read a picture from whatever holds it, as 8-bit RGB, upright.

    Photographs are turned as their EXIF note says; transparency is laid over white; grey, palette,
    CMYK and 16-bit pictures are converted; of an animation the first frame is taken.

    Parameters
    ----------
    image : Photograph, PIL image, path, file object, numpy.ndarray or torch.Tensor
        See :func:`preprocess`.

    Returns
    -------
    PIL.Image.Image
        In mode ``"RGB"``.

    Raises
    ------
    UserError
        In one line with the path: no such file, not an image, truncated, empty, or larger than
        `MAX_PIXELS`.
    """
    from PIL import Image

    if isinstance(image, Image.Image):
        return to_rgb(_checked(image, "the picture"), "the picture")
    if isinstance(image, str | os.PathLike):
        with open_lazily(os.fspath(image), repr(os.fspath(image))) as opened:
            return to_rgb(opened, repr(os.fspath(image)))
    if hasattr(image, "read"):
        name = repr(getattr(image, "name", "the given file"))
        with open_lazily(image, name) as opened:
            return to_rgb(opened, name)
    pixels = getattr(image, "pixels", image)
    if isinstance(pixels, torch.Tensor | np.ndarray):
        return to_rgb(_from_array(pixels), "the array")
    raise UserError(
        f"cannot make a picture of a {type(image).__name__}; give a path, a PIL image, a "
        "Photograph, an array (H, W, 3) or a tensor (3, H, W)"
    )


def to_rgb(image: Image.Image, name: str) -> Image.Image:
    """Decode an opened picture as upright 8-bit RGB; `name` is for the error message."""
    from PIL import ImageOps

    try:
        image = ImageOps.exif_transpose(image)
        if image.mode == "RGB" and "transparency" not in image.info:
            image.load()
            return image
        if image.mode in ("I", "F") or image.mode.startswith("I;16"):
            return _from_deep(image, name).convert("RGB")
        if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
            return _over_white(image.convert("RGBA"))
        return image.convert("RGB")
    except UserError:
        raise
    # Pillow's decoders raise OSError, SyntaxError, ValueError, struct.error, IndexError and more on
    # damaged files; whichever it is, the file cannot be read.
    except Exception as error:
        raise UserError(f"cannot read {name}: {_reason(error)}") from error


def open_lazily(source: str | bytes | BinaryIO, name: str) -> Image.Image:
    """Open a picture without decoding it; `name` is for the error message."""
    from PIL import Image, UnidentifiedImageError

    try:
        # Pillow warns of large pictures; here they get an error. The warning filters are global,
        # hence the lock; only the header is read under it.
        with _opening, warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            opened = Image.open(source)
    except UnidentifiedImageError as error:
        raise UserError(f"{name} is not an image that Pillow can read") from error
    except Image.DecompressionBombError as error:
        raise UserError(
            f"{name} is larger than {MAX_PIXELS // 1_000_000} million pixels; reduce it first"
        ) from error
    except OSError as error:
        raise UserError(f"cannot read {name}: {_reason(error)}") from error
    except Exception as error:  # damaged headers, as in to_rgb
        raise UserError(f"{name} is not an image that Pillow can read: {_reason(error)}") from error
    return _checked(opened, name)


def _checked(image: Image.Image, name: str) -> Image.Image:
    width, height = image.size
    if width * height == 0:
        raise UserError(f"{name} has no pixels ({width} × {height})")
    if width * height > MAX_PIXELS:
        raise UserError(
            f"{name} has {width} × {height} pixels, more than {MAX_PIXELS // 1_000_000} million; "
            "reduce it first"
        )
    return image


def _from_array(pixels: torch.Tensor | np.ndarray) -> Image.Image:
    from PIL import Image

    if isinstance(pixels, torch.Tensor):
        if pixels.ndim == 4 and len(pixels) == 1:
            pixels = pixels[0]
        if pixels.ndim == 3 and pixels.shape[0] in (1, 3, 4):
            pixels = pixels.permute(1, 2, 0)
        elif pixels.ndim != 2:
            raise UserError(f"a picture as a tensor is (3, H, W), not {tuple(pixels.shape)}")
        array = pixels.detach().cpu().numpy()
    else:
        array = pixels
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))):
        raise UserError(f"a picture as an array is (H, W, 3) or (H, W), not {array.shape}")
    if array.dtype == np.uint16:
        array = _to_bytes(array)
    if array.dtype != np.uint8:
        raise UserError(
            f"a picture's values are uint8 in 0–255, not {array.dtype}: "
            "convert them first, for floats in 0–1 by (255 * x).round() and uint8"
        )
    if array.size == 0:
        raise UserError(f"the array has no pixels (shape {array.shape})")
    return _checked(Image.fromarray(np.ascontiguousarray(array)), "the array")


def _from_deep(image: Image.Image, name: str) -> Image.Image:
    # Pillow's own conversion of 16-bit and 32-bit grey to 8 bits clips at 255 instead of scaling.
    from PIL import Image

    values = np.asarray(image)
    if image.mode == "F":
        if values.min() < 0 or values.max() > 255:
            raise UserError(f"{name} holds floating-point values outside 0–255: convert it first")
        return Image.fromarray(values.round().astype(np.uint8))
    if image.mode == "I" and values.max() <= 255 and values.min() >= 0:
        return Image.fromarray(values.astype(np.uint8))
    if values.min() < 0 or values.max() > 65535:
        raise UserError(f"{name} holds values outside 0–65535: convert it to 8 bits first")
    return Image.fromarray(_to_bytes(values))


def _to_bytes(values: np.ndarray) -> np.ndarray:
    return ((values.astype(np.uint32) + 128) // 257).astype(np.uint8)


def _over_white(image: Image.Image) -> Image.Image:
    from PIL import Image

    white = Image.new("RGBA", image.size, (255, 255, 255, 255))
    return Image.alpha_composite(white, image).convert("RGB")


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


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    text = str(error).splitlines()
    return text[0] if text and text[0] else type(error).__name__
