"""1. ReLU against tanh, Fig. 1: where the six times hold, and where they vanish.

The paper's four-layer net is not specified in Fig. 1; see `nets`. A grid of six nets and two ways
to start crosses three nonlinearities. Saturating units and ReLUs get a learning rate each from the
same grid, "chosen independently to make training as fast as possible"; no regularisation.
"""

from __future__ import annotations

from ..design.claim import Claim, Finding, Interval
from ..design.experiment import FAST, Arm, Experiment, Scale, smoke
from ..design.measures import Results, iterations_to
from ..design.statistics import ratio

TARGET = 0.25
SIX_TIMES, HALF_OF_IT, SEVERAL_TIMES = 6, 3, 2

# name in arms, title, options
NETS = (
    ("four", "four layers", {"layout": "four-layer"}),
    ("80s", "the 80-second net", {"layout": "80-seconds", "width": 1.0}),
    ("four-lrn", "four layers, with LRN", {"layout": "four-layer", "norm": "lrn"}),
    ("four-mean", "four layers, mean pooling", {"layout": "four-layer", "pool": "mean"}),
    ("two", "two layers", {"layout": "two-layer"}),
    ("six", "six layers", {"layout": "six-layer"}),
)
# name in arms, title, raw input?, grid of learning rates
STARTS = (
    ("2012", "start of 2012", True, (0.0003, 0.001, 0.003, 0.01)),
    ("modern", "modern start", False, (0.003, 0.01, 0.03, 0.1)),
)
# Added after the first runs that chose, whose best rate was the last of the grid: for tanh from the
# start of 2012 twice the greatest, for ReLU from the modern one the smallest.
_MORE_RATES = {"2012": (0.03, 0.1), "modern": (0.001,)}
SIGMOID_IN = ("four", "80s")
_SPELT = {"relu": "ReLU", "tanh": "tanh", "sigmoid": "sigmoid"}


def _arms() -> tuple[Arm, ...]:
    return tuple(
        Arm(
            name=f"{net}-{start}-{activation}",
            title=f"{net_title}, {start_title}, {_SPELT[activation]}",
            model="cifar_net",
            lrs=rates + _MORE_RATES[start],
            options={"init": start, "activation": activation} | options,
            raw=raw,
        )
        for net, net_title, options in NETS
        for start, start_title, raw, rates in STARTS
        for activation in ("relu", "tanh", "sigmoid")
        if activation != "sigmoid" or net in SIGMOID_IN
    )


def cells(results: Results) -> list[tuple[str, str, Interval]]:
    """Return (cell, nonlinearity, interval of the ratio to ReLU) for what is complete."""
    time = iterations_to(TARGET)
    found: list[tuple[str, str, Interval]] = []
    for net, net_title, _ in NETS:
        for start, start_title, _, _ in STARTS:
            relu = f"{net}-{start}-relu"
            for slow in ("tanh", "sigmoid"):
                other = f"{net}-{start}-{slow}"
                if results.complete(relu, other):
                    effect = ratio(results.values(other, time), results.values(relu, time))
                    found.append((f"{net_title}, {start_title}", slow, effect))
    return found


def six_times(results: Results) -> Finding:
    """Apply the rule of the first claim."""
    details = tuple((f"{cell}: {slow} / ReLU", effect) for cell, slow, effect in cells(results))
    relu, tanh = "four-2012-relu", "four-2012-tanh"
    if not results.complete(relu, tanh):
        return Finding(None, None, "times", details)
    time = iterations_to(TARGET)
    effect = ratio(results.values(tanh, time), results.values(relu, time))
    return Finding(effect.low >= HALF_OF_IT, effect, "times as many iterations with tanh", details)


def varies(results: Results) -> Finding:
    """Apply the rule of the second claim."""
    found = [(cell, effect) for cell, slow, effect in cells(results) if slow == "tanh"]
    if len(found) < len(NETS) * len(STARTS):
        return Finding(None, unit="times", note=f"{len(found)} of {len(NETS) * len(STARTS)} nets")
    highest = max(found, key=lambda item: item[1].low)
    lowest = min(found, key=lambda item: item[1].high)
    note = f"largest: {highest[0]}; smallest: {lowest[0]}, {lowest[1].estimate:.2g} times"
    return Finding(
        highest[1].low > lowest[1].high, highest[1], "times, in the net with the largest", note=note
    )


