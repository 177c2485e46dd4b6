"""Opening picture files without decoding them; what is no picture, or too large, in one line."""

from __future__ import annotations

import os
import stat
import threading
import warnings
from typing import TYPE_CHECKING, Any

from ..errors import UserError
from .formats import formats, looks_like

if TYPE_CHECKING:
    from PIL import Image

#: Larger pictures are refused, or read at a fraction: decoded, this takes 300 MB, and a file of a
#: few KB can claim more.
MAX_PIXELS = 100_000_000
#: A JPEG can be read at a half, a quarter or an eighth. The phones with most pixels have 200
#: million; a progressive JPEG of this size takes 1.5 GB, whatever the fraction.
MAX_JPEG_PIXELS = 250_000_000

_opening = threading.Lock()


class PictureError(UserError):
    """A picture that cannot be read; `reason` says why in a few words, without its name."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


def open_lazily(source: Any, name: str) -> Image.Image:
    """Open a picture without decoding it; `name` is for the error message."""
    from PIL import Image, JpegImagePlugin, UnidentifiedImageError

    try:
        if isinstance(source, str | bytes):
            _ordinary(source, name)
        # Pillow warns of large pictures; here they get an error. The warning filters are global,
        # hence the lock; only the header is read under it.
        with _opening, warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            try:
                opened = Image.open(source, formats=formats())
            except Image.DecompressionBombError:
                if _start(source)[:2] != b"\xff\xd8":
                    raise
                opened = JpegImagePlugin.JpegImageFile(source)
    except UnidentifiedImageError as error:
        what = looks_like(_start(source))
        said = f"{name} is {what}" if what else f"{name} is not an image that Pillow can read"
        raise PictureError(said, what or "no image") from error
    except Image.DecompressionBombError as error:
        raise _too_large(name) from error
    except UserError:
        raise
    except OSError as error:
        raise PictureError(f"cannot read {name}: {reason_of(error)}", reason_of(error)) from error
    except Exception as error:  # damaged headers, as in to_rgb
        raise PictureError(
            f"{name} is not an image that Pillow can read: {reason_of(error)}", reason_of(error)
        ) from error
    try:
        return checked(opened, name)
    except UserError:
        opened.close()  # nobody else will
        raise


def _start(source: Any) -> bytes:
    """Return the first bytes of a file; of a file object, which is then at its beginning."""
    try:
        if isinstance(source, str | bytes):
            with open(source, "rb") as file:
                return file.read(64)
        source.seek(0)
        start = bytes(source.read(64))
        source.seek(0)
        return start
    except (OSError, ValueError, AttributeError, TypeError):
        return b""


def _ordinary(path: str | bytes, name: str) -> None:
    """Refuse what could keep a reader waiting for ever: a pipe, a terminal, a device."""
    mode = os.stat(path).st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):  # opening tells about folders
        raise PictureError(
            f"{name} is not an ordinary file; copy the picture into one", "no ordinary file"
        )


def checked(image: Image.Image, name: str) -> Image.Image:
    """Refuse a picture without pixels or with too many; read a JPEG of too many at a fraction."""
    width, height = image.size
    pixels = width * height
    if pixels == 0:
        raise PictureError(f"{name} has no pixels ({width} × {height})", "no pixels")
    if pixels <= MAX_PIXELS:
        return image
    fraction = next((k for k in (2, 4, 8) if pixels // k**2 <= MAX_PIXELS), 8)
    if image.format in ("JPEG", "MPO") and pixels <= MAX_JPEG_PIXELS:
        image.draft(None, (width // fraction, height // fraction))
    elif image.format == "JPEG2000" and pixels <= MAX_JPEG_PIXELS:
        image.reduce = fraction.bit_length() - 1  # type: ignore[method-assign,assignment]
        return image
    if image.width * image.height > MAX_PIXELS:
        raise _too_large(name, image.size, image.format in ("JPEG", "MPO"))
    return image


def _too_large(name: str, size: tuple[int, int] | None = None, jpeg: bool = False) -> PictureError:
    most = (MAX_JPEG_PIXELS if jpeg else MAX_PIXELS) // 1_000_000
    has = f"has {size[0]} × {size[1]} pixels, more than" if size else "is larger than"
    more = f"{has} {most} million{'' if size else ' pixels'}"
    return PictureError(f"{name} {more}; reduce it first", more)


def reason_of(error: Exception) -> str:
    """Return what an error says, in one line."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    text = str(error).splitlines()
    return text[0] if text and text[0] else type(error).__name__
