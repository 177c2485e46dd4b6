"""The data set of ``train``, with a word on what decoding it takes."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from .. import data as rooms
from ..data.cache import in_words

_EVERY_S = 10.0  # between two lines, where there is no terminal
_WORTH_A_WORD = 50_000_000  # bytes decoded: some seconds of work


def load(name: str, size: int, limit: int | None, shows: bool) -> rooms.ImageData:
    """Load a data set, decoded to `size` pixels.

    Parameters
    ----------
    name : str
        A name or a folder.
    size : int
        Side of the stored images, in pixels.
    limit : int, optional
        So many images for training, and a quarter of that for validation.
    shows : bool
        Whether to say on standard error what is decoded, how far it is, and where it goes.
    """
    progress = Decoding(size) if shows else None
    return rooms.load_data(name, size, progress=progress, limit=limit)


class Decoding:
    """Counts on standard error while images are decoded: in one line, or in one now and then.

    Parameters
    ----------
    size : int
        Side of the stored images, in pixels.
    clock : callable
        Returns seconds.
    """

    def __init__(self, size: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.size, self.clock = size, clock
        self.begun = self.told = clock()

    def __call__(self, done: int, total: int) -> None:
        """Say that so many of all images are decoded."""
        now, in_place = self.clock(), sys.stderr.isatty()
        if total * 3 * self.size**2 < _WORTH_A_WORD:
            return
        if done == 0:
            takes = in_words(total * 3 * self.size**2)
            _say(
                f"decoding {total:,} images to {self.size} × {self.size}: {takes}, kept in"
                f" {str(rooms.cache_folder())!r} (may be deleted at any time)"
            )
            self.begun = self.told = now
        elif in_place:
            _say(f"\rdecoded {done:,} of {total:,} images", "\n" if done == total else "")
        elif done == total or now - self.told >= _EVERY_S:
            self.told = now
            left = (now - self.begun) * (total - done) / done
            rest = f", about {left:.0f} s more" if done < total else ""
            _say(f"decoded {done:,} of {total:,} images{rest}")


def _say(text: str, end: str = "\n") -> None:
    print(text, end=end, file=sys.stderr, flush=True)
