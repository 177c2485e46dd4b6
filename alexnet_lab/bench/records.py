"""Races as records: one JSON file for those of a page, of a kernel, and those that are shipped."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from ..errors import UserError
from .race import LOOK_EVERY, Plan, Trainer
from .switches import Switches

FORMAT = "alexnet-lab race 1"
SIDES = ("a", "b")
MEASURES = ("val_error", "steps")
TARGET = 0.5  # training error that `steps` counts to; guessing among fourteen has 0.93
RECORDS = Path(__file__).with_name("records")


@dataclass(frozen=True)
class Curve:
    """One side of a race, look by look.

    Attributes
    ----------
    loss, train_error : tuple of float
        Means over the batches since the last look; a loss may be None where it is not finite.
    val_error : tuple of float
        On the validation patches. Errors are shares, 0 to 1.
    """

    loss: tuple[float | None, ...]
    train_error: tuple[float, ...]
    val_error: tuple[float, ...]

    def measure(self, name: str) -> float:
        """Return the last validation error, or the steps to half of the training error right.

        A race in which that does not happen counts as infinite.
        """
        if name == "val_error":
            return self.val_error[-1]
        for i, error in enumerate(self.train_error, start=1):
            if error <= TARGET:
                return float(i * LOOK_EVERY)
        return math.inf


@dataclass(frozen=True)
class Record:
    """Races of one pair, seed by seed.

    Attributes
    ----------
    plan : Plan
        What both sides share.
    a, b : Switches
        The sides.
    runs : dict of int to (Curve, Curve)
        By seed.
    by : str
        What trained: "page" or "torch".
    data : str
        "photo-patches", or "own photographs".
    """

    plan: Plan
    a: Switches
    b: Switches
    runs: dict[int, tuple[Curve, Curve]] = field(default_factory=dict)
    by: str = "torch"
    data: str = "photo-patches"

    def differences(self, measure: str) -> list[float]:
        """Return b minus a, seed by seed; seeds in which neither arrives are left out."""
        pairs = [(a.measure(measure), b.measure(measure)) for a, b in self.runs.values()]
        return [b - a for a, b in pairs if math.isfinite(a) or math.isfinite(b)]

    def as_json(self) -> str:
        """Return the file's text."""
        about: dict[str, Any] = {
            "format": FORMAT,
            "by": self.by,
            "data": self.data,
            "plan": asdict(self.plan),
            "a": self.a.as_dict(),
            "b": self.b.as_dict(),
            "runs": [
                {"seed": seed, **{s: asdict(c) for s, c in zip(SIDES, pair, strict=True)}}
                for seed, pair in self.runs.items()
            ],
        }
        return json.dumps(about, separators=(",", ":"), allow_nan=False) + "\n"


def read_record(path: str | Path) -> Record:
    """Read a race that a page or a kernel exported.

    Raises
    ------
    UserError
        When the file cannot be read or is no such record; the message names what is wrong.
    """
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise UserError(f"{path} is not JSON; export a race from the training bench") from error
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise UserError(f"{path} is not a race: its format is not {FORMAT!r}")
    try:
        plan = Plan(**found["plan"])
        one, other = (Switches(**found[side]) for side in SIDES)
        looks = plan.steps // LOOK_EVERY
        runs = {}
        for run in found["runs"]:
            seed = run["seed"]
            if not isinstance(seed, int) or seed in runs:
                raise UserError(f"{path}: seed {seed!r} is not a number, or comes twice")
            a, b = (_curve(run[side], looks) for side in SIDES)
            runs[seed] = (a, b)
        return Record(plan, one, other, runs, str(found["by"]), str(found["data"]))
    except UserError as error:
        raise UserError(str(error) if str(path) in str(error) else f"{path}: {error}") from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UserError(f"{path} is not a whole race: {error}") from error


def _curve(found: dict[str, Any], looks: int) -> Curve:
    columns = {name: tuple(found[name]) for name in ("loss", "train_error", "val_error")}
    for name, values in columns.items():
        if len(values) != looks:
            raise ValueError(f"{name} has {len(values)} values for {looks} looks")
        for value in values:
            if value is None and name == "loss":
                continue
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ValueError(f"{name} holds {value!r}")
            if not math.isfinite(value) or (name != "loss" and not 0 <= value <= 1):
                raise ValueError(f"{name} holds {value!r}")
    return Curve(**columns)


def race(plan: Plan, a: Switches, b: Switches, seeds: Sequence[int]) -> Record:
    """Race two nets, by PyTorch, once a seed.

    Examples
    --------
    >>> from alexnet_lab.bench.records import race
    >>> from alexnet_lab.bench.race import Plan
    >>> from alexnet_lab.bench.switches import Switches
    >>> plan = Plan(steps=40, each=10)
    >>> record = race(plan, Switches(), Switches(activation="tanh"), seeds=[0])
    >>> len(record.runs[0][0].val_error)
    2
    """
    runs = {}
    for seed in seeds:
        one, other = (_run(plan, side, seed) for side in (a, b))
        runs[seed] = (one, other)
    return Record(plan, a, b, runs)


def _run(plan: Plan, switches: Switches, seed: int) -> Curve:
    trainer = Trainer(plan, switches, seed)
    loss: list[float | None] = []
    train: list[float] = []
    val: list[float] = []
    for _ in range(plan.steps // LOOK_EVERY):
        found = trainer.advance(LOOK_EVERY)
        known = [x for x in found["loss"] if x is not None]
        whole = len(known) == LOOK_EVERY
        loss.append(round(sum(known) / LOOK_EVERY, 4) if whole else None)
        train.append(round(sum(x or 0.0 for x in found["error"]) / LOOK_EVERY, 4))
        val.append(round(trainer.look()["val_error"], 4))
    return Curve(tuple(loss), tuple(train), tuple(val))


def median_interval(values: Sequence[float]) -> tuple[float, float, float] | None:
    """Return median and the 95 % interval of the median; None with fewer than six values.

    The interval lies between two of the values, whatever their distribution: with n of them, the
    k-th from either end, k the greatest with 2·P(Binomial(n, ½) < k) ≤ 0.05.
    """
    n = len(values)
    k, below = 0, 0.0
    while True:
        below += math.comb(n, k) / 2**n
        if 2 * below > 0.05:
            break
        k += 1
    if k == 0:
        return None
    ordered = sorted(values)
    return median(ordered), ordered[k - 1], ordered[n - k]
