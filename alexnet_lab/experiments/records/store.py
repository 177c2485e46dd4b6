"""Records of runs: JSON files, one a run, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...files import atomic_write
from ..design.arm import Arm
from ..design.experiment import CHOICE_SEED, Experiment
from ..design.measures import Results, final, iterations_to, time_cost
from ..design.sequential import LOOKS
from .file import dump, read
from .hashing import setting_hash
from .provenance import TREE
from .run import Run

WIDER = 2  # times that a grid is widened beyond an end that is best
SHIPPED = Path(__file__).parent


def cache() -> Path:
    """Return the folder of unfinished runs, and of records where the package is installed."""
    from ...data import cache_folder

    return cache_folder() / "experiments"


def default_records() -> Path:
    """Return where new records go: into the source tree if this is one, else into the cache."""
    in_tree = (TREE / "pyproject.toml").is_file()
    return SHIPPED if in_tree else cache() / "records"


class Library:
    """Folders of records, read as one; the first has the last word, and is written to.

    Parameters
    ----------
    folder : path, optional
        Where new records go.
    also : sequence of path
        Further folders to read; by default the records that the package brings.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> library = al.experiments.Library()
    >>> "laptop" in {record["scale"] for record in library.all()}
    True
    """

    def __init__(
        self, folder: str | os.PathLike[str] | None = None, also: Sequence[Path] = (SHIPPED,)
    ) -> None:
        self.folder = default_records() if folder is None else Path(folder)
        self.folders = [self.folder, *(p for p in also if p != self.folder)]
        self._read: dict[Path, tuple[int, dict[str, Any]]] = {}
        self._listed: dict[Path, tuple[tuple[int, int], set[str]]] = {}
        self._written = 0  # by this library: a folder's time is coarse
        self._hashes: dict[tuple[int, str, str, bool], tuple[Experiment, str]] = {}

    def find(self, run: Run) -> dict[str, Any] | None:
        """Return a run's record, if there is one of the same setting."""
        wanted = self._hash(run)
        for folder in self.folders:
            record = self._open(folder / run.path)
            if record is not None and record["setting_hash"] == wanted:
                return record
        return None

    def _hash(self, run: Run) -> str:
        # The same for all seeds and rates of an arm; the experiment is kept, so that its id is.
        key = (id(run.experiment), run.scale, run.arm.name if run.arm else "", run.choice)
        if key not in self._hashes:
            self._hashes[key] = (run.experiment, setting_hash(run.setting))
        return self._hashes[key][1]

    def done(self, run: Run) -> bool:
        """Return whether a run needs not be done: it has a record, and was given time enough.

        A run that was stopped before its target, when one waited less long than today, still
        bounds what it did not reach: it counts until it is done again.
        """
        record = self.find(run)
        return record is not None and _waited(run, record)

    def results(self, experiment: Experiment, scale: str) -> Results:
        """Return all measured records of an experiment, and the grids that they are to fill.

        Only those of the present setting and of one data set: the one with the most records,
        should there be several.
        """
        seeds = experiment.scale(scale).seeds
        if not experiment.arms:
            runs = [Run(experiment, scale, None, seed, None) for seed in seeds]
            return Results(_of_one_data_set({"": [*filter(None, map(self.find, runs))]}))
        arms = (*experiment.arms, *experiment.control_arms)
        grids = {arm.name: self.rates(experiment, scale, arm) for arm in arms}
        found = {
            arm.name: [
                r for rate in grids[arm.name] for r in self._at(experiment, scale, arm, rate)
            ]
            for arm in arms
        }
        pilot = {arm.name: self.best_rate(experiment, scale, arm) for arm in arms}
        return Results(_of_one_data_set(found), grids=grids, pilot=pilot)

    def measured(self, experiment: Experiment, scale: str) -> dict[str, list[dict[str, Any]]]:
        """Return an experiment's records by arm ("" for a computation), each arm at one rate.

        That is its best, see `best_rate`: what tables and curves show of an arm.
        """
        results = self.results(experiment, scale)
        if not experiment.arms:
            return {"": [dict(r) for r in results.of("")]} if results.of("") else {}
        found: dict[str, list[dict[str, Any]]] = {}
        for arm in experiment.arms:
            rate = self.best_rate(experiment, scale, arm)
            part = [dict(r) for r in results.of(arm.name) if r["lr"] == rate]
            if part:
                found[arm.name] = part
        return found

    def rates(self, experiment: Experiment, scale: str, arm: Arm) -> list[float]:
        """Return the learning rates that an arm is measured at.

        Those of its grid: of more than three, the pilot's best and its neighbours (without a pilot
        those in the middle). Once all of them have the seeds of the first look, and the best is
        the least or the greatest, the grid is widened beyond it, `WIDER` times at most.
        """
        fixed = experiment.scale(scale).lrs
        if fixed is not None:
            return sorted(fixed)
        every = sorted(arm.lrs)
        rates = every
        if len(every) > 3:
            pilot = self.pilot_rate(experiment, scale, arm)
            middle = len(every) // 2 if pilot is None else every.index(pilot)
            rates = every[max(0, middle - 1) : middle + 2]
        for _ in range(WIDER if len(rates) > 1 else 0):
            best = self._best_of(experiment, scale, arm, rates)
            if best not in (rates[0], rates[-1]):
                break
            rates = _widened(rates, every, downwards=best == rates[0])
        return rates

    def best_rate(self, experiment: Experiment, scale: str, arm: Arm) -> float | None:
        """Return the rate that an arm does best at; None until that is known.

        By the mean of the seeds once every rate of its grid has those of the first look. Before
        that the pilot's, a shorter run of one seed: good enough to show, not to judge by.
        """
        rates = self.rates(experiment, scale, arm)
        if len(rates) == 1:
            return rates[0]
        best = self._best_of(experiment, scale, arm, rates)
        return self.pilot_rate(experiment, scale, arm) if best is None else best

    def _best_of(
        self, experiment: Experiment, scale: str, arm: Arm, rates: Sequence[float]
    ) -> float | None:
        parts = {rate: self._at(experiment, scale, arm, rate) for rate in rates}
        if any(len(part) < LOOKS[0] for part in parts.values()):
            return None
        cost = final(experiment.choose_by)
        if experiment.stop_at is not None:
            cost = time_cost(iterations_to(experiment.stop_at))
        means = {rate: sum(map(cost, part)) / len(part) for rate, part in parts.items()}
        return min(sorted(means), key=lambda rate: means[rate])

    def _at(
        self, experiment: Experiment, scale: str, arm: Arm, rate: float
    ) -> list[dict[str, Any]]:
        every = [Run(experiment, scale, arm, seed, rate) for seed in experiment.scale(scale).seeds]
        there = self._listing(every[0].path.parent) if every else set()
        runs = [run for run in every if run.path.name in there]
        return [record for record in map(self.find, runs) if record is not None]

    def _listing(self, part: Path) -> set[str]:
        """Return the names of the files of an experiment and scale, in any of the folders."""
        found: set[str] = set()
        for folder in self.folders:
            try:
                stamp = (folder / part).stat().st_mtime_ns
            except OSError:
                continue
            known = self._listed.get(folder / part)
            if known is None or known[0] != (stamp, self._written):
                names = set(os.listdir(folder / part))
                known = self._listed[folder / part] = ((stamp, self._written), names)
            found |= known[1]
        return found

    def choices(self, experiment: Experiment, scale: str, arm: Arm) -> list[tuple[Run, Any]]:
        """Return the pilot of an arm, a short run at each rate, each with its record or None."""
        rates = experiment.scale(scale).lrs or arm.lrs
        if len(rates) == 1:
            return []
        runs = [Run(experiment, scale, arm, CHOICE_SEED, lr, choice=True) for lr in sorted(rates)]
        return [(run, self.find(run)) for run in runs]

    def pilot_rate(self, experiment: Experiment, scale: str, arm: Arm) -> float | None:
        """Return the rate that did best in the pilot; None where runs of it are missing.

        The one with the least error by `Experiment.choose_by`; of equals the smallest. A run that
        diverged has lost.
        """
        trials = self.choices(experiment, scale, arm)
        if not trials or any(record is None for _, record in trials):
            return None
        column = experiment.choose_by
        return min(trials, key=lambda t: (_choice_error(t[1], column), t[0].lr or 0.0))[0].lr

    def write(self, run: Run, record: Mapping[str, Any]) -> Path:
        """Write a record, whole or not at all."""
        target = self.folder / run.path
        with atomic_write(target) as scratch:
            scratch.write_text(dump(record), encoding="utf-8")
        self._written += 1
        return target

    def all(self) -> Iterator[dict[str, Any]]:
        """Return every record there is, also those that no experiment counts any more."""
        seen = set()
        for folder in self.folders:
            for path in sorted(folder.glob("*/*/*.json")):
                name = path.relative_to(folder)
                record = self._open(path)
                if name not in seen and record is not None:
                    seen.add(name)
                    yield record

    def _open(self, path: Path) -> dict[str, Any] | None:
        try:
            stamp = path.stat().st_mtime_ns
        except OSError:
            return None
        if path not in self._read or self._read[path][0] != stamp:
            self._read[path] = (stamp, read(path))
        return self._read[path][1]


