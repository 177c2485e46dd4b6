"""The schedule: which runs are missing, and in which order they are done."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from ...errors import UserError
from ..design.arm import Arm
from ..design.claim import PAPER, UNDECIDED
from ..design.each_of import arms_of, comparisons_of
from ..design.experiment import SEEDS, Experiment
from ..design.gate import not_learned
from ..design.measures import Results
from ..design.sequential import LOOKS
from ..records.run import Run
from ..records.store import Library
from .estimate import estimate
from .outlook import decides_at

ORDER = ("1", "9", "8", "2", "5b", "4b", "3", "12", "10", "6")
"""The claims that readers meet first, in the order in which their runs are done; then the rest."""

CONTROL_LOOKS = 2  # a control that two looks do not show is one to think about, not to run again


Place = tuple[int, float, int, int]
"""0 and 1: near a decision, the paper's claim or the book's; 2: not. Then the seconds to it (1.0
where not near), the number of the look, and the rank in `ORDER`."""


def missing(
    experiment: Experiment,
    scale: str,
    library: Library,
    *,
    arms: Iterable[str] | None = None,
    seeds: Iterable[int] | None = None,
) -> list[tuple[Place, Run]]:
    """Return the runs that are due and have no record yet, each with its place in the work.

    Every claim's arms are measured at every rate of their grids with the seeds of the next look,
    until the claim is decided or has had the last look; then its controls, of which the first two
    looks are enough. An arm that has not learned ends the work on its claims, see `gate`: more
    seeds of it answer nothing. With `arms` or `seeds`, and where a scale names its seeds, all of
    these runs are due.

    Returns
    -------
    list of (Place, Run)
        In the order of the work. A claim has its controls done before the next one begins.
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
        place = (2, 1.0, 0, experiment.number)
        return [(place, run) for run in _runs(experiment, scale, library, wanted, chosen)]
    results = library.results(experiment, scale)
    found, places = [], []
    for index in range(len(experiment.claims)):
        near = _way(experiment, scale, library, results, index)
        places.append((*near, _rank(experiment, index)))
        runs = due(experiment, scale, library, index)
        found += [((*near, level, places[-1][-1]), run) for level, run in runs]
    nearness, seconds, rank = min(places)
    if all(not_learned(experiment, i, results) for i in range(len(experiment.claims))):
        return found
    for control in experiment.controls:
        if control.comparison(results).verdict != UNDECIDED:
            continue
        runs = _next_look(experiment, scale, library, control.comparison.arms)
        found += [
            ((nearness, seconds, level, rank), run) for level, run in runs if level < CONTROL_LOOKS
        ]
    return found


def due(experiment: Experiment, scale: str, library: Library, index: int) -> list[tuple[int, Run]]:
    """Return the missing runs of one claim's next look, with its number; none once decided."""
    rule = experiment.claims[index].rule
    arms = arms_of(rule)
    results = library.results(experiment, scale)
    if not arms or rule is None or rule(results).verdict != UNDECIDED:
        return []
    if not_learned(experiment, index, results):
        return []
    found, seen = [], set()
    pairs = [pair for pair in comparisons_of(rule) if pair(results).verdict == UNDECIDED]
    for names in [pair.arms for pair in pairs]:
        for level, run in _next_look(experiment, scale, library, names):
            if run.path not in seen:
                seen.add(run.path)
                found.append((level, run))
    # A rule can be undecided though all that it compares is decided: then all arms go on.
    return found or _next_look(experiment, scale, library, arms)


def _way(
    experiment: Experiment, scale: str, library: Library, results: Results, index: int
) -> tuple[int, float]:
    """Return how near a claim is to its decision, and the seconds of two cores, with its controls.

    By the effect and the spread of its records so far.
    """
    claim = experiment.claims[index]
    rule, look = claim.rule, decides_at(claim.rule, results)
    if look is None:
        return 2, 1.0
    names = set(arms_of(rule))
    controls = {arm for control in experiment.controls for arm in control.comparison.arms}
    parts = [(names, look if due(experiment, scale, library, index) else 0), (controls, LOOKS[0])]
    runs = {
        run.path: run
        for part, seeds in parts
        for run in _runs(
            experiment, scale, library, [experiment.arm(arm) for arm in part], SEEDS[:seeds]
        )
    }
    seconds = sum(1.0 if math.isnan(s := estimate(run)) else s for run in runs.values())
    return (0 if claim.asks == PAPER else 1), seconds


def _next_look(
    experiment: Experiment,
    scale: str,
    library: Library,
    names: Sequence[str],
) -> list[tuple[int, Run]]:
    """Return the missing runs of these arms' first incomplete look."""
    arms = [experiment.arm(name) for name in names]
    for level, look in enumerate(LOOKS):
        runs = _runs(experiment, scale, library, arms, SEEDS[:look])
        if runs:
            return [(level, run) for run in runs]
    return []


def _runs(
    experiment: Experiment,
    scale: str,
    library: Library,
    arms: Sequence[Arm],
    seeds: Sequence[int],
) -> list[Run]:
    """Return the runs of these arms and seeds that have no record, seed after seed."""
    found = []
    for seed in seeds:
        if not experiment.arms:
            found.append(Run(experiment, scale, None, seed, None))
        for arm in arms:
            rates = library.rates(experiment, scale, arm)
            found += [Run(experiment, scale, arm, seed, rate) for rate in rates]
    return [run for run in found if not library.done(run)]


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
    """Return all runs that are due, the claim with the shortest way to a decision first.

    Whose way is the shortest is guessed from the records so far, see `outlook`; such a claim has
    all its looks and its controls before the next, the paper's before the book's. Then come the
    claims that no look seems to decide: the first look of every one in `ORDER`, then the second,
    and so on. Claims that share runs share them: each is listed once.
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
