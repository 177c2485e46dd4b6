"""Reading pictures, whatever holds them, as upright 8-bit RGB; or saying in one line why not."""

from __future__ import annotations

import contextlib
import functools
import importlib
import os
import stat
import threading
import warnings
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import torch

from ..errors import UserError

if TYPE_CHECKING:
    from PIL import Image

#: Larger pictures are refused: decoded, this takes 300 MB, and a file of a few KB can claim more.
MAX_PIXELS = 100_000_000

#: What is opened, with Pillow's module for what it does not load by itself. Pillow knows forty
#: formats; one of them, EPS, is a program, which it gives to Ghostscript to run.
FORMATS = {
    "JPEG": "",
    "PNG": "",
    "GIF": "",
    "BMP": "",
    "PPM": "",
    "TIFF": "TiffImagePlugin",
    "WEBP": "WebPImagePlugin",
    "AVIF": "AvifImagePlugin",
    "JPEG2000": "Jpeg2KImagePlugin",
    "ICO": "IcoImagePlugin",
    "TGA": "TgaImagePlugin",
}

_opening = threading.Lock()


def open_image(image: Any) -> Image.Image:
    """Read a picture from whatever holds it, as 8-bit RGB, upright.

    Photographs are turned as their EXIF note says; transparency is laid over white; grey, palette,
    CMYK and 16-bit pictures are converted; of an animation the first frame is taken.

    Parameters
    ----------
    image : Photograph, PIL image, path, file object, numpy.ndarray or torch.Tensor
        An array is uint8 (or uint16) of shape (H, W), (H, W, 3) or (H, W, 4), a tensor uint8 of
        shape (3, H, W) or (1, H, W).

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

    name = name_of(image)
    if isinstance(image, Image.Image):
        return to_rgb(_checked(image, name), name)
    if isinstance(image, str | os.PathLike):
        with open_lazily(os.fspath(image), name) as opened:
            return to_rgb(opened, name)
    if hasattr(image, "read"):
        with open_lazily(image, name) as opened:
            return to_rgb(opened, name)
    pixels = getattr(image, "pixels", image)
    if isinstance(pixels, torch.Tensor | np.ndarray):
        return to_rgb(_from_array(pixels), name)
    raise UserError(
        f"cannot make a picture of a {type(image).__name__}; give a path, a PIL image, a "
        "Photograph, an array (H, W, 3) or a tensor (3, H, W)"
    )


def name_of(image: Any) -> str:
    """Return what an error message calls anything that :func:`open_image` takes."""
    if isinstance(image, str | os.PathLike):
        return repr(os.fspath(image))
    if hasattr(image, "read"):
        return repr(getattr(image, "name", "the given file"))
    array = isinstance(getattr(image, "pixels", image), torch.Tensor | np.ndarray)
    return "the array" if array else "the picture"


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
        if isinstance(source, str | bytes):
            _ordinary(source, name)
        # Pillow warns of large pictures; here they get an error. The warning filters are global,
        # hence the lock; only the header is read under it.
        with _opening, warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            opened = Image.open(source, formats=_formats())
    except UnidentifiedImageError as error:
        raise UserError(f"{name} is not an image that Pillow can read") from error
    except Image.DecompressionBombError as error:
        raise UserError(
            f"{name} is larger than {MAX_PIXELS // 1_000_000} million pixels; reduce it first"
        ) from error
    except UserError:
        raise
    except OSError as error:
        raise UserError(f"cannot read {name}: {_reason(error)}") from error
    except Exception as error:  # damaged headers, as in to_rgb
        raise UserError(f"{name} is not an image that Pillow can read: {_reason(error)}") from error
    try:
        return _checked(opened, name)
    except UserError:
        opened.close()  # nobody else will
        raise


@functools.cache
def _formats() -> list[str]:
    from PIL import Image

    Image.preinit()
    for module in filter(None, FORMATS.values()):
        with contextlib.suppress(ImportError):  # an older Pillow
            importlib.import_module(f"PIL.{module}")
    return [name for name in FORMATS if name in Image.OPEN]


def _ordinary(path: str | bytes, name: str) -> None:
    """Refuse what could keep a reader waiting for ever: a pipe, a terminal, a device."""
    mode = os.stat(path).st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):  # opening tells about folders
        raise UserError(f"{name} is no ordinary file; copy the picture into one")


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


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    text = str(error).splitlines()
    return text[0] if text and text[0] else type(error).__name__
