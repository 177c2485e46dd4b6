"""NetworkWalk's numbers: Python's against torch, the page's against Python's; five networks."""

from __future__ import annotations

import json
import random
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
import torchvision
from examples import small_alexnet, tiny_photo
from node import run_node

import alexnet_lab as al
from alexnet_lab.analysis import activations, receptive_field
from alexnet_lab.errors import UserError
from alexnet_lab.widgets.walk.arithmetic import report, strongest
from alexnet_lab.widgets.walk.stages import Stage, stages_of, towers_of
from alexnet_lab.widgets.walk.switches import answer, parts_off

KINDS = {
    "small": {"image", "conv", "relu", "lrn", "pool", "fc", "softmax"},
    "torchvision": {"image", "conv", "relu", "pool", "fc", "softmax"},
    "batch norm": {"image", "conv", "relu", "affine", "pool", "fc", "softmax"},
    "mini": {"image", "conv", "relu", "pool", "fc", "softmax"},
    "80 s": {"image", "conv", "relu", "pool", "fc", "softmax"},
}


@cache
def case(name: str) -> tuple[Any, torch.Tensor, list[Stage]]:
    """Return a network, an input and its stages."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        few: dict[str, Any] = {"channels": [6, 8, 8, 8, 8], "hidden": [8, 8], "init": "kaiming"}
        net: Any = {
            "small": small_alexnet,
            "torchvision": lambda: torchvision.models.alexnet(num_classes=7),
            "batch norm": lambda: al.models.alexnet_batch_norm(3, input_size=67, **few),
            "mini": lambda: al.models.alexnet_mini(5),
            "80 s": lambda: al.models.cifar_80sec(4),
        }[name]()
        if name == "batch norm":
            net.train()(torch.randn(4, 3, 67, 67))  # statistics that are not 0 and 1
    net.eval()
    side = {"torchvision": 224, "mini": 32, "80 s": 32}.get(name, 67)
    x = (tiny_photo(side)[None].float() - 110) / (60 if name in ("torchvision", "80 s") else 1)
    return net, x, stages_of(net, x)


def units(name: str, count: int) -> list[tuple[str, int, int, int]]:
    """Return random units, every stage in turn."""
    chance = random.Random(name)
    _, _, stages = case(name)
    found = []
    for i in range(count):
        stage = stages[i % len(stages)]
        sizes = (*stage.about["shape"], 1, 1)[:3]
        found.append((stage.name, *(chance.randrange(n) for n in sizes)))
    return found


@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_number_is_torchs_and_the_terms_add_up(name: str) -> None:
    net, x, stages = case(name)
    assert {stage.kind for stage in stages} == KINDS[name]
    maps = activations(net, x)
    maps |= {"image": x, "softmax": net(x).softmax(1).detach()}
    for at in units(name, 60):
        found = report(stages, *at)
        value = float(maps[at[0]][0].flatten()[_flat(maps[at[0]][0], at)])
        scale = max(1.0, abs(value))
        assert found["value"] == pytest.approx(value, rel=1e-4, abs=1e-6)
        assert _added(found) == pytest.approx(value, rel=1e-4, abs=1e-4 * scale), found
        for term in found["terms"]:
            below = maps[term["at"][0]][0]
            held = float(below.flatten()[_flat(below, term["at"])])
            if "input" in term:
                assert term["input"] == pytest.approx(held, rel=1e-4, abs=1e-6)


def _flat(maps: torch.Tensor, at: Any) -> int:
    _, height, width = (*maps.shape, 1, 1)[:3]
    return (at[1] * height + at[2]) * width + at[3]


def _added(found: dict[str, Any]) -> float:
    parts = [term["part"] for term in found["terms"]]
    kind = found["kind"]
    if kind in ("conv", "fc"):
        return sum(parts) + found["rest"]["part"] + found["bias"]
    if kind == "lrn":
        return found["before"] / (found["k"] + sum(parts)) ** found["beta"]
    if kind == "pool":
        return max(parts) if found["mode"] == "max" else sum(parts) / found["counted"]
    if kind == "affine":
        return found["factor"] * parts[0] + found["shift"]
    if kind == "relu":
        return max(0.0, parts[0])
    return parts[0] if parts else found["value"]


RUN = """
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const cast = (text) => new Float32Array(bytes(text).buffer);
const maps = {};
for (const [name, [shape, text]] of Object.entries(given.maps))
  maps[name] = { shape, data: cast(text) };
const weights = {};
for (const [name, { shape, values, bias }] of Object.entries(given.weights))
  weights[name] = { shape, values: cast(values), bias: cast(bias), scale: null };
