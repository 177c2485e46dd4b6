"""What the fuzz tests share: how many cases, a watchdog, what a refusal looks like, ways to break.

``make fuzz`` sets ``ALEXNET_LAB_FUZZ=full`` and prints how many cases there were of each kind; the
same tests run a few of them with the unit tests. Hypothesis draws the cases from a fixed seed and
keeps no data base: the same cases on every machine.
"""

from __future__ import annotations

import faulthandler
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from alexnet_lab.errors import UserError

FULL = os.environ.get("ALEXNET_LAB_FUZZ") == "full"
#: A case that takes longer hangs: the process ends, and Python says where it stood.
HANGS_SECONDS = 300
#: A line that no terminal should have to show.
LONGEST_LINE = 1000

#: Where a hang is told; pytest catches what goes to standard error and would lose it.
hang_log = 2
tally: dict[str, Counter[str]] = {}


def cases(quick: int, full: int) -> settings:
    """Return Hypothesis's settings for so many cases."""
    return settings(
        max_examples=full if FULL else quick,
        derandomize=True,
        database=None,
        deadline=None,
        print_blob=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )


@contextmanager
def watched() -> Iterator[None]:
    """End the process, with a traceback of every thread, when the block hangs."""
    faulthandler.dump_traceback_later(HANGS_SECONDS, exit=True, file=hang_log)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


def attempt(kind: str, work: Callable[[], Any], names: str = "") -> Any:
    """Do `work`: it succeeds, or refuses in one line that has `names` in it; return what it gave.

    Any other exception is a defect, and fails the test.
    """
    with watched():
        try:
            result = work()
        except UserError as error:
            one_line(str(error), names)
            count(kind, "refused in one line")
            return None
    count(kind, "taken")
    return result


def one_line(message: str, names: str = "") -> None:
    """Hold a refusal to the rules: one line, of a length to be read, that names what is wrong."""
    assert message.strip(), "refused without a word"
    assert "\n" not in message, message
    assert "Traceback" not in message, message
    assert len(message) <= LONGEST_LINE, f"{len(message)} characters: {message[:300]}"
    assert names in message, f"{names!r} is not named: {message}"


def count(kind: str, what: str) -> None:
    """Note a case for the figures."""
    tally.setdefault(kind, Counter())[what] += 1


def tree(folder: Path) -> dict[str, bytes | None]:
    """Return what is in a folder: each file's bytes, None for all else."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        if path.is_file() and not path.is_symlink()
        else None
        for path in sorted(folder.rglob("*"))
    }


@st.composite
def broken(draw: Any, whole: st.SearchStrategy[bytes]) -> bytes:
    """Break bytes: cut, flip bits, overwrite, take out, double, or leave them as they are."""
    data = bytearray(draw(whole))
    for _ in range(draw(st.integers(1, 3))):
        if not data:
            break
        at = draw(st.integers(0, len(data) - 1))
        length = draw(st.integers(1, 64))
        how = draw(st.sampled_from(("cut", "flip", "flip early", "fill", "drop", "double", "none")))
        if how == "cut":
            del data[at:]
        elif how == "flip":
            data[at] ^= 1 << draw(st.integers(0, 7))
        elif how == "flip early":  # headers are where the lies are
            data[at % min(len(data), 128)] ^= 1 << draw(st.integers(0, 7))
        elif how == "fill":
            data[at : at + length] = bytes([draw(st.sampled_from((0, 0x7F, 0xFF)))]) * length
        elif how == "drop":
            del data[at : at + length]
        elif how == "double":
            data[at:at] = data[at : at + length]
    return bytes(data)
