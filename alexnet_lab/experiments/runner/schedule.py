"""The schedule: which runs are missing, and in which order they are done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...errors import UserError
from ..design.claim import UNDECIDED
from ..design.comparison import Comparison
from ..design.each_of import comparisons_of
from ..design.experiment import SEEDS, Arm, Experiment
from ..design.measures import Results
from ..design.sequential import LOOKS
from ..records.run import Run
from ..records.store import Library

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
        Number of the look, rank of the claim in the order of all, run; in the order of the work.
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
        rank = _rank(experiment, 0)
        runs = _next_look(experiment, scale, library, results, control.comparison, rank)
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
    rank, found, seen = _rank(experiment, index), [], set()
    for comparison in pairs:
        for item in _next_look(experiment, scale, library, results, comparison, rank):
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
    rank: int,
) -> list[tuple[tuple[int, int], Run]]:
    """Return the missing runs of the first incomplete look, if a comparison is undecided."""
    if comparison(results).verdict != UNDECIDED:
        return []
    arms = [experiment.arm(name) for name in comparison.arms]
    for level, look in enumerate(LOOKS):
        runs = _runs(experiment, scale, library, arms, SEEDS[:look], (level, rank))
        if runs:
            return runs
    return []


def _runs(
    experiment: Experiment,
    scale: str,
    library: Library,
    arms: Sequence[Arm],
    seeds: Sequence[int],
    rank: tuple[int, int],
) -> list[tuple[tuple[int, int], Run]]:
    """Return the runs of these arms and seeds that have no record, seed after seed."""
    found = []
    for seed in seeds:
        if not experiment.arms:
            found.append(Run(experiment, scale, None, seed, None))
        for arm in arms:
            rates = library.rates(experiment, scale, arm)
            found += [Run(experiment, scale, arm, seed, rate) for rate in rates]
    return [(rank, run) for run in found if not library.done(run)]


def _rank(experiment: Experiment, index: int) -> int:
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
