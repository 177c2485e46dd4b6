"""11. The paper's momentum rule against torch's, before and after the rate drops by ten (§5).

A computation in float64: two copies of a small net, the same batches, one with
`MomentumSGD2012`, the other with `torch.optim.SGD`.
"""

from __future__ import annotations

import copy
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...data import ImageData
from ...training import MomentumSGD2012
from ..design.claim import BOOK, CONTRADICTED, REPRODUCED, UNDECIDED, Claim, Finding
from ..design.experiment import Experiment, Scale
from ..design.measures import Results, result
from ..design.statistics import mean_interval

RATE, DROP, MOMENTUM, DECAY = 0.02, 0.1, 0.9, 0.0005
SAME, APART = 1e-9, 2.0  # relative; times


def compute(seed: int, scale: Scale, data: ImageData) -> dict[str, Any]:
    """Train both copies before and after the drop; measure how far apart they are.

    Returns
    -------
    dict
        ``before``: largest difference of a weight over the largest weight, before the drop.
        ``first_step``: length of the first step after it, the paper's rule over torch's.
        ``path``: the same for the whole way of the 10 steps after it.
    """
    steps = 20 * scale.epochs
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        paper = nn.Sequential(nn.Flatten(), nn.Linear(3 * 16, 32), nn.ReLU(), nn.Linear(32, 14))
    paper = paper.double()
    today = copy.deepcopy(paper)
    rules = [
        (paper, MomentumSGD2012(paper.parameters(), RATE, MOMENTUM, DECAY)),
        (today, torch.optim.SGD(today.parameters(), RATE, MOMENTUM, weight_decay=DECAY)),
    ]
    order = torch.randperm(len(data.train), generator=torch.Generator().manual_seed(seed))

    def advance(first: int, last: int) -> None:
        for step in range(first, last):
            chosen = order[[(32 * step + i) % len(order) for i in range(32)]]
            pixels = F.adaptive_avg_pool2d(data.train.images[chosen].double() / 128 - 1, 4)
            for net, optimizer in rules:
                optimizer.zero_grad()
                F.cross_entropy(net(pixels), data.train.labels[chosen]).backward()
                optimizer.step()

    advance(0, steps)
    start = [_flat(net) for net, _ in rules]
    before = (start[0] - start[1]).abs().max() / start[0].abs().max()
    for _, optimizer in rules:
        for group in optimizer.param_groups:
            group["lr"] *= DROP
    advance(steps, steps + 1)
    first = [(_flat(net) - w).norm() for (net, _), w in zip(rules, start, strict=True)]
    advance(steps + 1, steps + 10)
    path = [(_flat(net) - w).norm() for (net, _), w in zip(rules, start, strict=True)]
    return {
        "before": before.item(),
        "first_step": (first[0] / first[1]).item(),
        "path": (path[0] / path[1]).item(),
    }


def _flat(net: nn.Module) -> Tensor:
    return torch.cat([p.detach().flatten() for p in net.parameters()])


def same_then_apart(results: Results) -> Finding:
    """Apply the rule of the claim."""
    unit = "times as long a first step after the drop, the paper's rule over torch's"
    if not results.complete(""):
        return Finding(UNDECIDED, None, unit, takes=3)
    before = results.values("", result("before"))
    effect = mean_interval(results.values("", result("first_step")))
    details = (
        ("way of the ten steps after the drop", mean_interval(results.values("", result("path")))),
    )
    holds = max(before) < SAME and effect.low > APART
    note = f"before the drop the weights differ by {max(before):.0e} at most, relative"
    return Finding(REPRODUCED if holds else CONTRADICTED, effect, unit, details, note)


EXPERIMENT = Experiment(
    number=11,
    name="momentum_rule",
    title="The momentum rule",
    claims=(
        Claim(
            "The paper's momentum rule is torch's as long as the rate is constant, and takes longer"
            " steps after the rate has dropped by ten.",
            "paper §5; torch.optim.SGD",
            "In float64 the weights agree within 1e-9 before the drop, and the interval of the"
            " first step's length, the paper's over torch's, lies above 2.",
            same_then_apart,
            asks=BOOK,
            same_setting_at=("laptop", "gpu"),
            rule_version=1,
        ),
    ),
    data="photo-patches",
    scales={
        "smoke": Scale(epochs=1, size=32, seeds=(0,)),
        "laptop": Scale(epochs=10, seeds=(0, 1, 2)),
        "gpu": Scale(epochs=10, seeds=(0, 1, 2)),
    },
    compute=compute,
    seconds=3,
    shown=(),
)
