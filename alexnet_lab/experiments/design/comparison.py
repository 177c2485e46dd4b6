"""Two arms compared: seed by seed, under every rule of choosing the learning rate.

Each arm is measured at every rate of its grid, with the same seeds. What an effect is then depends
on the rate that each arm is given, so it is computed under every rule that one could have chosen
it by: each arm at its own best rate (by the error of the last epoch; by the best epoch's), and
both arms at each rate that they share. A verdict that changes with the rule is no verdict:
`UNDECIDED`.

A rate that is chosen by the runs that are then judged flatters its arm. So for each seed the rate
is the one that the *other* seeds choose.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any

from .claim import CONTRADICTED, REPRODUCED, SMALLER, UNDECIDED, Finding, Interval, RateVerdict
from .measures import Record, Results, chance, least, time_cost
from .measures import final as last
from .sequential import LOOKS, next_look, reach, repeated_interval, seeds_for, spread_of
from .statistics import Time

Rates = Mapping[float, Sequence[Record]]


@dataclass(frozen=True)
class Comparison:
    """A rule: `worse` has more of `measure` than `better`, by at least half of what is claimed.

    Parameters
    ----------
    worse, better : str
        Two arms; `better` is empty where two measures of the same runs are compared.
    measure : callable
        Of a record: a fraction, of which 100 times are points; or a `Time`, for a ratio. NaN where
        a run has nothing to measure, because it diverged: the comparison is then undecided.
    smallest : float
        The smallest effect of interest: half of the paper's where it has a number; above 1 for a
        ratio.
    unit : str
        Of the effect: "points of test error", "times as many iterations".
    paper : float or None
        The paper's own effect, drawn in every plot of the interval.
    ratio : bool
        Whether the effect is a ratio of times.
    largest : float
        An effect beyond this is no longer what is claimed ("roughly doubles").
    column : str
        The column of the epochs that a best rate has least of.
    against : callable, optional
        A second measure of the same run, subtracted from the first.
    family : int
        How many comparisons are judged together (Bonferroni).
    more : tuple of (str, Comparison)
        Further effects to be shown beside it, which judge nothing.
    rates : {"all", "best", "shared"}
        By which rules the rate is chosen: "best" where the claim itself says that each arm has its
        own, "shared" for controls, which have one rate.
    """

    worse: str
    better: str
    measure: Callable[[Record], Any]
    smallest: float
    unit: str = "points of test error"
    paper: float | None = None
    ratio: bool = False
    largest: float = math.inf
    column: str = "val_error"
    against: Callable[[Record], Any] | None = None
    family: int = 1
    rates: str = "all"
    more: tuple[tuple[str, Comparison], ...] = ()

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms that it needs."""
        return (self.worse, self.better) if self.better else (self.worse,)

    def __call__(self, results: Results) -> Finding:
        """Judge the records."""
        found = self.by_rate(results)
        if not found:
            found = [RateVerdict("both at one rate", UNDECIDED, note="they share no rate")]
        if all(one.effect is None for one in found):
            found += self._at_the_pilots(results)
        words = {one.verdict for one in found}
        verdict = words.pop() if len(words) == 1 else UNDECIDED
        shown = next((one for one in found if one.effect is not None), None)
        note = ""
        if verdict == UNDECIDED and len({one.verdict for one in found}) > 1:
            note = "the verdict depends on the rule of choosing the rate"
        if found[0].effect is None and shown is not None:
            note = f"{shown.rule}: not every rate of the grid is measured yet"
        return Finding(
            verdict,
            shown.effect if shown else None,
            self.unit,
            tuple((t, x) for t, c in self.more if (x := c(results).effect) is not None),
            note,
            by_rate=tuple(found),
            takes=self._takes(found) if verdict == UNDECIDED else None,
        )

    def by_rate(self, results: Results) -> list[RateVerdict]:
        """Return the verdict under each rule of choosing the rate."""
        grids = [results.rates(arm) for arm in self.arms]
        choosers = [] if self.rates == "shared" else self._choosers()
        found = [self._at_best(title, cost, grids, results) for title, cost in choosers]
        shared = sorted(set.intersection(*(set(grid) for grid in grids)))
        if self.rates != "best" and (not found or any(len(grid) > 1 for grid in grids)):
            for rate in shared:
                both = [grid[rate] for grid in grids]
                if results.look(*both) and not all(
                    self._trains(r, g, results) for r, g in zip(both, grids, strict=True)
                ):
                    continue
                found.append(self._judge(f"both at {rate:g}", both, results))
        return found

    def _at_the_pilots(self, results: Results) -> list[RateVerdict]:
        """Return the effect at the rates of a short pilot of one seed: to be shown, not judged."""
        rates = [results.pilot.get(arm) for arm in self.arms]
        if any(rate is None for rate in rates):
            return []
        sides = [
            results.rates(arm).get(rate or 0.0, [])
            for arm, rate in zip(self.arms, rates, strict=True)
        ]
        if not results.look(*sides):
            return []
        title = "each at the rate of a short pilot"
        return [replace(self._judge(title, sides, results), verdict=UNDECIDED, note="not judged")]

    def _choosers(self) -> list[tuple[str, Callable[[Record], float]]]:
        if self.ratio and self.column == "time":
            return [("each at its fastest", time_cost(self.measure))]
        return [
            ("each at its best, by the last epoch", last(self.column)),
            ("each at its best, by the best epoch", least(self.column)),
        ]

    def _trains(self, records: Sequence[Record], grid: Rates, results: Results) -> bool:
        """Whether an arm trains at a rate: else a comparison there says nothing about it."""
        if self.column == "time":
            # One side must arrive for a ratio to be bounded; `_judge` says when none does.
            return any(not self.measure(record).censored for record in records)
        cost = last(self.column)
        means = [fmean(map(cost, part)) for part in grid.values() if part]
        return (
            all(not record["diverged"] for record in records)
            and fmean(map(cost, records)) < (chance(records[0]) + min(means)) / 2
        )

    def _at_best(
        self,
        title: str,
        cost: Callable[[Record], float],
        grids: Sequence[Rates],
        results: Results,
    ) -> RateVerdict:
        parts = [part for grid in grids for part in grid.values()]
        look = results.look(*parts)
        if not look:
            return RateVerdict(title, UNDECIDED, note=_missing(parts))
        seeds = results.common(*parts)[:look]
        chosen = [_chosen(grid, cost, seeds) for grid in grids]
        return self._judge(title, chosen, results)

    def _judge(
        self, title: str, sides: Sequence[Sequence[Record]], results: Results
    ) -> RateVerdict:
        look = results.look(*sides)
        if not look:
            return RateVerdict(title, UNDECIDED, note=_missing(sides))
        seeds = results.common(*sides)[:look]
        pairs = [[next(r for r in side if r["seed"] == seed) for side in sides] for seed in seeds]
        values, open_low, open_high = self._values(pairs)
        if lost := sum(map(math.isnan, values)):
            note = f"in {lost} of {look} seeds a run has nothing to measure"
            return RateVerdict(title, UNDECIDED, note=note)
        x = repeated_interval(values, self.family)
        low, high = -math.inf if open_low else x.low, math.inf if open_high else x.high
        verdict = self._verdict(x.estimate, low, high)
        # Where runs ended first, the mean is of bounds: what is shown is the end that holds.
        middle = x.estimate
        if open_low or open_high:
            middle = math.nan if open_low and open_high else low if open_high else high
        n = (look,) * len(self.arms)
        if self.ratio:
            middle, low, high = (_exp(v) for v in (middle, low, high))
        return RateVerdict(title, verdict, Interval(middle, low, high, n), spread=spread_of(values))

    def _values(self, pairs: Sequence[Sequence[Record]]) -> tuple[list[float], bool, bool]:
        if not self.ratio:
            if self.against is not None:
                return [100 * (self.measure(a) - self.against(a)) for (a,) in pairs], False, False
            return [100 * (self.measure(a) - self.measure(b)) for a, b in pairs], False, False
        times: list[tuple[Time, Time]] = [(self.measure(a), self.measure(b)) for a, b in pairs]
        values = [math.log(a.value / b.value) for a, b in times]
        return values, any(b.censored for _, b in times), any(a.censored for a, _ in times)

    def _verdict(self, estimate: float, low: float, high: float) -> str:
        smallest, largest = self.smallest, self.largest
        if self.ratio:
            smallest, largest = math.log(smallest), math.log(largest)
        if high < 0 or low > largest:
            return CONTRADICTED
        if high < smallest:
            return SMALLER
        if low > 0 and smallest <= estimate <= largest and math.isfinite(low):
            return REPRODUCED
        return UNDECIDED

    def foresee(self, found: RateVerdict, seeds: int) -> str:
        """Return the verdict of so many seeds, should estimate and spread stay what they are."""
        x = found.effect
        if x is None:
            return UNDECIDED
        low, high = (_log(x.low), _log(x.high)) if self.ratio else (x.low, x.high)
        now, then = (reach(found.spread, n, self.family) for n in (x.n[0], seeds))
        # An end that censored runs leave open stays open; the mean is that of their bounds.
        low, high = low + now - then, high - now + then
        middle = low + then if math.isfinite(low) else high - then
        return self._verdict(middle, low, high) if math.isfinite(middle) else UNDECIDED

    def _takes(self, found: Sequence[RateVerdict]) -> int:
        """Return about how many seeds would decide: an interval of half the claimed width."""
        known = [one for one in found if one.effect is not None]
        if not known:
            return LOOKS[0]
        half = math.log(self.smallest) if self.ratio else self.smallest
        wanted = max(seeds_for(one.spread, half, self.family) for one in known)
        have = max(one.effect.n[0] for one in known if one.effect)
        later = next((look for look in LOOKS if look >= wanted), wanted)
        complete = all(one.effect is not None for one in found)
        return max(later, next_look(have) or wanted) if complete else max(later, LOOKS[0])