const source = { maps: (name) => maps[name] ?? null, weights: (name) => weights[name] ?? null };
return given.units.map((at) => core.report(given.stages, source, at));
"""


@pytest.mark.parametrize("name", ["small", "torchvision", "mini", "80 s"])
def test_the_page_computes_what_python_does(name: str) -> None:
    from alexnet_lab.widgets._runtime.pack import pack

    _, _, stages = case(name)
    chosen = units(name, 60)
    used = {at[0] for at in chosen} | {s.name for s in stages}
    given = {
        "stages": [stage.about for stage in stages],
        "maps": {
            s.name: [list(s.output.shape), pack(s.output.numpy(), "f4")]
            for s in stages
            if s.name in used
        },
        "weights": {
            s.name: {
                "shape": list(s.module.weight.shape),
                "values": pack(s.module.weight.detach().numpy(), "f4"),
                "bias": pack(s.module.bias.detach().numpy(), "f4"),
            }
            for s in stages
            if s.kind in ("conv", "fc") and s.module.weight.numel() < 5e6
        },
        "units": [at for at in chosen if _small(stages, at[0])],
    }
    found = run_node("walk/core.js", RUN, given)
    for at, got in zip(given["units"], found, strict=True):
        wanted = report(stages, *at)
        assert got["value"] == pytest.approx(wanted["value"], rel=1e-5)
        for key in ("bias", "divisor", "counted", "before", "own", "mode"):
            if isinstance(wanted.get(key), float):
                assert got[key] == pytest.approx(wanted[key], rel=1e-5), (at, key)
            else:
                assert got.get(key) == wanted.get(key), (at, key)
        _same_terms(got["terms"], wanted["terms"])
        _same_terms(got["listeners"], wanted["listeners"])
        if "rest" in wanted:
            scale = max(1.0, abs(wanted["value"]))
            assert got["rest"]["count"] == wanted["rest"]["count"]
            assert got["rest"]["part"] == pytest.approx(wanted["rest"]["part"], abs=1e-4 * scale)


def _small(stages: list[Stage], name: str) -> bool:
    """Tell whether neither a stage nor the one above it has weights too many for a test's text."""
    index = [s.name for s in stages].index(name)
    near = stages[index : index + 2]
    return all(
        s.module is None or sum(p.numel() for p in s.module.parameters()) < 5e6 for s in near
    )


