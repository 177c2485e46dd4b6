"""The page's arithmetic of whole networks, and Python's, against the models themselves."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from node import run_node
from torch import nn

from alexnet_lab import models
from alexnet_lab.analysis import layer_table
from alexnet_lab.errors import UserError
from alexnet_lab.widgets import NetworkExplorer
from alexnet_lab.widgets.network.stages import measure, outputs_along, stages_of

CORE = "network/core.js"
MEASURE = """return given.cases.map(({ stages, side, rounding }) => {
  const { rows, problem } = core.measure(stages, side, rounding);
  return { problem, rows: rows.map(({ name, parameters, macs, numbers, shape }) =>
    ({ name, parameters, macs, numbers, shape })) };
});"""
BUILT = [("alexnet_2012", n) for n in (67, 224, 227, 300)]
BUILT += [("alexnet_one_tower", 224), ("alexnet_one_gpu", 150), ("alexnet_batch_norm", 224)]
BUILT += [("alexnet_mini", 32), ("alexnet_mini", 47), ("cifar_80sec", 32)]


def build(name: str, side: int) -> nn.Module:
    with torch.device("meta"):
        own = {} if name == "cifar_80sec" else {"input_size": side}
        return models.build(name, **own)


def wanted(model: nn.Module, side: int) -> list[dict[str, Any]]:
    """Sum the rows of the model's own table by stage."""
    _, stages = stages_of(model)
    table = layer_table(model, side)
    found = []
    for stage in stages:
        row = table[stage["name"]]
        numbers = sum(table[n].activation_bytes for n in (stage["name"], *stage["then"])) // 4
        found.append(
            {
                "name": row.name,
                "parameters": row.parameters,
                "macs": row.macs,
                "numbers": numbers,
                "shape": list(row.shape_out),
            }
        )
    assert sum(r["numbers"] for r in found) * 4 == table.total_activation_bytes
    assert sum(r["parameters"] for r in found) == table.total_parameters
    assert sum(r["macs"] for r in found) == table.total_macs
    return found


@pytest.mark.parametrize(("name", "side"), BUILT)
def test_both_count_what_the_model_of_this_size_has(name: str, side: int) -> None:
    expected = wanted(build(name, side), side)
    # The stages come from the network at its own size: the arithmetic has to carry them over.
    _, stages = stages_of(models.build(name))
    ours = [
        {key: list(row[key]) if key == "shape" else row[key] for key in expected[0]}
        for row in measure(stages, side)
    ]
    assert ours == expected
    case = {"stages": stages, "side": side, "rounding": "own"}
    (pages,) = run_node(CORE, MEASURE, {"cases": [case]})
    assert pages == {"problem": None, "rows": expected}


@pytest.mark.parametrize("batch", [1, 128])
def test_macs_a_byte_are_those_of_the_table(batch: int) -> None:
    net = models.alexnet_2012()
    _, stages = stages_of(net)
    body = """const { rows } = core.measure(given.stages, 224);
    return rows.map((row) => core.amount(row, "intensity", given.batch));"""
    pages = run_node(CORE, body, {"stages": stages, "batch": batch})
    made = NetworkExplorer(net, show="intensity", batch=batch)
    table = layer_table(net)
    for found, row in zip(pages, made.rows(), strict=True):
        layer = table[row["name"]]
        values = torch.Size(layer.shape_in).numel() + torch.Size(layer.shape_out).numel()
        wanted = batch * layer.macs / (4 * (layer.parameters + batch * values))
        assert found == pytest.approx(wanted)
        assert made.amount(row) == pytest.approx(wanted)


def test_any_other_size_of_a_network_that_takes_any() -> None:
    with torch.device("meta"):
        net = models.alexnet_owt()
    _, stages = stages_of(net)
    sizes = [63, 128, 200, 224, 255, 321]
    cases = [{"stages": stages, "side": n, "rounding": "own"} for n in sizes]
    for side, found in zip(sizes, run_node(CORE, MEASURE, {"cases": cases}), strict=True):
        assert found["rows"] == wanted(net, side), side


def test_rounding_down_is_torchs_own() -> None:
    """Chapter 2's question: with 224 pixels and torch's layers, 5 × 5 arrive at fc6."""
    plain = nn.Sequential(
        nn.Conv2d(3, 96, 11, stride=4),
        nn.MaxPool2d(3, stride=2),
        nn.Conv2d(96, 256, 5, padding=2, groups=2),
        nn.MaxPool2d(3, stride=2),
        nn.Conv2d(256, 256, 3, padding=1),
        nn.MaxPool2d(3, stride=2),
    )
    _, stages = stages_of(models.alexnet_2012())
    rows = {row["name"]: row for row in measure(stages, 224, "down")}
    shapes = [row.shape_out for row in layer_table(plain, 224)]
    names = ("conv1", "pool1", "conv2", "pool2", "conv5", "pool5")
    assert [rows[n]["shape"] for n in names] == shapes
    case = {"stages": stages, "side": 224, "rounding": "down"}
    (pages,) = run_node(CORE, MEASURE, {"cases": [case]})
    assert [r["shape"] for r in pages["rows"]] == [list(r["shape"]) for r in rows.values()]
    assert rows["fc6"]["parameters"] == 6400 * 4096 + 4096


