"""7. One tower goes grey, the other goes colour, "in every run" (§6.1, Fig. 3).

Reads the conv1 kernels that experiment 6 recorded. In a net with one tower the same halves of
conv1 are a control: nothing tells them apart.
"""

from __future__ import annotations

from dataclasses import replace

from ..design.claim import Claim, Finding, Interval
from ..design.measures import Record, Results
from ..design.statistics import mean_interval, permutation_p, weighted_mean
from .towers import EXPERIMENT as TOWERS

SIGNIFICANT = 0.05


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


def specialised(results: Results) -> Finding:
    """Apply the rule of the claim."""
    unit = "points of colour between the towers"
    control: tuple[tuple[str, Interval], ...] = ()
    if results.complete("one"):
        control = (("control: halves of one tower", mean_interval(results.values("one", split))),)
    if not results.complete("two"):
        return Finding(None, None, unit, control)
    chances = results.values("two", p_value)
    effect = mean_interval(results.values("two", split))
    note = "p of each run: " + ", ".join(f"{p:.2g}" for p in chances)
    if control:
        note += "; of the control: " + ", ".join(f"{p:.2g}" for p in results.values("one", p_value))
    return Finding(max(chances) <= SIGNIFICANT, effect, unit, control, note)


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
            " lengths).",
            specialised,
        ),
    ),
    arms=tuple(arm for arm in TOWERS.arms if arm.name in ("two", "one")),
    records_of="towers",
)
