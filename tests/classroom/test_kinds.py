"""What the exercises ask for: few to be copied from a formula, harder ones towards the end."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from alexnet_lab.classroom.authoring.kinds import KINDS, table
from alexnet_lab.classroom.authoring.source import read_source
from alexnet_lab.classroom.secret import VARIABLE

from .test_assignments import NAMES, ROOT, cells, checks_of, each, given, notebook, run

FIRST_SIX = NAMES[:6]


def about(name: str) -> list[dict]:
    return [dict(cell.metadata.alexnet_lab) for cell in cells(name, "answer")]


def test_at_most_a_third_of_the_first_six_is_transcription() -> None:
    kinds = [exercise["kind"] for name in FIRST_SIX for exercise in about(name)]
    assert set(kinds) <= set(KINDS)
    share = kinds.count("transcription") / len(kinds)
    assert share <= 1 / 3, f"{kinds.count('transcription')} of {len(kinds)}"
    assert len(set(kinds)) >= 6


@each
def test_difficulty_rises_within(name: str) -> None:
    levels = [exercise["level"] for exercise in about(name)]
    assert set(levels) <= {1, 2, 3}
    half = len(levels) // 2
    assert sum(levels[:half]) / half < sum(levels[-half:]) / half, levels
    assert levels[0] <= sum(levels) / len(levels)
    assert max(levels[-2:]) == max(levels), levels


def test_difficulty_rises_across() -> None:
    means = [sum(e["level"] for e in about(n)) / len(about(n)) for n in FIRST_SIX]
    assert means == sorted(means), means
    assert means[-1] >= means[0] + 0.5


@each
def test_minutes_are_those_of_the_head(name: str) -> None:
    minutes = [cell.metadata.alexnet_lab.minutes for cell in cells(name, "answer", "written")]
    head = int(re.search(r"about (\d+) minutes", notebook(name).cells[0].source)[1])
    assert sum(minutes) == head, minutes


def test_teachers_table_is_that_of_the_sources() -> None:
    readme = (ROOT / "assignments" / "README.md").read_text(encoding="utf-8")
    sources = [read_source(ROOT / "assignments" / f"{name}.ipynb") for name in NAMES]
    assert table(sources) in readme, table(sources)


@pytest.mark.parametrize("name", FIRST_SIX)
def test_each_asks_for_a_prediction_before_a_picture(name: str) -> None:
    ids = [cell.id for cell in notebook(name).cells]
    asked = [c.id for c in notebook(name).cells if "**Predict, then run.** " in c.source]
    assert asked, "nothing is predicted before it is run"
    assert all(f"{place.removesuffix('-text')}-picture" in ids for place in asked)


RIGHT = Path(__file__).parent / "right_answers"


@pytest.mark.parametrize("name", [path.stem for path in sorted(RIGHT.glob("*.json"))])
@pytest.mark.parametrize("secret", ["", "a third course"])
def test_other_right_answers_pass(name: str, secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As people write them who do not think like the reference."""
    monkeypatch.setenv(VARIABLE, secret)
    answers = json.loads((RIGHT / f"{name}.json").read_text(encoding="utf-8"))
    assert set(answers) <= {cell.id for cell in cells(name, "answer")}
    for exercise, ways in answers.items():
        for way in ways:
            space = dict(given(name))
            run(way, space)
            for check in checks_of(name, exercise):
                run(check.source, space)
