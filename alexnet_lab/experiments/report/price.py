"""What training will cost on a GPU, told before it begins: minutes and memory, predicted."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass

import torch
from torch import nn

from ...analysis import ACCELERATORS, layer_table, least_step_seconds
from ...errors import UserError
from ...tables import AsTable, SmallTable, small_table
from ...training import saved_for_backward
from ...training.progress import in_time
from ..claims.registry import find
from ..records.store import Library, Run
from ..runner.estimate import classes, estimate, sizes
from .words import span

# Bytes a parameter: weight, gradient and velocity in float32; and a copy of the weight in 16 bits.
_LEARNED, _COPY = 12, 2
_PREDICTED = "Predicted from data sheets, not measured: no program is faster, most are slower."


@dataclass(frozen=True, repr=False)
class Price(AsTable):
    """What training costs on each of `alexnet_lab.analysis.ACCELERATORS`. Its repr is a table.

    Attributes
    ----------
    what : str
        What is trained.
    seconds : dict of str to float
        By the GPU's name, the least that it can take.
    memory : int
        Bytes of the GPU, at least.
    beside : str
        What else is known.
    """

    what: str
    seconds: dict[str, float]
    memory: int
    beside: str = ""

    def _table(self) -> SmallTable:
        rows = [
            (
                gpu.name,
                in_time(self.seconds[gpu.name]),
                f"{self.memory / 1e9:.1f} GB" + ", too much" * (self.memory >= gpu.memory),
                f"{gpu.memory / 1e9:.0f} GB",
            )
            for gpu in ACCELERATORS
        ]
        note = "\n".join(filter(None, (self.beside, _PREDICTED)))
        heads = ("GPU", "takes at least", "needs at least", "has")
        return small_table(heads, rows, title=self.what, note=note)


def training_price(
    net: nn.Module, images: int, *, epochs: int, batch: int = 128, precision: str = "fp16"
) -> Price:
    """Predict what it costs to train a network.

    Parameters
    ----------
    net : torch.nn.Module
        With an ``input_size``; on torch's ``meta`` device it need not hold any weights.
    images : int
        Of the training part.
    epochs, batch : int
        As `alexnet_lab.training.TrainConfig` and the batches have them.
    precision : {"fp16", "bf16", "float32"}
        Arithmetic of convolutions and products.

    Returns
    -------
    Price
        Seconds by `alexnet_lab.analysis.least_step_seconds`, which no program goes below. Memory:
        weights, gradients and velocities in float32, the weights once more in 16 bits, what the
        forward pass keeps for the backward pass, and the gradient of the largest map with the map
        itself; what a library takes for itself comes on top.

    Raises
    ------
    UserError
        When a number is not at least 1, or the network cannot be run.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> with torch.device("meta"):
    ...     net = al.models.alexnet_2012(10)
    >>> price = al.experiments.training_price(net, 9_469, epochs=60)
    >>> {name: round(seconds / 60, 1) for name, seconds in price.seconds.items()}
    {'T4': 1.3, 'L4': 1.2, 'A100': 0.3}
    >>> round(price.memory / 1e9, 1)
    1.4
    """
    for name, number in (("images", images), ("epochs", epochs), ("batch", batch)):
        if number < 1:
            raise UserError(f"{name}={number} must be at least 1")
    side = int(getattr(net, "input_size", 224))  # type: ignore[arg-type]
    seconds, memory = _step(net, side, batch, precision)
    steps = epochs * math.ceil(images / batch)
    what = f"{images:,} images of {side}², {epochs} epochs of {math.ceil(images / batch)} steps"
    return Price(f"{what}, {precision}", {n: steps * s for n, s in seconds.items()}, memory)


def _step(net: nn.Module, side: int, batch: int, precision: str) -> tuple[dict[str, float], int]:
    """Return the least seconds of a step on each GPU, and its bytes."""
    narrow = precision != "float32"
    table = layer_table(net, side)
    seconds = {gpu.name: least_step_seconds(table, batch, gpu, precision) for gpu in ACCELERATORS}
    shadow = copy.deepcopy(net).to("meta").train()
    dtype = torch.bfloat16 if narrow else torch.float32
    x = torch.empty(batch, 3, side, side, dtype=dtype, device="meta")
    with saved_for_backward(shadow.to(dtype)) as kept:
        shadow(x)
    parameters = sum(p.numel() for p in net.parameters())
    largest = batch * max(math.prod(row.shape_out) for row in table) * dtype.itemsize
    learned = (_LEARNED + _COPY * narrow) * parameters
    return seconds, learned + kept.total + 2 * largest


def price(name: str) -> Price:
    """Tell what an experiment costs in full, before it is begun.

    Parameters
    ----------
    name : str
        An experiment's name or number.

    Returns
    -------
    Price
        Of the runs that `rerun` would do now on a GPU, and, in its last line, on two cores: those
        that are not recorded yet, up to the next look at the results. Runs that end early when
        they reach their target cost less.

    Raises
    ------
    UserError
        When there is no such experiment, or it trains nothing on a GPU.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> price = al.experiments.price("dropout")
    >>> sorted(price.seconds)
    ['A100', 'L4', 'T4']
    """
    from ..runner.schedule import in_order

    experiment, library = find(name), Library()
    if "gpu" not in experiment.scales:
        raise UserError(f"{experiment.name} has no scale for a GPU; it takes minutes on two cores")
    seconds, memory = dict.fromkeys((gpu.name for gpu in ACCELERATORS), 0.0), 0
    runs = in_order([experiment], "gpu", library)
    costs: dict[str, tuple[dict[str, float], int]] = {}
    for run in runs:
        if run.arm is None:
            continue
        if run.arm.name not in costs:
            costs[run.arm.name] = _step_of(run)
        least, size = costs[run.arm.name]
        spec = experiment.scale("gpu")
        images, _, _ = sizes(experiment, "gpu")
        epochs = spec.choice_epochs if run.choice else spec.epochs
        shown = images * run.arm.images_share
        if run.arm.part is not None:
            epochs, shown = epochs * run.arm.part.passes, min(images, run.arm.part.images)
        steps = epochs * math.ceil(shown / spec.batch)
        seconds = {n: total + steps * least[n] for n, total in seconds.items()}
        memory = max(memory, size)
    here = in_order([experiment], "laptop", library) if "laptop" in experiment.scales else []
    small = sum(map(estimate, here))
    beside = f"Without a GPU, smaller: {len(here)} runs, at most {span(small)} of two quiet cores."
    what = f"{experiment.title}, in full: {len(runs)} runs, one after the other"
    return Price(what, seconds, memory, beside)


def _step_of(run: Run) -> tuple[dict[str, float], int]:
    from ..design.nets import build_net

    assert run.arm is not None
    experiment, arm = run.experiment, run.arm
    spec, (_, _, side) = experiment.scale("gpu"), sizes(experiment, "gpu")
    options = {"input_size": side} | dict(spec.options) | dict(arm.options)
    with torch.device("meta"):
        net = build_net(arm.model, classes(experiment, "gpu", arm), options, 0)
    train = dict(experiment.train) | dict(spec.train) | dict(arm.train)
    return _step(net, side, spec.batch, str(train.get("precision", "float32")))
