"""What the page draws at random, and what it makes of races, against alexnet_lab.bench."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from node import run_node

from alexnet_lab.bench import patches, streams
from alexnet_lab.bench.race import Plan, Trainer
from alexnet_lab.bench.records import Curve, median_interval
from alexnet_lab.bench.switches import Switches
from alexnet_lab.models.step_graph import RATES, rates

CORE = "training_bench/core.js"


def node(body: str, **case: Any) -> Any:
    return run_node(CORE, body, case)


@pytest.mark.parametrize("key", [(1, 0), (2, 7, 3), (4, 999, 12345, 1), (6, 20)])
def test_streams_are_the_same(key: tuple[int, ...]) -> None:
    found = node(
        """return [core.keyOf(...given.key), [...core.uniform(50, ...given.key)],
        [...core.normal(50, ...given.key)], [...core.shuffled(50, ...given.key)]];""",
        key=key,
    )
    assert found[0] == streams.key_of(*key)
    assert found[1] == streams.uniform(50, *key).tolist()
    np.testing.assert_allclose(found[2], streams.normal(50, *key), rtol=1e-12)
    assert found[3] == streams.shuffled(50, *key).tolist()


def test_streams_are_random() -> None:
    """Moments of many draws, and of the first draws of many streams."""
    for draws in (
        streams.uniform(20_000, 1, 2),
        np.array([streams.uniform(1, 1, seed, 3)[0] for seed in range(5_000)]),
    ):
        assert abs(draws.mean() - 0.5) < 0.015
        assert abs(draws.var() - 1 / 12) < 0.005
        assert abs(np.corrcoef(draws[:-1], draws[1:])[0, 1]) < 0.05
    normals = streams.normal(20_000, 5)
    assert abs(normals.mean()) < 0.03
    assert abs(normals.std() - 1) < 0.03
    assert abs((normals**4).mean() - 3) < 0.3


@pytest.mark.parametrize("crops", [False, True])
@pytest.mark.parametrize("step", [0, 3, 29])
def test_a_batch_is_the_same_patches(crops: bool, step: int) -> None:
    plan, switches = Plan(each=10), Switches(crops=crops)
    trainer = Trainer(plan, switches, seed=5)
    picture = patches.sprite()
    found = node(
        """const train = core.places(given.boxes, given.each, core.STREAMS.train);
        const set = { train, boxes: given.boxes, seed: 5, crops: given.crops };
        const at = core.batch(set, given.step);
        const val = core.places(given.val, 20, core.STREAMS.val);
        return [[...at.labels], [...at.left], [...at.top], [...at.flip], [...val.left]];""",
        boxes=picture.train,
        val=picture.val,
        each=10,
        crops=crops,
        step=step,
    )
    images, labels = trainer.batch(step)
    left, top, flip = (np.array(values) for values in found[1:4])
    assert found[0] == labels.tolist()
    wanted = trainer.images(left, top)
    wanted[flip.astype(bool)] = wanted[flip.astype(bool)].flip(3)
    assert (wanted == images).all()
    assert bool(flip.any()) == crops
    assert found[4] == trainer.val.left.tolist()


def test_no_pixel_is_in_both_parts() -> None:
    picture = patches.sprite()
    covered = np.zeros(picture.pixels().shape[:2], dtype=int)
    for boxes in (picture.train, picture.val):
        for left, top, width, height in boxes:
            covered[top : top + height, left : left + width] += 1
    assert covered.max() == 1
    assert len(picture.data) <= 300_000
    for part, boxes in ((streams.TRAIN, picture.train), (streams.VAL, picture.val)):
        at = patches.positions(boxes, 200, part)
        for label, (left, top, width, height) in enumerate(boxes):
            mine = at.labels == label
            assert left <= at.left[mine].min()
            assert at.left[mine].max() <= left + width - patches.SIDE
            assert top <= at.top[mine].min()
            assert at.top[mine].max() <= top + height - patches.SIDE


@pytest.mark.parametrize(
    "size", [(256, 171), (171, 256), (256, 256), (256, 40), (256, 30), (70, 90)]
)
def test_photographs_are_cut_in_the_same_way(size: tuple[int, int]) -> None:
    found = node("return core.parts(...given.size, 48);", size=size)
    try:
        train, val = patches.parts(*size, 48)
    except patches.UserError:
        assert found is None
    else:
        assert (tuple(found["train"]), tuple(found["val"])) == (train, val)


@pytest.mark.parametrize("rule", ["2012", "torch"])
@pytest.mark.parametrize("bias", ["own", "none"])
@pytest.mark.parametrize("step", [0, 133, 134])
def test_rates_follow_the_rule_and_the_drop(rule: str, bias: str, step: int) -> None:
    plan, switches = Plan(drop=True), Switches(rule=rule, bias=bias, rate=0.03)
    found = node(
        "return core.rates(given.side, given.plan, given.step);",
        side=switches.as_dict(),
        plan={"steps": 200, "drop": True},
        step=step,
    )
    wanted = rates(rule, plan.rate(switches, step), 0.0 if bias == "none" else 2.0)
    assert set(found) == set(RATES)
    assert all(math.isclose(found[name], wanted[name]) for name in RATES)


@pytest.mark.parametrize("n", [1, 2, 5, 6, 7, 10, 25])
def test_the_interval_of_a_median(n: int) -> None:
    """Oracle: how often the interval of n uniform numbers holds 0.5, counted."""
    values = streams.uniform(n, 9, n).tolist()
    found = node("return core.medianInterval(given.values);", values=values)
    mine = median_interval(values)
    assert math.isclose(found["median"], float(np.median(values)))
    if mine is None:
        assert n < 6
        assert found["low"] is None
        return
    assert (found["median"], found["low"], found["high"]) == pytest.approx(mine)
    many = np.sort(streams.uniform(4000 * n, 10, n).reshape(4000, n), axis=1)
    low, high = (sorted(values).index(end) for end in (mine[1], mine[2]))
    holds = ((many[:, low] < 0.5) & (many[:, high] > 0.5)).mean()
    assert holds > 0.945


def test_the_measures_of_a_curve() -> None:
    for errors in ([0.9, 0.5, 0.4], [0.9, 0.8, 0.7], [0.1, 0.9, 0.9]):
        curve = {"loss": [1, 1, 1], "train_error": errors, "val_error": [0.9, 0.6, 0.3]}
        mine = Curve(**{name: tuple(values) for name, values in curve.items()})
        found = node(
            "return ['val_error', 'steps'].map((m) => String(core.measure(given.curve, m)));",
            curve=curve,
        )
        wanted = [mine.measure("val_error"), mine.measure("steps")]
        assert [float(v.replace("Infinity", "inf")) for v in found] == wanted


def test_a_batch_of_few_patches_has_some_twice() -> None:
    """Three photographs of the reader's with ten patches each are fewer than a batch."""
    found = node(
        """const boxes = [[0, 0, 180, 64], [0, 64, 180, 64], [0, 128, 180, 64]];
        const train = core.places(boxes, 10, core.STREAMS.train);
        return [0, 1, 7].map((step) =>
            [...core.batch({ train, boxes, seed: 1, crops: true }, step).labels]);"""
    )
    assert [len(labels) for labels in found] == [32, 32, 32]
    assert all(min(labels.count(k) for k in range(3)) >= 10 for labels in found)


