"""Controls that several experiments have: a placebo, and a treatment whose effect is known."""

from __future__ import annotations

from dataclasses import replace

from ..design.arm import Arm
from ..design.comparison import Comparison
from ..design.experiment import Control
from ..design.measures import final

PLACEBO_SEEDS = 500
KNOWN = 1.0  # points of test error that half of the images must cost, at least


def with_controls(
    control: Arm, rate: float, comparison: Comparison
) -> tuple[tuple[Arm, ...], tuple[Control, ...]]:
    """Return two more arms, and what must come out of them, at one rate.

    Parameters
    ----------
    control : Arm
        The experiment's control arm.
    rate : float
        One of its grid.
    comparison : Comparison
        What the experiment's first claim compares: the placebo is judged by the same measure.
    """
    placebo = replace(
        control,
        name="placebo",
        title="placebo: the same with other seeds",
        lrs=(rate,),
        seed_offset=PLACEBO_SEEDS,
    )
    half = replace(
        control,
        name="half-images",
        title="positive control: half of the images",
        lrs=(rate,),
        images_share=0.5,
    )
    nothing = replace(
        comparison,
        worse="placebo",
        better=control.name,
        rates="shared",
        family=1,
        against=None,
        more=(),
    )
    known = Comparison("half-images", control.name, final("val_error"), KNOWN, rates="shared")
    return (placebo, half), (Control("placebo", nothing), Control("positive", known))
