"""14. Dropout scaled at test (2012) and inverted dropout (today): the same function (§4.2).

A computation in float64. With W the weights that follow a dropout of 2012, inverted dropout is
the same function of (1 − p)·W, in training (same mask) and at test. The two also learn alike when
the rate of these weights is (1 − p)² as high.
"""

from __future__ import annotations

import copy
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...data import ImageData
from ...models import Dropout2012
from ...tables import percent
from ..design.claim import BOOK, CONTRADICTED, REPRODUCED, UNDECIDED, Claim, Finding, Interval
from ..design.experiment import Experiment, Scale
from ..design.measures import Results, result

PS, RATE, UNITS = (0.5, 0.3), 0.1, 64  # the paper's p, and one that is no power of two
SAME = 1e-9  # relative


def compute(seed: int, scale: Scale, data: ImageData) -> dict[str, Any]:
    """Compare outputs in training and at test, and the weights after some steps of training.

    Returns
    -------
    dict
        Largest relative differences: ``training`` (same mask), ``test``, ``learnt`` (test outputs
        after training). ``unscaled``: the last, had the rate not been scaled. Over two values of p
        the larger, of ``unscaled`` the smaller.
    """
    each = [_compare(p, seed, scale, data) for p in PS]
    return {k: (min if k == "unscaled" else max)(one[k] for one in each) for k in each[0]}


def _compare(p: float, seed: int, scale: Scale, data: ImageData) -> dict[str, float]:
    pixels = F.adaptive_avg_pool2d(data.train.images[:256].double() / 128 - 1, 4)
    labels = data.train.labels[:256]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        old = _Net(Dropout2012(p)).double()
        new = copy.deepcopy(old)
        new.drop = nn.Dropout(p)
        with torch.no_grad():
            new.out.weight.mul_(1 - p)
        careless = copy.deepcopy(new)
        found = {
            "training": _apart(*(net.train().masked(pixels, seed) for net in (old, new))),
            "test": _apart(*(net.eval()(pixels) for net in (old, new))),
        }
        for step in range(10 * scale.epochs):
            part = slice(32 * (step % 8), 32 * (step % 8) + 32)
            for net, factor in ((old, 1.0), (new, (1 - p) ** 2), (careless, 1.0)):
                rates = [(net.hidden.weight, 1.0), (net.hidden.bias, 1.0), (net.out.bias, 1.0)]
                rates.append((net.out.weight, factor))
                loss = F.cross_entropy(net.masked(pixels[part], seed + step), labels[part])
                slopes = torch.autograd.grad(loss, [parameter for parameter, _ in rates])
                with torch.no_grad():
                    for (parameter, share), slope in zip(rates, slopes, strict=True):
                        parameter.sub_(slope, alpha=RATE * share)
        outputs = [net.eval()(pixels) for net in (old, new, careless)]
        return found | {
            "learnt": _apart(outputs[0], outputs[1]),
            "unscaled": _apart(outputs[0], outputs[2]),
        }


class _Net(nn.Module):
    """Two layers with a dropout between them."""

    def __init__(self, drop: nn.Module) -> None:
        super().__init__()
        self.hidden, self.drop, self.out = nn.Linear(48, UNITS), drop, nn.Linear(UNITS, 14)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.drop(self.hidden(x.flatten(1)).relu()))

    def masked(self, x: Tensor, seed: int) -> Tensor:
        """Run in training mode; both kinds of dropout then drop the same units.

        Each draws its mask by ``bernoulli_`` of the same probability and shape.
        """
        torch.manual_seed(seed)
        return self.train()(x)


@torch.no_grad()
def _apart(a: Tensor, b: Tensor) -> float:
    return float((a - b).abs().max() / a.abs().max())


def same_function(results: Results) -> Finding:
    """Apply the rule of the claim."""
    unit = "largest relative difference of outputs, × 10⁻¹⁵"
    if not results.complete(""):
        return Finding(UNDECIDED, None, unit, takes=3)
    names = ("training", "test", "learnt")
    worst = [max(r["results"][name] for name in names) for r in results.of("")]
    # Rounding has no distribution to speak of: the range of what was seen, no t-interval.
    seen = [1e15 * w for w in worst]
    effect = Interval(max(seen), min(seen), max(seen), (len(seen),))
    careless = min(results.values("", result("unscaled")))
    note = (
        "in training, at test and after training with the rate scaled by (1 − p)²; with the rate"
        f" left alone the outputs differ by {percent(careless)} or more after training"
    )
    verdict = REPRODUCED if max(worst) < SAME else CONTRADICTED
    return Finding(verdict, effect, unit, note=note)


EXPERIMENT = Experiment(
    number=14,
    name="dropout_scaling",
    title="Dropout, scaled at test or in training",
    claims=(
        Claim(
            "Dropout with outputs halved at test, and inverted dropout, are the same function of"
            " the weights up to a factor.",
            "paper §4.2, src/layer.cu:1126–1134, torch.nn.Dropout",
            "In float64, with the same mask (p = 0.5 and 0.3) and the next layer's weights times"
            " (1 − p), outputs agree within 1e-9: in training, at test, and after training with the"
            " rate of these weights times (1 − p)².",
            same_function,
            asks=BOOK,
            same_setting_at=("laptop", "gpu"),
            rule_version=2,
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
