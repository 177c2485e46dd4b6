"""How evidence shows itself: as text in a terminal, as claims and a table in a page."""

from __future__ import annotations

import textwrap
from html import escape
from typing import TYPE_CHECKING

from ...analysis import SmallTable, aligned, small_table, table_html
from .ledger import Row
from .words import cell_text, effect

if TYPE_CHECKING:
    from .evidence import Evidence

_WIDTH = 84  # what the book shows of a line of output
_NO_VERDICT = "this scale shows that the code runs; it judges nothing"


def as_text(found: Evidence) -> str:
    """Return title, claims and arms as lines of text."""
    parts = [_title(found), *(_claim(row) for row in found.rows)]
    if not found.rows:
        parts.append(f"  ({_NO_VERDICT})")
    arms = _arms(found)
    if arms is not None:
        table = aligned([arms.heads, *arms.rows])
        parts.append(textwrap.indent("\n".join(filter(None, (table, arms.note))), "  "))
    return "\n".join(parts)


def as_html(found: Evidence) -> str:
    """Return the same as HTML: a paragraph a claim, its verdict in bold, and a table of arms."""
    parts = [f"<p>{escape(_title(found), quote=False)}</p>"]
    parts += [_claim_html(row) for row in found.rows]
    if not found.rows:
        parts.append(f"<p>({_NO_VERDICT})</p>")
    arms = _arms(found)
    if arms is not None:
        parts.append(table_html(arms))
    return f'<div class="al-evidence">{"".join(parts)}</div>'


def _title(found: Evidence) -> str:
    return f"{found.experiment.title}: {found.runs} of {found.wanted} runs at scale {found.scale!r}"


def _arms(found: Evidence) -> SmallTable | None:
    if not (found.experiment.arms and found.records):
        return None
    shown = found.experiment.shown
    rows = [
        [
            *(arm["title"], f"{arm['lr']:g}", len(arm["seeds"])),
            *(cell_text(arm[title], what) for title, what in shown),
        ]
        for arm in found.table
        if arm["arm"] in found.records and arm["seeds"]
    ]
    left = len(found.experiment.arms) - len(found.records)
    note = f"and {left} arm{'s' * (left != 1)} without a record yet" if left else ""
    return small_table(["arm", "rate", "seeds", *(title for title, _ in shown)], rows, note=note)


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
