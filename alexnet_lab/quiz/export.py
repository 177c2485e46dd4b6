"""Questions to a file: one way in, the same for all formats."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Sequence
from pathlib import Path

from ..errors import UserError
from ..files import atomic_write
from .question import Question

# A format's name, and the module that writes it.
FORMATS = {"gift": "gift", "qti": "qti", "anki": "anki", "csv": "table"}


def export(questions: Sequence[Question], path: str | Path, format: str) -> list[Question]:
    """Write questions for another program.

    Parameters
    ----------
    questions : sequence of Question
        Of `read_questions`. Those without an answer of their own (kind ``old``) are left out; a
        drawn one, which no other program asks, becomes an open one.
    path : str or pathlib.Path
        The file to write, whole or not at all.
    format : str
        ``gift`` (Moodle), ``qti`` (2.1, a zip: Canvas, Blackboard, TAO), ``anki`` (an .apkg) or
        ``csv``.

    Returns
    -------
    list of Question
        Those that were written.

    Raises
    ------
    UserError
        For an unknown format, for no questions, and when the file cannot be written.

    Examples
    --------
    >>> from alexnet_lab.quiz import Choice, Question, export
    >>> choices = (
    ...     Choice("A", "54", "That rounds down.", is_key=False),
    ...     Choice("B", "55", "The code of 2012 rounds up.", is_key=True),
    ... )
    >>> asked = Question("1", "notebooks/01.ipynb", "Predict", "", "choices", "How many?", choices)
    >>> [question.key for question in export([asked], "columns.gift", "gift")]
    ['B']
    """
    if format not in FORMATS:
        raise UserError(f"unknown format {format!r}; known: {', '.join(FORMATS)}")
    fit = [_in_words(question) for question in questions if question.kind != "old"]
    if not fit:
        raise UserError("no question that another program could ask; name another chapter")
    module = importlib.import_module(f".formats.{FORMATS[format]}", __package__)
    with atomic_write(path) as scratch:
        module.write(fit, scratch)
    return fit


def _in_words(question: Question) -> Question:
    """Return a drawn question as an open one, whose answer says what drawings get wrong."""
    if question.drawn is None:
        return question
    said = "".join(f"- **{name}**: {text}\n" for name, text in question.drawn.shapes)
    explanation = f"{question.explanation}\n\n{said}".strip()
    return dataclasses.replace(question, kind="open", explanation=explanation)
