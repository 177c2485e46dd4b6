"""All questions of the book together: nothing but the subject gives a key away."""

from __future__ import annotations

import math
import re
from collections import Counter
from pathlib import Path

import pytest

from alexnet_lab.quiz import Question, read_questions
from alexnet_lab.quiz.question import LETTERS


@pytest.fixture(scope="module")
def items(root: Path) -> list[Question]:
    return read_questions(root)


@pytest.fixture(scope="module")
def chosen(items: list[Question]) -> list[Question]:
    return [item for item in items if item.kind == "choices"]


def deviation(found: int, chances: list[float]) -> float:
    """Return by how many standard deviations a count exceeds what chance gives."""
    spread = math.sqrt(sum(chance * (1 - chance) for chance in chances))
    return (found - sum(chances)) / spread if spread else 0.0


def plain_length(text: str) -> int:
    return len(re.sub(r"\]\([^)]*\)|[*`$\\\[]", "", text))


def test_questions_are_told_apart(items: list[Question]) -> None:
    assert len(items) == len({item.id for item in items})
    kinds = Counter(item.kind for item in items)
    print(f"{len(items)} questions: {dict(kinds)}")
    assert not kinds["old"]  # told by several folds or by the text, they would take no answer


def test_the_letter_of_the_key_follows_no_rule(chosen: list[Question]) -> None:
    for place, letter in enumerate(LETTERS[:4]):
        having = [item for item in chosen if len(item.choices) > place]
        found = sum(item.key == letter for item in having)
        off = deviation(found, [1 / len(item.choices) for item in having])
        print(f"{letter}: key of {found} in {len(having)}, {off:+.1f} standard deviations")
        assert abs(off) < 2.6, letter


def test_the_key_is_not_the_longest_more_often_than_chance(chosen: list[Question]) -> None:
    longest = [
        item
        for item in chosen
        if all(
            plain_length(next(c.text for c in item.choices if c.is_key)) > plain_length(c.text)
            for c in item.choices
            if not c.is_key
        )
    ]
    off = deviation(len(longest), [1 / len(item.choices) for item in chosen])
    print(f"key the longest in {len(longest)} of {len(chosen)}, {off:+.1f} standard deviations")
    assert off < 2, [item.prompt[:50] for item in longest]


def test_each_choice_has_something_of_its_own_said_to_it(items: list[Question]) -> None:
    for item in items:
        said = [choice.feedback for choice in item.choices] + [slip.feedback for slip in item.slips]
        assert len(set(said)) == len(said), item.prompt
        assert all(len(text) >= 20 for text in said), (item.page, item.prompt)
