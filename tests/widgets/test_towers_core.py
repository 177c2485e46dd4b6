"""The page's towers against the network's own counts."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from node import run_node

from alexnet_lab.analysis import layer_table
from alexnet_lab.models import (
    alexnet_2012,
    alexnet_one_tower,
    data_parallel_bytes,
    split_towers,
)

CORE = "towers/core.js"


def layers() -> list[dict[str, Any]]:
    """Return the layers with weights of the 2012 net as the core takes them."""
    with torch.device("meta"):
        table = layer_table(alexnet_2012())
    rows = [row for row in table if row.kind in ("conv", "fc")]
    return [
        {
            "name": row.name,
            "inputs": row.shape_in[0],
            "outputs": row.shape_out[0],
            "area": row.weights * (row.groups or 1) // (row.shape_in[0] * row.shape_out[0]),
            "places": row.macs // row.weights,
            "groups": row.groups or 1,
            "towered": row.name not in ("conv1", "fc8"),
        }
        for row in rows
    ]


def traffic(batch: int) -> list[dict[str, Any]]:
    """Return what the package counts in a step of training, without computing anything."""
    with torch.device("meta"):
        split = split_towers(alexnet_2012(), ("meta", "meta"))
        split(torch.empty(batch, 3, 224, 224)).sum().backward()
    return [vars(row) for row in split.traffic.rows]


@pytest.mark.parametrize(
    ("both", "options"),
    [
        (["conv3", "fc6", "fc7"], {}),
        (["fc6", "fc7"], {"cross_talk": False}),
        (["conv2", "conv3", "conv4", "conv5", "fc6", "fc7"], None),
    ],
)
def test_parameters_and_work_are_the_networks(both: list[str], options: dict | None) -> None:
    with torch.device("meta"):
        model = alexnet_one_tower() if options is None else alexnet_2012(**options)
        table = layer_table(model)
    body = "return core.totals(given.layers, new Set(given.both))"
    found = run_node(CORE, body, {"layers": layers(), "both": both})
    assert found["weights"] == table.total_weights
    assert found["parameters"] == table.total_parameters
    assert found["macs"] == table.total_macs


@pytest.mark.parametrize("batch", [1, 7, 128])
def test_bytes_are_those_the_package_counts(batch: int) -> None:
    case = {"one": traffic(1), "batch": batch, "both": ["conv3", "fc6", "fc7"]}
    body = """
    const { at, ...sums } = core.crossing(given.one, given.batch, new Set(given.both), "fc8");
    return { ...sums, conv3: at("conv3"), down: at("conv3", "backward") };
    """
    found = run_node(CORE, body, case)
    counted = traffic(batch)
    total = sum(row["bytes"] for row in counted)
    assert found["total"] == total
    assert found["forward"] == found["backward"] == total // 2
    assert found["conv3"] == sum(r["bytes"] for r in counted if r["boundary"] == "conv3")
    assert found["down"] * 2 == found["conv3"]
    assert [r["bytes"] for r in found["rows"]] == [r["bytes"] for r in counted]


def test_a_boundary_switched_off_sends_nothing_but_the_sum_always_crosses() -> None:
    body = """
    const of = (...both) => core.crossing(given.one, 1, new Set(both), "fc8").total;
    return [of(), of("conv3"), of("fc6", "fc7"), of("conv3", "fc6", "fc7")];
    """
    one = traffic(1)
    by = {
        name: sum(r["bytes"] for r in one if r["boundary"] == name)
        for name in ("conv3", "fc6", "fc7", "fc8")
    }
    assert run_node(CORE, body, {"one": one}) == [
        by["fc8"],
        by["fc8"] + by["conv3"],
        by["fc8"] + by["fc6"] + by["fc7"],
        sum(by.values()),
    ]


def test_the_batch_at_which_data_parallelism_sends_less() -> None:
    with torch.device("meta"):
        gradients = data_parallel_bytes(alexnet_2012())
    case = {"one": traffic(1), "gradients": gradients}
    body = """
    return core.breakEven(given.one, new Set(["conv3", "fc6", "fc7"]), "fc8", given.gradients);
    """
    batch = run_node(CORE, body, case)
    # What one worker sends, on both sides.
    sent = sum(row["bytes"] for row in traffic(1) if row["sender"] == 0)
    other = sum(row["bytes"] for row in traffic(1) if row["sender"] == 1)
    assert batch == pytest.approx(2 * gradients / (sent + other))
    assert int(batch) == 1058  # the figure in models/traffic.py


@pytest.mark.parametrize("groups", [1, 2])
def test_a_kernel_sees_the_maps_that_move_it(groups: int) -> None:
    """Gradients say which inputs a grouped convolution's output depends on."""
    conv = torch.nn.Conv2d(12, 8, 1, groups=groups)
    body = """
    const layer = { inputs: 12, outputs: 8 };
    return Array.from({ length: 8 }, (_, k) => core.sees(k, layer, given.groups));
    """
    found = run_node(CORE, body, {"groups": groups})
    for kernel, (first, last) in enumerate(found):
        x = torch.ones(1, 12, 1, 1, requires_grad=True)
        conv(x)[0, kernel].sum().backward()
        assert x.grad is not None
        moved = x.grad.flatten().nonzero().flatten().tolist()
        assert moved == list(range(first, last + 1))


def test_blocks_of_weights() -> None:
    body = """
    const inner = { towered: true };
    return [core.blocks(inner, 1), core.blocks(inner, 2), core.blocks({ head: false }, 1),
            core.blocks({ head: true }, 1)];
    """
    full, apart, image, head = run_node(CORE, body, {})
    assert full == [[True, True], [True, True]]
    assert apart == [[True, False], [False, True]]
    assert image == [[True], [True]]  # kernels shared out, the image seen by all
    assert head == [[True, True]]  # units shared out, every score the sum of two


def test_bytes_as_text() -> None:
    body = "return [0, 999, 1000, 29478912, 999600, 2.5e9].map(core.bytesText)"
    assert run_node(CORE, body, {}) == ["0 B", "999 B", "1 kB", "29.5 MB", "1 MB", "2.5 GB"]


@pytest.mark.parametrize(
    ("change", "word"),
    [({"groups": 3}, "groups = 3"), ({"groups": 2, "inputs": 3}, "3 maps and 96 kernels")],
)
def test_nonsense_is_one_line(change: dict, word: str) -> None:
    case = {"layers": [{"name": "conv1", "inputs": 4, "outputs": 96, "groups": 1, **change}]}
    assert word in run_node(CORE, "return core.problem(given.layers)", case)
    assert "no layers" in run_node(CORE, "return core.problem([])", {})
