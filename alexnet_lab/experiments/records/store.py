"""Records of runs: JSON files, one a run, whole or not at all."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ...errors import UserError
from ...files import atomic_write
from ..design.experiment import CHOICE_SEED, Arm, Experiment
from .hashing import setting_hash
from .migration import migrated

FORMAT = 2
SHIPPED = Path(__file__).parent


def cache() -> Path:
    """Return the folder of unfinished runs, and of records where the package is installed."""
    from ...data import cache_folder

    return cache_folder() / "experiments"


def default_records() -> Path:
    """Return where new records go: into the source tree if this is one, else into the cache."""
    in_tree = (SHIPPED.parents[2] / "pyproject.toml").is_file()
    return SHIPPED if in_tree else cache() / "records"


@dataclass(frozen=True)
class Run:
    """One run: what is run, and under which name its record goes.

    Parameters
    ----------
    experiment : Experiment
        Which.
    scale : str
        "smoke", "laptop", "gpu".
    arm : Arm or None
        None for a computation.
    seed : int
        Of weights, order and augmentation.
    lr : float or None
        Learning rate.
    choice : bool
        Whether it is one of the shorter runs that choose the learning rate.
    """

    experiment: Experiment
    scale: str
    arm: Arm | None
    seed: int
    lr: float | None
    choice: bool = False

    @property
    def name(self) -> str:
        """Its file's name, without suffix."""
        if self.arm is None:
            return f"{self.experiment.folder}-s{self.seed}"
        lr = "?" if self.lr is None else f"{self.lr:g}"
        return f"{self.arm.name}-lr{lr}-{'choice' if self.choice else f's{self.seed}'}"

    @property
    def path(self) -> Path:
        """Where its record lies, under a folder of records."""
        return Path(self.experiment.folder) / self.scale / f"{self.name}.json"

    @property
    def setting(self) -> dict[str, Any]:
        """What is hashed; see `Experiment.setting`."""
        return self.experiment.setting(self.scale, self.arm, choice=self.choice)


class Library:
    """Folders of records, read as one; the first has the last word, and is written to.

    Parameters
    ----------
    folder : path, optional
        Where new records go.
    also : sequence of path
        Further folders to read; by default the records that the package brings.
    """

    def __init__(
        self, folder: str | os.PathLike[str] | None = None, also: Sequence[Path] = (SHIPPED,)
    ) -> None:
        self.folder = default_records() if folder is None else Path(folder)
        self.folders = [self.folder, *(p for p in also if p != self.folder)]
        self._read: dict[Path, tuple[int, dict[str, Any]]] = {}

    def find(self, run: Run) -> dict[str, Any] | None:
        """Return a run's record, if there is one of the same setting."""
        wanted = setting_hash(run.setting)
        for folder in self.folders:
            record = self._open(folder / run.path)
            if record is not None and record["setting_hash"] == wanted:
                return record
        return None

    def measured(self, experiment: Experiment, scale: str) -> dict[str, list[dict[str, Any]]]:
        """Return the measured records of an experiment by arm ("" for a computation).

        Only those of the present setting, of the arm's chosen rate, and of one data set: the one
        with the most records, should there be several.
        """
        names: list[Arm | None] = list(experiment.arms) or [None]
        found: dict[str, list[dict[str, Any]]] = {}
        for arm in names:
            lr = None if arm is None else self.chosen_rate(experiment, scale, arm)
            if arm is not None and lr is None:
                continue
            for seed in experiment.scale(scale).seeds:
                record = self.find(Run(experiment, scale, arm, seed, lr))
                if record is not None:
                    found.setdefault("" if arm is None else arm.name, []).append(record)
        prints = [r["data"]["fingerprint"] for part in found.values() for r in part]
        if len(set(prints)) > 1:
            most = max(sorted(set(prints)), key=prints.count)
            found = {
                arm: [r for r in part if r["data"]["fingerprint"] == most]
                for arm, part in found.items()
            }
        return {arm: part for arm, part in found.items() if part}

    def choices(self, experiment: Experiment, scale: str, arm: Arm) -> list[tuple[Run, Any]]:
        """Return the runs that choose an arm's rate, each with its record or None."""
        rates = experiment.scale(scale).lrs or arm.lrs
        if len(rates) == 1:
            return []
        runs = [Run(experiment, scale, arm, CHOICE_SEED, lr, choice=True) for lr in sorted(rates)]
        return [(run, self.find(run)) for run in runs]

    def chosen_rate(self, experiment: Experiment, scale: str, arm: Arm) -> float | None:
        """Return the arm's learning rate; None while runs that choose it are missing.

        The rate with the least error by `Experiment.choose_by`; of equals the smallest. A run that
        diverged has lost.
        """
        rates = experiment.scale(scale).lrs or arm.lrs
        if len(rates) == 1:
            return rates[0]
        trials = self.choices(experiment, scale, arm)
        if any(record is None for _, record in trials):
            return None
        column = experiment.choose_by
        return min(trials, key=lambda t: (_choice_error(t[1], column), t[0].lr or 0.0))[0].lr

    def write(self, run: Run, record: Mapping[str, Any]) -> Path:
        """Write a record, whole or not at all."""
        target = self.folder / run.path
        with atomic_write(target) as scratch:
            scratch.write_text(dump(record), encoding="utf-8")
        return target

    def all(self) -> Iterator[dict[str, Any]]:
        """Return every record there is, also those that no experiment counts any more."""
        seen = set()
        for folder in self.folders:
            for path in sorted(folder.glob("*/*/*.json")):
                name = path.relative_to(folder)
                record = self._open(path)
                if name not in seen and record is not None:
                    seen.add(name)
                    yield record

    def _open(self, path: Path) -> dict[str, Any] | None:
        try:
            stamp = path.stat().st_mtime_ns
        except OSError:
            return None
        if path not in self._read or self._read[path][0] != stamp:
            self._read[path] = (stamp, read(path))
        return self._read[path][1]


