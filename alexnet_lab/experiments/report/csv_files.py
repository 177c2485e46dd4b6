"""The ledger's data as CSV, for spreadsheets and statistics programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from .ledger import Row
from .words import seeds


def claims_csv(found: Sequence[Row]) -> str:
    """Return one line for each claim: its verdict and effect."""
    return _csv([_flat(row) for row in found])


def arms_csv(arms: Sequence[dict[str, Any]]) -> str:
    """Return one line for each arm at each rate, from `arm_table`: the values of all seeds."""
    return _csv([_flat_arm(row) for row in arms])


def _flat(row: Row) -> dict[str, Any]:
    fields = row.to_dict()
    fields["seeds"] = seeds(row.finding.effect) if row.finding.effect else ""
    for name in ("details", "by_rate", "controls"):
        del fields[name]
    return fields


def _flat_arm(row: dict[str, Any]) -> dict[str, Any]:
    """Return one line a seed's worth of values, as text, under common names."""
    known = [
        *("experiment", "scale", "arm", "title", "lr", "best", "lr_at_edge_of_grid", "seeds"),
        "diverged",
    ]
    shown = {k: v for k, v in row.items() if k not in known}
    fields = {name: row[name] for name in known}
    fields["seeds"] = " ".join(map(str, row["seeds"]))
    fields["measures"] = "; ".join(
        f"{title}: {' '.join('diverged' if v is None else f'{v:g}' for v in values)}"
        for title, values in shown.items()
    )
    return fields


def _csv(lines: Sequence[dict[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(lines[0]) if lines else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue()
