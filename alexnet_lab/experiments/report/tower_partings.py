"""How the towers come to differ in colour along training, run by run, as chapter 8 draws it."""

from __future__ import annotations

from dataclasses import dataclass

from ..claims.registry import find
from ..claims.tower_split import onset
from ..design.measures import Record
from ..records.store import Library


@dataclass(frozen=True)
class Parting:
    """Colour in both halves of conv1 along one run.

    Attributes
    ----------
    seed : int
        Of the run.
    steps : tuple of int
        At which it was measured, from 0 on.
    first, second : tuple of float
        Mean share of colour of the first and the second half's kernels in percent, by step; means
        weighted by the kernels' norms.
    chances : tuple of float
        How often kernels dealt to two halves at random differ as much (p), by step.
    since : int or None
        The first step from which on p is at most 0.05 to the end; None where there is none.
    """

    seed: int
    steps: tuple[int, ...]
    first: tuple[float, ...]
    second: tuple[float, ...]
    chances: tuple[float, ...]
    since: int | None


def tower_partings(
    library: Library | None = None, scale: str = "laptop"
) -> dict[str, tuple[Parting, ...]]:
    """Return every run of experiment 15 by its arm's title; an arm without runs has none.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> list(al.experiments.tower_partings())[1]
    '10 classes, 5,000 photographs'
    """
    experiment = find("tower_split")
    measured = (library or Library()).measured(experiment, scale)
    return {
        arm.title: tuple(
            _parting(record) for record in measured.get(arm.name, []) if not record["diverged"]
        )
        for arm in experiment.arms
    }


def _parting(record: Record) -> Parting:
    along = record["results"]["along"]
    first, second, chances = zip(*along["values"], strict=True)
    since = onset(record)
    return Parting(
        record["seed"],
        tuple(along["step"]),
        tuple(100 * share for share in first),
        tuple(100 * share for share in second),
        tuple(chances),
        None if since.censored else int(since.value),
    )