RACE = """
    return (async () => {
    const steps = { a: 0, b: 0 };
    const engine = (side) => ({
        ask: async (job, { steps: count, looks }) => {
            if (job !== "advance") return { labels: [], shown: [] };
            steps[side] += count;
            const values = new Array(count).fill(given.loss);
            return { loss: values, error: values.map(() => 1), kernels: null,
                look: looks ? { val_error: 0.5, said: [] } : null };
        },
        close() {},
    });
    const heard = [];
    globalThis.document = { hidden: given.hidden, addEventListener: (_, go) => heard.push(go) };
    const race = new core.Race({ engines: [engine("a"), engine("b")], plan: { steps: 40 },
        sides: [{}, {}], graphs: ["", ""], seed: 0, files: [], tell() {} });
    await race.begin();
"""


def test_a_race_sleeps_while_the_page_is_hidden() -> None:
    found = run_node(
        "training_bench/race.js",
        RACE
        + """const running = race.run();
        for (let i = 0; i < 50; i += 1) await null;
        const asleep = { ...steps };
        document.hidden = false;
        heard.forEach((go) => go());
        await running;
        return [asleep, steps, race.finished, race.running]; })();""",
        {"hidden": True, "loss": 1.5},
    )
    assert found == [{"a": 0, "b": 0}, {"a": 40, "b": 40}, True, False]


def test_a_net_that_breaks_leaves_a_gap_in_its_loss() -> None:
    body = RACE + "await race.run(); return race.curves; })();"
    for loss, wanted in ((None, [None, None]), (1.5, [1.5, 1.5])):
        curves = run_node("training_bench/race.js", body, {"hidden": False, "loss": loss})
        assert [curve["loss"] for curve in curves] == [wanted, wanted]
        assert curves[0]["train_error"] == [1, 1]
