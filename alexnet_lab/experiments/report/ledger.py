"""The ledger: every claim, judged by its rule from the records."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from ..claims.registry import find, names
from ..design.claim import (
    AT_SMALL_SCALE,
    NOT_HERE,
    NOT_YET,
    REPRODUCED,
    UNTESTABLE,
    Claim,
    Finding,
    Interval,
)
from ..design.experiment import Experiment
from ..design.measures import Results, iterations_to
from ..records.store import Library

JUDGED_AT = ("gpu", "laptop")  # the larger scale that has enough records has the word


@dataclass(frozen=True)
class Row:
    """A claim and what the records say of it.

    Attributes
    ----------
    label : str
        "1", "1b", "1c", …
    status : str
        One of `experiment.STATUSES`.
    scale : str
        At which it was judged, or is to be.
    finding : Finding
        Effect, interval, details.
    have, want : int
        Measured runs that there are, and that the experiment has, at this scale.
    rule_changed : int
        Records that were made under another version of the rule than today's.
    """

    label: str
    experiment: Experiment
    claim: Claim
    status: str
    scale: str
    finding: Finding
    have: int
    want: int
    rule_changed: int

    @property
    def command(self) -> str:
        """The command that makes its records."""
        return f"alexnet-lab experiment run {self.experiment.name} --scale {self.scale}"

    def to_dict(self) -> dict[str, Any]:
        """Return the row as JSON holds it; ends of an interval that are open are None."""
        return {
            "label": self.label,
            "experiment": self.experiment.name,
            "claim": self.claim.text,
            "source": self.claim.source,
            "paper": self.claim.figure,
            "rule": self.claim.statement or self.claim.untestable,
            "rule_version": self.claim.rule_version,
            "status": self.status,
            "scale": self.scale,
            "unit": self.finding.unit,
            **_interval(self.finding.effect),
            "note": self.finding.note,
            "details": [{"what": what, **_interval(x)} for what, x in self.finding.details],
            "runs": self.have,
            "runs_wanted": self.want,
            "runs_under_another_rule": self.rule_changed,
            "command": self.command,
        }


def _interval(value: Interval | None) -> dict[str, Any]:
    if value is None:
        return {"effect": None, "low": None, "high": None, "seeds": None}
    ends = {"effect": value.estimate, "low": value.low, "high": value.high}
    shown = {k: float(f"{v:.5g}") if math.isfinite(v) else None for k, v in ends.items()}
    return {**shown, "seeds": list(value.n)}


def judge(experiment: Experiment, library: Library) -> list[Row]:
    """Judge the claims of an experiment, in their order."""
    measured = {s: library.measured(experiment, s) for s in JUDGED_AT if s in experiment.scales}
    rows = []
    for index, claim in enumerate(experiment.claims):
        label = f"{experiment.number}{'' if index == 0 else chr(ord('a') + index)}"
        scale, finding = _finding(claim, measured)
        records = [r for part in measured[scale].values() for r in part]
        key = f"{experiment.name}.{index}"
        other = sum(
            claim.rule is not None and record["rules"].get(key) != claim.rule_version
            for record in records
        )
        rows.append(
            Row(
                label,
                experiment,
                claim,
                status(claim, scale, finding),
                scale,
                finding,
                len(records),
                len(experiment.arms or (None,)) * len(experiment.scale(scale).seeds),
                other,
            )
        )
    return rows


def _finding(claim: Claim, measured: Mapping[str, Any]) -> tuple[str, Finding]:
    """Return the scale that judges, and its finding: the largest with enough records."""
    fallback = "laptop" if "laptop" in measured else next(iter(measured))
    if claim.rule is None:
        return fallback, Finding(None)
    for scale, records in measured.items():
        results = Results(records)
        finding = claim.rule(results)
        if finding.holds is None and claim.settled:
            finding = claim.settled(results) or finding
        if finding.holds is not None:
            return scale, finding
    return fallback, claim.rule(Results(measured[fallback]))


def status(claim: Claim, scale: str, finding: Finding) -> str:
    """Return the word that a row ends in."""
    if claim.untestable:
        return UNTESTABLE
    if finding.holds is None:
        return NOT_YET
    if not finding.holds:
        return NOT_HERE
    return REPRODUCED if scale in claim.same_setting_at else AT_SMALL_SCALE


def rows(library: Library, chosen: Iterable[str] | None = None) -> list[Row]:
    """Judge every experiment."""
    return [row for name in chosen or names() for row in judge(find(name), library)]


def arm_table(experiment: Experiment, scale: str, library: Library) -> list[dict[str, Any]]:
    """Return a row for each arm: its chosen rate, its seeds, and the columns that are shown.

    Cells are lists of the seeds' values; errors are fractions; a censored time is negative.
    """
    measured = library.measured(experiment, scale)
    table = []
    for arm in experiment.arms:
        records = measured.get(arm.name, [])
        rates = sorted(experiment.scale(scale).lrs or arm.lrs)
        rate = library.chosen_rate(experiment, scale, arm)
        edge = rate is not None and len(rates) > 1 and rate in (rates[0], rates[-1])
        cells = {
            title: [_cell(r, what, experiment) for r in records] for title, what in experiment.shown
        }
        table.append(
            {
                "arm": arm.name,
                "title": arm.title,
                "lr": rate,
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


def summary(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what a set of records has in common: data sets, machines, versions, time."""

    def each(part: str, name: str) -> list[str]:
        return sorted({str(r[part][name]) for r in records})

    return {
        "data": each("data", "name"),
        "fingerprints": each("data", "fingerprint"),
        "images": sorted({r["data"]["train"] for r in records}),
        "cpus": each("machine", "cpu"),
        "devices": each("machine", "device"),
        "torch": each("versions", "torch"),
        "seconds": sum(r["seconds"] for r in records),
        "mean_seconds": fmean(r["seconds"] for r in records) if records else 0.0,
    }
