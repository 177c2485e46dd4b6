"""When the towers part: equal steps, parts drawn by the seed, measures along a run, the rule."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from alexnet_lab.experiments.claims import tower_colour, tower_split
from alexnet_lab.experiments.claims.registry import find
from alexnet_lab.experiments.design.arm import Part
from alexnet_lab.experiments.design.claim import (
    CONTRADICTED,
    REPRODUCED,
    SMALLER,
    UNDECIDED,
    Finding,
)
from alexnet_lab.experiments.design.comparison import Comparison
from alexnet_lab.experiments.design.inputs import (
    part_of,
    run_inputs,
    training_transform,
    validation_transform,
)
from alexnet_lab.experiments.design.measures import chance
from alexnet_lab.experiments.design.statistics import Time
from alexnet_lab.experiments.records.file import read
from alexnet_lab.experiments.records.run import Run
from alexnet_lab.experiments.records.store import SHIPPED, Library
from alexnet_lab.experiments.report.ledger import judge
from alexnet_lab.experiments.report.tower_partings import tower_partings
from alexnet_lab.experiments.runner.outlook import decides_at
from alexnet_lab.experiments.runner.queue import Sources
from alexnet_lab.experiments.runner.run import OutOfTimeError, configuration, execute
from alexnet_lab.experiments.runner.schedule import due
from alexnet_lab.plots import describe, plot_partings

from .made import record, results, store

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


RIGHT = [run_of(seed, GREY + COLOUR) for seed in range(6)]
ALIKE = [0.5 + 0.01 * (k % 3) for k in range(48)]


def test_every_run_must_part_and_one_that_does_not_is_enough():
    rule = tower_split.IN_EVERY_RUN
    right = RIGHT[:3]
    found = rule(results(many=right))
    assert found.verdict == REPRODUCED
    assert found.effect.estimate == pytest.approx(70.75)
    assert "more colour in the first tower in 0 of 3 runs" in found.note
    left = rule(results(many=[*right[:2], run_of(2, COLOUR + GREY, 0.9, 0.9, 0.9, 0.9, 0.9)]))
    assert left.verdict == REPRODUCED, "either tower may have the colour"
    assert "in 1 of 3 runs" in left.note
    assert "parted for good from step 300, 300, never" in left.note
    assert dict(left.details)["first tower minus second, signed"].low < 0 < left.effect.low
    even = [c for pair in zip(GREY, COLOUR, strict=True) for c in pair]
    # Half of both kinds in each tower: so wide an interval over kernels excludes nothing.
    wide = rule(results(many=[*right[:2], run_of(2, even)]))
    assert wide.verdict == UNDECIDED
    assert wide.effect.low == 0, "a size has nothing below 0"
    assert rule(results(many=[*right[:2], run_of(2, ALIKE)])).verdict == SMALLER
    assert rule(results(many=right[:2])).effect is None


def test_between_two_looks_nothing_is_said():
    """A fourth and a fifth run that did not part wait for the sixth."""
    rule, parts = tower_split.IN_EVERY_RUN, [*RIGHT[:3], *(run_of(s, ALIKE) for s in (3, 4, 5))]
    found = [rule(results(many=parts[:count])) for count in (3, 4, 5)]
    assert found[0] == found[1] == found[2]
    assert found[0].effect.n == (3,)
    assert rule(results(many=parts)).verdict == SMALLER
    # Seeds 0, 1, 3 are a look of three as well.
    assert rule(results(many=[*RIGHT[:2], RIGHT[3]])).verdict == REPRODUCED


@pytest.mark.parametrize("rule", [tower_split.IN_EVERY_RUN, tower_colour.specialised])
def test_a_run_that_diverged_is_a_run(rule):
    """Rows 15 and 7: whatever the other runs show, "in every run" cannot be said."""
    lost = record(1, diverged="the loss is nan")
    for others in (GREY + COLOUR, ALIKE):
        runs = [run_of(0, others), lost, run_of(2, others)]
        found = rule(results(many=runs, two=runs))
        assert (found.verdict, found.effect) == (UNDECIDED, None)
        assert "diverged" in found.note
        assert "seed 1" in found.note


def test_a_comparison_of_a_run_that_diverged_has_nothing_to_measure():
    """It was counted as towers that do not differ, which decided by itself."""
    runs, lost = RIGHT[:3], [record(seed, diverged="the loss is nan") for seed in range(3)]
    for comparison in (tower_split.MORE_CLASSES, tower_split.CLASSES_ALONE, tower_split.CONTROL):
        found = comparison(results(many=runs, thin=runs, one=lost, few=[*runs[:2], lost[2]]))
        assert (found.verdict, found.effect) == (UNDECIDED, None)
        assert "has nothing to measure" in found.by_rate[0].note


def put(library, arm, runs):
    experiment = find("tower_split")
    for made in runs:
        store(library, Run(experiment, "laptop", experiment.arm(arm), made["seed"], 0.02), made)


def seeds_due(library, index=0):
    found = due(find("tower_split"), "laptop", library, index)
    return [(run.arm.name, run.seed) for _, run in found]


def test_a_rule_that_is_undecided_gets_its_next_look_whatever_it_compares(library):
    """Six runs, the second tower far ahead in all but one, which chance explains."""
    assert seeds_due(library) == [("many", seed) for seed in range(3)]
    even = [c for pair in zip(GREY, COLOUR, strict=True) for c in pair]
    put(library, "many", [*RIGHT[:5], run_of(5, even)])
    experiment = find("tower_split")
    signed = Comparison("many", "", tower_split.side(0), 10, against=tower_split.side(1))
    assert signed(library.results(experiment, "laptop")).verdict == CONTRADICTED
    assert seeds_due(library) == [("many", seed) for seed in range(6, 12)]


class Stubborn:
    """A rule of another kind: undecided, though what it compares is decided."""

    comparisons = (tower_split.MORE_CLASSES,)

    def __call__(self, results):
        return Finding(UNDECIDED)


def test_a_rule_of_another_kind_neither_gets_stuck_nor_is_foreseen(library):
    experiment = find("tower_split")
    claims = (replace(experiment.claims[0], rule=Stubborn()), *experiment.claims[1:])
    even = [c for pair in zip(GREY, COLOUR, strict=True) for c in pair]
    put(library, "many", RIGHT[:3])
    put(library, "few", [run_of(seed, even) for seed in range(3)])
    found = library.results(experiment, "laptop")
    assert tower_split.MORE_CLASSES(found).verdict == REPRODUCED
    left = due(replace(experiment, claims=claims), "laptop", library, 0)
    assert {(run.arm.name, run.seed) for _, run in left} == {
        (arm, seed) for arm in ("many", "few") for seed in (3, 4, 5)
    }
    assert decides_at(tower_split.MORE_CLASSES, found) == 3
    assert decides_at(Stubborn(), found) is None
    assert decides_at(tower_split.IN_EVERY_RUN, found) is None


def test_what_has_not_learned_decides_nothing_and_gets_no_more_runs(library):
    """Guessing among ten classes is wrong in 90 %; the gate is at nine tenths of that."""
    experiment = find("tower_split")
    put(library, "many", RIGHT[:2])
    assert seeds_due(library) == [("many", 2)]
    put(library, "many", [RIGHT[2] | {"results": RIGHT[2]["results"] | {"train_error": 0.82}}])
    row = judge(experiment, library)[0]
    assert row.status == UNDECIDED
    assert "200 classes, 100,000 photographs, seed 2: training error 82.0 %, guessing 90.0 %" in (
        row.finding.note
    )
    assert "by its rule reproduced, but" in row.finding.note
    assert (row.takes, seeds_due(library), seeds_due(library, 1)) == (None, [], [])
    assert seeds_due(library, 2), "the arms of row 15c have no such run"
    put(library, "many", [RIGHT[2] | {"results": RIGHT[2]["results"] | {"train_error": 0.8}}])
    assert "not learned" not in judge(experiment, library)[0].finding.note
    put(library, "many", [record(2, diverged="the loss is nan")])
    assert "seed 2: diverged" in judge(experiment, library)[0].finding.note


def test_the_first_design_is_told_from_its_records():
    told = find("tower_split").withdrawn
    kept = read(tower_split.WITHDRAWN / "many-lr0.02-s0.json")
    first, second = (100 * tower_split.side(half)(kept) for half in (0, 1))
    error = kept["results"]["train_error"]
    assert f"training error {100 * error:.0f} %" in told
    assert f"{first:.1f} and {second:.1f} %" in told
    assert error > tower_split.GATE * chance(kept), "today's gate would have stopped it"
    # It lies where no rule reads it.
    counted = Library(SHIPPED, also=()).results(find("tower_split"), "laptop").records
    hashes = {record["setting_hash"] for part in counted.values() for record in part}
    assert kept["setting_hash"] not in hashes


def test_the_networks_input_is_enlarged(data):
    """128 pixels from 64, in training and at validation, as in the trials."""
    experiment = find("tower_split")
    scale, arm = experiment.scale("laptop"), experiment.arm("many")
    inputs = run_inputs(data, scale, choice=False)
    assert (scale.size, inputs.crop) == (64, 128)
    images = data.val.images[:4]
    for made in (training_transform(inputs, arm, scale), validation_transform(inputs, arm)):
        out = made(images, torch.Generator().manual_seed(0))
        assert out.shape == (4, 3, 128, 128)
    middle = images[:, :, 4:60, 4:60].float()
    shown = out * data.std.view(3, 1, 1) + data.mean.view(3, 1, 1)
    assert torch.allclose(shown.mean((2, 3)), middle.mean((2, 3)), atol=1.0)


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
