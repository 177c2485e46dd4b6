"""Twelve before and twelve after: parallel forms, whose numbers the package computes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

import alexnet_lab as al
from alexnet_lab.quiz import Question, read_questions


@pytest.fixture(scope="module")
def forms(root: Path) -> dict[str, list[Question]]:
    return {name: read_questions(root, chapter=name) for name in ("before", "after")}


def right(question: Question) -> str:
    return next(choice.text for choice in question.choices if choice.is_key)


def test_the_forms_are_parallel(forms: dict[str, list[Question]]) -> None:
    before, after = forms.values()
    labels = [[(question.label, question.topic) for question in form] for form in (before, after)]
    assert labels[0] == labels[1]
    assert [label for label, _ in labels[0]] == [f"Question {i}" for i in range(1, 13)]
    assert not {q.prompt for q in before} & {q.prompt for q in after}
    assert [q.kind for q in before] == [q.kind for q in after]
    for form in (before, after):
        keys = Counter(question.key for question in form if question.choices)
        assert set(keys) == set("ABCD")
        assert max(keys.values()) <= 3


def test_their_sums_are_the_package_s(forms: dict[str, list[Question]]) -> None:
    """Places of a window, by torch; parameters and work, by the table of the network."""
    torch = pytest.importorskip("torch")
    places = {"before": (227, 11, 4), "after": (27, 3, 2)}
    for name, (width, window, step) in places.items():
        pooled = torch.nn.functional.max_pool1d(torch.zeros(1, 1, width), window, step)
        assert forms[name][0].number.value == pooled.shape[-1]

    whole = al.layer_table(al.models.alexnet_2012())
    narrow = al.layer_table(al.models.alexnet_2012(hidden=(2048, 2048)))
    saved = 1 - narrow.total_parameters / whole.total_parameters
    assert "file by more than half, the work hardly" in right(forms["after"][1])
    assert saved > 0.5
    assert 1 - narrow.total_macs / whole.total_macs == pytest.approx(1 / 20, rel=0.1)
    dense = [row for row in whole.rows if row.name.startswith("fc")]
    share = sum(row.parameters for row in dense) / whole.total_parameters
    assert f"{share:.0%}".replace("%", " %") in forms["before"][1].explanation
    one = al.layer_table(al.models.alexnet_one_tower())
    sums = [f"{table.total_parameters / 1e6:.1f}" for table in (one, whole)]
    assert all(text in forms["after"][5].explanation for text in sums)
    for size, step in [(3, 2), (2, 2)]:
        assert torch.nn.functional.max_pool1d(torch.zeros(1, 1, 27), size, step).shape[-1] == 13
