"""GIFT, Moodle's text format: https://docs.moodle.org/en/GIFT_format."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from ..question import Question
from ..text import sentence, to_html, to_inline

SPECIAL = re.compile(r"([\\~=#{}:])")


def write(questions: Sequence[Question], path: Path) -> None:
    """Write the questions, a category a chapter."""
    parts, category = [], None
    for question in questions:
        if question.chapter != category:
            category = question.chapter
            parts.append(f"$CATEGORY: AlexNet Lab/{category}\n")
        parts.append(_text(question))
    path.write_text("\n".join(parts), encoding="utf-8")


def _escaped(text: str) -> str:
    # A question ends at an empty line; a backslash, too, is written with one before it.
    return SPECIAL.sub(r"\\\1", re.sub(r"\s*\n\s*", " ", text))


def _text(question: Question) -> str:
    prompt = to_html(question.prompt)
    if question.number and question.number.unit:
        prompt += f"<p>Answer in: {question.number.unit}</p>"
    lines = _answers(question)
    general = _escaped(to_html(question.explanation))
    head = f"::{_escaped(question.id)}::[html]{_escaped(prompt)}"
    return "\n".join([f"{head} {{{lines[0]}", *lines[1:], f"####[html]{general}", "}", ""])


def _answers(question: Question) -> list[str]:
    if question.choices:
        return [
            "",
            *(
                f"{'=' if choice.is_key else '~'}[html]{_escaped(to_inline(choice.text))}"
                f" #[html]{'Right.' if choice.is_key else _escaped(_said(choice.feedback))}"
                for choice in question.choices
            ),
        ]
    if question.number:
        number = question.number
        right = f"=%100%{_digits(number.value)}:{_digits(number.tolerance)} #Right."
        slips = (
            f"=%0%{_digits(slip.value)}:{_digits(slip.room)}"
            f" #[html]{_escaped(_said(slip.feedback))}"
            for slip in question.slips
        )
        return ["#", right, *slips]
    return [""]


def _digits(value: float) -> str:
    # GIFT has no exponents: 6.5e-05 would end the number at the e.
    return f"{Decimal(f'{value:.12g}'):f}"


def _said(feedback: str) -> str:
    return to_inline(sentence(feedback))
