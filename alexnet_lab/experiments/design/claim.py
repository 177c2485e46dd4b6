"""What is claimed, and what records can say of it: a verdict rule, fixed before the runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ...errors import UserError

REPRODUCED = "reproduced"
AT_SMALL_SCALE = "reproduced at small scale"
NOT_HERE = "not reproduced here"
UNTESTABLE = "cannot be tested here"
NOT_YET = "not measured yet"
STATUSES = (REPRODUCED, AT_SMALL_SCALE, NOT_HERE, UNTESTABLE, NOT_YET)


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
    holds : bool or None
        Whether the claim holds by the rule; None while records are missing.
    effect : Interval or None
        The effect, in `unit`.
    unit : str
        E.g. "points of test error", "times".
    details : tuple of (str, Interval)
        Further effects of the same kind, for a table below the ledger.
    note : str
        What a reader must know to read the effect.
    """

    holds: bool | None
    effect: Interval | None = None
    unit: str = ""
    details: tuple[tuple[str, Interval], ...] = ()
    note: str = ""


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
    settled : callable, optional
        Of the same kind, asked while `rule` waits for runs: what it finds, or None. It may only
        find what follows from `rule` whatever the missing runs will be.
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
    settled: Callable[[Any], Finding | None] | None = None
    rule_version: int = 1

    def __post_init__(self) -> None:
        if (self.rule is None) != bool(self.untestable):
            raise UserError(f"a claim has a rule or a reason why it has none: {self.text!r}")
