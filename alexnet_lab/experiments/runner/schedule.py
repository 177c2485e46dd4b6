"""The queue: which runs are missing, in which order, what they cost, and doing them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...errors import UserError
from ..design.claim import UNDECIDED
from ..design.comparison import Comparison, comparisons_of
from ..design.experiment import SEEDS, Arm, Experiment
from ..design.measures import Results
from ..design.sequential import LOOKS
from ..records.run import Run
from ..records.store import Library, cache

Say = Callable[[str], Any]


ORDER = ("1", "9", "8", "2", "5b", "4b", "3", "12", "10", "6")
"""The claims that readers meet first, in the order in which their runs are done; then the rest."""

CONTROL_LOOKS = 2  # a control that two looks do not show is one to think about, not to run again


def missing(
    experiment: Experiment,
    scale: str,
    library: Library,
    *,
    arms: Iterable[str] | None = None,
    seeds: Iterable[int] | None = None,
) -> list[tuple[tuple[int, int], Run]]:
    """Return the runs that are due and have no record yet, each with its look and its claim.

    Every claim's arms are measured at every rate of their grids with the seeds of the next look,
    until the claim is decided or has had the last look; then its controls, of which the first two
    looks are enough. With `arms` or `seeds`, and where a scale names its seeds, all of these runs
    are due.

    Returns
    -------
    list of ((int, int), Run)
        Number of the look, place of the claim in the order of all, run; in the order of the work.
    """
    spec = experiment.scale(scale)
    chosen = tuple(seeds) if seeds is not None else spec.seeds
    strange = sorted(set(chosen) - set(spec.seeds))
    if strange:
        known = ", ".join(map(str, spec.seeds))
        raise UserError(f"{experiment.name} has no seed {strange[0]} at {scale}; known: {known}")
    if arms is not None or seeds is not None or spec.seeds != SEEDS or not experiment.arms:
        if seeds is None and spec.seeds == SEEDS:
            chosen = SEEDS[: LOOKS[0]]
        wanted = [experiment.arm(name) for name in arms] if arms else experiment.arms
        return _runs(experiment, scale, library, wanted, chosen, (0, experiment.number))
    results = library.results(experiment, scale)
    found = []
    for index in range(len(experiment.claims)):
        found += due(experiment, scale, library, index)
    for control in experiment.controls:
        place = _place(experiment, 0)
        runs = _next_look(experiment, scale, library, results, control.comparison, place)
        found += [item for item in runs if item[0][0] < CONTROL_LOOKS]
    return found


def due(
    experiment: Experiment, scale: str, library: Library, index: int
) -> list[tuple[tuple[int, int], Run]]:
    """Return the missing runs of one claim's next look; none once it is decided."""
    rule = experiment.claims[index].rule
    pairs = comparisons_of(rule)
    results = library.results(experiment, scale)
    if not pairs or rule is None or rule(results).verdict != UNDECIDED:
        return []
    place, found, seen = _place(experiment, index), [], set()
    for comparison in pairs:
        for item in _next_look(experiment, scale, library, results, comparison, place):
            if item[1].path not in seen:
                seen.add(item[1].path)
                found.append(item)
    return found


def _next_look(
    experiment: Experiment,
    scale: str,
    library: Library,
    results: Results,
    comparison: Comparison,
    place: int,
) -> list[tuple[tuple[int, int], Run]]:
    """Return the missing runs of the first incomplete look, if a comparison is undecided."""
    if comparison(results).verdict != UNDECIDED:
        return []
    arms = [experiment.arm(name) for name in comparison.arms]
    for level, look in enumerate(LOOKS):
        runs = _runs(experiment, scale, library, arms, SEEDS[:look], (level, place))
        if runs:
            return runs
    return []


def _runs(
    experiment: Experiment,
    scale: str,
    library: Library,
    arms: Sequence[Arm],
    seeds: Sequence[int],
    place: tuple[int, int],
) -> list[tuple[tuple[int, int], Run]]:
    """Return the runs of these arms and seeds that have no record, seed after seed."""
    found = []
    for seed in seeds:
        if not experiment.arms:
            found.append(Run(experiment, scale, None, seed, None))
        for arm in arms:
            rates = library.rates(experiment, scale, arm)
            found += [Run(experiment, scale, arm, seed, rate) for rate in rates]
    return [(place, run) for run in found if not library.done(run)]


def _place(experiment: Experiment, index: int) -> int:
    label = experiment.label(index)
    return ORDER.index(label) if label in ORDER else len(ORDER) + experiment.number


