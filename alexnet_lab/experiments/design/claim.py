"""What is claimed, and what records can say of it: a verdict rule, fixed before the runs.

>>> from alexnet_lab.experiments import claim
>>> claim.REPRODUCED in claim.STATUSES
True
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ...errors import UserError

REPRODUCED = "reproduced"
AT_SMALL_SCALE = "reproduced at small scale"
CONTRADICTED = "contradicted"
SMALLER = "smaller than claimed"
UNDECIDED = "undecided"
UNTESTABLE = "cannot be tested"
STATUSES = (REPRODUCED, AT_SMALL_SCALE, CONTRADICTED, SMALLER, UNDECIDED, UNTESTABLE)

PAPER, BOOK = "paper", "book"  # whose question it is


@dataclass(frozen=True)
class Interval:
    """An estimate with a 95 % interval. An end is infinite where censored runs leave it open.

    ``n`` is the number of seeds of each side, or of the only one.
    """

    estimate: float
    low: float
    high: float
    n: tuple[int, ...]

    def __repr__(self) -> str:
        return f"{self.estimate:.4g} [{self.low:.4g}, {self.high:.4g}], n = {self.n}"


@dataclass(frozen=True)
class Finding:
    """What a rule says of the records.

    Parameters
    ----------
    verdict : str
        `REPRODUCED`, `CONTRADICTED`, `SMALLER` or `UNDECIDED`.
    effect : Interval or None
        The effect, in `unit`.
    unit : str
        E.g. "points of test error", "times".
    details : tuple of (str, Interval)
        Further effects of the same kind, for a table below the ledger.
    note : str
        What a reader must know to read the effect.
    by_rate : tuple of RateVerdict
        What each rule of choosing the learning rate says; see `comparison`.
    takes : int or None
        Where it is undecided: about how many seeds an arm would decide it.
    """

    verdict: str
    effect: Interval | None = None
    unit: str = ""
    details: tuple[tuple[str, Interval], ...] = ()
    note: str = ""
    by_rate: tuple[RateVerdict, ...] = ()
    takes: int | None = None

    @property
    def holds(self) -> bool | None:
        """Whether the claim holds here; None where that is undecided."""
        return None if self.verdict == UNDECIDED else self.verdict == REPRODUCED


@dataclass(frozen=True)
class RateVerdict:
    """A verdict under one rule of choosing the learning rate.

    Parameters
    ----------
    rule : str
        "each at its best, by the last epoch", "both at 0.015", …
    verdict : str
        As in `Finding`.
    effect : Interval or None
        None while runs are missing.
    note : str
        Why it is undecided, if not by its interval.
    spread : float
        Standard deviation of the pairs, in the unit of the effect (of logarithms, for ratios).
    """

    rule: str
    verdict: str
    effect: Interval | None = None
    note: str = ""
    spread: float = 0.0


@dataclass(frozen=True)
class Claim:
    """A sentence that the records can bear out or not.

    Parameters
    ----------
    text : str
        The claim, in our words.
    source : str
        Who says so: "paper §3.1".
    statement : str
        The rule in one sentence.
    rule : callable or None
        From `Results` to `Finding`: a pure function of the records.
    figure : str
        The paper's own number, if it has one.
    same_setting_at : tuple of str
        Scales at which the setting is the paper's own; elsewhere a claim that holds is
        "reproduced at small scale".
    untestable : str
        Why it cannot be tested here; then there is no rule.
    asks : {"paper", "book"}
        Whose question it is: one of the paper's sentences, or one of this book's own.
    rule_version : int
        Raised by hand whenever `rule` may give another verdict on some records. Every record keeps
        the version of the day on which it was made. ``tests/experiments/pinned.json`` holds what
        each version finds on made-up records: a rule that changes without its version fails there.
    """

    text: str
    source: str
    statement: str = ""
    rule: Callable[[Any], Finding] | None = None
    figure: str = ""
    same_setting_at: tuple[str, ...] = ()
    untestable: str = ""
    asks: str = PAPER
    rule_version: int = 0

    def __post_init__(self) -> None:
        if (self.rule is None) != bool(self.untestable):
            raise UserError(f"a claim has a rule or a reason why it has none: {self.text!r}")
        if self.rule is not None and self.rule_version < 1:
            raise UserError(f"a rule has a version, 1 or more: {self.text!r}")
