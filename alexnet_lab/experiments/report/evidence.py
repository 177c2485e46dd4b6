"""What chapters show of an experiment: its verdicts, its arms, its curves; and running it again."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...tables import SmallTable
from ..claims.registry import find
from ..design.claim import Interval
from ..design.experiment import Experiment
from ..design.sequential import LOOKS
from ..design.statistics import mean_interval
from ..records.store import Library
from .arm_table import arm_table
from .evidence_show import as_html, as_text, table_of_arms
from .ledger import JUDGED_AT, Row, judge


@dataclass(frozen=True)
class Curve:
    """The same quantity along several runs.

    Attributes
    ----------
    label : str
        What the runs have in common.
    x : tuple of float
        Places along the longest run.
    runs : tuple of tuple of float
        One a seed; a run that ended early is shorter than `x`.

    Examples
    --------
    >>> from alexnet_lab.experiments import Curve
    >>> Curve("tanh", x=(1, 2), runs=((0.9, 0.5), (0.8, 0.6))).runs[0]
    (0.9, 0.5)
    """

    label: str
    x: tuple[float, ...]
    runs: tuple[tuple[float, ...], ...]

    @property
    def band(self) -> list[Interval]:
        """Mean and 95 % t-interval over the runs, as far as all of them go."""
        return [mean_interval(values) for values in zip(*self.runs, strict=False)]

    def __repr__(self) -> str:
        lengths = ", ".join(str(len(run)) for run in self.runs)
        return f"Curve({self.label!r}, {len(self.runs)} runs of {lengths} points)"


@dataclass(frozen=True, repr=False)
class Evidence:
    """The records of one experiment at one scale, and what its rules say of them.

    It shows every claim with its effect and verdict, then every arm: as text, or as a table.

    Attributes
    ----------
    experiment : Experiment
        Which.
    scale : str
        Of the records. Verdicts are given at "laptop" and "gpu".
    rows : tuple of Row
        The claims as the ledger has them; empty at scale "smoke", which judges nothing.
    records : mapping of str to list of dict
        Measured records by arm ("" for a computation); only arms that have any.
    table : list of dict
        A row an arm, at the rate that it is shown at; see `arm_table`.
    trials : mapping of str to tuple of (float, float or None)
        By arm: the learning rates of the grid, each with the error that it is chosen by; None
        where that run is missing, and for one that diverged NaN.
    """

    experiment: Experiment
    scale: str
    rows: tuple[Row, ...]
    records: Mapping[str, Sequence[Mapping[str, Any]]]
    table: Sequence[Mapping[str, Any]]
    trials: Mapping[str, tuple[tuple[float, float | None], ...]]

    @property
    def wanted(self) -> int:
        """How many runs a first look has, each arm at one rate."""
        seeds = len(self.experiment.scale(self.scale).seeds)
        return len(self.experiment.arms or (None,)) * min(LOOKS[0], seeds)

    @property
    def runs(self) -> int:
        """How many of its arms' runs there are, each arm at the rate that it is shown at."""
        return sum(len(part) for part in self.records.values())

    def curves(self, *arms: str, column: str = "val_error") -> list[Curve]:
        """Return a curve for each of these arms that has records; all arms without names.

        Parameters
        ----------
        *arms : str
            Names of arms.
        column : str
            A column of the epochs ("train_error", "val_error", "train_loss", …), or "steps": the
            training error over each 10,000 images, against iterations. Fractions, 0–1.
        """
        found = []
        for name in arms or [arm.name for arm in self.experiment.arms]:
            label = self.experiment.arm(name).title
            part = [r for r in self.records.get(name, ()) if not r["diverged"]]
            if part and column == "steps":
                runs = [r["steps"]["error"] for r in part]
                found.append(curve(label, runs, part[0]["steps"]["every"]))
            elif part:
                found.append(curve(label, [r["epochs"][column] for r in part]))
        return found

    def intervals(self) -> list[tuple[str, Interval | None]]:
        """Return every effect that the rules computed: a claim's own, and its details below it.

        A claim that is not measured yet has None.
        """
        found: list[tuple[str, Interval | None]] = []
        for row in self.rows:
            if row.claim.rule is not None:
                found.append((f"claim {row.label}", row.finding.effect))
                found += row.finding.details
        return found

    def __repr__(self) -> str:
        return as_text(*self._shown())

    def _repr_html_(self) -> str:
        return as_html(*self._shown())

    def _shown(self) -> tuple[str, tuple[Row, ...], SmallTable | None]:
        runs = f"{self.runs} of {self.wanted} runs at scale {self.scale!r}"
        arms = table_of_arms(self.experiment, self.table, self.records)
        return f"{self.experiment.title}: {runs}", self.rows, arms


