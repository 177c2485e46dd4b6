"""The races that are shipped behind the presets: trained by PyTorch, seed by seed, resumable."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from ..files import atomic_write
from .presets import PRESETS, preset, recorded
from .records import RECORDS, Record, race

SEEDS = range(10)


def record_presets(
    names: Sequence[str] = (),
    *,
    seeds: Sequence[int] = SEEDS,
    minutes: float = math.inf,
    folder: Path = RECORDS,
    say: Callable[[str], object] = print,
) -> None:
    """Race the seeds that the records of presets lack, and write each record after each race.

    Parameters
    ----------
    names : sequence of str
        Of presets; all without.
    seeds : sequence of int
        Those that a record is to hold. A record of other switches begins anew.
    minutes : float
        No race begins after so many.
    folder : Path
        Where the records are.
    say : callable
        Is told a line a race.

    Raises
    ------
    UserError
        When a preset is unknown.
    """
    end = time.monotonic() + 60 * minutes
    for name, wanted in [(name, preset(name)) for name in names or PRESETS]:
        found = recorded(name, folder) or Record(wanted.plan, wanted.a, wanted.b)
        for seed in seeds:
            if seed in found.runs:
                continue
            if time.monotonic() > end:
                return
            runs = found.runs | race(wanted.plan, wanted.a, wanted.b, [seed]).runs
            found = replace(found, runs=dict(sorted(runs.items())))
            with atomic_write(folder / f"{name}.json") as scratch:
                scratch.write_text(found.as_json(), encoding="utf-8")
            a, b = (curve.measure(wanted.measure) for curve in found.runs[seed])
            say(f"{name}, seed {seed}: {wanted.measure} {a:g} against {b:g}")
