"""Colour profiles: pictures come out in sRGB, as a browser shows them."""

from __future__ import annotations

import functools
import io
import warnings
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import Note

if TYPE_CHECKING:
    from PIL import Image

# What a profile calls the colours of a mode.
_SPACES = {"RGB": "RGB", "L": "GRAY", "CMYK": "CMYK"}
#: Profiles that move no colour further are taken for sRGB, of which there are many spellings:
#: what is in sRGB already stays as it is, bit for bit.
_SAME = 2


def to_srgb(image: Image.Image, profile: Any, name: str) -> Image.Image:
    """Convert a picture to sRGB by its colour profile.

    Relative colorimetric, with black point compensation, as browsers do it.

    Parameters
    ----------
    image : PIL.Image.Image
        In mode RGB, L, CMYK or LAB.
    profile : bytes or None
        An ICC profile. None, or one that is no different from sRGB, changes nothing. One that
        cannot be read or is made for other colours is ignored, with a `Note`.
    name : str
        What the note calls the picture.

    Returns
    -------
    PIL.Image.Image
        In mode RGB.
    """
    from PIL import Image

    if image.mode == "LAB":  # Lab is a space of its own; Pillow converts it by a profile only
        transform = _transform(None, "LAB")
    elif not isinstance(profile, bytes) or not profile:
        return image.convert("RGB")
    else:
        try:
            if image.mode == "L" and _space(profile) == "RGB":
                image = image.convert("RGB")
            transform = _transform(profile, image.mode)
        except Exception as error:  # whatever is in a damaged profile, the pixels are sound
            reason = " ".join(str(error).split())[:80]
            warnings.warn(
                f"{name}: its colour profile is ignored, colours are taken for sRGB ({reason})",
                Note,
                stacklevel=2,
            )
            return image.convert("RGB")
    if transform is None:
        return image.convert("RGB")
    out = Image.new("RGB", image.size)
    transform.apply(image, out)
    return out


def changes(profile: Any) -> bool:
    """Tell whether a profile changes colours: then what is decoded is not what is stored."""
    if not isinstance(profile, bytes) or not profile:
        return False
    try:
        space = _space(profile)
        mode = next((mode for mode, name in _SPACES.items() if name == space), None)
        return mode is not None and _transform(profile, mode) is not None
    except Exception:  # it is ignored
        return False


@functools.lru_cache(maxsize=32)
def _space(profile: bytes) -> str:
    from PIL import ImageCms

    return str(ImageCms.ImageCmsProfile(io.BytesIO(profile)).profile.xcolor_space).strip()


@functools.lru_cache(maxsize=32)
def _transform(profile: bytes | None, mode: str) -> Any:
    """Return the transform to sRGB; None where it would change nothing."""
    from PIL import Image, ImageCms

    source: Any
    if profile is None:
        source = ImageCms.createProfile("LAB")
    else:
        if _space(profile) != _SPACES[mode]:
            raise ValueError(f"made for {_space(profile)}, not for {mode}")
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    transform = ImageCms.buildTransform(
        source,
        ImageCms.createProfile("sRGB"),
        mode,
        "RGB",
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    if mode in ("RGB", "L"):
        steps = range(0, 256, 17 if mode == "RGB" else 1)
        colours = np.array(list(product(steps, repeat=len(mode))), dtype=np.uint8)
        given = Image.fromarray(colours[None] if mode == "RGB" else colours.T.copy())
        seen = Image.new("RGB", given.size)
        transform.apply(given, seen)
        moved = np.asarray(seen, dtype=int) - np.asarray(given.convert("RGB"), dtype=int)
        if np.abs(moved).max() <= _SAME:
            return None
    return transform
