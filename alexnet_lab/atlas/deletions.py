"""Do maps of important pixels mark what a network needs? Tests over many photographs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
import torch.nn.functional as F
from scipy import stats
from torch import Tensor

from .. import analysis as a

Method = Callable[..., a.Attribution]
#: The methods of chapter 17; integrated gradients and occlusion in fewer steps.
METHODS: dict[str, Method] = {
    "saliency": a.saliency,
    "integrated gradients": lambda *given: a.integrated_gradients(*given, steps=12),
    "guided backprop": a.guided_backprop,
    "Grad-CAM": a.gradcam,
    "guided Grad-CAM": a.guided_gradcam,
    "occlusion": lambda *given: a.occlusion(*given, patch=45, stride=30),
}
CHEAP = ("saliency", "guided backprop", "Grad-CAM", "guided Grad-CAM")
CONTROLS = ("chance", "edges", "middle")
SHARES = (0.05, 0.1, 0.2)
# Raised when what is measured changes: what was kept of another is computed anew.
MEASURE = 2
_DRAWS = 3  # of chance
_SMOOTH = 9


def heat_of(network: Any, x: Tensor, target: int, methods: Mapping[str, Method]) -> dict[str, Any]:
    """Return each method's map of one input (3, side, side): absolute values, (side, side)."""
    return {
        name: method(network, x[None], target).heatmap[0].abs() for name, method in methods.items()
    }


def controls(x: Tensor, seed: int) -> dict[str, list[Tensor]]:
    """Return maps that know no network: chance, the photograph's edges, its middle."""
    side = x.shape[-1]
    generator = torch.Generator().manual_seed(seed)
    grey = F.pad(x.mean(0)[None], (0, 1, 0, 1), mode="replicate")[0]
    edges = (grey[1:, :-1] - grey[:-1, :-1]).abs() + (grey[:-1, 1:] - grey[:-1, :-1]).abs()
    line = torch.linspace(-1, 1, side)
    return {
        "chance": [torch.rand(side, side, generator=generator) for _ in range(_DRAWS)],
        "edges": [edges],
        "middle": [3 - line.square()[:, None] - line.square()],
    }


def greyed(x: Tensor, heat: Tensor, share: float) -> Tensor:
    """Return an input with the share of its pixels that a map marks most in the mean colour.

    A map is smoothed over 9 × 9 pixels first, so that it marks spots and not single pixels; at the
    border, over those of them that are in the picture.
    """
    smooth = F.avg_pool2d(heat[None], _SMOOTH, 1, _SMOOTH // 2, count_include_pad=False)
    marked = smooth.flatten()
    found = x.clone().flatten(1)
    found[:, marked.topk(round(share * marked.numel())).indices] = 0
    return found.view_as(x)


def falls(
    network: Any, x: Tensor, target: int, maps: Mapping[str, list[Tensor]]
) -> dict[str, list[list[float]]]:
    """Delete what each map marks, and ask again.

    Returns
    -------
    dict
        For each map and each of `SHARES`: how far the score of `target` falls; 1 if it is still the
        first guess, else 0. Of several maps of one name the mean.
    """
    asked = [
        greyed(x, heat, share) for heats in maps.values() for share in SHARES for heat in heats
    ]
    with torch.inference_mode():
        logits = torch.cat([network(part) for part in torch.stack([x, *asked]).split(16)])
    fallen = (logits[0, target] - logits[1:, target]).tolist()
    stays = (logits[1:].argmax(1) == target).double().tolist()
    found: dict[str, list[list[float]]] = {}
    place = 0
    for name, heats in maps.items():
        found[name] = []
        for _ in SHARES:
            mine = slice(place, place + len(heats))
            place += len(heats)
            pair = (sum(rows[mine]) / len(heats) for rows in (fallen, stays))
            found[name].append([round(value, 3) for value in pair])
    return found


def alike(one: Tensor, two: Tensor) -> float:
    """Return the rank correlation of two maps."""
    return round(float(stats.spearmanr(one.flatten(), two.flatten()).statistic), 3)


def tested(network: Any, untrained: Any, x: Tensor, seed: int) -> dict[str, Any]:
    """Put all methods to the three tests of chapter 17, on one photograph.

    Parameters
    ----------
    network, untrained : torch.nn.Module
        The network, and one of the same layers with random weights.
    x : torch.Tensor
        (3, side, side), as both take it.
    seed : int
        Of the random spots.

    Returns
    -------
    dict
        ``first``, ``second``: the two most probable classes; ``falls``: as `falls`, of the
        network's maps, of the controls and, beginning with "untrained: ", of maps that the
        untrained network gives for the same class; ``untrained``, ``class``: rank correlation of
        each method's map with that of the untrained network, and with that for the second class.
    """
    with torch.inference_mode():
        first, second = network(x[None])[0].topk(2).indices.tolist()
    mine = heat_of(network, x, first, METHODS)
    other = heat_of(network, x, second, {name: METHODS[name] for name in CHEAP})
    theirs = heat_of(untrained, x, first, METHODS)
    maps = {name: [heat] for name, heat in mine.items()}
    maps |= {f"untrained: {name}": [heat] for name, heat in theirs.items()}
    return {
        "first": first,
        "second": second,
        "falls": falls(network, x, first, maps | controls(x, seed)),
        "untrained": {name: alike(heat, theirs[name]) for name, heat in mine.items()},
        "class": {name: alike(mine[name], heat) for name, heat in other.items()},
    }
