"""Whether an arm has learned at all: what has not learned cannot answer a question about learning.

A control tells whether an experiment would find an effect. A gate comes before it: an arm whose
runs end about where guessing is, or that diverged, is no network of the kind that the claim is
about. So the claim is undecided, whatever its rule says, and no more seeds are spent on it: what it
takes is another design.
"""

from __future__ import annotations

from collections.abc import Iterable

from .each_of import arms_of
from .experiment import Experiment
from .measures import Record, Results, chance


def has_learned(record: Record, gate: float) -> bool:
    """Return whether a run's training error at its end is at most this share of guessing's."""
    if record.get("diverged"):
        return False
    return bool(record["results"]["train_error"] <= gate * chance(record))


def not_learned(experiment: Experiment, index: int, results: Results) -> str:
    """Say which runs of a claim's arms, or of its controls', have not learned; "" if none.

    Parameters
    ----------
    experiment : Experiment
        Its `gate` is the bar; without one every run passes.
    index : int
        Of the claim.
    results : Results
        Its records so far.
    """
    if experiment.gate is None:
        return ""
    arms = [*arms_of(experiment.claims[index].rule)]
    arms += [arm for control in experiment.controls for arm in control.comparison.arms]
    return "; ".join(_failed(experiment, dict.fromkeys(arms), results))


def _failed(experiment: Experiment, arms: Iterable[str], results: Results) -> list[str]:
    assert experiment.gate is not None
    found = []
    for name in arms:
        for record in results.of(name):
            if has_learned(record, experiment.gate):
                continue
            how = "diverged"
            if not record.get("diverged"):
                error, guess = record["results"]["train_error"], chance(record)
                how = f"training error {error:.1%}, guessing {guess:.1%}".replace("%", " %")
            found.append(f"{experiment.arm(name).title}, seed {record['seed']}: {how}")
    return found
