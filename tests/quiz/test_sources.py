"""Where each wrong answer comes from is said once, for each, and of none that is gone."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from alexnet_lab.quiz import Question, read_questions


@pytest.fixture(scope="module")
def about(root: Path) -> dict[str, Any]:
    return yaml.safe_load((root / "book" / "question-sources.yml").read_text(encoding="utf-8"))


def wrong(item: Question) -> list[str]:
    """Return the names of a question's wrong answers: letters, numbers, shapes."""
    letters = [choice.letter for choice in item.choices if not choice.is_key]
    shapes = [name for name, _ in item.drawn.shapes] if item.drawn else []
    return [*letters, *(slip.text for slip in item.slips), *shapes]


def test_each_wrong_answer_has_a_source(root: Path, about: dict[str, Any]) -> None:
    asked = {item.id: names for item in read_questions(root) if (names := wrong(item))}
    listed = {name: list(tags) for name, tags in about["choices"].items()}
    missing = [
        f"  {name}: {{{', '.join(f'{one!r}: guess' for one in names)}}}"
        for name, names in asked.items()
        if listed.get(name) != names
    ]
    assert not missing, "book/question-sources.yml lacks, or has otherwise:\n" + "\n".join(missing)
    assert not set(listed) - set(asked), "of no question any more"


def test_sources_are_known_and_used(about: dict[str, Any]) -> None:
    tags = Counter(tag for choices in about["choices"].values() for tag in choices.values())
    print(f"{tags.total()} wrong answers: {dict(tags.most_common())}")
    assert set(tags) == set(about["sources"])
    assert all(len(text) > 40 for text in about["sources"].values())


def test_the_page_counts_them(root: Path, about: dict[str, Any]) -> None:
    from alexnet_book.sources import table

    made = table(root / "book" / "question-sources.yml")
    guesses = sum(tag == "guess" for part in about["choices"].values() for tag in part.values())
    assert f"<td>{guesses}</td><td>Our own guess at what" in made
