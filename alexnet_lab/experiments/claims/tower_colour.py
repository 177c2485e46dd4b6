"""7. One tower goes grey, the other goes colour, "in every run" (§6.1, Fig. 3).

Reads the conv1 kernels that experiment 6 recorded. In a net with one tower the same halves of
conv1 are a control: nothing tells them apart.
"""

from __future__ import annotations

from dataclasses import replace

from ..design.claim import Claim, Finding
from ..design.measures import Results
from .every_run import EveryRun
from .full_scale import gaps
from .towers import EXPERIMENT as TOWERS

AT_FULL_SCALE = min(gaps())
"""Points of colour between the towers in the less parted of two trainings on ImageNet."""


def specialised(results: Results) -> Finding:
    """Apply the rule of the claim, to the runs that row 6 asks for."""
    return EveryRun("two", AT_FULL_SCALE / 2, control="one")(results)


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
            " norms), and the mean difference is at least half of what the less parted of two"
            f" trainings on ImageNet shows ({' and '.join(f'{g:.1f}' for g in sorted(gaps()))}"
            " points, weighted alike). One run whose interval (bootstrap over kernels, held to its"
            " share of the error over runs and looks) lies below that half is enough to say:"
            " smaller than claimed. The difference has no sign, since either tower may have the"
            " colour; a run that diverged leaves the row undecided.",
            specialised,
            rule_version=3,
        ),
    ),
    arms=tuple(arm for arm in TOWERS.arms if arm.name in ("two", "one")),
    control_arms=(),
    controls=(),
    records_of="towers",
)
