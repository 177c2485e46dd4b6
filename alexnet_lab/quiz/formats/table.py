"""CSV: a row a question, for a spreadsheet or a program of one's own."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..question import LETTERS, Question
from ..text import sentence, to_plain

COLUMNS = (
    *("id", "chapter", "page", "label", "topic", "kind", "question"),
    *LETTERS,
    *("key", "value", "unit", "tolerance", "explanation"),
    *(f"feedback_{letter}" for letter in LETTERS),
    "slips",
)


def write(questions: Sequence[Question], path: Path) -> None:
    """Write the rows, in UTF-8 as Excel, too, recognises it."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.DictWriter(file, COLUMNS, restval="")
        rows.writeheader()
        rows.writerows(map(_row, questions))


def _row(question: Question) -> dict[str, Any]:
    row: dict[str, Any] = {
        name: getattr(question, name)
        for name in ("id", "chapter", "page", "label", "topic", "kind")
    }
    row |= {"question": to_plain(question.prompt), "key": question.key}
    row["explanation"] = to_plain(question.explanation)
    for choice in question.choices:
        row[choice.letter] = to_plain(choice.text)
        row[f"feedback_{choice.letter}"] = to_plain(sentence(choice.feedback))
    if question.number:
        number = question.number
        row |= {"value": number.value, "unit": number.unit, "tolerance": number.tolerance}
        row["slips"] = " | ".join(
            f"{s.text}: {to_plain(sentence(s.feedback))}" for s in question.slips
        )
    # A spreadsheet takes a cell that begins with one of these for a formula.
    return {
        name: f"'{value}" if isinstance(value, str) and value[:1] in set("=+-@") else value
        for name, value in row.items()
    }
