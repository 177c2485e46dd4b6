"""Each rule on records made by hand: every verdict can be reached, nothing is said too early."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from alexnet_lab.experiments.claims import (
    augmentation,
    dropout,
    initialisation,
    overlapping_pooling,
    recipes,
    registry,
    relu_tanh,
    response_norm,
    retrieval,
    tower_colour,
    tower_split,
    towers,
    weight_decay,
)
from alexnet_lab.experiments.claims import dropout_scaling as scaling
from alexnet_lab.experiments.claims import middle_layers as middle
from alexnet_lab.experiments.claims import momentum_rule as momentum
from alexnet_lab.experiments.claims.small_alexnet import TINY
from alexnet_lab.experiments.design.claim import (
    AT_SMALL_SCALE,
    CONTRADICTED,
    REPRODUCED,
    SMALLER,
    UNDECIDED,
    UNTESTABLE,
    Finding,
)
from alexnet_lab.experiments.design.comparison import Comparison
from alexnet_lab.experiments.design.each_of import comparisons_of
from alexnet_lab.experiments.design.measures import Results, final
from alexnet_lab.experiments.design.nets import build_net
from alexnet_lab.experiments.report.ledger import status

from .made import arm, record, results, times

LOW, HIGH = arm(0.20, 0.21, 0.19), arm(0.30, 0.31, 0.29)
# The same test error; much, or little, lower on the training images.
WIDE, NARROW = arm(0.3, 0.31, 0.29, train=0.05), arm(0.3, 0.31, 0.29, train=0.25)
QUICK, SLOW = times(200, 200, 300), times(900, 900, 1000)


def sevens(**found):
    return [record(seed, **found) for seed in range(3)]


COLOURS = [0.1, 0.12, 0.09, 0.11] * 6, [0.8, 0.9, 0.7, 0.85] * 6
PARTED = sevens(colourfulness=COLOURS[0] + COLOURS[1], norm=[1.0] * 48)
ALIKE = sevens(
    colourfulness=[c for pair in zip(*COLOURS, strict=True) for c in pair], norm=[1.0] * 48
)

PAIRS = [  # rule, what holds, what contradicts it
    (response_norm.LOWERS, {"none": HIGH, "lrn": LOW}, {"none": LOW, "lrn": HIGH}),
    (response_norm.ORDER, {"lrn_first": HIGH, "lrn": LOW}, {"lrn_first": LOW, "lrn": HIGH}),
    (
        overlapping_pooling.LOWERS,
        {"plain": HIGH, "overlapping": LOW},
        {"plain": LOW, "overlapping": HIGH},
    ),
    (
        overlapping_pooling.HARDER,
        {"plain": WIDE, "overlapping": NARROW},
        {"plain": NARROW, "overlapping": WIDE},
    ),
    (dropout.LESS_OVERFITTING, {"none": WIDE, "half": NARROW}, {"none": NARROW, "half": WIDE}),
    (
        augmentation.LESS_OVERFITTING,
        {"none": WIDE, "crops": NARROW},
        {"none": NARROW, "crops": WIDE},
    ),
    (augmentation.COLOUR, {"crops": HIGH, "colour": LOW}, {"crops": LOW, "colour": HIGH}),
    (
        augmentation.TEN_VIEWS,
        {"colour": arm(0.3, 0.3, 0.3, ten_views_error=0.28)},
        {"colour": arm(0.3, 0.3, 0.3, ten_views_error=0.31)},
    ),
    (towers.TWO_BEAT_HALF, {"half": HIGH, "two": LOW}, {"half": LOW, "two": HIGH}),
    (towers.CROSS_TALK, {"apart": HIGH, "two": LOW}, {"apart": LOW, "two": HIGH}),
    (
        weight_decay.LOWERS,
        {"none": sevens(train=0.3), "paper": sevens(train=0.2)},
        {"none": sevens(train=0.2), "paper": sevens(train=0.3)},
    ),
    (
        initialisation.ONES_ACCELERATE,
        {"raw_source_zeros": SLOW, "raw_source": QUICK},
        {"raw_source_zeros": QUICK, "raw_source": SLOW},
    ),
    (
        initialisation.STARVED,
        {"normalised_hundredth": times(None, None, None), "normalised_kaiming": QUICK},
        {"normalised_hundredth": QUICK, "normalised_kaiming": SLOW},
    ),
    (
        initialisation.SOURCE_STARTS,
        {"raw_paper": SLOW, "raw_source": QUICK},
        {"raw_paper": QUICK, "raw_source": SLOW},
    ),
    (tower_split.MORE_CLASSES, {"many": PARTED, "few": ALIKE}, {"many": ALIKE, "few": PARTED}),
    (tower_split.CLASSES_ALONE, {"thin": PARTED, "few": ALIKE}, {"thin": ALIKE, "few": PARTED}),
    (recipes.MODERN_WINS, {"2012": HIGH, "modern": LOW}, {"2012": LOW, "modern": HIGH}),
    (
        retrieval.better,
        {"": sevens(hidden=0.7, pixels=0.2, untrained=0.3)},
        {"": sevens(hidden=0.1, pixels=0.2, untrained=0.05)},
    ),
    (
        momentum.same_then_apart,
        {"": sevens(before=1e-12, first_step=9.0, path=5.0)},
        {"": sevens(before=1e-3, first_step=9.0, path=5.0)},
    ),
    (
        scaling.same_function,
        {"": sevens(training=1e-16, test=1e-16, learnt=1e-15, unscaled=0.5)},
        {"": sevens(training=1e-16, test=0.1, learnt=1e-15, unscaled=0.5)},
    ),
    (
        middle.CONVOLUTIONS_COST,
        {"whole": LOW, **{f"no_{n}": HIGH for n in middle.CONVOLUTIONS}},
        {"whole": HIGH, **{f"no_{n}": HIGH for n in middle.CONVOLUTIONS}, "no_conv4": LOW},
    ),
    (
        middle.DENSE_COST,
        {"whole": LOW, "no_fc6": HIGH, "no_fc7": HIGH},
        {"whole": HIGH, "no_fc6": HIGH, "no_fc7": LOW},
    ),
    (
        relu_tanh.SIX_TIMES_FASTER,
        {"four_2012_relu": times(200, 200, 200), "four_2012_tanh": times(900, 900, 900)},
        {"four_2012_relu": SLOW, "four_2012_tanh": QUICK},
    ),
]


def name_of(rule) -> str:
    return getattr(rule, "__name__", "") or "-".join(comparisons_of(rule)[0].arms)


@pytest.mark.parametrize(
    ("rule", "holds", "fails"), PAIRS, ids=lambda x: name_of(x) if callable(x) else ""
)
def test_both_verdicts_can_be_reached(rule, holds, fails):
    found = rule(results(**holds))
    assert found.verdict == REPRODUCED
    assert found.holds is True
    assert found.unit
    assert rule(results(**fails)).verdict == CONTRADICTED
    assert rule(results(**fails)).holds is False
    # Two seeds are not enough, and none at all is no error.
    few = rule(results(**{name: r[:2] for name, r in holds.items()}))
    assert (few.verdict, few.holds) == (UNDECIDED, None)
    assert few.takes
    assert rule(results()).verdict == UNDECIDED


def test_every_rule_is_tried_here():
    tried = {id(rule) for rule, *_ in PAIRS}
    others = (relu_tanh.SixTimes, relu_tanh.Varies, relu_tanh.Consistently)
    for name in registry.names():
        for claim in registry.find(name).claims:
            known = isinstance(claim.rule, others) or id(claim.rule) in tried
            ones = (dropout.DOUBLES, tower_colour.specialised, tower_split.IN_EVERY_RUN, None)
            special = claim.rule in ones
            assert known or special, claim.text


@pytest.mark.parametrize(
    ("untrained", "verdict"),
    [(0.3, REPRODUCED), (0.62, SMALLER), (0.75, CONTRADICTED)],
)
def test_neighbours_must_be_nearer_than_in_an_untrained_network(untrained, verdict):
    """Pixels are far behind in all three: they alone said nothing of training."""
    found = retrieval.better(results(**{"": sevens(hidden=0.7, pixels=0.2, untrained=untrained)}))
    assert found.verdict == verdict
    assert found.effect.estimate == pytest.approx(50)
    assert found.details[0][1].estimate == pytest.approx(70 - 100 * untrained)


def test_an_untrained_network_has_the_layers_of_the_trained_and_other_weights():
    net = build_net("alexnet_mini", 10, TINY, 0)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    one, again, other = (retrieval.untrained(net, seed).state_dict() for seed in (1, 1, 2))
    for name, value in before.items():
        assert torch.equal(net.state_dict()[name], value), "the trained one is left as it was"
        assert torch.equal(one[name], again[name])
        assert one[name].shape == value.shape
        if name.endswith("weight"):
            assert not torch.equal(one[name], other[name])
            assert not torch.equal(one[name], value)


RULE = response_norm.LOWERS  # the paper: 2 points; the least that interests us: 1


def pair(*gaps: float):
    """Make two arms whose errors differ by so many points, seed by seed."""
    return results(none=arm(*(0.3 + g / 100 for g in gaps)), lrn=arm(*[0.3] * len(gaps)))


@pytest.mark.parametrize(
    ("gaps", "verdict"),
    [
        ((2.0, 2.1, 1.9), REPRODUCED),
        ((0.5, 0.51, 0.49), SMALLER),  # beyond nothing, but far from half of the paper's
        ((0.0, 0.01, -0.01), SMALLER),
        ((-0.5, -0.51, -0.49), CONTRADICTED),
        ((2.0, 4.0, 0.0), UNDECIDED),  # neither nothing nor the paper's number is excluded
        ((0.9, 0.95, 0.85), UNDECIDED),  # beyond nothing; half of the paper's is just inside
    ],
)
def test_the_four_words_of_an_interval(gaps, verdict):
    assert RULE(pair(*gaps)).verdict == verdict


def at_rates(**arms):
    """Make results on a grid; an arm is a mapping of rates to test errors of its seeds."""
    made = {
        name: [dict(r, lr=rate) for rate, errors in by_rate.items() for r in arm(*errors)]
        for name, by_rate in arms.items()
    }
    return Results(made, grids={name: list(by_rate) for name, by_rate in arms.items()})


GOOD, BAD = (0.28, 0.281, 0.279), (0.30, 0.301, 0.299)


def test_a_verdict_that_depends_on_the_rate_is_undecided():
    same = at_rates(none={0.1: BAD, 0.2: BAD}, lrn={0.1: GOOD, 0.2: GOOD})
    assert RULE(same).verdict == REPRODUCED
    assert [one.rule for one in RULE(same).by_rate] == [
        "each at its best, by the last epoch",
        "each at its best, by the best epoch",
        "both at 0.1",
        "both at 0.2",
    ]
    turned = RULE(at_rates(none={0.1: BAD, 0.2: GOOD}, lrn={0.1: GOOD, 0.2: BAD}))
    words = {one.rule: one.verdict for one in turned.by_rate}
    assert words["both at 0.1"] == REPRODUCED
    assert words["both at 0.2"] == CONTRADICTED
    assert words["each at its best, by the last epoch"] == SMALLER
    assert turned.verdict == UNDECIDED
    assert "depends on the rule of choosing the rate" in turned.note


def test_a_rate_at_which_an_arm_does_not_train_says_nothing():
    """A run that diverged, and runs that stay near guessing: 0.9 with ten classes."""
    lost = [dict(record(seed, diverged="the loss is nan"), lr=0.2) for seed in range(3)]
    made = at_rates(none={0.1: BAD, 0.2: BAD}, lrn={0.1: GOOD, 0.2: (0.89, 0.9, 0.9)})
    for records in (made.of("lrn")[1::2], lost):
        kept = [r for r in made.of("lrn") if r["lr"] == 0.1] + [
            r for r in records if r["lr"] == 0.2
        ]
        whole = Results({"none": made.of("none"), "lrn": kept}, grids=made.grids)
        if len(whole.rates("lrn")[0.2]) < 3:
            continue
        assert "both at 0.2" not in [one.rule for one in RULE(whole).by_rate]
        assert RULE(whole).verdict == REPRODUCED
    assert "both at 0.2" not in [one.rule for one in RULE(made).by_rate]


def test_a_rate_that_is_not_measured_yet_leaves_it_undecided():
    part = at_rates(none={0.1: BAD, 0.2: BAD}, lrn={0.1: GOOD, 0.2: GOOD[:2]})
    found = RULE(part)
    assert found.verdict == UNDECIDED
    assert found.by_rate[0].note == "1 of 12 runs of the first look are missing"
    assert found.by_rate[2].verdict == REPRODUCED
    assert "not every rate of the grid is measured yet" in found.note


def test_what_a_pilot_found_is_shown_and_not_judged():
    pilot = {"none": 0.1, "lrn": 0.2}
    made = at_rates(none={0.1: BAD, 0.2: ()}, lrn={0.1: (), 0.2: GOOD})
    found = RULE(Results(made.records, grids=made.grids, pilot=pilot))
    assert found.verdict == UNDECIDED
    assert found.effect.estimate == pytest.approx(2)
    assert found.by_rate[-1].rule == "each at the rate of a short pilot"


def test_seeds_are_paired():
    """Two arms whose seeds differ widely, but by the same: the difference is exact."""
    found = RULE(results(none=arm(0.22, 0.42, 0.32), lrn=arm(0.20, 0.40, 0.30)))
    assert found.effect.estimate == pytest.approx(2)
    assert found.effect.high - found.effect.low < 1e-9
    # A seed that only one arm has does not count.
    alone = RULE(results(none=[*arm(0.22, 0.42, 0.32), record(7, 0.9)], lrn=arm(0.2, 0.4, 0.3)))
    assert alone.effect.n == (3, 3)


def test_between_looks_the_seeds_of_the_last_look_count():
    five = results(none=arm(0.32, 0.32, 0.32, 0.9, 0.9), lrn=arm(*[0.3] * 5))
    assert RULE(five).effect.n == (3, 3)
    assert RULE(five).effect.estimate == pytest.approx(2)


CELLS = relu_tanh.CELLS


def grid(ratio_of):
    """Make all arms of experiment 1; `ratio_of` gives how many times as long saturation takes."""
    made = {}
    for net, start in CELLS:
        made[f"{net}-{start}-relu"] = times(100, 100, 100)
        slow = 100 * ratio_of(net, start)
        for name in ("tanh", "sigmoid") if net in relu_tanh.SIGMOID_IN else ("tanh",):
            made[f"{net}-{start}-{name}"] = times(slow, slow, slow)
    return made


def test_the_effect_varies_or_does_not():
    rule = relu_tanh.Varies()
    assert rule(results(**grid(lambda net, start: 6 if net == "four" else 2))).holds
    assert rule(results(**grid(lambda net, start: 3))).verdict == SMALLER
    part = {k: v for k, v in grid(lambda net, start: 3).items() if not k.startswith("six")}
    assert rule(results(**part)).holds is None
    # Two that differ are enough: those that are missing can only widen the distance.
    two = {
        k: v
        for k, v in grid(lambda net, start: 6 if net == "four" else 2).items()
        if k.startswith(("four-2012", "two-2012"))
    }
    assert rule(results(**two)).holds


def test_consistently_means_every_net():
    rule = relu_tanh.Consistently()
    assert rule(results(**grid(lambda net, start: 3))).holds
    found = rule(results(**grid(lambda net, start: 1 if net == "two" else 6)))
    assert found.verdict == SMALLER
    assert found.effect.estimate == pytest.approx(1)
    part = {k: v for k, v in grid(lambda net, start: 3).items() if not k.startswith("six")}
    assert rule(results(**part)).holds is None


def test_six_times_with_runs_that_never_came_there():
    """Tanh that was stopped: its times are bounds, and so is the ratio, from below alone."""
    rule = relu_tanh.SIX_TIMES_FASTER
    found = rule(results(four_2012_relu=times(200, 200, 200), four_2012_tanh=times(*[None] * 3)))
    assert found.verdict == REPRODUCED
    assert (found.effect.low, found.effect.high) == (pytest.approx(5), math.inf)
    # But where ReLU did not come there either, nothing is shown.
    both = results(four_2012_relu=times(None, 200, 200), four_2012_tanh=times(None, None, 900))
    assert rule(both).verdict == UNDECIDED
    assert math.isnan(rule(both).effect.estimate)
    # A bound below half of the paper's number decides nothing either.
    near = rule(results(four_2012_relu=times(400, 400, 400), four_2012_tanh=times(*[None] * 3)))
    assert near.verdict == UNDECIDED


def curve(first: int, length: int = 40):
    """Make test errors that come within a point of their lowest in epoch `first`."""
    return [0.9 - 0.01 * epoch for epoch in range(first - 1)] + [0.2] * (length - first + 1)


def test_dropout_doubles():
    def made(*epochs):
        return [record(seed, curve(epoch)) for seed, epoch in enumerate(epochs)]

    rule = dropout.DOUBLES
    assert rule(results(none=made(9, 10, 10), half=made(19, 21, 20))).holds
    assert rule(results(none=made(9, 10, 10), half=made(9, 10, 10))).verdict == SMALLER
    # Eight times is not "roughly twice".
    assert rule(results(none=made(4, 4, 4), half=made(33, 34, 33))).verdict == CONTRADICTED
    # Still falling at the end: a bound.
    late = rule(results(none=made(9, 10, 10), half=made(40, 40, 40)))
    assert late.effect.high == math.inf
    assert late.verdict != REPRODUCED


def test_towers_specialise_in_every_run_or_not_at_all():
    grey, colour = [0.1, 0.12, 0.09, 0.11, 0.1, 0.13] * 8, [0.8, 0.9, 0.7, 0.85, 0.75, 0.8] * 8
    common = {"norm": [1.0] * 96}
    split = sevens(colourfulness=grey + colour, **common)
    mixed = [record(2, colourfulness=(grey + colour)[::2] + (grey + colour)[1::2], **common)]
    rule = tower_colour.specialised
    assert rule(results(two=split, one=split)).holds
    found = rule(results(two=split[:2] + mixed))
    assert found.verdict == SMALLER
    assert "1 of 3 runs exclude the least that interests us" in found.note
    assert rule(results(one=split)).holds is None


def test_a_run_that_diverged_counts_as_guessing():
    lost = [record(seed, diverged="the loss is nan") for seed in range(3)]
    found = RULE(results(none=lost, lrn=arm(0.2, 0.2, 0.2)))
    assert found.holds
    assert found.effect.estimate == pytest.approx(70)


def test_of_several_comparisons_one_that_fails_is_enough_and_all_must_hold():
    rule = middle.CONVOLUTIONS_COST
    assert {c.family for c in rule.comparisons} == {3}
    made = {"whole": LOW, "no_conv3": HIGH, "no_conv4": HIGH, "no_conv5": LOW}
    found = rule(results(**made))
    assert found.verdict == SMALLER
    assert found.note == "it is without conv5"
    assert rule(results(**{k: v for k, v in made.items() if k != "no_conv3"})).holds is False


def test_the_words_of_a_row():
    claim = registry.find("relu_tanh").claims[0]
    assert status(claim, "gpu", Finding(REPRODUCED)) == REPRODUCED
    assert status(claim, "laptop", Finding(REPRODUCED)) == AT_SMALL_SCALE
    for word in (CONTRADICTED, SMALLER, UNDECIDED):
        assert status(claim, "gpu", Finding(word)) == word
    untestable = registry.find("towers").claims[2]
    assert status(untestable, "laptop", Finding(UNDECIDED)) == UNTESTABLE


def test_half_of_the_papers_number_is_the_least_that_interests_us():
    for name in registry.names():
        for claim in registry.find(name).claims:
            for comparison in comparisons_of(claim.rule):
                if comparison.paper is not None and not comparison.ratio:
                    assert comparison.smallest == pytest.approx(comparison.paper / 2)


def test_a_comparison_of_one_arm_is_of_two_measures():
    rule = Comparison("a", "", final("val_error"), 1.0, against=final("train_error"))
    made = [
        dict(record(s, 0.3), epochs={"val_error": [0.3], "train_error": [0.1]}) for s in (0, 1, 2)
    ]
    assert rule(results(a=made)).effect.estimate == pytest.approx(20)
    assert replace(rule, smallest=30.0)(results(a=made)).verdict == SMALLER
