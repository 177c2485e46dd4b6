"""Made-up records of every experiment: the same numbers on every machine."""

from __future__ import annotations

import random
from typing import Any

from alexnet_lab.experiments.design.experiment import Experiment
from alexnet_lab.experiments.design.measures import Results

from .made import record

SEEDS = 6
KERNELS = 48
SPREAD = 0.01  # of the seeds of an arm, next to steps of `STEP` between neighbouring arms
STEP = 0.05


def made(dice: random.Random, seed: int, level: float) -> dict[str, Any]:
    """Make a record that every rule can read, of a run about as good as `level`, 0.1–0.7."""
    level += dice.uniform(-SPREAD, SPREAD)
    errors = [min(0.9, level + 0.3 / epoch + dice.uniform(0, 0.02)) for epoch in range(1, 21)]
    steps = [0.9 - 0.25 * n * (0.75 - level) * dice.uniform(0.9, 1.0) for n in range(1, 41)]
    colour = [dice.uniform(0, 0.3) for _ in range(KERNELS // 2)]
    colour += [dice.uniform(0, 0.3) + 0.4 * (0.6 - level) for _ in range(KERNELS // 2)]
    return record(
        seed,
        errors,
        train=0.1 + 0.2 * (level - 0.1) * dice.uniform(0.9, 1.0),
        steps=steps,
        ten_views_error=errors[-1] - dice.uniform(0, 0.03),
        colourfulness=colour,
        along={
            "step": [0, 100, 200],
            "values": [[0.5, 0.5, 0.9], [0.2, 0.4, 0.04], [0.2, 0.5, 0.01]],
        },
        norm=[dice.uniform(0.5, 1.5) for _ in range(KERNELS)],
        hidden=dice.uniform(0.6, 0.7),
        pixels=dice.uniform(0.2, 0.3),
        untrained=0.35,
        network="made",
        before=dice.uniform(0, 1e-10),
        first_step=dice.uniform(7.5, 8.5),
        path=dice.uniform(5, 6),
        training=1e-15,
        test=1e-15,
        learnt=dice.uniform(0, 1e-10),
        unscaled=0.5,
    )


def synthetic(experiment: Experiment, number: int) -> Results:
    """Return results of all arms: the first best (0), the last best (1), all alike (2)."""
    dice = random.Random(f"{experiment.name} {number}")
    names = [arm.name for arm in experiment.arms] or [""]
    order = names[::-1] if number == 1 else names
    step = 0.0 if number == 2 else min(STEP, 0.4 / len(names))
    levels = {name: 0.2 + step * place for place, name in enumerate(order)}
    grids = {arm.name: sorted(arm.lrs)[:3] for arm in experiment.arms}
    records = {
        name: [
            # The middle rate is the best of three.
            dict(made(dice, seed, levels[name] + 0.02 * abs(place - 1)), lr=rate)
            for place, rate in enumerate(grids.get(name, [None]))
            for seed in range(SEEDS)
        ]
        for name in names
    }
    return Results(records, grids=grids)
