"""What rules read from records: pure functions of a record, and of the records of an arm."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .claim import Finding, Interval
from .statistics import Time, difference, mean_interval

ENOUGH_SEEDS = 3

Record = Mapping[str, Any]


class Results:
    """Records of one experiment at one scale, by arm: what a rule is given.

    Parameters
    ----------
    records : mapping of str to sequence of dict
        Measured records by arm.
    needed : int
        Seeds an arm must have before a rule speaks: 3, or fewer at scale "smoke".
    """

    def __init__(self, records: Mapping[str, Sequence[Record]], needed: int = ENOUGH_SEEDS) -> None:
        self.records = {arm: sorted(r, key=lambda x: x["seed"]) for arm, r in records.items()}
        self.needed = needed

    def of(self, arm: str) -> list[Record]:
        """Return an arm's records, by seed."""
        return self.records.get(arm, [])

    def complete(self, *arms: str) -> bool:
        """Return whether all these arms have enough seeds."""
        return all(len(self.of(arm)) >= self.needed for arm in arms)

    def values(self, arm: str, measure: Callable[[Record], Any]) -> list[Any]:
        """Measure every record of an arm."""
        return [measure(record) for record in self.of(arm)]


def final(column: str) -> Callable[[Record], float]:
    """Return the measure "the last epoch's `column`"; a run that diverged counts as chance."""

    def measure(record: Record) -> float:
        return chance(record) if record.get("diverged") else record["epochs"][column][-1]

    return measure


def result(name: str) -> Callable[[Record], Any]:
    """Return the measure "what the run found under `name`"; chance for a run that diverged."""

    def measure(record: Record) -> Any:
        return chance(record) if record.get("diverged") else record["results"][name]

    return measure


def chance(record: Record) -> float:
    """Return the error of guessing."""
    return 1 - 1 / record["data"]["classes"]


def iterations_to(error: float) -> Callable[[Record], Time]:
    """Return the measure "iterations until the training error is at most `error`".

    Training error as the program of 2012 printed it: over the last 10,000 images (78 batches of
    128), each counted before the step that learnt from it. The first such interval counts, by its
    last iteration.
    """

    def measure(record: Record) -> Time:
        every = record["steps"]["every"]
        for index, value in enumerate(record["steps"]["error"]):
            if value <= error:
                return Time(float((index + 1) * every))
        return Time(float(record["budget"]), censored=True)

    return measure


def compare(
    results: Results,
    worse: str,
    better: str,
    measure: Callable[[Record], float],
    unit: str = "points of test error",
    more: Sequence[tuple[str, str, str]] = (),
) -> Finding:
    """Return the finding "`worse` has more of `measure` than `better`": its interval is above 0.

    Parameters
    ----------
    results : Results
        The records.
    worse, better : str
        Two arms.
    measure : callable
        Of a record; a fraction.
    unit : str
        Of 100 times the measure.
    more : sequence of (str, str, str)
        Further pairs for the details: title, worse, better.
    """
    details = tuple(
        (title, gap(results, a, b, measure)) for title, a, b in more if results.complete(a, b)
    )
    if not results.complete(worse, better):
        return Finding(None, None, unit, details)
    effect = gap(results, worse, better, measure)
    return Finding(effect.low > 0, effect, unit, details)


def gap(results: Results, a: str, b: str, measure: Callable[[Record], float]) -> Interval:
    """Return mean(a) − mean(b) in points, with Welch's t-interval."""
    both = ([100 * v for v in results.values(arm, measure)] for arm in (a, b))
    return difference(*both)


def level(results: Results, arm: str, measure: Callable[[Record], float]) -> Interval:
    """Return the mean of an arm in points, with its t-interval."""
    return mean_interval([100 * v for v in results.values(arm, measure)])
