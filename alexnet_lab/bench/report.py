"""What races say, in text: those that a page or a kernel saved, beside the recorded ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from statistics import median_low

from .presets import PRESETS, recorded
from .records import MEASURES, Record, median_interval, read_record
from .switches import NETS

_UNITS = {"val_error": "points of validation error", "steps": "steps to 50 % training error"}


def report(paths: Sequence[str | Path]) -> list[str]:
    """Return a report for each file, in several lines.

    Raises
    ------
    UserError
        When a file is no race.
    """
    return [_about(path, read_record(path)) for path in paths]


def _about(path: str | Path, record: Record) -> str:
    plan = record.plan
    a, b = record.a.as_dict(), record.b.as_dict()
    apart = [f"{key} {a[key]} against {b[key]}" for key in a if a[key] != b[key]]
    lines = [
        f"{path}: {NETS[plan.net]}, {plan.steps} steps, trained by {record.by} on {record.data}",
        f"  A against B: {'; '.join(apart) or 'the same switches'}",
    ]
    lines += [f"  {verdict(record, measure)}" for measure in MEASURES]
    for name in PRESETS:
        known = recorded(name)
        same = known and (known.plan, known.a, known.b) == (plan, record.a, record.b)
        if known and same and record.data == known.data:
            lines.append(f"  beside it, the recorded races of {name!r}:")
            lines += [f"    {verdict(known, measure)}" for measure in MEASURES]
    return "\n".join(lines)


def verdict(record: Record, measure: str) -> str:
    """Return B minus A in a sentence: the median over seeds, and its interval."""
    values = record.differences(measure)
    if not values:
        return f"B − A: no seed arrives; {_UNITS[measure]}"
    found = median_interval(values)
    middle, rest = median_low(values), "; an interval takes six seeds"
    if found is not None:
        middle, low, high = found
        rest = f", 95 % interval {_value(low, measure)} to {_value(high, measure)}"
    return f"B − A: median {_value(middle, measure)} {_UNITS[measure]}, n = {len(values)}{rest}"


def _value(value: float, measure: str) -> str:
    if math.isinf(value):
        return "B never" if value > 0 else "A never"
    return f"{value:+.0f}" if measure == "steps" else f"{100 * value:+.1f}"
