"""The table of an experiment's arms: what each measured, at each rate, with each seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..design.experiment import Experiment
from ..design.measures import iterations_to
from ..records.store import Library


def arm_table(experiment: Experiment, scale: str, library: Library) -> list[dict[str, Any]]:
    """Return a row for each arm and rate: a rate curve, with the columns that are shown.

    Cells are lists of the seeds' values; errors are fractions; a censored time is negative. An arm
    without a record has one row, at its best rate.
    """
    results = library.results(experiment, scale)
    table = []
    for arm in (*experiment.arms, *experiment.control_arms):
        grid = results.rates(arm.name)
        best = results.pilot.get(arm.name)
        measured = {rate: part for rate, part in grid.items() if part}
        shown: list[tuple[float | None, Sequence[Any]]] = [*measured.items()]
        for rate, records in shown or [(best, [])]:
            cells = {
                title: [_cell(r, what, experiment) for r in records]
                for title, what in experiment.shown
            }
            edge = len(grid) > 1 and rate == best and rate in (min(grid), max(grid))
            table.append(
                {
                    "arm": arm.name,
                    "title": arm.title,
                    "lr": rate,
                    "best": rate == best,
                    "lr_at_edge_of_grid": edge,
                    "seeds": [r["seed"] for r in records],
                    "diverged": sum(bool(r["diverged"]) for r in records),
                    **cells,
                }
            )
    return table


def _cell(record: Mapping[str, Any], what: str, experiment: Experiment) -> float | None:
    if what == "iterations":
        time = iterations_to(experiment.stop_at or 0.0)(record)
        return -time.value if time.censored else time.value
    if record["diverged"]:
        return None
    if what.startswith("results."):
        return record["results"][what.removeprefix("results.")]
    return record["epochs"][what][-1]
