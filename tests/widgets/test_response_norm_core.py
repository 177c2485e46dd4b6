"""The page's response norm against PyTorch's and ours."""

from __future__ import annotations

import pytest
import torch
from node import run_node

from alexnet_lab.models import LocalResponseNorm

CORE = "response_norm/core.js"
RESPOND = "return given.cases.map((c) => core.respond(c.values, c.options))"


def responses(channels: int, scale: float = 40.0) -> torch.Tensor:
    """Return a vector with both signs, as a convolution leaves it."""
    made = torch.randn(channels, generator=torch.Generator().manual_seed(channels))
    return (scale * made).double()


def expected(values: torch.Tensor, options: dict) -> torch.Tensor:
    layer = LocalResponseNorm(
        options["n"],
        options["alpha"],
        options["beta"],
        options["k"],
        groups=options["groups"],
        divide_alpha=options["reading"] == "source",
    )
    if options["order"] == "relu-lrn":
        return layer(values.relu()[None, :, None])[0, :, 0]
    return layer(values[None, :, None])[0, :, 0].relu()


def test_values_of_both_orders_and_both_readings_are_torchs() -> None:
    cases = [
        {
            "values": responses(24).tolist(),
            "options": {
                "n": n,
                "k": k,
                "alpha": alpha,
                "beta": beta,
                "groups": groups,
                "order": order,
                "reading": reading,
            },
        }
        for n, k, alpha, beta in [
            (5, 2, 1e-4, 0.75),
            (1, 1, 1, 1),
            (4, 0.5, 0.01, 0.5),
            (9, 2, 0.1, 0),
        ]
        for groups in (1, 2)
        for order in ("relu-lrn", "lrn-relu")
        for reading in ("formula", "source")
    ]
    found = run_node(CORE, RESPOND, {"cases": cases})
    for case, result in zip(cases, found, strict=True):
        wanted = expected(torch.tensor(case["values"]).double(), case["options"])
        torch.testing.assert_close(torch.tensor(result["output"]).double(), wanted)


def test_the_source_is_torchs_own_layer() -> None:
    values = responses(96).relu()
    options = {"n": 5, "k": 2, "alpha": 1e-4, "beta": 0.75, "reading": "source"}
    case = {"cases": [{"values": values.tolist(), "options": options}]}
    (found,) = run_node(CORE, RESPOND, case)
    wanted = torch.nn.LocalResponseNorm(5, 1e-4, 0.75, 2.0)(values[None, :, None])[0, :, 0]
    torch.testing.assert_close(torch.tensor(found["output"]).double(), wanted)


def test_inhibitors_of_a_vector_worked_out_by_hand() -> None:
    # k, alpha, beta = 1, n = 3: 2 / (1 + 1 + 4 + 9) and, with the 3 silent, 2 / (1 + 1 + 4).
    options = {"n": 3, "k": 1, "alpha": 1, "beta": 1, "order": "relu-lrn"}
    body = "return core.inhibitors(given.values, 1, given.options)"
    found = run_node(CORE, body, {"values": [1, 2, 3, 50], "options": options})
    assert found["output"] == pytest.approx(2 / 15)
    assert found["energy"] == 14
    assert [row["channel"] for row in found["rows"]] == [0, 1, 2]
    assert [row["share"] for row in found["rows"]] == pytest.approx([1 / 14, 4 / 14, 9 / 14])
    assert found["rows"][1]["without"] is None
    assert found["rows"][2]["without"] == pytest.approx(2 / 6)


def test_no_window_reaches_into_the_other_tower() -> None:
    windows = ("47, 5, 96, 2", "48, 5, 96, 2", "48, 5, 96")
    body = f"return [{', '.join(f'core.windowOf({one})' for one in windows)}]"
    assert run_node(CORE, body, {}) == [[45, 47], [48, 50], [46, 50]]


@pytest.mark.parametrize(
    ("values", "change", "word"),
    [
        ([], {}, "no responses"),
        ([1, None], {}, "not a finite number"),
        ([1, 2], {"n": 0}, "n = 0"),
        ([1, 2], {"n": 2.5}, "n = 2.5"),
        ([1, 2], {"alpha": -1}, "must not be negative"),
        ([1, 2, 3], {"groups": 2}, "3 channels"),
    ],
)
def test_nonsense_is_one_line(values: list, change: dict, word: str) -> None:
    options = {"n": 5, "k": 2, "alpha": 1e-4, "beta": 0.75, **change}
    body = "return core.problem(given.values.map((v) => v ?? NaN), given.options)"
    assert word in run_node(CORE, body, {"values": values, "options": options})
