"""What rules read from records: pure functions of a record, and of the records of an arm.

>>> from alexnet_lab.experiments import Library, find, measures
>>> results = Library().results(find("relu_tanh"), "laptop")
>>> isinstance(results, measures.Results)
True
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .sequential import LOOKS, look_at
from .statistics import Time

Record = Mapping[str, Any]


class Results:
    """Records of one experiment at one scale: what a rule is given.

    Parameters
    ----------
    records : mapping of str to sequence of dict
        Measured records by arm, at any rates.
    needed : int
        Seeds before a rule speaks: those of the first look, or fewer at scale "smoke".
    grids : mapping of str to sequence of float, optional
        The learning rates that each arm is to be measured at; by default those of its records.
    pilot : mapping of str to float or None, optional
        The rate that each arm is shown at while its grid is not complete.
    """

    def __init__(
        self,
        records: Mapping[str, Sequence[Record]],
        needed: int = LOOKS[0],
        grids: Mapping[str, Sequence[float]] | None = None,
        pilot: Mapping[str, float | None] | None = None,
    ) -> None:
        self.records = {arm: sorted(r, key=lambda x: x["seed"]) for arm, r in records.items()}
        self.needed = needed
        self.grids, self.pilot = dict(grids or {}), dict(pilot or {})

    def of(self, arm: str) -> list[Record]:
        """Return an arm's records, by seed."""
        return self.records.get(arm, [])

    def rates(self, arm: str) -> dict[float, list[Record]]:
        """Return an arm's records by rate, by seed; also the rates that have none yet."""
        found: dict[float, list[Record]] = {rate: [] for rate in sorted(self.grids.get(arm, ()))}
        for record in self.of(arm):
            rate = record.get("lr") or 0.0
            if arm not in self.grids or rate in found:
                found.setdefault(rate, []).append(record)
        return found or {0.0: []}

    def common(self, *parts: Sequence[Record]) -> list[int]:
        """Return the seeds that all these lists of records have, in order."""
        return sorted(set.intersection(*({r["seed"] for r in part} for part in parts)))

    def look(self, *parts: Sequence[Record]) -> int:
        """Return how many seeds the last look takes that is due for all of these; 0 for none."""
        count = len(self.common(*parts))
        return look_at(count) or (count if count >= self.needed else 0)

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


def least(column: str) -> Callable[[Record], float]:
    """Return the measure "the best epoch's `column`"; a run that diverged counts as chance."""

    def measure(record: Record) -> float:
        return chance(record) if record.get("diverged") else min(record["epochs"][column])

    return measure


def time_cost(measure: Callable[[Record], Time]) -> Callable[[Record], float]:
    """Return the measure by which the fastest rate is chosen: a time; beyond the run's end, error.

    Of runs that have not arrived, the one with the lower training error at the end is ahead.
    """

    def cost(record: Record) -> float:
        time = measure(record)
        errors = (record.get("steps") or {}).get("error") or [1.0]
        return time.value * (1 + errors[-1] * time.censored)

    return cost


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
