"""Several comparisons judged as one, and what a rule of any kind compares."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from .claim import CONTRADICTED, REPRODUCED, SMALLER, UNDECIDED, Finding, Interval, RateVerdict
from .comparison import Comparison
from .measures import Results


@dataclass(frozen=True)
class EachOf:
    """A rule about several comparisons at once: all must hold, and one that fails is enough.

    Parameters
    ----------
    parts : tuple of (str, Comparison)
        Titles and comparisons; each comparison's `family` is their number.
    about : str
        Said after the unit, of the comparison that is shown: the one with the least effect.
    """

    parts: tuple[tuple[str, Comparison], ...]
    about: str

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """What is compared."""
        return tuple(comparison for _, comparison in self.parts)

    def __call__(self, results: Results) -> Finding:
        """Judge the records."""
        found = [(title, comparison(results)) for title, comparison in self.parts]
        words = [finding.verdict for _, finding in found]
        verdict = next((w for w in (CONTRADICTED, SMALLER, UNDECIDED) if w in words), REPRODUCED)
        known = [(t, f.effect) for t, f in found if f.effect is not None]
        least_one = min(known, key=lambda item: _size(item[1]), default=None)
        by_rate = [
            RateVerdict(f"{title}: {one.rule}", one.verdict, one.effect, one.note, one.spread)
            for title, finding in found
            for one in finding.by_rate
        ]
        takes = [f.takes for _, f in found if f.takes is not None]
        return Finding(
            verdict,
            least_one[1] if least_one else None,
            f"{self.comparisons[0].unit}, {self.about}",
            tuple(known),
            f"it is {least_one[0]}" if least_one else "",
            tuple(by_rate),
            max(takes) if verdict == UNDECIDED and takes else None,
        )


def _size(effect: Interval) -> float:
    return effect.low if math.isnan(effect.estimate) else effect.estimate


def arms_of(rule: Any) -> tuple[str, ...]:
    """Return the arms that a sequential rule needs: its own, and those of what it compares.

    Nothing for a rule that is not sequential: a computation, or one that reads other runs.
    """
    compared = [arm for comparison in comparisons_of(rule) for arm in comparison.arms]
    return tuple(dict.fromkeys((*getattr(rule, "arms", ()), *compared)))


def comparisons_of(rule: Any) -> tuple[Comparison, ...]:
    """Return what a rule compares; nothing for a rule of another kind."""
    if isinstance(rule, Comparison):
        return (rule,)
    return tuple(getattr(rule, "comparisons", ()))
