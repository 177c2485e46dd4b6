"""Where each wrong answer comes from is said once, for each, and of none that is gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from alexnet_lab.quiz import Question, read_questions


@pytest.fixture(scope="module")
def about(root: Path) -> dict[str, Any]:
    return yaml.safe_load((root / "book" / "question-sources.yml").read_text(encoding="utf-8"))


def tags(about: dict[str, Any]) -> Iterator[str]:
    """Yield the tag of each wrong answer."""
    for page in about["choices"].values():
        for question in page:
            yield from question.values()


def wrong(item: Question) -> list[str]:
    """Return the names of a question's wrong answers: letters, numbers, shapes."""
    letters = [choice.letter for choice in item.choices if not choice.is_key]
    shapes = [name for name, _ in item.drawn.shapes] if item.drawn else []
    return [*letters, *(slip.text for slip in item.slips), *shapes]


def test_each_wrong_answer_has_a_source(root: Path, about: dict[str, Any]) -> None:
    asked: dict[str, list[list[str]]] = {}
    for item in read_questions(root):
        if names := wrong(item):
            asked.setdefault(item.page, []).append(names)
    listed = {page: [list(tags) for tags in part] for page, part in about["choices"].items()}
    for page, questions in asked.items():
        lines = (f"    - {{ {', '.join(f'{one!r}: guess' for one in n)} }}" for n in questions)
        wanted = f"{page}: book/question-sources.yml wants these lines, each with its tag:\n"
        assert listed.get(page) == questions, wanted + "\n".join(lines)
    assert list(listed) == list(asked)


def test_sources_are_known_and_used(about: dict[str, Any]) -> None:
    counts = Counter(tags(about))
    print(f"{counts.total()} wrong answers: {dict(counts.most_common())}")
    assert set(counts) == set(about["sources"])
    assert all(len(text) > 40 for text in about["sources"].values())


def test_the_page_counts_them(root: Path, about: dict[str, Any]) -> None:
    from alexnet_book.sources import table

    made = table(root / "book" / "question-sources.yml")
    guesses = list(tags(about)).count("guess")
    assert f"<td>{guesses}</td><td>Our own guess at what" in made