def consistently(results: Results) -> Finding:
    """Apply the rule of the third claim."""
    found = cells(results)
    wanted = len(NETS) * len(STARTS) + len(SIGMOID_IN) * len(STARTS)
    if len(found) < wanted:
        return Finding(None, unit="times", note=f"{len(found)} of {wanted} comparisons")
    several = [item for item in found if item[2].low >= SEVERAL_TIMES]
    lowest = min(found, key=lambda item: item[2].low)
    note = f"{len(several)} of {wanted} comparisons; the smallest is {lowest[0]}, {lowest[1]}"
    return Finding(
        len(several) == wanted, lowest[2], "times, in the smallest comparison", note=note
    )


def varies_already(results: Results) -> Finding | None:
    """Say that `varies` holds as soon as two nets differ: others can only widen the distance."""
    found = [(cell, effect) for cell, slow, effect in cells(results) if slow == "tanh"]
    if len(found) < 2:
        return None
    highest = max(found, key=lambda item: item[1].low)
    lowest = min(found, key=lambda item: item[1].high)
    if highest[1].low <= lowest[1].high:
        return None
    note = (
        f"largest so far: {highest[0]}; smallest: {lowest[0]}, {lowest[1].estimate:.2g} times;"
        f" the {len(NETS) * len(STARTS) - len(found)} nets and starts that are missing can only"
        " widen the distance"
    )
    return Finding(True, highest[1], "times, in the net with the largest so far", note=note)


def not_consistently(results: Results) -> Finding | None:
    """Say that `consistently` fails as soon as one comparison does."""
    below = [item for item in cells(results) if item[2].low < SEVERAL_TIMES]
    if not below:
        return None
    cell, slow, effect = min(below, key=lambda item: item[2].low)
    note = f"one comparison below {SEVERAL_TIMES} settles it: {cell}, {slow}"
    return Finding(False, effect, "times, in the smallest comparison so far", note=note)


EXPERIMENT = Experiment(
    number=1,
    name="relu_tanh",
    title="ReLU against tanh",
    claims=(
        Claim(
            "A four-layer net reaches 25 % training error on CIFAR-10 six times faster with ReLUs"
            " than with tanh.",
            "paper §3.1, Fig. 1",
            "Iterations to 25 % training error (over 10,000 images), tanh over ReLU, in the"
            " four-layer net with the start of 2012: the 95 % interval lies at 3 or above, half of"
            " six.",
            six_times,
            figure="6 times",
            same_setting_at=("gpu",),
        ),
        Claim(
            "The magnitude of the effect varies with the architecture.",
            "paper, Fig. 1",
            "Of six nets and two starts, the interval of the largest ratio lies above that of the"
            " smallest.",
            varies,
            same_setting_at=("gpu",),
            settled=varies_already,
        ),
        Claim(
            "Networks with ReLUs consistently learn several times faster than equivalents with"
            " saturating units.",
            "paper, Fig. 1",
            "In every net and start, and for tanh and sigmoid, the interval of the ratio lies at 2"
            " or above.",
            consistently,
            same_setting_at=("gpu",),
            settled=not_consistently,
        ),
    ),
    arms=_arms(),
    scales={
        "smoke": smoke(options={"width": 0.1}),
        # Half of the images, so that 25 % is within reach of four minutes; 4,680 iterations.
        "laptop": Scale(
            epochs=24,
            choice_epochs=4,
            train_images=25_000,
            val_images=1000,
            options={"width": 0.5},
            train=FAST,
        ),
        "gpu": Scale(epochs=60, choice_epochs=8, val_images=2000),
    },
    choose_by="train_error",
    stop_at=TARGET,
    keep_steps=True,
    shown=(("iterations to 25 % training error", "iterations"),),
)
