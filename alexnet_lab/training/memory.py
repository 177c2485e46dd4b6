"""Keep the memory of one training step for the next."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# Parameters of mallopt(3), from glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_LARGEST_INT = 2**31 - 1
# Where glibc's own adaptation of the two ends up after a few large tensors.
_USUAL_MMAP, _USUAL_TRIM = 32 * 2**20, 64 * 2**20


@contextmanager
def freed_memory_kept() -> Iterator[bool]:
    """Let the C library keep freed memory instead of handing it back to the system, in this block.

    A training step asks for gigabytes in large pieces and frees them all, step after step. glibc
    takes each large piece fresh from the system and gives it back at once, and the system clears
    each page when it is first touched: about a fifth of a CPU step of AlexNet. Inside this block
    freed pieces stay with the process and are used again; at its end they are given back. The
    process then stays as large as its largest step, no larger.

    Yields
    ------
    bool
        Whether it applies: on Linux with glibc. Elsewhere nothing happens.
    """
    libc = _glibc()
    if libc is None:
        yield False
        return
    kept = bool(libc.mallopt(_MMAP_THRESHOLD, _LARGEST_INT)) and bool(
        libc.mallopt(_TRIM_THRESHOLD, -1)
    )
    try:
        yield kept
    finally:
        libc.mallopt(_MMAP_THRESHOLD, _USUAL_MMAP)
        libc.mallopt(_TRIM_THRESHOLD, _USUAL_TRIM)
        libc.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    return libc if hasattr(libc, "mallopt") and hasattr(libc, "malloc_trim") else None
