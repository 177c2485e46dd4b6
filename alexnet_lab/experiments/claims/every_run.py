"""A rule about every run: in each, the two halves of conv1 differ in colour beyond chance.

Rows 7 and 15 are judged by it. Which half has the colour is left open: "modulo a renumbering of the
GPUs" (paper, §6.1). So what is averaged over runs is the difference without its sign; with it, two
runs that part to different sides would cancel. The signed mean is told beside it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..design.claim import REPRODUCED, SMALLER, UNDECIDED, Finding, Interval
from ..design.measures import Record, Results
from ..design.sequential import LOOKS, next_look
from ..design.statistics import (
    mean_interval,
    permutation_p,
    resampled_difference,
    size_interval,
    weighted_mean,
)

SIGNIFICANT = 0.05
UNIT = "points of colour between the towers"
Sides = tuple[list[float], list[float]]


def halves(record: Record) -> tuple[Sides, Sides]:
    """Return (values, weights) of both halves of conv1: share of colour, and length."""
    colour, norm = record["results"]["colourfulness"], record["results"]["norm"]
    half = len(colour) // 2
    return (colour[:half], colour[half:]), (norm[:half], norm[half:])


def signed(record: Record) -> float:
    """Measure the first half's mean share of colour minus the second's, in points.

    Means are weighted by the kernels' norms: what has not learned has a small norm, and is
    coloured noise.
    NaN for a run that diverged: it has no kernels.
    """
    if record.get("diverged"):
        return math.nan
    values, weights = halves(record)
    first, second = (weighted_mean(v, w) for v, w in zip(values, weights, strict=True))
    return 100 * (first - second)


def split(record: Record) -> float:
    """Measure the difference between the halves in points, unsigned."""
    return abs(signed(record))


def p_value(record: Record) -> float:
    """Measure how often kernels dealt to two towers at random differ as much."""
    values, weights = halves(record)
    return permutation_p(*values, weights=weights)


def run_interval(record: Record, family: int) -> Interval:
    """Return a run's difference between its halves, in points, with a bootstrap over kernels."""
    (first, second), weights = halves(record)
    return resampled_difference(
        [100 * v for v in first], [100 * v for v in second], weights, SIGNIFICANT / family
    )


@dataclass(frozen=True)
class EveryRun:
    """In every run the towers differ beyond chance, and on average by enough.

    It speaks at the looks of `sequential`, from as many seeds as a look takes; what comes between
    two looks waits. One run whose interval lies below `least` decides, so each interval is held to
    its share of the error, over the runs and over all looks. A run that diverged is a run too, and
    has no towers to look at: with one, the rule is undecided.

    Parameters
    ----------
    arm : str
        Whose runs are judged, at every rate that has them.
    least : float
        The smallest difference of interest, in points.
    control : str
        An arm whose halves nothing tells apart; told, not judged. Empty for none.
    also : callable, optional
        From the runs to what else is told of them.
    """

    arm: str
    least: float
    control: str = ""
    also: Callable[[Sequence[Record]], str] | None = None

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms that it needs, look by look."""
        return (self.arm,)

    def judged(self, results: Results, arm: str) -> list[Record]:
        """Return the runs of the last look that is due, at each rate that has had one."""
        found: list[Record] = []
        for part in results.rates(arm).values():
            seeds = results.common(part)[: results.look(part)]
            found += [record for record in part if record["seed"] in seeds]
        return found

    def __call__(self, results: Results) -> Finding:
        """Judge the records."""
        runs = self.judged(results, self.arm)
        whole = [record for record in runs if not record.get("diverged")]
        beside = self.judged(results, self.control) if self.control else []
        beside = [record for record in beside if not record.get("diverged")]
        sizes = [*map(split, beside)]
        details: tuple[tuple[str, Interval], ...] = ()
        if beside:
            details = (("control: halves of one tower", size_interval(sizes)),)
        if len(whole) < len(runs):
            lost = ", ".join(str(r["seed"]) for r in runs if r.get("diverged"))
            note = f"a run that diverged has no towers to look at: seed {lost}"
            return Finding(UNDECIDED, None, UNIT, details, note)
        if not runs:
            return Finding(UNDECIDED, None, UNIT, details, takes=LOOKS[0])
        chances = [p_value(record) for record in runs]
        effect = size_interval([split(record) for record in runs])
        intervals = [run_interval(record, len(LOOKS) * len(runs)) for record in runs]
        small = [max(abs(x.low), abs(x.high)) < self.least for x in intervals]
        verdict = UNDECIDED
        if any(small):
            verdict = SMALLER
        elif max(chances) <= SIGNIFICANT and effect.estimate >= self.least:
            verdict = REPRODUCED
        first = sum(signed(record) > 0 for record in runs)
        note = f"p of each run: {_listed(chances)}"
        note += f"; of the control: {_listed([*map(p_value, beside)])}" if beside else ""
        note += f"; more colour in the first tower in {first} of {len(runs)} runs"
        note += f"; {sum(small)} of {len(runs)} runs exclude the least that interests us"
        note += "" if self.also is None else f"; {self.also(runs)}"
        told = (("first tower minus second, signed", mean_interval([*map(signed, runs)])), *details)
        seeds = len({record["seed"] for record in runs})
        return Finding(verdict, effect, UNIT, told, note, takes=next_look(seeds) or LOOKS[-1])


def _listed(chances: Sequence[float]) -> str:
    return ", ".join(f"{p:.2g}" for p in chances)
