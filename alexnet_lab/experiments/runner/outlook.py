"""Which look may decide a claim, going by its records so far: the order of the work follows it.

A guess, and it judges nothing: a claim is decided by its own rule at its own looks, whenever its
turn comes.
"""

from __future__ import annotations

from typing import Any

from ..design.claim import CONTRADICTED, REPRODUCED, SMALLER, UNDECIDED
from ..design.comparison import Comparison
from ..design.each_of import EachOf, comparisons_of
from ..design.measures import Results
from ..design.sequential import LOOKS


def decides_at(rule: Any, results: Results) -> int | None:
    """Return the seeds of the look that would decide, should estimates and spreads stay.

    None where none before the last would (that is no short way), where nothing is measured yet,
    and for rules of other kinds.
    """
    if not isinstance(rule, (Comparison, EachOf)):
        return None
    parts = comparisons_of(rule)
    found = [part(results).by_rate for part in parts]
    for look in LOOKS[:-1]:
        words = [_word(part, rates, look) for part, rates in zip(parts, found, strict=True)]
        if {CONTRADICTED, SMALLER} & set(words) or set(words) == {REPRODUCED}:
            return look
    return None


def _word(comparison: Comparison, rates: Any, look: int) -> str:
    words = {comparison.foresee(one, look) for one in rates if one.effect is not None}
    return words.pop() if len(words) == 1 else UNDECIDED
