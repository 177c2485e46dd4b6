"""Records made by hand, for the tests of this folder."""

from __future__ import annotations

from typing import Any

from alexnet_lab.experiments.design.experiment import Experiment
from alexnet_lab.experiments.design.measures import Results
from alexnet_lab.experiments.records.file import FORMAT
from alexnet_lab.experiments.records.hashing import setting_hash
from alexnet_lab.experiments.records.run import Run
from alexnet_lab.experiments.records.store import Library
from alexnet_lab.experiments.runner.run import rule_versions


def record(
    seed: int,
    val: float | list[float] = 0.5,
    train: float = 0.4,
    steps: list[float] | None = None,
    diverged: str | None = None,
    **results: Any,
) -> dict[str, Any]:
    """Make what rules read of a record."""
    errors = [0.9, val] if isinstance(val, float) else val
    columns = ("train_error", "train_loss", "val_loss", "lr", "seconds")
    return {
        "format": FORMAT,
        "seed": seed,
        "diverged": diverged,
        "budget": 1000,
        "epochs": {} if diverged else {"val_error": errors, **dict.fromkeys(columns, errors)},
        "steps": {"every": 100, "error": steps or []},
        "results": {} if diverged else {"train_error": train, **results},
        "data": {"name": "made", "fingerprint": "f" * 64, "classes": 10, "train": 8},
        "machine": {"cpu": "made", "device": "cpu"},
        "versions": {"torch": "2"},
        "seconds": 60.0,
    }


def results(needed: int = 3, **arms: list[dict[str, Any]]) -> Results:
    """Make results; ``a_b`` stands for the arm ``a-b``."""
    return Results({name.replace("_", "-"): r for name, r in arms.items()}, needed)


def arm(*values: float, **common: Any) -> list[dict[str, Any]]:
    """Make an arm's records with these test errors, one a seed."""
    return [record(seed, val, **common) for seed, val in enumerate(values)]


def times(*iterations: int | None, budget: int = 1000) -> list[dict[str, Any]]:
    """Make records whose training error comes to 0.2 at these iterations; None: never."""
    made = []
    for seed, when in enumerate(iterations):
        count = (when or budget) // 100
        errors = [0.9] * count
        if when is not None:
            errors[-1] = 0.2
        made.append(record(seed, steps=errors))
    return made


def store(library: Library, run: Run, made: dict[str, Any]) -> None:
    """Write a hand-made record as that of a run."""
    about = {
        "experiment": run.experiment.folder,
        "arm": run.arm and run.arm.name,
        "seed": run.seed,
        "lr": run.lr,
        "setting_hash": setting_hash(run.setting),
        "rules": rule_versions(run.experiment),
        "choice": run.choice,
    }
    library.write(run, made | about)


def fill(library: Library, experiment: Experiment, arms: dict[str, list[dict[str, Any]]]) -> None:
    """Write measured records of some arms at laptop scale, best at the middle rate, and a pilot."""
    for name, records in arms.items():
        one = experiment.arm(name)
        trials = library.choices(experiment, "laptop", one)
        for place, (run, _) in enumerate(trials):
            off = run.lr if len(trials) <= 3 else abs(place - len(trials) // 2) / 100
            store(library, run, record(run.seed, 0.5 + off))
        rates = library.rates(experiment, "laptop", one)
        for place, rate in enumerate(rates):
            for made in records:
                off = place - len(rates) // 2
                run = Run(experiment, "laptop", one, made["seed"], rate)
                store(library, run, worse(made) if off else made)


def worse(made: dict[str, Any]) -> dict[str, Any]:
    """Return a record of a run with two points more error, and later at every target."""
    errors = made["epochs"].get("val_error", [])
    results = made["results"]
    if "train_error" in results:
        results = results | {"train_error": results["train_error"] + 0.02}
    return made | {
        "epochs": made["epochs"] and made["epochs"] | {"val_error": [e + 0.02 for e in errors]},
        "results": results,
        "steps": made["steps"] | {"error": [0.9] * 2 + made["steps"]["error"]},
    }


def pass_controls(library: Library, experiment: Experiment) -> None:
    """Write records with which an experiment's controls come out as they must.

    A placebo is as good as its control arm; the known effect is large. To be called after `fill`.
    """
    for control in experiment.controls:
        worse, better = (experiment.arm(name) for name in control.comparison.arms)
        for seed in range(3):
            rate = worse.lrs[0]
            like = library.find(Run(experiment, "laptop", better, seed, rate))
            like = like or record(seed, 0.3, train=0.3)
            more = 0.0 if control.kind == "placebo" else 0.2
            error = like["epochs"]["val_error"][-1] + more
            made = record(seed, error, train=like["results"]["train_error"] + more)
            store(library, Run(experiment, "laptop", worse, seed, rate), made)
