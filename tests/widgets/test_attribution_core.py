"""What the page says of two maps, against torch."""

from __future__ import annotations

import torch
from node import run_node

CORE = "attribution/core.js"


def test_maps_are_found_by_their_names() -> None:
    maps = {"methods": ["a", "b"], "cases": ["x", "y"], "pairs": [[0, 0], [1, 0], [1, 1]]}
    body = """return [["a", "x"], ["b", "x"], ["b", "y"], ["a", "y"], ["c", "x"]]
      .map(([m, c]) => core.place(given.maps, m, c));"""
    assert run_node(CORE, body, {"maps": maps}) == [0, 1, 2, -1, -1]


def test_cells_are_cut_out_of_all() -> None:
    body = """const all = Uint8Array.from(given.all);
    return [0, 2, -1].map((at) => {
      const found = core.cellsOf({ side: 2 }, all, at);
      return found && [...found];
    });"""
    assert run_node(CORE, body, {"all": list(range(12))}) == [[0, 1, 2, 3], [8, 9, 10, 11], None]


def test_ranks_and_the_strongest_place_are_torchs() -> None:
    values = torch.randint(0, 40, (36,), generator=torch.Generator().manual_seed(0))
    body = """return { above: given.values.map((_, i) => core.above(given.values, i)),
      place: core.strongest(given.values, 6) };"""
    found = run_node(CORE, body, {"values": values.tolist()})
    below = (values[None] < values[:, None]).double().mean(1)
    torch.testing.assert_close(torch.tensor(found["above"]).double(), below)
    assert found["place"] == list(divmod(int((values == values.max()).nonzero()[0]), 6))


def test_words_go_by_the_size_of_the_correlation() -> None:
    body = "return [0.93, 0.6, 0.3, 0, -0.4].map((a) => core.inWords(a));"
    said = run_node(CORE, body, {})
    assert len(set(said)) == 5
    assert said[0] == "nearly the same order of places"
    assert said[-1] == "partly the reverse order"
