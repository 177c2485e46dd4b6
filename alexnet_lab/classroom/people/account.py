"""One student's points in one assignment: by checks, by people, less what lateness costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .lateness import Lateness
from .marks import Mark


@dataclass(frozen=True)
class Account:
    """All that a total is made of.

    Attributes
    ----------
    checks : float
        Points by checks alone; `checks_of` can be had.
    changed : float
        What people's marks on checks add to that, or take.
    people : float
        Points of the questions that people read; `people_of` can be had.
    unmarked : tuple of str
        Answers that still wait for a person; the total is preliminary.
    marks : dict of str to Mark
        By question or check.
    days : int
        Late, each that has begun.
    penalty : float
        Points that lateness costs.
    note : str
        What could not be told of the time, if so.
    """

    checks: float
    checks_of: float
    changed: float = 0.0
    people: float = 0.0
    people_of: float = 0.0
    unmarked: tuple[str, ...] = ()
    marks: dict[str, Mark] = field(default_factory=dict)
    days: int = 0
    penalty: float = 0.0
    note: str = ""

    @property
    def before(self) -> float:
        """Points before lateness."""
        return round(self.checks + self.changed + self.people, 2)

    @property
    def total(self) -> float:
        """Points after all."""
        return round(self.before - self.penalty, 2)

    @property
    def of(self) -> float:
        """Points that can be had."""
        return self.checks_of + self.people_of


def account(
    checks: Mapping[str, tuple[float, float]],
    questions: Mapping[str, tuple[bool, float]],
    marks: Mapping[str, Mark],
    policy: Lateness | None = None,
    days: int = 0,
    note: str = "",
) -> Account:
    """Add up.

    Parameters
    ----------
    checks : mapping of str to (float, float)
        By check: points, and points that it can give.
    questions : mapping of str to (bool, float)
        By question that a person reads: whether it is answered, and the points it can give.
    marks : mapping of str to Mark
    policy : Lateness, optional
    days : int
        How many days late.
    note : str

    Returns
    -------
    Account

    Examples
    --------
    >>> from alexnet_lab.classroom.people.account import account
    >>> from alexnet_lab.classroom.people.marks import Mark
    >>> done = account({"a": (3, 3), "b": (0, 2)}, {"why": (True, 4)}, {"b": Mark(1, "", "")})
    >>> done.checks, done.total, done.of, done.unmarked
    (3, 4.0, 9, ('why',))
    """
    by_checks = sum(points for points, _ in checks.values())
    given = {name: mark.points for name, mark in marks.items() if mark.points is not None}
    changed = sum(given[name] - points for name, (points, _) in checks.items() if name in given)
    people = sum(given.get(name, 0.0) for name in questions)
    waiting = tuple(n for n, (answered, _) in questions.items() if answered and n not in given)
    checks_of = sum(of for _, of in checks.values())
    people_of = sum(of for _, of in questions.values())
    penalty = 0.0
    if policy and days:
        has = by_checks + changed + people
        penalty = policy.penalty(days, of=checks_of + people_of, has=has)
    return Account(
        by_checks,
        checks_of,
        changed,
        people,
        people_of,
        waiting,
        dict(marks),
        days,
        penalty,
        note,
    )