def _waited(run: Run, record: Mapping[str, Any]) -> bool:
    """Whether a run reached its target, or was given as long as it is given today."""
    target = run.experiment.stop_at
    if target is None or run.choice or run.arm is None or record["diverged"]:
        return True
    errors = (record.get("steps") or {}).get("error") or [1.0]
    epochs = (record.get("config") or {}).get("epochs")
    return (
        min(errors) <= target or epochs is None or epochs >= run.experiment.scale(run.scale).epochs
    )


def _of_one_data_set(found: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    prints = [r["data"]["fingerprint"] for part in found.values() for r in part]
    if len(set(prints)) < 2:
        return found
    most = max(sorted(set(prints)), key=prints.count)
    return {
        arm: [r for r in part if r["data"]["fingerprint"] == most] for arm, part in found.items()
    }


def _widened(rates: Sequence[float], every: Sequence[float], *, downwards: bool) -> list[float]:
    """Return a grid with one more rate: the arm's own next one, else by the grid's last step."""
    low, high = rates[0], rates[-1]
    if downwards:
        below = [rate for rate in every if rate < low]
        return [below[-1] if below else _round(low * low / rates[1]), *rates]
    above = [rate for rate in every if rate > high]
    return [*rates, above[0] if above else _round(high * high / rates[-2])]


def _round(rate: float) -> float:
    return float(f"{rate:.2g}")


def _choice_error(record: Mapping[str, Any], column: str) -> float:
    return float("inf") if record["diverged"] else record["epochs"][column][-1]