def _chosen(grid: Rates, cost: Callable[[Record], float], seeds: Sequence[int]) -> list[Record]:
    """Return each seed's record at the rate that the other seeds choose; of equals the smaller."""
    costs = {
        rate: {r["seed"]: cost(r) for r in part if r["seed"] in seeds}
        for rate, part in grid.items()
    }
    totals = {rate: sum(values.values()) for rate, values in costs.items()}
    found = []
    for seed in seeds:
        alone = len(seeds) == 1
        of_others = {rate: totals[rate] - (0 if alone else costs[rate][seed]) for rate in grid}
        # To nine digits, so that the last bits of a sum choose nothing.
        best = min(sorted(of_others), key=lambda rate: int(1e9 * of_others[rate] + 0.5))
        found.append(next(r for r in grid[best] if r["seed"] == seed))
    return found


def _missing(parts: Sequence[Sequence[Record]]) -> str:
    short = sum(max(0, LOOKS[0] - len(part)) for part in parts)
    return f"{short} of {LOOKS[0] * len(parts)} runs of the first look are missing"


def _log(value: float) -> float:
    return -math.inf if value <= 0 else math.log(value)


def _exp(value: float) -> float:
    if math.isnan(value) or abs(value) < 700:
        return math.exp(value)
    return math.inf if value > 0 else 0.0
