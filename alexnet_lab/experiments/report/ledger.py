"""The ledger: every claim, judged by its rule from the records."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any

from ...data import DATA_SETS
from ..claims.registry import find, names
from ..design.claim import (
    AT_SMALL_SCALE,
    CONTRADICTED,
    REPRODUCED,
    UNDECIDED,
    UNTESTABLE,
    Claim,
    Finding,
    Interval,
)
from ..design.each_of import arms_of, comparisons_of
from ..design.experiment import Experiment
from ..design.gate import not_learned
from ..design.measures import Results
from ..records.store import Library
from ..runner.schedule import due

JUDGED_AT = ("gpu", "laptop", "pilot")  # the larger scale that has an effect has the word


@dataclass(frozen=True)
class Outcome:
    """What came out of a control.

    Attributes
    ----------
    kind : str
        "placebo" or "positive".
    finding : Finding
        Of the control's comparison.
    passed : bool or None
        None while it has not come out.
    """

    kind: str
    finding: Finding
    passed: bool | None


@dataclass(frozen=True)
class Row:
    """A claim and what the records say of it.

    Attributes
    ----------
    label : str
        "1", "1b", "1c", …
    status : str
        One of `claim.STATUSES`.
    scale : str
        At which it was judged, or is to be.
    finding : Finding
        Effect, interval, details.
    have, want : int
        Measured runs that it has, and that it will have at its next look.
    takes : int or None
        Where it is undecided: about how many more runs would decide it.
    rule_changed : int
        Records that were made under another version of the rule than today's.
    controls : tuple of Outcome
        Of its experiment.
    """

    label: str
    experiment: Experiment
    claim: Claim
    status: str
    scale: str
    finding: Finding
    have: int
    want: int
    takes: int | None
    rule_changed: int
    controls: tuple[Outcome, ...] = ()

    @property
    def paper(self) -> float | None:
        """The paper's own effect, in the unit of the finding; None where it gives no number."""
        pairs = comparisons_of(self.claim.rule)
        return pairs[0].paper if pairs else None

    @property
    def rule_is_newer(self) -> bool:
        """Whether it is decided, and by records that were all there before its present rule."""
        open_ = self.status in (UNDECIDED, UNTESTABLE)
        return not open_ and 0 < self.have == self.rule_changed

    @property
    def command(self) -> str:
        """The command that makes its records."""
        scale = "laptop" if self.scale == "pilot" else self.scale
        command = f"alexnet-lab experiment run {self.experiment.name} --scale {scale}"
        # A data set that is not known by name is a folder of class folders.
        data = self.experiment.data
        return command if data in DATA_SETS else f"{command} --data {data}=FOLDER"

    def to_dict(self) -> dict[str, Any]:
        """Return the row as JSON holds it; ends of an interval that are open are None."""
        return {
            "label": self.label,
            "experiment": self.experiment.name,
            "claim": self.claim.text,
            "source": self.claim.source,
            "asks": self.claim.asks,
            "paper": self.claim.figure,
            "rule": self.claim.statement or self.claim.untestable,
            "rule_version": self.claim.rule_version,
            "status": self.status,
            "scale": self.scale,
            "unit": self.finding.unit,
            **_interval(self.finding.effect),
            "note": self.finding.note,
            "by_rate": [
                {"rule": one.rule, "verdict": one.verdict, **_interval(one.effect)}
                for one in self.finding.by_rate
            ],
            "controls": [
                {"kind": c.kind, "passed": c.passed, **_interval(c.finding.effect)}
                for c in self.controls
            ],
            "details": [{"what": what, **_interval(x)} for what, x in self.finding.details],
            "runs": self.have,
            "runs_wanted": self.want,
            "runs_to_decide": self.takes,
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
    results = {s: library.results(experiment, s) for s in JUDGED_AT if s in experiment.scales}
    return [
        _row(experiment, index, claim, results, library)
        for index, claim in enumerate(experiment.claims)
    ]


def _row(
    experiment: Experiment,
    index: int,
    claim: Claim,
    by_scale: Mapping[str, Results],
    library: Library,
) -> Row:
    scale, finding = _finding(claim, by_scale)
    results = by_scale[scale]
    needed = arms_of(claim.rule)
    names_ = set(needed) or set(results.records)
    records = [r for name in names_ for r in results.of(name)]
    key = f"{experiment.name}.{index}"
    outcomes = controls(experiment, results) if needed else ()
    finding = with_controls(finding, outcomes)
    failed = not_learned(experiment, index, results) if claim.rule else ""
    finding = with_gate(finding, failed)
    working = "laptop" if scale == "pilot" else scale
    left = len(due(experiment, working, library, index)) if claim.rule else 0
    if not experiment.arms:  # a computation: all its seeds at once
        left = max(0, len(experiment.scale(working).seeds) - len(records))
    takes = None
    if claim.rule is not None and finding.verdict == UNDECIDED and not failed:
        now = by_scale[working]
        cells = [now.rates(arm) for arm in names_] if needed else [{0.0: now.of("")}]
        wanted = finding.takes or len(experiment.scale(working).seeds)
        parts = [part for cell in cells for part in cell.values()]
        takes = max(left, sum(max(0, wanted - len(part)) for part in parts))
    return Row(
        experiment.label(index),
        experiment,
        claim,
        status(claim, scale, finding),
        scale,
        finding,
        len(records),
        len(records) + left,
        takes,
        sum(
            claim.rule is not None and record["rules"].get(key) != claim.rule_version
            for record in records
        ),
        outcomes,
    )


def controls(experiment: Experiment, results: Results) -> tuple[Outcome, ...]:
    """Return what came out of the controls: a placebo must be nothing, the known effect one."""
    found = []
    for control in experiment.controls:
        finding = control.comparison(results)
        passed: bool | None = None
        if finding.by_rate and finding.by_rate[0].effect is not None:
            if control.kind == "placebo":
                passed = finding.verdict not in (REPRODUCED, CONTRADICTED)
            elif finding.verdict != UNDECIDED:
                passed = finding.verdict == REPRODUCED
        found.append(Outcome(control.kind, finding, passed))
    return tuple(found)


def with_controls(finding: Finding, outcomes: Sequence[Outcome]) -> Finding:
    """Return the finding; undecided, whatever it is, unless its controls came out as they must."""
    if finding.verdict == UNDECIDED or all(one.passed for one in outcomes):
        return finding
    failed = [one.kind for one in outcomes if one.passed is False]
    said = f"fails: {', '.join(failed)}" if failed else "is not measured yet"
    note = (
        f"{finding.note}; " * bool(finding.note) + f"by its rule {finding.verdict}, but a control "
    )
    return replace(finding, verdict=UNDECIDED, note=note + said)


def with_gate(finding: Finding, failed: str) -> Finding:
    """Return the finding; undecided, whatever it is, where an arm has not learned."""
    if not failed:
        return finding
    said = f"by its rule {finding.verdict}, but " * (finding.verdict != UNDECIDED)
    note = f"{finding.note}; " * bool(finding.note) + f"{said}not learned: {failed}"
    note += "; more seeds would not help, another design may"
    return replace(finding, verdict=UNDECIDED, note=note, takes=None)


def _finding(claim: Claim, by_scale: Mapping[str, Results]) -> tuple[str, Finding]:
    """Return the scale that judges, and its finding: the largest that has an effect."""
    fallback = "laptop" if "laptop" in by_scale else next(iter(by_scale))
    if claim.rule is None:
        return fallback, Finding(UNDECIDED)
    for scale, results in by_scale.items():
        finding = claim.rule(results)
        if finding.effect is not None:
            return scale, finding
    return fallback, claim.rule(by_scale[fallback])


def status(claim: Claim, scale: str, finding: Finding) -> str:
    """Return the word that a row ends in."""
    if claim.untestable:
        return UNTESTABLE
    if finding.verdict == REPRODUCED and scale not in claim.same_setting_at:
        return AT_SMALL_SCALE
    return finding.verdict


def rows(library: Library, chosen: Iterable[str] | None = None) -> list[Row]:
    """Judge every experiment.

    Examples
    --------
    >>> from alexnet_lab.experiments import Library, rows
    >>> row = rows(Library(), ["relu_tanh"])[0]
    >>> row.experiment.name
    'relu_tanh'
    """
    return [row for name in chosen or names() for row in judge(find(name), library)]


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