def curve(label: str, runs: Iterable[Sequence[float]], every: float = 1) -> Curve:
    """Make a curve of runs whose n-th value belongs to ``n * every``, n = 1, 2, ….

    Examples
    --------
    >>> import alexnet_lab as al
    >>> al.experiments.curve("tanh", [(0.9, 0.5), (0.8,)]).x
    (1.0, 2.0)
    """
    kept = tuple(tuple(map(float, run)) for run in runs)
    longest = max(map(len, kept), default=0)
    return Curve(label, tuple(float(every * (n + 1)) for n in range(longest)), kept)


def evidence(name: str, scale: str | None = None, library: Library | None = None) -> Evidence:
    """Read the records of an experiment.

    Parameters
    ----------
    name : str
        An experiment's name or number.
    scale : str, optional
        "smoke", "pilot", "laptop" or "gpu". Default: the first of "gpu", "laptop" and "pilot" that
        has records of every arm, else the first that has any, else "laptop".
    library : Library, optional
        The records; by default those of the package and one's own.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> found = al.experiments.evidence("relu_tanh")
    >>> print(str(found).splitlines()[0].partition(":")[0])
    ReLU against tanh
    """
    experiment = find(name)
    library = Library() if library is None else library
    if scale is None:
        having = [s for s in JUDGED_AT if s in experiment.scales]
        measured = {s: library.measured(experiment, s) for s in having}
        whole = [s for s in having if measured[s] and len(measured[s]) >= len(experiment.arms)]
        some = [s for s in having if measured[s]]
        scale = next(iter([*whole, *some, "laptop"]))
    rows = tuple(judge(experiment, library)) if scale in JUDGED_AT else ()
    trials = {
        arm.name: tuple(
            (run.lr or 0.0, None if record is None else _error(record, experiment.choose_by))
            for run, record in library.choices(experiment, scale, arm)
        )
        for arm in experiment.arms
    }
    return Evidence(
        experiment,
        scale,
        rows,
        library.measured(experiment, scale),
        _shown(experiment, arm_table(experiment, scale, library)),
        trials,
    )


def _shown(experiment: Experiment, table: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return a row for each arm, at its best rate; without the controls."""
    found = []
    for arm in experiment.arms:
        mine = [row for row in table if row["arm"] == arm.name]
        found.append(next((row for row in mine if row["best"]), mine[0]))
    return found


def _error(record: Mapping[str, Any], column: str) -> float:
    return float("nan") if record["diverged"] else float(record["epochs"][column][-1])


def rerun(
    name: str,
    full: bool = False,
    *,
    arms: Iterable[str] | None = None,
    data: str | os.PathLike[str] | None = None,
    minutes: float | None = None,
    say: Callable[[str], Any] = print,
) -> Evidence:
    """Run an experiment again: in seconds to see it work, or in full.

    Parameters
    ----------
    name : str
        An experiment's name or number.
    full : bool
        False: scale "smoke", on patches of the photographs that come along, kept nowhere. True:
        scale "gpu" where there is CUDA, else "laptop", on the experiment's own data set; its
        records are kept, and what is there already is not run again.
    arms : iterable of str, optional
        Only these.
    data : str or path, optional
        Instead of the data set's name: a folder of class folders.
    minutes : float, optional
        Stop cleanly after so many; the next call goes on.
    say : callable
        Told a line for each run.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> found = al.experiments.rerun("dropout", arms=[], say=lambda line: None)
    """
    import torch

    from ..runner.queue import Sources, run_missing

    experiment = find(name)
    given = {} if data is None else {experiment.data: os.fspath(data)}
    scale = ("gpu" if torch.cuda.is_available() else "laptop") if full else "smoke"
    with tempfile.TemporaryDirectory() as scratch:
        library = Library() if full else Library(Path(scratch) / "records", also=())
        run_missing(
            [experiment],
            scale,
            library=library,
            sources=Sources(given, say=say),
            out=None if full else Path(scratch) / "runs",
            arms=arms,
            minutes=minutes,
            progress=False,
            say=say,
        )
        return evidence(name, scale, library)
