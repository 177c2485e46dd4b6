"""What chapters show of the records: held against records made by hand."""

from __future__ import annotations

import math
from statistics import fmean

import pytest

import alexnet_lab as al
from alexnet_lab.errors import UserError
from alexnet_lab.experiments.claims.registry import find
from alexnet_lab.experiments.design.claim import UNDECIDED
from alexnet_lab.experiments.report.evidence import curve, evidence, rerun

from .made import arm, fill, times


@pytest.fixture
def filled(library):
    fill(
        library,
        find("dropout"),
        {"none": arm(0.40, 0.42, 0.41, train=0.1), "half": arm(0.30, 0.31, 0.32, train=0.2)},
    )
    fill(library, find("relu_tanh"), {"four-2012-relu": times(300, 200), "80s-2012-tanh": times()})
    return library


def test_without_records_everything_is_not_measured_yet(library):
    found = evidence("dropout", library=library)
    assert (found.scale, found.runs, found.wanted) == ("laptop", 0, 6)
    assert found.curves() == []
    assert found.intervals() == [("claim 4", None), ("claim 4b", None)]
    assert repr(found).count(UNDECIDED) == 2
    assert {error for arm in found.trials.values() for _, error in arm} == {None}


def test_effects_and_arms_are_those_of_the_ledger(filled):
    found = evidence("4", library=filled)
    assert (found.runs, found.wanted) == (6, 6)
    (_, gap), *rest = found.intervals()
    # By hand: (41 − 10) − (31 − 20) points.
    assert gap.estimate == pytest.approx(20)
    assert [name for name, _ in rest][-1] == "claim 4b"
    text = repr(found)
    assert "undecided" in text, "its controls are not measured"
    assert "0.5 in fc6 and fc7" in text
    assert max(map(len, text.splitlines())) <= 88
    assert "without a record" not in text


def test_curves_of_epochs_have_a_mean_and_an_interval(filled):
    none, half = evidence("dropout", library=filled).curves()
    assert none.label == "none"
    assert none.x == (1.0, 2.0)
    assert half.runs == ((0.9, 0.30), (0.9, 0.31), (0.9, 0.32))
    assert none.band[0].low == none.band[0].high == 0.9
    # Oracle: t(2) = 4.3027 times the standard error.
    reach = 4.302653 * 0.01 / math.sqrt(3)
    assert half.band[1].low == pytest.approx(0.31 - reach)


def test_curves_of_iterations_end_where_the_run_ended(filled):
    (relu,) = evidence("relu_tanh", library=filled).curves("four-2012-relu", column="steps")
    assert relu.x == (100.0, 200.0, 300.0)
    assert [len(run) for run in relu.runs] == [3, 2]
    assert len(relu.band) == 2, "there is a mean as far as all runs go"
    assert relu.band[0].estimate == fmean([0.9, 0.9])


def test_the_grid_of_learning_rates_is_shown_with_what_chose(filled):
    trials = evidence("dropout", library=filled).trials["none"]
    assert trials == ((0.005, 0.505), (0.015, 0.515), (0.045, 0.545))


def test_a_run_again_in_seconds_keeps_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("ALEXNET_LAB_CACHE", str(tmp_path))
    said = []
    found = rerun("dropout", arms=["half"], say=said.append)
    assert (found.scale, found.runs, found.rows) == ("smoke", 1, ())
    assert len(said) == 1
    assert "judges nothing" in repr(found)
    assert list(tmp_path.iterdir()) == []
    assert [c.label for c in found.curves()] == ["0.5 in fc6 and fc7"]


def test_in_full_what_is_there_is_not_run_again(filled, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("alexnet_lab.experiments.report.evidence.Library", lambda: filled)
    said = []
    found = rerun("dropout", full=True, arms=["none", "half"], say=said.append)
    assert (found.scale, found.runs) == ("laptop", 6)
    assert said == [], "nothing was missing, so no data set was read"


def test_names_are_within_reach_of_the_chapters():
    assert al.experiments.evidence is evidence
    assert al.experiments.curve is curve
    with pytest.raises(UserError, match="unknown experiment"):
        evidence("dropuot")
