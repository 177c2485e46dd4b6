"""Recorded runs as a page takes them: finite numbers, few figures, columns that all runs have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...errors import UserError

_MOST_ARMS = 40


def runs_of(records: Any) -> tuple[list[dict[str, Any]], list[str]]:
    """Return runs, ``{"arm", "seed", "columns"}`` each, and the columns that all of them have.

    Parameters
    ----------
    records : mapping of str to sequence of dict
        The runs of each arm; each has ``"seed"`` and ``"epochs"``, columns of one number an epoch.

    Raises
    ------
    UserError
        When there is nothing to draw, or records do not fit together.
    """
    if not isinstance(records, Mapping):
        raise UserError(f"records are runs by arm, not a {type(records).__name__}")
    runs = []
    for arm, part in records.items():
        for record in part:
            kept = {n: list(v) for n, v in record["epochs"].items() if n != "seconds" and v}
            if len({len(values) for values in kept.values()}) > 1:
                raise UserError(f"{arm or 'the run'}: columns of different lengths")
            if kept:
                runs.append({"arm": arm or "run", "seed": record["seed"], "columns": kept})
    if not runs:
        raise UserError("no runs with epochs are recorded yet; run the experiment first")
    columns = [name for name in runs[0]["columns"] if all(name in r["columns"] for r in runs)]
    if not columns:
        raise UserError("the runs have no column in common")
    arms = {run["arm"] for run in runs}
    if len(arms) > _MOST_ARMS:
        raise UserError(f"{len(arms)} arms are too many to choose from; give at most {_MOST_ARMS}")
    for run in runs:
        # JSON has no NaN: a run that diverged ends where its numbers do.
        finite = {name: _numbers_until(run["columns"][name]) for name in columns}
        length = min(map(len, finite.values()))
        run["columns"] = {name: values[:length] for name, values in finite.items()}
    runs = [run for run in runs if run["columns"][columns[0]]]
    if not runs:
        raise UserError("no run has a number to draw")
    return runs, columns


def _numbers_until(values: Sequence[float]) -> list[float]:
    """Return the values up to the first that is no finite number, five figures each."""
    found = []
    for value in values:
        if value is None or not np.isfinite(value):
            break
        found.append(float(f"{value:.5g}"))
    return found
