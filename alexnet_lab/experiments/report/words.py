"""How the reports say numbers: effects, intervals, spans of time, tables."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from statistics import fmean

from ...training.progress import in_time
from ..design.claim import Interval
from .ledger import Row


def effect(row: Row) -> str:
    """Return the effect in words and numbers, or how far the runs have come.

    Examples
    --------
    >>> from alexnet_lab.experiments import Library, effect, rows
    >>> row = rows(Library(), ["relu_tanh"])[0]
    >>> print(effect(row))  # doctest: +ELLIPSIS
    at least ... times as many iterations with tanh
    """
    if row.claim.untestable:
        return row.claim.untestable
    if row.finding.effect is None:
        return f"{row.have} of {row.want} runs"
    if math.isnan(row.finding.effect.estimate):
        return interval(row.finding.effect)  # a sentence: no unit belongs behind it
    return f"{interval(row.finding.effect)} {row.finding.unit}"


def interval(value: Interval) -> str:
    """Return an interval as text: ``1.24 [1.05, 1.46]``, ``at least 3 [3, ∞)``."""
    bound = ""
    if math.isinf(value.high) and math.isfinite(value.low) and value.estimate == value.low:
        bound = "at least "
    elif value.low == 0 and value.estimate == value.high:
        bound = "at most "
    if math.isnan(value.estimate):
        return "not bounded by the runs"
    close = ")" if math.isinf(value.high) else "]"
    open_ = "(" if math.isinf(value.low) else "["
    return (
        f"{bound}{number(value.estimate)} {open_}{number(value.low)}, {number(value.high)}{close}"
    )


def number(value: float) -> str:
    """Return a number with three figures, and a true minus."""
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    text = f"{value:.2f}" if 0.1 <= abs(value) < 10 else f"{value:.3g}"
    if "e" in text:
        text = f"{value:.1e}"
    return text.replace("-", "−")


def seeds(value: Interval | None) -> str:
    """Return the seeds of each side."""
    return "–" if value is None else " / ".join(map(str, value.n))


def cell_text(values: Sequence[float | None], what: str) -> str:
    """Return the mean of the seeds' values and their range."""
    seen = [v for v in values if v is not None]
    if not values:
        return "–"
    if not seen:
        return "diverged"
    if what == "iterations":
        shown = [f"{v:,.0f}" if v > 0 else f"> {-v:,.0f}" for v in seen]
        return "; ".join(shown)
    mean, least, most = (100 * f(seen) for f in (fmean, min, max))
    lost = f"; {len(values) - len(seen)} diverged" if len(seen) < len(values) else ""
    return f"{mean:.1f} % ({least:.1f}–{most:.1f}){lost}"


def table(head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table with a header row."""
    lines = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(_cell(c) for c in line) + " |" for line in lines) + "\n"


def _cell(text: str) -> str:
    # A number stays with its unit, and both sides of an equation on one line.
    for loose, bound in ((" %", "\u00a0%"), (" = ", "\u00a0=\u00a0"), ("|", "\\|"), ("\n", " ")):
        text = text.replace(loose, bound)
    return text


def span(seconds: float) -> str:
    """Return a span of time as people say it; a dash where none is known."""
    return "–" if math.isnan(seconds) else in_time(seconds)
