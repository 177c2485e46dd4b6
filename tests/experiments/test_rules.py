"""Each rule on records made by hand: every verdict can be reached, nothing is said too early."""

from __future__ import annotations

import math
import random

import pytest

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
    towers,
    weight_decay,
)
from alexnet_lab.experiments.claims import dropout_scaling as scaling
from alexnet_lab.experiments.claims import middle_layers as middle
from alexnet_lab.experiments.claims import momentum_rule as momentum
from alexnet_lab.experiments.design.claim import (
    AT_SMALL_SCALE,
    NOT_HERE,
    NOT_YET,
    REPRODUCED,
    UNTESTABLE,
    Finding,
)
from alexnet_lab.experiments.report.ledger import status

from .made import arm, record, results, times

LOW, HIGH = arm(0.20, 0.21, 0.19), arm(0.30, 0.31, 0.29)
# The same test error; much, or little, lower on the training images.
WIDE, NARROW = arm(0.3, 0.31, 0.29, train=0.05), arm(0.3, 0.31, 0.29, train=0.25)
QUICK, SLOW = times(200, 200, 300), times(900, 1000, 900)


def sevens(**found):
    return [record(seed, **found) for seed in range(3)]


PAIRS = [  # rule, what holds, what does not
    (response_norm.lowers, {"none": HIGH, "lrn": LOW}, {"none": LOW, "lrn": HIGH}),
    (response_norm.order_matters, {"lrn_first": HIGH, "lrn": LOW}, {"lrn_first": LOW, "lrn": LOW}),
    (
        overlapping_pooling.lowers,
        {"plain": HIGH, "overlapping": LOW},
        {"plain": LOW, "overlapping": HIGH},
    ),
    (
        overlapping_pooling.harder_to_overfit,
        {"plain": WIDE, "overlapping": NARROW},
        {"plain": NARROW, "overlapping": WIDE},
    ),
    (dropout.less_overfitting, {"none": WIDE, "half": NARROW}, {"none": NARROW, "half": WIDE}),
    (augmentation.less_overfitting, {"none": WIDE, "crops": NARROW}, {"none": WIDE, "crops": WIDE}),
    (augmentation.colour, {"crops": HIGH, "colour": LOW}, {"crops": LOW, "colour": HIGH}),
    (
        augmentation.ten,
        {"colour": arm(0.3, 0.31, 0.29, ten_views_error=0.2)},
        {"colour": arm(0.3, 0.31, 0.29, ten_views_error=0.3)},
    ),
    (towers.two_beat_half, {"half": HIGH, "two": LOW}, {"half": LOW, "two": HIGH}),
    (towers.cross_talk_helps, {"apart": HIGH, "two": LOW}, {"apart": LOW, "two": HIGH}),
    (
        weight_decay.lowers_training_error,
        {"none": sevens(train=0.3), "paper": sevens(train=0.2)},
        {"none": sevens(train=0.2), "paper": sevens(train=0.3)},
    ),
    (
        initialisation.ones_accelerate,
        {"raw_zeros": SLOW, "raw_paper": QUICK},
        {"raw_zeros": QUICK, "raw_paper": QUICK},
    ),
    (
        initialisation.starved,
        {"normalised_hundredth": times(None, None, None), "normalised_kaiming": QUICK},
        {
            "normalised_hundredth": times(None, None, None),
            "normalised_kaiming": times(None, 900, 900),
        },
    ),
    (
        initialisation.source_starts,
        {"raw_paper": SLOW, "raw_source": QUICK},
        {"raw_paper": QUICK, "raw_source": SLOW},
    ),
    (recipes.modern_wins, {"2012": HIGH, "modern": LOW}, {"2012": LOW, "modern": HIGH}),
    (
        retrieval.better,
        {"": sevens(hidden=0.7, pixels=0.2)},
        {"": sevens(hidden=0.2, pixels=0.2)},
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
        middle.each_costs,
        {"whole": LOW, **{f"no_{n}": HIGH for n in middle.REMOVED}},
        {"whole": LOW, **{f"no_{n}": HIGH for n in middle.REMOVED}, "no_fc7": LOW},
    ),
    (
        relu_tanh.six_times,
        {"four_2012_relu": times(200, 200, 200), "four_2012_tanh": times(900, 1000, 1000)},
        {"four_2012_relu": QUICK, "four_2012_tanh": QUICK},
    ),
]


@pytest.mark.parametrize(
    ("rule", "holds", "fails"), PAIRS, ids=lambda x: getattr(x, "__name__", "")
)
def test_both_verdicts_can_be_reached(rule, holds, fails):
    found = rule(results(**holds))
    assert found.holds is True
    assert found.unit
    assert rule(results(**fails)).holds is False
    # Two seeds are not enough, and none at all is no error.
    assert rule(results(**{name: r[:2] for name, r in holds.items()})).holds is None
    assert rule(results()).holds is None


def test_every_rule_is_tried_here():
    tried = {rule for rule, *_ in PAIRS}
    tried |= {relu_tanh.varies, relu_tanh.consistently, dropout.doubles, tower_colour.specialised}
    known = {c.rule for name in registry.names() for c in registry.find(name).claims if c.rule}
    assert known == tried


CELLS = [(net, start) for net, *_ in relu_tanh.NETS for start, *_ in relu_tanh.STARTS]


