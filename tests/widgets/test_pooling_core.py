"""The page's pooling against torch's."""

from __future__ import annotations

import pytest
import torch
from node import run_node
from torch.nn import functional as F

CORE = "pooling/core.js"
SIZES = [(3, 2), (2, 2), (1, 2), (3, 1), (5, 3), (2, 3), (4, 4)]
# How a map reaches node, and how node's answer comes back as plain lists.
POOL = """
return given.cases.map((c) => {
  const pooled = core.pool(given.map, c);
  return { ...pooled, values: [...pooled.values], winners: [...pooled.winners] };
});
"""


def feature_map(rows: int = 13, columns: int = 10, seed: int = 0) -> torch.Tensor:
    """Return a map after ReLU that is not square."""
    made = torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed))
    return made.double().relu()


def given(values: torch.Tensor) -> dict:
    rows, columns = values.shape
    return {"rows": rows, "columns": columns, "values": values.flatten().tolist()}


@pytest.mark.parametrize("rounding", ["up", "down"])
def test_maxima_and_their_places_are_torchs(rounding: str) -> None:
    values = feature_map()
    cases = [{"z": z, "s": s, "rounding": rounding} for z, s in SIZES]
    found = run_node(CORE, POOL, {"map": given(values), "cases": cases})
    for case, result in zip(cases, found, strict=True):
        wanted, places = F.max_pool2d(
            values[None], case["z"], case["s"], ceil_mode=rounding == "up", return_indices=True
        )
        assert (result["rows"], result["columns"]) == tuple(wanted.shape[1:])
        assert result["values"] == wanted.flatten().tolist()
        expected = torch.where(wanted == 0, -1, places).flatten().tolist()
        assert result["winners"] == expected


@pytest.mark.parametrize("rounding", ["up", "down"])
def test_means_are_torchs(rounding: str) -> None:
    values = feature_map(seed=1)
    cases = [{"z": z, "s": s, "rounding": rounding, "kind": "average"} for z, s in SIZES]
    found = run_node(CORE, POOL, {"map": given(values), "cases": cases})
    for case, result in zip(cases, found, strict=True):
        wanted = F.avg_pool2d(values[None], case["z"], case["s"], ceil_mode=rounding == "up")
        torch.testing.assert_close(
            torch.tensor(result["values"]).double(), wanted.flatten(), msg=str(case)
        )
        assert set(result["winners"]) == {-1}


def test_sizes_are_torchs_for_every_small_map() -> None:
    cases = [
        {"n": n, "z": z, "s": s, "rounding": rounding}
        for n in range(1, 14)
        for z in range(1, min(n, 6) + 1)
        for s in range(1, 6)
        for rounding in ("up", "down")
    ]
    body = "return given.cases.map((c) => core.outputSize(c.n, c))"
    found = run_node(CORE, body, {"cases": cases})
    wanted = [
        F.max_pool1d(torch.zeros(1, c["n"]), c["z"], c["s"], ceil_mode=c["rounding"] == "up")
        for c in cases
    ]
    assert found == [w.shape[1] for w in wanted]


def test_the_papers_sizes() -> None:
    body = "return [55, 27, 13].map((n) => core.outputSize(n, { z: 3, s: 2 }))"
    assert run_node(CORE, body, {}) == [27, 13, 6]


def test_what_no_window_sees() -> None:
    body = """return [
      core.unseen(55, { z: 2, s: 2, rounding: "down" }),
      core.unseen(55, { z: 2, s: 2, rounding: "up" }),
      core.unseen(55, { z: 3, s: 2, rounding: "down" }),
      core.unseen(9, { z: 1, s: 3, rounding: "down" }),
    ]"""
    assert run_node(CORE, body, {}) == [1, 0, 0, 6]


def test_each_window_has_one_winner_and_overlap_lets_one_input_win_twice() -> None:
    values = torch.zeros(5, 5).double()
    values[2, 2] = 7  # in all four windows of z = 3, s = 2
    body = """
    const pooled = core.pool(given.map, { z: 3, s: 2 });
    return [[...pooled.winners], [...core.wins(given.map, pooled)]];
    """
    winners, wins = run_node(CORE, body, {"map": given(values)})
    assert winners == [12, 12, 12, 12]
    assert wins[12] == 4
    assert sum(wins) == 4


def test_a_shift_shows_what_lies_beyond_the_border() -> None:
    values = feature_map(9, 11)
    body = """
    const at = (d, r) => [...core.shifted(given.map, 1, d, r).values];
    return [at(0, 0), at(1, 0), at(0, 1), at(-1, -1)];
    """
    here, down, right, back = run_node(CORE, body, {"map": given(values)})
    assert here == values[1:-1, 1:-1].flatten().tolist()
    assert down == values[:-2, 1:-1].flatten().tolist()  # the picture moved down
    assert right == values[1:-1, :-2].flatten().tolist()
    assert back == values[2:, 2:].flatten().tolist()


def test_what_a_shift_changes_is_what_torch_says() -> None:
    values = feature_map(15, 15, seed=3)
    body = "return core.summary(given.map, 1, [0, 1], { z: 3, s: 2, rounding: 'up' })"
    found = run_node(CORE, body, {"map": given(values)})
    before = F.max_pool2d(values[None, 1:-1, 1:-1], 3, 2, ceil_mode=True)
    after = F.max_pool2d(values[None, 1:-1, :-2], 3, 2, ceil_mode=True)
    live = (before != 0) | (after != 0)
    assert found["outputs"] == list(before.shape[1:])
    assert found["same"] == pytest.approx(((before == after) & live).sum() / live.sum())
    assert found["change"] == pytest.approx((before - after).abs().sum() / before.sum())


@pytest.mark.parametrize(
    ("change", "options", "word"),
    [
        ({"values": [1, 2, 3]}, {}, "3 numbers make no map"),
        ({"values": [1, 2, 3, None]}, {}, "not a finite number"),
        ({}, {"z": 0}, "z = 0"),
        ({}, {"s": 1.5}, "s = 1.5"),
        ({}, {"z": 3}, "3 × 3 does not fit a map of 2 × 2"),
    ],
)
def test_nonsense_is_one_line(change: dict, options: dict, word: str) -> None:
    case = {
        "map": {"rows": 2, "columns": 2, "values": [1, 2, 3, 4], **change},
        "options": {"z": 2, "s": 1, **options},
    }
    body = """
    given.map.values = given.map.values.map((v) => v ?? NaN);
    return core.problem(given.map, given.options);
    """
    assert word in run_node(CORE, body, case)


def test_what_is_known_of_a_window_is_torchs() -> None:
    values = feature_map(3, 3, seed=5).flatten()
    body = """
    const both = (n) => [core.soFar(given.v, n), core.soFar(given.v, n, "average")];
    return given.counts.map(both);
    """
    counts = list(range(1, 10))
    for n, (most, mean) in zip(
        counts, run_node(CORE, body, {"v": values.tolist(), "counts": counts}), strict=True
    ):
        assert most["value"] == float(values[:n].max())
        assert most["place"] == int(values[:n].argmax())
        assert mean["value"] == pytest.approx(float(values[:n].mean()))
        assert mean["place"] == -1