def in_order(
    experiments: Sequence[Experiment],
    scale: str,
    library: Library,
    *,
    arms: Iterable[str] | None = None,
    seeds: Iterable[int] | None = None,
) -> list[Run]:
    """Return all runs that are due: the first look of every claim, then the second, and so on.

    Within a look the claims come in `ORDER`. Claims that share runs share them: each is listed
    once.
    """
    arms, seeds = list(arms) if arms else None, list(seeds) if seeds is not None else None
    keyed = [
        item
        for experiment in experiments
        if scale in experiment.scales
        for item in missing(experiment, scale, library, arms=arms, seeds=seeds)
    ]
    seen, found = set(), []
    for _, run in sorted(keyed, key=lambda item: item[0]):
        if run.path not in seen:
            seen.add(run.path)
            found.append(run)
    return found


class Sources:
    """Where data come from, loaded once.

    Parameters
    ----------
    given : mapping of str to str
        Kind of data ("cifar10", "imagenette") to a name or folder for `load_data`.
    cache : path, optional
        As in `load_data`.
    say : callable
        Told what is being read.
    """

    def __init__(
        self,
        given: Mapping[str, str] | None = None,
        cache: str | os.PathLike[str] | None = None,
        say: Say = lambda text: None,
    ) -> None:
        self.given, self.cache, self.say = dict(given or {}), cache, say
        self._loaded: dict[tuple[str, int | None], Any] = {}

    def load(self, experiment: Experiment, scale: str) -> Any:
        """Return the data of an experiment at a scale."""
        from ...data import load_data, photo_patches

        spec = experiment.scale(scale)
        kind = spec.data or experiment.data
        key = (self.given.get(kind, kind), spec.size)
        if key not in self._loaded:
            if key[0] == "photo-patches" and scale == "smoke":
                self._loaded[key] = photo_patches(spec.size or 32, train=140, val=56)
            else:
                self.say(f"reading {key[0]}")
                self._loaded[key] = load_data(key[0], spec.size, cache=self.cache)
        return self._loaded[key]


def run_missing(
    experiments: Sequence[Experiment],
    scale: str,
    *,
    library: Library | None = None,
    sources: Sources | None = None,
    out: str | os.PathLike[str] | None = None,
    arms: Iterable[str] | None = None,
    seeds: Iterable[int] | None = None,
    resume: bool = True,
    minutes: float | None = None,
    device: str = "auto",
    progress: bool | None = None,
    say: Say = print,
) -> int:
    """Do the missing runs, one after the other, until none is left or the time is over.

    Several processes may work on the same folders: each run is done by one.

    Parameters
    ----------
    experiments : sequence of Experiment
        Of which the runs are done, in the order of `in_order`.
    scale : str
        "smoke", "laptop" or "gpu".
    library : Library, optional
        Where records are.
    sources : Sources, optional
        Where data are.
    out : path, optional
        Folder of unfinished runs; in the cache without it.
    arms, seeds : iterable, optional
        Only these.
    resume : bool
        Go on with unfinished runs; otherwise they are begun again.
    minutes : float, optional
        Stop cleanly after so many; the run that is then under way can be resumed.
    device : str
        As in `TrainConfig`.
    progress : bool, optional
        See `fit`.
    say : callable
        Told a line for each run.

    Returns
    -------
    int
        How many runs were finished.
    """
    from .run import OutOfTimeError, execute
    from .unfinished import claimed

    library = library or Library()
    sources = sources or Sources(say=say)
    folder = cache() / "runs" if out is None else Path(out)
    deadline = None if minutes is None else time.monotonic() + 60 * minutes
    arms, seeds = list(arms) if arms else None, list(seeds) if seeds is not None else None
    able, done = list(experiments), 0
    while able and (deadline is None or time.monotonic() < deadline):
        others_work = False
        for run in in_order(able, scale, library, arms=arms, seeds=seeds):
            with claimed(folder, run) as mine:
                if not mine or library.done(run):
                    others_work |= not mine
                    continue
                try:
                    data = sources.load(run.experiment, scale)
                    record = execute(
                        run,
                        data,
                        folder,
                        resume=resume,
                        deadline=deadline,
                        device=device,
                        progress=progress,
                    )
                except OutOfTimeError:
                    say(f"{run.path.with_suffix('')}: stopped, to be resumed")
                    return done
                except UserError as error:
                    # Data or weights that are not here: the other experiments need not wait.
                    if len(experiments) == 1:
                        raise
                    say(f"{run.experiment.name}: left out: {error}")
                    able.remove(run.experiment)
                    break
                library.write(run, record)
                say(f"{run.path.with_suffix('')}: {_result(record)}")
                done += 1
                break
        else:
            if not others_work:
                break
            wait()  # what another process finishes may make further runs ready
    return done


def wait() -> None:
    """Let the other processes work for a while."""
    time.sleep(5)


def _result(record: Mapping[str, Any]) -> str:
    if record["diverged"]:
        return f"{record['diverged']} ({record['seconds']:.0f} s)"
    parts = [
        f"{name.replace('_', ' ')} {100 * record['epochs'][name][-1]:.1f} %"
        for name in ("train_error", "val_error")
        if record["epochs"].get(name)
    ]
    return f"{', '.join(parts) or 'computed'} ({record['seconds']:.0f} s)"