def grid(ratio_of):
    """Make all arms of experiment 1; `ratio_of` gives how many times as long saturation takes."""
    made = {}
    for net, *_ in relu_tanh.NETS:
        for start, *_ in relu_tanh.STARTS:
            made[f"{net}-{start}-relu"] = times(100, 100, 100)
            slow = 100 * ratio_of(net, start)
            for name in ("tanh", "sigmoid") if net in relu_tanh.SIGMOID_IN else ("tanh",):
                made[f"{net}-{start}-{name}"] = times(slow, slow, slow)
    return made


def test_the_effect_varies_or_does_not():
    assert relu_tanh.varies(results(**grid(lambda net, start: 6 if net == "four" else 2))).holds
    assert relu_tanh.varies(results(**grid(lambda net, start: 3))).holds is False
    part = {k: v for k, v in grid(lambda net, start: 3).items() if not k.startswith("six")}
    assert relu_tanh.varies(results(**part)).holds is None


@pytest.mark.parametrize("seed", range(20))
def test_what_is_settled_early_is_what_all_runs_will_say(seed):
    """Cells come in any order; whatever is said before the last stays true to the end."""
    dice = random.Random(seed)
    ratios = {cell: dice.choice([1, 2, 3, 9]) for cell in CELLS}
    whole = grid(lambda net, start: ratios[net, start])
    order = dice.sample(CELLS, len(CELLS))
    pairs = (
        (relu_tanh.varies, relu_tanh.varies_already),
        (relu_tanh.consistently, relu_tanh.not_consistently),
    )
    spoke = 0
    for rule, settled in pairs:
        verdict = rule(results(**whole)).holds
        for count in range(len(order)):
            names = [f"{net}-{start}-" for net, start in order[:count]]
            part = {k: v for k, v in whole.items() if k.startswith(tuple(names))}
            early = settled(results(**part)) if part else None
            assert early is None or early.holds == verdict
            spoke += early is not None
    assert spoke


def test_consistently_means_every_net():
    assert relu_tanh.consistently(results(**grid(lambda net, start: 3))).holds
    found = relu_tanh.consistently(results(**grid(lambda net, start: 1 if net == "two" else 6)))
    assert found.holds is False
    assert found.effect.estimate == pytest.approx(1)


def test_six_times_with_runs_that_never_came_there():
    """Censored tanh: at least 1000/200, open above; it counts as six times or so."""
    found = relu_tanh.six_times(
        results(four_2012_relu=times(100, 200, 200), four_2012_tanh=times(None, None, 900))
    )
    assert found.holds
    assert (found.effect.low, found.effect.high) == (4.5, math.inf)
    # But where ReLU did not come there either, nothing is shown.
    both = results(four_2012_relu=times(None, 200, 200), four_2012_tanh=times(None, None, 900))
    assert relu_tanh.six_times(both).holds is False


def curve(first: int, length: int = 40):
    """Make test errors that come within a point of their lowest in epoch `first`."""
    return [0.9 - 0.01 * epoch for epoch in range(first - 1)] + [0.2] * (length - first + 1)


def test_dropout_doubles():
    def made(*epochs):
        return [record(seed, curve(epoch)) for seed, epoch in enumerate(epochs)]

    rule = dropout.doubles
    assert rule(results(none=made(9, 10, 10), half=made(20, 21, 19))).holds
    assert rule(results(none=made(9, 10, 10), half=made(10, 10, 10))).holds is False
    assert rule(results(none=made(4, 4, 4), half=made(33, 34, 33))).holds is False  # eight times
    # Still falling at the end: a bound. At least four times is not "roughly twice".
    late = rule(results(none=made(9, 10, 10), half=made(40, 40, 40)))
    assert late.effect.high == math.inf
    assert late.holds is False


def test_towers_specialise_in_every_run_or_not_at_all():
    grey, colour = [0.1, 0.12, 0.09, 0.11, 0.1, 0.13] * 4, [0.5, 0.6, 0.4, 0.55, 0.45, 0.5] * 4
    common = {"norm": [1.0] * 48}
    split = sevens(colourfulness=grey + colour, **common)
    mixed = [record(2, colourfulness=(grey + colour)[::2] + (grey + colour)[1::2], **common)]
    assert tower_colour.specialised(results(two=split, one=split)).holds
    found = tower_colour.specialised(results(two=split[:2] + mixed))
    assert found.holds is False
    assert found.note.count(",") == 2
    assert tower_colour.specialised(results(one=split)).holds is None


def test_a_run_that_diverged_counts_as_guessing():
    lost = [record(seed, diverged="the loss is nan") for seed in range(3)]
    found = response_norm.lowers(results(none=lost, lrn=LOW))
    assert found.holds
    assert found.effect.estimate == pytest.approx(70)
    assert weight_decay.lowers_training_error(results(none=lost, paper=LOW)).holds


def test_the_five_words():
    claim = registry.find("relu_tanh").claims[0]
    assert status(claim, "gpu", Finding(True)) == REPRODUCED
    assert status(claim, "laptop", Finding(True)) == AT_SMALL_SCALE
    assert status(claim, "gpu", Finding(False)) == NOT_HERE
    assert status(claim, "gpu", Finding(None)) == NOT_YET
    assert status(registry.find("towers").claims[2], "laptop", Finding(None)) == UNTESTABLE
