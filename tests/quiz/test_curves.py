"""Drawn questions: their curves are the records', and no shape that an answer names is ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from alexnet_book.curves import drawn_curves
from node import run_node

import alexnet_lab as al
from alexnet_lab.errors import UserError
from alexnet_lab.quiz import Drawn, read_questions
from alexnet_lab.quiz.question import COLUMNS, SHAPES

CORE = "_runtime/curve-core.js"
KNOTS = 11
JUDGE = """
return given.cases.map(({ drawn, ours, ...rest }) => core.judge(drawn, ours, rest));
"""
PLACES = "return core.atPlaces(given.values, given.count, given.longest);"
# A drawing of each shape, at the knots; beside the curve of another arm, where there is one.
DRAWN = {
    "falls at the end": lambda beside: [0.9] * 7 + [0.8, 0.6, 0.4, 0.2],
    "falls": lambda beside: np.linspace(0.9, 0.3, KNOTS),
    "keeps falling": lambda beside: np.linspace(0.9, 0.1, KNOTS),
    "levels off": lambda beside: [0.6, 0.3, *[0.25] * 9],
    "rises": lambda beside: np.linspace(0.1, 0.9, KNOTS),
    "stays below": lambda beside: beside - 0.05,
    "stays above": lambda beside: beside + 0.05,
}


def at_knots(curve: dict[str, Any], about: dict[str, Any], end: int) -> np.ndarray:
    places = np.linspace(0, about["longest"] - 1, KNOTS)
    places = places[places <= end - 1 + 1e-9]
    return np.interp(places, range(len(curve["mean"])), curve["mean"]) / about["top"]


def judged(*cases: dict[str, Any]) -> Any:
    plain = [
        {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in case.items()}
        for case in cases
    ]
    return run_node(CORE, JUDGE, {"cases": plain})


def test_names_of_shapes_are_those_of_the_judge() -> None:
    assert tuple(run_node(CORE, "return Object.keys(core.SHAPES);", {})) == SHAPES == tuple(DRAWN)


def test_each_drawn_question_knows_its_wrong_shapes_and_ours(root: Path) -> None:
    items = [item for item in read_questions(root) if item.drawn is not None]
    assert len(items) >= 3
    for item in items:
        assert item.drawn is not None
        about = drawn_curves(item.drawn)
        end = len(about["ours"]["mean"])
        ours = at_knots(about["ours"], about, end)
        beside = at_knots(about["beside"], about, end) if item.drawn.beside else np.zeros(0)
        names = about["names"]
        assert names
        wrong = [np.array(DRAWN[name](beside), dtype=float)[: len(ours)] for name in names]
        cases = [
            {"drawn": v, "ours": ours, "names": names, "beside": beside} for v in [ours, *wrong]
        ]
        right, *found = judged(*cases)
        assert (right["right"], right["shape"]) == (1, -1), (item.id, names)
        assert [(one["right"], one["shape"]) for one in found] == [
            (0, place) for place in range(len(names))
        ], item.id


def test_curves_are_the_records() -> None:
    drawn = Drawn("dropout", "half", "test error", beside="none")
    about = drawn_curves(drawn)
    for part, arm in [("ours", "half"), ("beside", "none")]:
        records = al.experiments.evidence("dropout").records[arm]
        values = np.array([run["epochs"][COLUMNS["test error"]] for run in records])
        for name, wanted in [("mean", values.mean(0)), ("low", values.min(0))]:
            np.testing.assert_allclose(about[part][name], wanted, atol=5.1e-5)
    with pytest.raises(UserError, match="no curve of initialisation, raw-source"):
        drawn_curves(Drawn("initialisation", "raw-source", "training error"))
    with pytest.raises(UserError, match="known: none, half"):
        drawn_curves(Drawn("dropout", "third", "training error"))


def test_how_near_is_near() -> None:
    level = np.full(KNOTS, 0.5)
    cases = [{"drawn": level + by, "ours": level, "names": []} for by in (0.05, -0.1, 0.2)]
    found = judged(*cases)
    assert [one["right"] for one in found] == [1, 0.5, 0]
    assert [one["above"] for one in found] == pytest.approx([0.05, -0.1, 0.2])


@pytest.mark.parametrize(("length", "longest"), [(40, 40), (7, 11), (3, 3), (2, 5)])
def test_a_curve_at_even_places_is_numpys(length: int, longest: int) -> None:
    values = np.random.default_rng(0).random(length)
    found = run_node(CORE, PLACES, {"values": values.tolist(), "count": 11, "longest": longest})
    places = np.linspace(0, longest - 1, 11)
    kept = places[places <= length - 1 + 1e-9]
    np.testing.assert_allclose(found, np.interp(kept, range(length), values))
