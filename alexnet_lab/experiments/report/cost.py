"""The list of what is missing, and about what it will cost."""

from __future__ import annotations

import math
from pathlib import Path

from ...tables import aligned
from ..claims.registry import find, names
from ..records.store import Library
from ..runner.estimate import estimate
from .words import span


def plan_table(library: Library, scale: str) -> str:
    """Return the list of experiments, with what is missing and about what it will take."""
    from ..runner.schedule import in_order

    lines, total, most = [], 0.0, 0.0
    seen: set[Path] = set()
    for name in names():
        experiment = find(name)
        left = in_order([experiment], scale, library)
        costs = []
        for run in left:
            cost = estimate(run)
            most = max(most, cost)
            key = run.path / str(run.seed)
            if key not in seen:
                seen.add(key)
                costs.append(cost)
        have = sum(map(len, library.results(experiment, scale).records.values()))
        want = have + len(left)
        total += sum(costs)
        data = experiment.scale(scale).data or experiment.data
        lines.append(
            (
                str(experiment.number),
                name,
                data,
                f"{have} of {want}",
                str(len(left)),
                span(sum(costs)),
            )
        )
    text = [aligned([_PLAN_HEAD, *lines], right=(0, 3, 4, 5))]
    if not math.isnan(total):
        text.append(
            f"\nAll that is due at {scale}, up to the next look: at most {span(total)} of two quiet"
            f" cores; the longest run {span(most)}."
        )
    return "\n".join(text)


_PLAN_HEAD = ("no.", "name", "data", "measured", "runs left", "at most")
