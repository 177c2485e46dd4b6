"""What the units of a network do in photographs: where they answer most, and how often at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ..analysis import activations
from .windows import LAYERS

PLACES = 4  # photographs kept for each unit


@dataclass(frozen=True, eq=False)
class LayerSurvey:
    """One layer over some photographs.

    Attributes
    ----------
    peak : torch.Tensor
        (P, units): each unit's largest activation before the ReLU in each photograph.
    place : torch.Tensor
        (P, units, 2), int64: row and column of that on the layer's map.
    on : torch.Tensor
        (units,): share of all positions at which the ReLU lets something through.
    input_rms : torch.Tensor
        (maps,): root mean square of each map that the layer sees (of the whole input, for conv1).
    """

    peak: Tensor
    place: Tensor
    on: Tensor
    input_rms: Tensor

    @property
    def count(self) -> int:
        """How many photographs."""
        return len(self.peak)


def survey(network: Any, photographs: Iterable[Any], batch: int = 16) -> dict[str, LayerSurvey]:
    """Run photographs through a network; return what each convolution's units did.

    Parameters
    ----------
    network : torch.nn.Module
        From `load_pretrained`.
    photographs : iterable
        Pictures as the network's ``preprocess`` takes them.
    batch : int
        How many at a time.
    """
    watched = {name: _layer_before(network, name) for name in LAYERS}
    found: dict[str, list[tuple[Tensor, Tensor, Tensor, Tensor]]] = {name: [] for name in LAYERS}
    for inputs in _batches(network, photographs, batch):
        names = [*LAYERS, *{before for before in watched.values() if before}]
        maps = activations(network, inputs, names)
        for name, before in watched.items():
            y = maps[name]
            peak, flat = y.flatten(2).max(dim=2)
            place = torch.stack([flat // y.shape[3], flat % y.shape[3]], dim=2)
            seen = maps[before] if before else inputs
            on = (y > 0).float().mean((2, 3))
            found[name].append((peak, place, on, seen.square().mean((2, 3))))
    surveys = {}
    for name, rows in found.items():
        peak, place, on, energy = (torch.cat(column) for column in zip(*rows, strict=True))
        surveys[name] = LayerSurvey(peak, place, on.mean(0), energy.mean(0).sqrt())
    return surveys


def _batches(network: Any, photographs: Iterable[Any], batch: int) -> Iterable[Tensor]:
    waiting: list[Tensor] = []
    for photograph in photographs:
        waiting.append(network.preprocess(photograph))
        if len(waiting) == batch:
            yield torch.stack(waiting)
            waiting = []
    if waiting:
        yield torch.stack(waiting)


def _layer_before(network: Any, layer: str) -> str:
    """Return the name of the layer whose output a convolution sees; "" for the first one."""
    names = [name for name, _ in network.features.named_children()]
    place = names.index(layer)
    return names[place - 1] if place else ""


def strongest(surveyed: LayerSurvey) -> list[list[tuple[int, int, int]]]:
    """Return for each unit its strongest photographs, as (photograph, row, column).

    Photographs in which the unit is off everywhere are left out.
    """
    order = surveyed.peak.argsort(dim=0, descending=True, stable=True)[:PLACES]
    return [
        [
            (p, *(int(v) for v in surveyed.place[p, unit]))  # type: ignore[misc]
            for p in order[:, unit].tolist()
            if surveyed.peak[p, unit] > 0
        ]
        for unit in range(surveyed.peak.shape[1])
    ]


def connections(network: Any, layer: str, input_rms: Tensor) -> Tensor:
    """Return how much each map pulls each unit of a layer up or down: (units, maps), signed.

    The length of the kernel's slice for the map, times the map's root mean square in photographs,
    times the balance of the slice's signs, Σw / Σ|w|: a slice that is positive throughout counts in
    full, one that is half positive and half negative (an edge) not at all. Each row is divided by
    the sum of its absolute values; maps of the other tower have 0.

    Parameters
    ----------
    network : torch.nn.Module
        From `load_pretrained`.
    layer : str
        A convolution.
    input_rms : torch.Tensor
        (maps,), from `survey`.
    """
    convolution = network.features.get_submodule(layer)
    assert isinstance(convolution, nn.Conv2d)
    weight = convolution.weight.detach()
    length = weight.flatten(2).norm(dim=2)
    balance = weight.sum((2, 3)) / weight.abs().sum((2, 3)).clamp_min(1e-30)
    units, seen = length.shape
    strength = torch.zeros(units, len(input_rms))
    groups = convolution.groups
    for group in range(groups):
        rows = slice(group * units // groups, (group + 1) * units // groups)
        columns = slice(group * seen, (group + 1) * seen)
        strength[rows, columns] = (length * balance)[rows] * input_rms[columns]
    return strength / strength.abs().sum(1, keepdim=True).clamp_min(1e-30)


def signed_ends(row: Tensor, count: int = 3) -> list[tuple[int, float]]:
    """Return the `count` most positive and the `count` most negative entries, largest first."""
    order = row.argsort(descending=True, stable=True).tolist()
    ends = [i for i in order[:count] if row[i] > 0]
    ends += [i for i in reversed(order[-count:]) if row[i] < 0]
    return [(i, float(row[i])) for i in ends]
