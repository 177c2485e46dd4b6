"""The page's statistics of recorded runs against scipy's and the ledger's."""

from __future__ import annotations

import pytest
import torch
from node import run_node
from scipy import stats

from alexnet_lab.experiments.design.statistics import mean_interval

CORE = "training/core.js"


def runs() -> list[dict]:
    """Return two arms; one run ends early, as one that reached its goal."""
    draw = torch.Generator().manual_seed(0)

    def made(arm: str, seed: int, epochs: int) -> dict:
        error = torch.rand(epochs, generator=draw).tolist()
        return {"arm": arm, "seed": seed, "columns": {"error": error, "loss": error[::-1]}}

    return [made("a", 0, 4), made("b", 0, 4), made("a", 1, 3), made("a", 2, 4)]


def test_students_t_is_scipys() -> None:
    cases = [[n, level] for n in (1, 2, 3, 4.7, 9, 30, 200) for level in (0.5, 0.9, 0.95, 0.99)]
    found = run_node(CORE, "return given.cases.map((c) => core.studentT(...c))", {"cases": cases})
    wanted = [stats.t.ppf(0.5 + level / 2, n) for n, level in cases]
    assert found == pytest.approx(wanted, rel=1e-7)


@pytest.mark.parametrize("values", [[0.3, 0.1], [0.2, 0.25, 0.21], [1, 2, 3, 4, 5.5]])
def test_intervals_are_those_of_the_ledger(values: list[float]) -> None:
    found = run_node(CORE, "return core.interval(given.values)", {"values": values})
    wanted = mean_interval(values)
    assert found["n"] == len(values)
    assert [found["mean"], found["low"], found["high"]] == pytest.approx(
        [wanted.estimate, wanted.low, wanted.high], rel=1e-6
    )


def test_one_seed_has_no_interval() -> None:
    found = run_node(CORE, "return core.interval([0.4])", {})
    assert found == {"n": 1, "mean": 0.4, "low": None, "high": None}


def test_a_mean_ends_with_the_first_of_its_runs() -> None:
    case = {"runs": runs()}
    body = """
    const arms = core.byArm(given.runs);
    return { names: arms.map(([name, of]) => [name, of.length]),
             curve: core.curve(arms[0][1], "error") };
    """
    found = run_node(CORE, body, case)
    assert found["names"] == [["a", 3], ["b", 1]]
    of_a = [run["columns"]["error"] for run in case["runs"] if run["arm"] == "a"]
    assert [point["n"] for point in found["curve"]] == [3, 3, 3]
    for point in found["curve"]:
        at = [values[point["epoch"] - 1] for values in of_a]
        assert point["mean"] == pytest.approx(sum(at) / len(at))


def test_extent_and_columns() -> None:
    case = {"runs": runs()}
    found = run_node(
        CORE, "return [core.extent(given.runs, 'error'), core.sharedColumns(given.runs)]", case
    )
    every = [v for run in case["runs"] for v in run["columns"]["error"]]
    assert found == [[min(every), max(every)], ["error", "loss"]]


@pytest.mark.parametrize(
    ("runs", "word"),
    [
        ([], "no runs"),
        ([{"arm": "a", "seed": 1, "columns": {"x": [1], "y": []}}], "different lengths"),
        ([{"arm": "a", "seed": 1, "columns": {"x": []}}], "no epoch"),
    ],
)
def test_nonsense_is_one_line(runs: list, word: str) -> None:
    assert word in run_node(CORE, "return core.problem(given.runs)", {"runs": runs})
