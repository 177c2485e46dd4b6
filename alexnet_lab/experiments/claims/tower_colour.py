"""7. One tower goes grey, the other goes colour, "in every run" (§6.1, Fig. 3).

Reads the conv1 kernels that experiment 6 recorded. In a net with one tower the same halves of
conv1 are a control: nothing tells them apart.
"""

from __future__ import annotations

from dataclasses import replace

from ..design.claim import REPRODUCED, SMALLER, UNDECIDED, Claim, Finding, Interval
from ..design.measures import Record, Results
from ..design.statistics import mean_interval, permutation_p, resampled_difference, weighted_mean
from .towers import EXPERIMENT as TOWERS

SIGNIFICANT = 0.05
# Points of colour between the towers of Berkeley's replication on ImageNet: 74.0 and 5.5.
AT_FULL_SCALE = 68.5


def halves(
    record: Record,
) -> tuple[tuple[list[float], list[float]], tuple[list[float], list[float]]]:
    """Return (values, weights) of both halves of conv1: share of colour, and length."""
    colour, norm = record["results"]["colourfulness"], record["results"]["norm"]
    half = len(colour) // 2
    return (colour[:half], colour[half:]), (norm[:half], norm[half:])


def split(record: Record) -> float:
    """Measure the difference of the two halves' mean share of colour, in points, unsigned.

    Means are weighted by the kernels' lengths: what has not learnt is short, and coloured noise.
    """
    values, weights = halves(record)
    means = [weighted_mean(v, w) for v, w in zip(values, weights, strict=True)]
    return 100 * abs(means[0] - means[1])


def p_value(record: Record) -> float:
    """Measure how often kernels dealt to two towers at random differ as much."""
    values, weights = halves(record)
    return permutation_p(*values, weights=weights)


def run_interval(record: Record, family: int) -> Interval:
    """Return a run's difference between its halves, in points, with a bootstrap over kernels."""
    (first, second), weights = halves(record)
    return resampled_difference(
        [100 * v for v in first], [100 * v for v in second], weights, SIGNIFICANT / family
    )


def specialised(results: Results) -> Finding:
    """Apply the rule of the claim."""
    unit = "points of colour between the towers"
    found = {arm: results.of(arm) for arm in ("two", "one")}
    control: tuple[tuple[str, Interval], ...] = ()
    if len(found["one"]) >= results.needed:
        control = (("control: halves of one tower", mean_interval([*map(split, found["one"])])),)
    if len(found["two"]) < results.needed:
        return Finding(UNDECIDED, None, unit, control, takes=3)
    chances = [p_value(record) for record in found["two"]]
    effect = mean_interval([split(record) for record in found["two"]])
    runs = [run_interval(record, len(found["two"])) for record in found["two"]]
    small = [max(abs(x.low), abs(x.high)) < AT_FULL_SCALE / 2 for x in runs]
    verdict = UNDECIDED
    if any(small):
        verdict = SMALLER
    elif max(chances) <= SIGNIFICANT and effect.estimate >= AT_FULL_SCALE / 2:
        verdict = REPRODUCED
    note = "p of each run: " + ", ".join(f"{p:.2g}" for p in chances)
    if control:
        note += "; of the control: " + ", ".join(f"{p_value(r):.2g}" for r in found["one"])
    note += f"; {sum(small)} of {len(small)} runs exclude half of what full scale has"
    return Finding(verdict, effect, unit, control, note, takes=6)


EXPERIMENT = replace(
    TOWERS,
    number=7,
    name="tower_colour",
    title="The towers' colours",
    claims=(
        Claim(
            "Kernels of one tower are largely colour-agnostic, those of the other largely"
            " colour-specific, in every run.",
            "paper §6.1, Fig. 3",
            "In every run, kernels dealt at random to two towers differ as much in mean share of"
            " colour with p of 0.05 or less (permutation test, means weighted by the kernels'"
            " lengths), and by half of what a training on ImageNet shows (68.5 points). One run"
            " whose interval (bootstrap over kernels, held to its share of the error) excludes"
            " that half is enough to say: smaller than claimed.",
            specialised,
            rule_version=2,
        ),
    ),
    arms=tuple(arm for arm in TOWERS.arms if arm.name in ("two", "one")),
    control_arms=(),
    controls=(),
    records_of="towers",
)
