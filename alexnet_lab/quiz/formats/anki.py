"""A package for Anki: a deck a chapter, a note a question; written by genanki."""

from __future__ import annotations

import html
import zlib
from collections.abc import Sequence
from pathlib import Path

from ...errors import UserError
from ..question import Question
from ..text import to_html, to_inline

FIELDS = ("Question", "Choices", "Answer", "Feedback", "Source")
MODEL_ID = 1_607_392_012  # of ours for ever: Anki tells note types apart by it
FRONT = "{{Question}}{{Choices}}"
BACK = "{{FrontSide}}<hr id=answer>{{Answer}}{{Feedback}}<p><small>{{Source}}</small></p>"


def write(questions: Sequence[Question], path: Path) -> None:
    """Write the package; the same questions give notes that Anki knows again."""
    try:
        import genanki
    except ModuleNotFoundError as error:
        raise UserError("--format anki needs genanki: pip install 'alexnet-lab[quiz]'") from error
    model = genanki.Model(
        MODEL_ID,
        "AlexNet Lab question",
        fields=[{"name": name} for name in FIELDS],
        templates=[{"name": "Question", "qfmt": FRONT, "afmt": BACK}],
    )
    decks: dict[str, genanki.Deck] = {}
    for question in questions:
        name = f"AlexNet Lab::{question.chapter}"
        deck = decks.setdefault(name, genanki.Deck(zlib.crc32(name.encode()), name))
        tags = [question.kind, f"chapter-{question.chapter}"]
        deck.add_note(
            genanki.Note(model=model, fields=list(_fields(question)), guid=question.id, tags=tags)
        )
    # Without a time of its own, the same questions make the same package.
    genanki.Package(list(decks.values())).write_to_file(str(path), timestamp=0)


def _fields(question: Question) -> tuple[str, ...]:
    items = [f"<li>{choice.letter}. {to_inline(choice.text)}</li>" for choice in question.choices]
    choices = f'<ul style="list-style:none">{"".join(items)}</ul>' if items else ""
    answer = to_html(question.explanation)
    if question.key:
        answer = f"<p><b>{question.key}</b></p>{answer}"
    elif question.number:
        said = f"{question.number.text} {question.number.unit}".strip()
        answer = f"<p><b>{html.escape(said)}</b></p>{answer}"
    wrong = [(c.letter, c.feedback) for c in question.choices if not c.is_key]
    wrong += [(slip.text, slip.feedback) for slip in question.slips]
    said_to = "".join(f"<li><b>{html.escape(n)}</b>: {to_inline(text)}</li>" for n, text in wrong)
    feedback = f"<ul>{said_to}</ul>" if wrong else ""
    source = html.escape(f"{question.page}, {question.label}")
    return to_html(question.prompt), choices, answer, feedback, source
