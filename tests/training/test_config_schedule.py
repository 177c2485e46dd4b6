"""Configurations and the five schedules, against rates worked out by hand."""

from __future__ import annotations

import json

import pytest

from alexnet_lab.errors import UserError
from alexnet_lab.training import (
    RECIPE_2012,
    RECIPE_MODERN,
    Cosine,
    OneCycle,
    Plateau,
    TrainConfig,
    build_schedule,
)


@pytest.mark.parametrize("recipe", [RECIPE_2012, RECIPE_MODERN, TrainConfig(milestones=[3, 5])])
def test_survives_json(recipe):
    assert TrainConfig.from_dict(json.loads(json.dumps(recipe.to_dict()))) == recipe


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"optimizer": "adam"}, "unknown optimizer 'adam'; known: sgd2012, sgd, adamw"),
        ({"lr": -1}, "lr=-1 must be above 0"),
        ({"lr": float("nan")}, "lr=nan"),
        ({"accumulate": 0}, "accumulate=0"),
        ({"schedule": "step"}, "needs milestones"),
        ({"milestones": (5, 3)}, "must rise"),
        ({"nesterov": True}, "nesterov is for optimizer 'sgd'"),
        ({"learning_rate": 1}, "unknown training option 'learning_rate'; known: epochs, lr"),
    ],
)
def test_says_what_is_wrong_in_one_line(fields, message):
    with pytest.raises(UserError) as caught:
        TrainConfig().replace(**fields)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_recipe_of_2012_is_the_papers():
    """Oracle: §5."""
    r = RECIPE_2012
    assert (r.epochs, r.lr, r.momentum, r.weight_decay) == (90, 0.01, 0.9, 0.0005)
    assert (r.gamma, r.max_drops, r.bias_lr_factor, r.bias_decay) == (0.1, 3, 2, False)


def test_plateau_divides_when_the_error_stops_improving():
    """Oracle: by hand, patience 2."""
    plateau = Plateau(gamma=0.1, patience=2, max_drops=2)
    factors = []
    for error in (0.9, 0.5, 0.6, 0.5, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4):
        plateau.end_epoch(error)
        factors.append(plateau.factor(0))
    assert factors == pytest.approx([1, 1, 1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.01, 0.01, 0.01])


def test_plateau_goes_on_from_its_state():
    whole, first = Plateau(patience=2), Plateau(patience=2)
    for error in (0.5, 0.6):
        whole.end_epoch(error)
        first.end_epoch(error)
    second = Plateau(patience=2)
    second.load_state_dict(json.loads(json.dumps(first.state_dict())))
    whole.end_epoch(0.6)
    second.end_epoch(0.6)
    assert whole.factor(0) == second.factor(0) == pytest.approx(0.1)


def test_step_drops_after_the_milestones():
    """Oracle: the cheat sheet's [30, 60] with ten steps an epoch."""
    config = TrainConfig(schedule="step", milestones=(30, 60))
    schedule = build_schedule(config, steps_per_epoch=10)
    factors = [schedule.factor(step) for step in (0, 299, 300, 599, 600, 899)]
    assert factors == pytest.approx([1, 1, 0.1, 0.1, 0.01, 0.01])


def test_one_cycle_and_cosine_by_hand():
    """Oracle: by hand, 10 steps, 4 of them rising."""
    rise = [0.25, 0.5, 0.75, 1.0]
    line = [OneCycle(10, 0.4).factor(step) for step in range(10)]
    assert line == pytest.approx([*rise, 6 / 7, 5 / 7, 4 / 7, 3 / 7, 2 / 7, 1 / 7])
    wave = [Cosine(10, 0.4).factor(step) for step in range(11)]
    assert wave[:4] == pytest.approx(rise)
    assert wave[7] < line[7]
    assert wave[10] == pytest.approx(0)
    assert [Cosine(4).factor(step) for step in (0, 2)] == pytest.approx([1, 0.5])


@pytest.mark.parametrize("kind", [OneCycle, Cosine])
def test_a_cycle_that_ends_above_nothing(kind):
    """By hand: the fall of the plain cycle, squeezed into what lies above `final`."""
    plain, raised = kind(10, 0.4), kind(10, 0.4, 0.7)
    assert [raised.factor(s) for s in range(3)] == [plain.factor(s) for s in range(3)]
    for step in range(3, 12):
        assert raised.factor(step) == pytest.approx(0.7 + 0.3 * plain.factor(step))
    config = TrainConfig(epochs=2, schedule="onecycle", final_factor=0.7)
    assert build_schedule(config, 5).factor(10) == pytest.approx(0.7)
    with pytest.raises(UserError, match=r"final_factor=1.0 must be"):
        TrainConfig(final_factor=1.0)
