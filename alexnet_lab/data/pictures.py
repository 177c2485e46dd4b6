"""Reading pictures, whatever holds them, as upright 8-bit RGB; or saying in one line why not.

The rules, the same for files, for arrays and for a page that reads a picture itself:

=====================================  =============================================================
a picture of                           comes out as
=====================================  =============================================================
8 bits                                 its values
1 bit, bool                            0 and 255
16 bits (uint16, PNG, TIFF, PGM)       0–65,535 becomes 0–255
16 bits, of which 12 or fewer are used refused: it would come out nearly black (largest value at
                                       most 4,095 of 65,535; after decoding to 8 bits, at most 15)
9 to 15 bits, where the file says so   0 to the largest value becomes 0–255
other whole numbers                    0–255 as they are; else as 16 bits; else refused
floats                                 0–1, if none is above 1, becomes 0–255; else 0–255 as they
                                       are; refused outside, or not finite
grey, with or without a palette        three equal channels, or the palette's colours
transparency, of whatever kind         laid over white
CMYK, YCbCr, Lab                       RGB, by the colour profile if there is one
a colour profile (ICC)                 sRGB; ignored with a word if it cannot be read. PNG's gAMA,
                                       cHRM and cICP chunks are not looked at
EXIF or XMP orientation                upright; a damaged note is not looked at
large or damaged notes                 the pixels, without the notes
an animation, several pages            the first
more than 100 million pixels           a JPEG or JPEG 2000 at a half, a quarter or an eighth; other
                                       formats are refused, and JPEG above 250 million
=====================================  =============================================================
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from ..errors import UserError
from .colour_profiles import to_srgb
from .opening import PictureError, checked, open_lazily, reason_of
from .png_notes import without_notes
from .ranges import DARKEST, nearly_black, to_bytes

if TYPE_CHECKING:
    from PIL import Image

_ORIENTATION = 0x0112


def open_image(image: Any, *, profile: bool = True) -> Image.Image:
    """Read a picture from whatever holds it, as 8-bit RGB, upright.

    The table of this module has the rules: number ranges, transparency, colour profiles, sizes.

    Parameters
    ----------
    image : Photograph, PIL image, path, file object, numpy.ndarray or torch.Tensor
        An array has shape (H, W), (H, W, 3) or (H, W, 4), a tensor (3, H, W), (1, H, W) or
        (H, W): uint8, 16 bits, or floats in 0–1 or 0–255.
    profile : bool
        Whether a colour profile is applied. Without, the values are those that are stored.

    Returns
    -------
    PIL.Image.Image
        In mode ``"RGB"``.

    Raises
    ------
    UserError
        In one line with the path: no such file, not an image, truncated, empty, too large, or of
        values that are no picture's.

    Examples
    --------
    >>> import numpy as np
    >>> from alexnet_lab.data.pictures import open_image
    >>> open_image(np.full((2, 3), 0.5)).getpixel((0, 0))
    (128, 128, 128)
    """
    from PIL import Image

    name = name_of(image)
    if isinstance(image, Image.Image):
        return to_rgb(checked(image, name), name, profile)
    if isinstance(image, str | os.PathLike):
        return read(os.fspath(image), name, profile=profile)
    if hasattr(image, "read"):
        return read(image, name, profile=profile)
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


def read(source: Any, name: str, least: int | None = None, profile: bool = True) -> Image.Image:
    """Read a picture file.

    Parameters
    ----------
    source : str, bytes or file object
        Where it is.
    name : str
        What an error message calls it.
    least : int, optional
        So many pixels of the shorter side suffice: a JPEG of four times that is read at a fraction,
        for a fraction of the work.
    profile : bool
        Whether a colour profile is applied.
    """
    try:
        with open_lazily(source, name) as opened:
            if least is not None and min(opened.size) >= 2 * least:
                opened.draft(None, (least, least))
            return to_rgb(opened, name, profile)
    except PictureError:
        plain = without_notes(source)
        if plain is None:
            raise
        content, colours = plain
        try:
            with open_lazily(content, name) as opened:
                if colours is not None:
                    opened.info["icc_profile"] = colours
                return to_rgb(opened, name, profile)
        except PictureError:
            pass  # the first error is nearer to what is wrong with the file
        raise


def to_rgb(image: Image.Image, name: str, profile: bool = True) -> Image.Image:
    """Decode an opened picture as upright 8-bit RGB; `name` is for the error message.

    What the picture carried beside its pixels is taken off: it has been seen to.
    """
    done = _decoded(image, name, profile)
    done.info = {}
    return done


def _decoded(image: Image.Image, name: str, profile: bool) -> Image.Image:
    try:
        depth = _Depth.of(image)
        image.load()
        image = _upright(image)
        colours = image.info.get("icc_profile") if profile else None
        if image.mode in ("I", "F") or image.mode.startswith("I;16"):
            return to_srgb(_from_deep(image, name, depth), colours, name)
        if image.mode == "La":
            image = image.convert("LA")
        if image.mode in ("RGBA", "LA", "PA", "RGBa") or "transparency" in image.info:
            return _over_white(image, colours, name)
        grey = image.mode in ("1", "L")
        plain = grey or image.mode in ("RGB", "CMYK", "LAB")
        image = image.convert("L") if grey else image if plain else image.convert("RGB")
        if depth.deep:
            _refuse_black(image, name)
        return to_srgb(image, colours, name)
    except UserError as error:
        raise PictureError(str(error), _short(str(error), name)) from error
    # Pillow's decoders raise OSError, SyntaxError, ValueError, struct.error, IndexError and more on
    # damaged files; whichever it is, the file cannot be read.
    except Exception as error:
        raise PictureError(f"cannot read {name}: {reason_of(error)}", reason_of(error)) from error


def _from_array(pixels: torch.Tensor | np.ndarray) -> Image.Image:
    from PIL import Image

    if isinstance(pixels, torch.Tensor):
        if pixels.ndim == 4 and len(pixels) == 1:
            pixels = pixels[0]
        if pixels.ndim == 3 and pixels.shape[0] in (1, 3, 4):
            pixels = pixels.permute(1, 2, 0)
        elif pixels.ndim != 2:
            raise UserError(f"a picture as a tensor is (3, H, W), not {tuple(pixels.shape)}")
        pixels = pixels.detach().cpu()
        if pixels.is_floating_point():
            pixels = pixels.double()  # numpy has no bfloat16
        array = pixels.numpy()
    else:
        array = pixels
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))):
        raise UserError(f"a picture as an array is (H, W, 3) or (H, W), not {array.shape}")
    if array.size == 0:
        raise UserError(f"the array has no pixels (shape {array.shape})")
    array = to_bytes(array, "the array")
    return checked(Image.fromarray(np.ascontiguousarray(array)), "the array")


class _Depth:
    """What a file says of its bits, before it is decoded.

    Attributes
    ----------
    deep : bool
        Whether three channels of 16 bits are about to become 8.
    full : int or None
        The largest value that grey pixels can have, if that is not what their type tells.
    inverted : bool
        Whether 0 is white.
    """

    def __init__(self, deep: bool = False, full: int | None = None, inverted: bool = False) -> None:
        self.deep, self.full, self.inverted = deep, full, inverted

    @classmethod
    def of(cls, image: Image.Image) -> _Depth:
        """Look at a picture that was opened and not yet decoded."""
        tiles = getattr(image, "tile", None) or []
        deep = any(";16" in str(tile[3]) for tile in tiles if len(tile) > 3)
        tags = getattr(image, "tag_v2", None)
        if tags is None:
            return cls(deep)
        bits, largest = tags.get(258), tags.get(281)
        bits = bits[0] if isinstance(bits, tuple) and bits else bits
        largest = largest[0] if isinstance(largest, tuple) and largest else largest
        full = None
        if isinstance(bits, int) and 8 < bits < 16:
            full = 2**bits - 1
        elif bits == 16 and isinstance(largest, int) and 255 < largest < 65535:
            full = largest
        return cls(deep, full, tags.get(262) == 0)


def _from_deep(image: Image.Image, name: str, depth: _Depth) -> Image.Image:
    # Pillow's own conversion of 16-bit and 32-bit grey to 8 bits clips at 255 instead of scaling.
    from PIL import Image

    values = np.asarray(image)
    if image.mode.startswith("I;16"):
        values = values.astype(np.uint16)  # from either order of bytes
    if depth.inverted and image.mode.startswith("I;16"):
        values = (depth.full or 65535) - values
    return Image.fromarray(to_bytes(values, name, depth.full))


def _refuse_black(image: Image.Image, name: str) -> None:
    extrema: Any = image.getextrema()
    high = max(most for _, most in (extrema if isinstance(extrema[0], tuple) else [extrema]))
    if 0 < high <= DARKEST // 256:
        raise UserError(nearly_black(name, high, 255))


def _upright(image: Image.Image) -> Image.Image:
    """Turn a picture as its EXIF or XMP note says, if it can be read."""
    from PIL import Image

    turns = Image.Transpose
    try:
        turn = {
            2: turns.FLIP_LEFT_RIGHT,
            3: turns.ROTATE_180,
            4: turns.FLIP_TOP_BOTTOM,
            5: turns.TRANSPOSE,
            6: turns.ROTATE_270,
            7: turns.TRANSVERSE,
            8: turns.ROTATE_90,
        }.get(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # of a damaged note anything may come; the pixels are sound
        return image
    return image if turn is None else image.transpose(turn)


def _over_white(image: Image.Image, colours: Any, name: str) -> Image.Image:
    from PIL import Image

    whole = image.convert("RGBA")
    base = image.convert("L") if image.mode in ("LA", "L", "1") else whole.convert("RGB")
    painted = to_srgb(base, colours, name).convert("RGBA")
    painted.putalpha(whole.getchannel("A"))
    white = Image.new("RGBA", image.size, (255, 255, 255, 255))
    return Image.alpha_composite(white, painted).convert("RGB")


def _short(message: str, name: str) -> str:
    return message.removeprefix(name).strip().partition(";")[0]