def _choice_error(record: Mapping[str, Any], column: str) -> float:
    return float("inf") if record["diverged"] else record["epochs"][column][-1]


def read(path: Path) -> dict[str, Any]:
    """Read one record."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"cannot read {str(path)!r}: {(error.strerror or '').lower()}") from error
    except ValueError as error:
        raise UserError(f"{str(path)!r} is not a record: {_ASIDE}") from error
    if isinstance(record, dict) and record.get("format") == 1:
        record = migrated(record)
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise UserError(f"{str(path)!r} is not a record of format 1 or {FORMAT}: {_ASIDE}")
    return record


_ASIDE = "move it to another folder, and the run is done again"


def dump(record: Mapping[str, Any]) -> str:
    """Return a record as text: a field a line, a list on one line, floats of five figures."""
    lines = [f" {json.dumps(k)}: {_text(v)}" for k, v in record.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _text(value: Any, depth: int = 0) -> str:
    if isinstance(value, Mapping) and depth < 1 and value:
        inner = [f"  {json.dumps(k)}: {_text(v, depth + 1)}" for k, v in value.items()]
        return "{\n" + ",\n".join(inner) + "\n }"
    return json.dumps(value, ensure_ascii=False)


def rounded(value: Any, digits: int = 5) -> Any:
    """Return floats rounded to so many significant figures, also inside lists and mappings."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, float):
        return float(f"{value:.{digits}g}")
    if isinstance(value, Mapping):
        return {k: rounded(v, digits) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(v, digits) for v in value]
    return value


def now() -> str:
    """Return the time, UTC, to the second."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def machine(device: str) -> dict[str, Any]:
    """Return the hardware that a record names."""
    import torch

    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "device": torch.cuda.get_device_name() if device.startswith("cuda") else "cpu",
        "system": f"{platform.system()} {platform.machine()}",
    }


def versions() -> dict[str, Any]:
    """Return the versions that a record names."""
    import torch

    from ... import __version__

    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "alexnet_lab": __version__,
        "git": _git(),
    }


def _cpu() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _git() -> str | None:
    tree = SHIPPED.parents[2]
    if not (tree / ".git").exists():
        return None
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--tags"],
            cwd=tree,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
