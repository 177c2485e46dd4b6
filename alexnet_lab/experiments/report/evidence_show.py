"""How evidence shows itself: as text in a terminal, as claims and a table in a page."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from ...tables import COLUMNS, SmallTable, aligned, fitted, small_table, table_html
from ..design.experiment import Experiment
from .ledger import Row
from .words import cell_text, effect

_WIDTH = 84  # what the book shows of a line of output
_NO_VERDICT = "this scale shows that the code runs; it judges nothing"
_SIGN = "Points above 0: as the claim says; below 0: the opposite."


def as_text(title: str, rows: Sequence[Row], arms: SmallTable | None) -> str:
    """Return title, claims and arms as lines of text."""
    parts = [title, *(_claim(row) for row in rows)]
    if not rows:
        parts.append(f"  ({_NO_VERDICT})")
    if _signed(rows):
        parts.append(f"  {_SIGN}")
    if arms is not None:
        table = aligned(fitted([arms.heads, *arms.rows], COLUMNS - 2))
        parts.append(textwrap.indent("\n".join(filter(None, (table, arms.note))), "  "))
    return "\n".join(parts)


def as_html(title: str, rows: Sequence[Row], arms: SmallTable | None) -> str:
    """Return the same as HTML: a paragraph a claim, its verdict in bold, and a table of arms."""
    parts = [f"<p>{escape(title, quote=False)}</p>", *(_claim_html(row) for row in rows)]
    if not rows:
        parts.append(f"<p>({_NO_VERDICT})</p>")
    if _signed(rows):
        parts.append(f"<p>{_SIGN}</p>")
    if arms is not None:
        parts.append(table_html(arms))
    return f'<div class="al-evidence">{"".join(parts)}</div>'


def table_of_arms(
    experiment: Experiment,
    table: Sequence[Mapping[str, Any]],
    records: Mapping[str, Sequence[Mapping[str, Any]]],
) -> SmallTable | None:
    """Return the arms that have records, a row each; None where there is none to show."""
    if not (experiment.arms and records):
        return None
    rows = [
        [
            *(arm["title"], f"{arm['lr']:g}", len(arm["seeds"])),
            *(cell_text(arm[title], what) for title, what in experiment.shown),
        ]
        for arm in table
        if arm["arm"] in records and arm["seeds"]
    ]
    left = len(experiment.arms) - len(records)
    note = f"and {left} arm{'s' * (left != 1)} without a record yet" if left else ""
    heads = ["arm", "rate", "seeds", *(title for title, _ in experiment.shown)]
    return small_table(heads, rows, note=note)


def _signed(rows: Sequence[Row]) -> bool:
    """Tell whether one of the rows compares arms, and its effect is a difference in points."""
    return any(row.finding.by_rate and row.finding.unit.startswith("points") for row in rows)


def _result(row: Row) -> str:
    paper = f"paper: {row.claim.figure}; " if row.claim.figure else ""
    return f"{paper}here: {effect(row)}" if row.claim.rule else effect(row)


def _claim(row: Row) -> str:
    text = textwrap.fill(
        f"{row.label}. {row.claim.text}", _WIDTH, initial_indent="  ", subsequent_indent="     "
    )
    lines = textwrap.wrap(
        f"→ {row.status} ({_result(row)})",
        _WIDTH,
        initial_indent="     ",
        subsequent_indent="       ",
    )
    return "\n".join([text, *lines])


def _claim_html(row: Row) -> str:
    text, result = (escape(said, quote=False) for said in (row.claim.text, _result(row)))
    return (
        f"<p><b>{escape(row.label)}.</b> {text}<br>"
        f"<strong>{escape(row.status)}</strong> {result}</p>"
    )