def _same_terms(got: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> None:
    assert len(got) == len(wanted)
    parts = sorted(t["part"] for t in wanted)
    assert sorted(t["part"] for t in got) == pytest.approx(parts, rel=1e-3, abs=1e-5)
    sizes = [abs(t["part"]) for t in wanted]
    for one, other, size in zip(got, wanted, sizes, strict=True):
        if sum(abs(size - s) < 1e-4 * max(size, 1e-3) for s in sizes) == 1:  # no ties
            assert one["at"][:2] == other["at"][:2]


@pytest.mark.parametrize("name", ["small", "torchvision", "mini"])
def test_the_cone_is_the_receptive_field(name: str) -> None:
    net, _, stages = case(name)
    towers = towers_of(stages)
    chosen = [at for at in units(name, 80) if at[0] not in ("image", "softmax")]
    body = "return given.units.map((at) => core.coneOf(given.stages, given.towers, at));"
    given = {"stages": [s.about for s in stages], "towers": towers, "units": chosen}
    found = run_node("walk/cone-core.js", body, given)
    side = stages[0].about["shape"][1]
    for at, cone in zip(chosen, found, strict=True):
        field = receptive_field(net, at[0], at[2], at[3], side)
        box = {k: getattr(field, k) for k in ("top", "left", "bottom", "right")}
        assert cone[0]["name"] == "image"
        assert cone[0]["box"] == box
    if towers == 2:
        reached = {step["name"]: step["towers"] for step in found[-1] if step["name"] != "fc8"}
        assert reached["image"] == [0, 1]


def test_a_unit_of_conv5_reads_one_tower_down_to_conv3_and_both_below() -> None:
    """By what moves: a change of one tower's maps at pool2 reaches conv5, at relu4 it does not."""
    _, _, stages = case("small")
    names = [s.name for s in stages]
    body = "return core.coneOf(given.stages, 2, given.at);"
    at = ["conv5", 7, 1, 1]
    cone = run_node("walk/cone-core.js", body, {"stages": [s.about for s in stages], "at": at})
    told = {step["name"]: step["towers"] for step in cone}
    start = stages[names.index("conv5")].maps()[7, 1, 1]
    for name in ("relu4", "relu3", "pool2", "pool1"):
        index = names.index(name)
        for tower in (0, 1):
            x = stages[index].output.clone()
            half = len(x) // 2
            x[tower * half : (tower + 1) * half] += 1
            for stage in stages[index + 1 : names.index("conv5") + 1]:
                x = stage.module(x[None])[0].detach()
            assert (bool((x[7, 1, 1] - start).abs() > 1e-6)) == (tower in told[name]), (name, tower)


@pytest.mark.parametrize("name", ["torchvision", "a student's checkpoint"])
def test_networks_that_it_was_not_drawn_for_have_three_outputs(name: str, tmp_path: Path) -> None:
    if name == "torchvision":
        net, x, _ = case(name)
        walk = al.widgets.NetworkWalk(net, x[0])
    else:
        file = tmp_path / "mine.pth"
        torch.save(case("mini")[0].state_dict(), file)
        walk = al.widgets.NetworkWalk(al.load_pretrained(file), "coffee")
    found = walk._repr_mimebundle_()[0]
    assert {"application/vnd.jupyter.widget-view+json", "text/html", "image/png"} <= set(found)
    state = json.loads(re.findall(r'json">(.*?)</script>', found["text/html"], re.DOTALL)[0])
    assert not state["state"]["in_page"], "a page must not offer to run another network for it"
    # Without a network the page goes through the tour: each stop's unit is in what it holds.
    for stop in state["state"]["tour"]:
        held = state["state"]["recorded"][":".join(map(str, stop["at"]))]
        assert held["value"] == pytest.approx(float(report(walk._found, *stop["at"])["value"]))


@pytest.mark.parametrize("name", ["small", "torchvision", "mini"])
def test_what_is_off_is_torchs_masked_answer(name: str) -> None:
    """Oracle: the same network with the weights themselves set to zero."""
    net, x, stages = case(name)
    chance = random.Random(7)
    weighted = [s for s in stages if s.kind in ("conv", "fc")]
    for stage in weighted[:: 2 if name == "torchvision" else 1]:
        channel = chance.randrange(stage.about["shape"][0])
        weight = stage.module.weight
        within = chance.randrange(weight.shape[1])
        groups = stage.about.get("groups", 1)
        first = (
            channel // (stage.about["shape"][0] // groups) * weight.shape[1] if groups > 1 else 0
        )
        for off, part, bias in (
            (f"{stage.name}:{channel}", (channel,), True),
            (f"{stage.name}:{channel}<{first + within}", (channel, within), False),
        ):
            kept = weight.detach().clone(), stage.module.bias.detach().clone()
            with torch.no_grad():
                weight[part] = 0
                if bias:
                    stage.module.bias[channel] = 0
                wanted = net(x)[0]
                weight.copy_(kept[0])
                stage.module.bias.copy_(kept[1])
            found = answer(net, x, stages, parts_off(off, stages))
            assert torch.allclose(found, wanted, atol=1e-6), off
            assert torch.equal(weight.detach(), kept[0])


def test_the_strongest_path_ends_in_a_pixel() -> None:
    for name in ("small", "mini", "80 s"):
        _, _, stages = case(name)
        at = ["softmax", 0, 0, 0]
        for _ in range(len(stages)):
            at = strongest(report(stages, *at)) or at
        assert at[0] == "image"


@pytest.mark.parametrize(
    ("net", "traits", "word"),
    [
        (None, {"layer": "conv9"}, "unknown stage 'conv9'"),
        (None, {"layer": "conv2", "channel": 8}, "no channel 8; there are 0 to 7"),
        (None, {"layer": "conv2", "row": 99}, "no row 99"),
        (None, {"off": "conv2"}, "write conv5:253 for a channel"),
        (None, {"off": "norm1:2"}, "can be switched off"),
        (None, {"off": "conv2:9"}, "has channels 0 to 7"),
        (None, {"off": "conv2:7<1"}, "that channel reads 3 to 5"),
        (None, {"off": "conv2:7<3 conv2:6<4"}, "one edge of conv2 at a time"),
        (None, {"tour": [("conv1", 0, 0)]}, "stop 1 of the tour"),
        (None, {"tour": [("conv1", 99, 0, 0, "…")]}, "no channel 99 in 'conv1'"),
        (None, {"tour": [("conv1", 0, 0, 0, "…", {"ask": "?"})]}, "the question of stop 1"),
        (None, {"classes": ["one"]}, "1 names of classes for 3 logits"),
        (torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3)), {}, "begins at logits"),
        (torchvision.models.resnet18(), {}, "layers follow one another"),
    ],
)
def test_nonsense_is_one_line(net: Any, traits: dict[str, Any], word: str) -> None:
    with pytest.raises(UserError) as said:
        al.widgets.NetworkWalk(net or small_alexnet(), tiny_photo(67).float() - 110, **traits)
    assert word in str(said.value)
    assert "\n" not in str(said.value)