def test_windows_are_torchs_for_every_small_map() -> None:
    cases = []
    for n in range(1, 12):
        for kernel in range(1, 5):
            for stride in range(1, 5):
                for padding in range(kernel // 2 + 1):
                    for up in (False, True):
                        pool = {"kind": "pool", "kernel": kernel, "stride": stride}
                        cases.append({"n": n, **pool, "padding": padding, "up": up})
    body = "return given.cases.map((c) => core.outputsAlong(c.n, c));"
    pages = run_node(CORE, body, {"cases": cases})
    for case, found in zip(cases, pages, strict=True):
        layer = nn.MaxPool2d(case["kernel"], case["stride"], case["padding"], ceil_mode=case["up"])
        try:
            size = layer(torch.zeros(1, 1, case["n"], case["n"])).shape[-1]
        except RuntimeError:
            size = 0
        assert outputs_along(case["n"], case) == found
        assert max(found, 0) == size, case


def test_what_is_too_small_is_said_with_the_way_out() -> None:
    _, stages = stages_of(models.alexnet_2012())
    cases = [{"stages": stages, "side": n, "rounding": "own"} for n in (24, 10)]
    first, second = run_node(CORE, MEASURE, {"cases": cases})
    assert first["problem"].startswith("24 pixels are too few: pool5 has a window of 3 and gets")
    least = int(first["problem"].split("; ")[1].split()[0])
    measure(stages, least)
    with pytest.raises(UserError, match="too few"):
        measure(stages, least - 1)
    assert second["problem"].startswith("10 pixels are too few: pool1 has a window of 3 and gets 1")
    assert [row["shape"] for row in second["rows"]] == [[96, 1, 1]] * 2


def test_two_chains_are_merged_in_order() -> None:
    body = "return given.pairs.map(([a, b]) => core.merged(a, b));"
    pairs = [
        [["a", "b", "c"], ["a", "x", "c"]],
        [["a", "b"], []],
        [["a", "c"], ["a", "b", "c", "d"]],
    ]
    found = run_node(CORE, body, {"pairs": pairs})
    assert found == [["a", "b", "x", "c"], ["a", "b"], ["a", "b", "c", "d"]]


def test_the_arithmetic_is_written_out() -> None:
    _, stages = stages_of(models.alexnet_2012())
    body = """const { rows } = core.measure(given.stages, 224, "own");
    return Object.fromEntries(rows.map((row) => [row.name, core.explain(row)]));"""
    said = run_node(CORE, body, {"stages": stages})
    assert said["conv1"][0] == "side: 1 + ⌈(224 − 11) / 4⌉ = 55"
    assert "256 kernels × 48 maps (of 96, in 2 groups) × 5 × 5 = 307,200" in said["conv2"][1]
    assert said["conv2"][2] == "MACs: 307,200 × 27 × 27 = 223,948,800"
    assert said["fc6"][0] == "inputs: 256 × 6 × 6 = 9,216; outputs: 4,096"
    assert said["norm1"][0] == "learns nothing"


def test_the_drawing_grows_with_the_table() -> None:
    with torch.device("meta"):
        model = models.alexnet_2012()
    _, stages = stages_of(model)
    rows = run_node(CORE, "return core.measure(given, 224).rows", stages)
    body = """
    const grown = given.map(({ name }) => core.upTo(given, name));
    return { plan: core.blocks(given, 224), grown, none: core.upTo(given, "x") };
    """
    found = run_node("network/blocks-core.js", body, rows)
    table = layer_table(model)
    image, *blocks = found["plan"]["blocks"]
    names = [stage["name"] for stage in stages]
    assert [block["name"] for block in blocks] == names
    # Larger maps are higher, more maps are wider, and nothing overlaps.
    maps = [block for block in blocks if block["kind"] != "fc"]
    sides = [table[block["name"]].shape_out[1] for block in maps]
    assert [image["high"], *(b["high"] for b in maps)] == pytest.approx(
        [100 * (side / 224) ** 0.47 for side in (224, *sides)]
    )
    widths = {table[b["name"]].shape_out[0]: b["wide"] for b in maps}
    assert sorted(widths) == [96, 256, 384]
    assert widths[96] < widths[256] < widths[384]
    ends = [b["x"] + b["wide"] for b in (image, *blocks)]
    assert all(end < block["x"] for end, block in zip(ends, blocks, strict=False))
    # By a running sum over the model's own table.
    parameters = macs = 0
    for place, (name, grown) in enumerate(zip(names, found["grown"], strict=True)):
        parameters += table[name].parameters
        macs += table[name].macs
        assert (grown["place"], grown["parameters"], grown["macs"]) == (place, parameters, macs)
    assert (found["grown"][-1]["ofParameters"], found["grown"][-1]["ofMacs"]) == (1, 1)
    assert found["none"]["place"] == -1
