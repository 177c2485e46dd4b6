"""The towers' colours, run by run, as chapter 8 draws them."""

from __future__ import annotations

from ..claims.every_run import halves
from ..claims.registry import find
from ..design.measures import Record
from ..design.statistics import weighted_mean
from ..records.store import Library


def tower_colours(
    library: Library | None = None, scale: str = "laptop"
) -> dict[str, tuple[float, float]]:
    """Return both halves' mean share of colour in conv1, in percent, for each run.

    Means are weighted by the kernels' norms, as in experiment 7. In "one tower", the control,
    nothing tells the halves apart.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> colours = al.experiments.tower_colours()
    >>> low, high = colours["two towers, run 1"]  # percent of colour in each half of conv1
    >>> 0 <= low <= 100
    True
    """
    experiment = find("tower_colour")
    measured = (library or Library()).measured(experiment, scale)
    return {
        f"{arm.title}, run {record['seed'] + 1}": _means(record)
        for arm in experiment.arms
        for record in measured.get(arm.name, [])
        if not record.get("diverged")
    }


def _means(record: Record) -> tuple[float, float]:
    values, weights = halves(record)
    first, second = (100 * weighted_mean(v, w) for v, w in zip(values, weights, strict=True))
    return first, second
