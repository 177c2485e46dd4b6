"""When the towers part: equal steps, parts drawn by the seed, measures along a run, the rule."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from alexnet_lab.experiments.claims import tower_split
from alexnet_lab.experiments.claims.registry import find
from alexnet_lab.experiments.design.claim import REPRODUCED, SMALLER, UNDECIDED
from alexnet_lab.experiments.design.experiment import Part
from alexnet_lab.experiments.design.inputs import part_of
from alexnet_lab.experiments.design.statistics import Time
from alexnet_lab.experiments.records.run import Run
from alexnet_lab.experiments.report.tower_partings import tower_partings
from alexnet_lab.experiments.runner.queue import Sources
from alexnet_lab.experiments.runner.run import OutOfTimeError, configuration, execute
from alexnet_lab.plots import describe, plot_partings

from .made import record, results

GREY, COLOUR = [0.1, 0.12, 0.09, 0.11] * 6, [0.8, 0.9, 0.7, 0.85] * 6
# One p a hundred steps: below 0.05 for a while, then for good from step 300 on.
ALONG = {"step": [0, 100, 200, 300, 400]}


def along(*chances: float) -> dict:
    return ALONG | {"values": [[0.5, 0.5, p] for p in chances]}


def run_of(seed: int, colours: list[float], *chances: float) -> dict:
    found = along(*(chances or (0.9, 0.04, 0.2, 0.05, 0.01)))
    return record(seed, colourfulness=colours, norm=[1.0] * len(colours), along=found)


@pytest.fixture(scope="module")
def data():
    return Sources().load(find("tower_split"), "smoke")


def test_all_arms_take_as_many_steps():
    """By hand: 100,000 photographs are 800 batches of 125, 5,000 are 40."""
    experiment = find("tower_split")
    for scale, steps in (("laptop", 3200), ("gpu", 12_800)):
        batch = experiment.scale(scale).batch
        for arm in experiment.arms:
            images = arm.part.images if arm.part else 100_000
            epochs = configuration(Run(experiment, scale, arm, 0, 0.02)).epochs
            assert images % batch == 0
            assert epochs * images // batch == steps
    measured = 3200 // experiment.along_every + 1  # and once before the first step
    assert f"the {measured} times that p is computed" in experiment.claims[0].statement


def test_a_part_is_drawn_by_the_seed_and_labelled_anew(data):
    """Oracle: the images themselves. Every image of the part has its class's name in the whole."""
    names = {
        image.numpy().tobytes(): data.classes[label]
        for split in (data.train, data.val)
        for image, label in zip(split.images, split.labels.tolist(), strict=True)
    }
    part = part_of(data, Part(5, 20), 3)
    assert len(part.classes) == 5
    assert torch.bincount(part.train.labels).tolist() == [4] * 5
    assert len(part.val) == sum(data.classes[k] in part.classes for k in data.val.labels.tolist())
    for split in (part.train, part.val):
        for image, label in zip(split.images, split.labels.tolist(), strict=True):
            assert names[image.numpy().tobytes()] == part.classes[label]
    assert torch.equal(part_of(data, Part(5, 20), 3).train.images, part.train.images)
    assert len({part_of(data, Part(5, 20), seed).classes for seed in range(4)}) > 1
    assert torch.equal(part.mean, data.mean), "all arms see the same pixels alike"


def test_what_is_measured_along_a_run_survives_a_stop(tmp_path, data):
    """Oracle: the run that was not stopped; and the end's own kernels."""
    experiment = replace(find("tower_split"), along_every=1)
    few = replace(experiment.arm("few"), part=Part(10, 5000, 3))
    run = Run(experiment, "smoke", few, 0, 0.001)
    whole = execute(run, data, tmp_path / "whole", progress=False)["results"]
    for _ in range(2):
        with pytest.raises(OutOfTimeError):
            execute(run, data, tmp_path / "parts", deadline=0.0, progress=False)
    parts = execute(run, data, tmp_path / "parts", progress=False)["results"]
    assert parts == whole
    assert whole["along"]["step"] == [0, 1, 2, 3]
    first, second, _ = whole["along"]["values"][-1]
    made = {"results": whole}
    assert [tower_split.side(half)(made) for half in (0, 1)] == pytest.approx(
        [first, second], abs=1e-3
    )


@pytest.mark.parametrize(
    ("chances", "time"),
    [
        ((0.9, 0.04, 0.2, 0.05, 0.01), Time(300)),  # 0.05 is enough; what rose again is not
        ((0.9, 0.04, 0.2, 0.05, 0.06), Time(400, censored=True)),
        ((0.01, 0.01, 0.01, 0.01, 0.01), Time(0)),
    ],
)
def test_the_step_from_which_on_they_are_parted(chances, time):
    assert tower_split.onset({"results": {"along": along(*chances)}}) == time


def test_every_run_must_part_and_one_that_does_not_is_enough():
    rule = tower_split.IN_EVERY_RUN
    right = [run_of(seed, GREY + COLOUR) for seed in range(3)]
    found = rule(results(many=right))
    assert found.verdict == REPRODUCED
    assert found.effect.estimate == pytest.approx(70.75)
    assert "more colour in the first tower in 0 of 3 runs" in found.note
    left = rule(results(many=[*right[:2], run_of(2, COLOUR + GREY, 0.9, 0.9, 0.9, 0.9, 0.9)]))
    assert left.verdict == REPRODUCED, "either tower may have the colour"
    assert "in 1 of 3 runs; parted for good from step 300, 300, never" in left.note
    even = [c for pair in zip(GREY, COLOUR, strict=True) for c in pair]
    # Half of both kinds in each tower: so wide an interval over kernels excludes nothing.
    assert rule(results(many=[*right[:2], run_of(2, even)])).verdict == UNDECIDED
    alike = [0.5 + 0.01 * (k % 3) for k in range(48)]
    assert rule(results(many=[*right[:2], run_of(2, alike)])).verdict == SMALLER
    assert rule(results(many=right[:2])).effect is None


class Shelf:
    """Records of one run of one arm."""

    def measured(self, experiment, scale):
        assert (experiment.name, scale) == ("tower_split", "laptop")
        return {"few": [run_of(2, GREY + COLOUR)]}


def test_runs_as_the_chapter_draws_them():
    found = tower_partings(Shelf())
    assert [len(runs) for runs in found.values()] == [0, 1, 0, 0]
    (run,) = found["10 classes, 5,000 photographs"]
    assert (run.seed, run.steps, run.since) == (2, tuple(ALONG["step"]), 300)
    assert run.first == run.second == (50.0,) * 5
    axes = plot_partings(found)
    assert len(axes) == 4
    solid, first_dot, dashed, second_dot = axes[1].lines
    assert [line.get_linestyle() for line in (solid, dashed)] == ["-", "--"]
    assert [dot.get_xydata().tolist() for dot in (first_dot, second_dot)] == [[[300, 50]]] * 2
    assert describe(axes[1]).endswith("seed 2 ends at 50 and 50 percent, parted from step 300")
    assert describe(axes[0]).endswith("not measured yet")
    assert not axes[0].lines
