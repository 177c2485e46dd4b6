"""A PNG without its notes: what Pillow refuses for its size need not keep the pixels from us.

Pillow takes no text, and no colour profile, of more than a megabyte, and refuses the picture with
it; a program that has written its settings into the file is enough. Damage in a note is no damage
to the pixels either.
"""

from __future__ import annotations

import io
import os
import struct
import zlib
from typing import Any

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# What the pixels need, and what says how they are meant.
_KEPT = frozenset((b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"eXIf", b"acTL", b"fcTL"))
_NEEDED = frozenset((b"IHDR", b"PLTE", b"IDAT", b"IEND"))
_MOST_PROFILE = 16_000_000  # bytes; profiles of a few megabytes are printers' tables
_MOST_FILE = 2_000_000_000


def without_notes(source: Any) -> tuple[io.BytesIO, bytes | None] | None:
    """Read a PNG, leave its notes out, and return it with its colour profile.

    Parameters
    ----------
    source : path or file object
        A file object is read from its beginning.

    Returns
    -------
    (io.BytesIO, bytes or None) or None
        None for what is no PNG, or cannot be read.
    """
    try:
        if isinstance(source, str | bytes | os.PathLike):
            if not os.path.isfile(source):  # a pipe would be waited for
                return None
            with open(source, "rb") as file:
                content = _read(file)
        else:
            source.seek(0)
            content = _read(source)
    except (OSError, ValueError, AttributeError):
        return None
    if content is None:
        return None
    kept, profile, at = [_SIGNATURE], None, len(_SIGNATURE)
    while at + 12 <= len(content):
        (length,) = struct.unpack_from(">I", content, at)
        kind, end = content[at + 4 : at + 8], at + 12 + length
        body = content[at + 8 : end - 4]
        sound = content[end - 4 : end] == struct.pack(">I", zlib.crc32(kind + body))
        if kind in _NEEDED or (kind in _KEPT and sound):
            kept.append(content[at:end])
        elif kind == b"iCCP" and sound:
            profile = _profile(body)
        at = end
        if kind == b"IEND":
            break
    return io.BytesIO(b"".join(kept)), profile


def _read(file: Any) -> bytes | None:
    start = file.read(len(_SIGNATURE))
    if start != _SIGNATURE:
        return None
    rest = file.read(_MOST_FILE)
    return start + rest if len(rest) < _MOST_FILE else None


def _profile(body: bytes) -> bytes | None:
    """Return the profile in the body of an iCCP chunk: name, 0, method, compressed profile."""
    _, _, packed = body.partition(b"\0")
    try:
        return zlib.decompressobj().decompress(packed[1:], _MOST_PROFILE) or None
    except zlib.error:
        return None
