"""Some units of an atlas, computed again."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..errors import UserError
from .making import weights_digest
from .pictures import excite
from .record import random_crops, unit
from .sprites import stored_picture
from .windows import window


@dataclass(frozen=True)
class Recomputed:
    """One unit: what its atlas says, and what came out now.

    Attributes
    ----------
    layer, unit : str, int
        Which one.
    stored, recomputed : float
        Activation on the picture in the atlas: as written there, and as computed now.
    made, remade : float
        Activation on the first start's picture as it was optimised: as written, and optimised anew.
    likeness : float
        Correlation of the picture in the atlas with the one optimised anew, over all pixels.
    crops_below : float
        Share of random pieces of photographs on which the unit is less active than on its picture.
    """

    layer: str
    unit: int
    stored: float
    recomputed: float
    made: float
    remade: float
    likeness: float
    crops_below: float

    def __str__(self) -> str:
        return (
            f"{self.layer} {self.unit:>3}: {self.stored:8.2f} in the atlas,"
            f" {self.recomputed:8.2f} now; optimised {self.made:8.2f}, anew {self.remade:8.2f},"
            f" likeness {self.likeness:.2f};"
            f" {self.crops_below:.0%} of random pieces below"
        )


def recompute(
    network: Any, record: Mapping[str, Any], sheets: Path, count: int = 20, seed: int = 0
) -> list[Recomputed]:
    """Compute random units of an atlas again.

    Parameters
    ----------
    network : torch.nn.Module
        The one that the atlas is of.
    record : dict
        From `read_atlas`.
    sheets : pathlib.Path
        Folder of its sheets.
    count : int
        How many units, spread evenly over the layers.
    seed : int
        Of the choice.

    Raises
    ------
    UserError
        When the atlas is another network's.
    """
    if weights_digest(network) != record["weights"]:
        raise UserError(f"this is not the network of the atlas {record['network']!r}")
    chosen = random.Random(seed)
    rows = []
    layers = list(record["layers"])
    for place, layer in enumerate(layers):
        cut = window(network, layer)
        share = count // len(layers) + (place < count % len(layers))
        units = sorted(chosen.sample(range(cut.units), share))
        if not units:
            continue
        shown = torch.stack([stored_picture(sheets, layer, number, cut.side) for number in units])
        anew = excite(cut, units).round()
        index = torch.tensor(units)
        with torch.no_grad():
            recomputed = cut(shown).gather(1, index[:, None])[:, 0]
            remade = cut(anew).gather(1, index[:, None])[:, 0]
            crops = cut(random_crops(layer, cut.side))[:, index]
        for at, number in enumerate(units):
            known = unit(record, layer, number)
            rows.append(
                Recomputed(
                    layer,
                    number,
                    known["stored"],
                    float(recomputed[at]),
                    known["picture"],
                    float(remade[at]),
                    _correlation(shown[at], anew[at]),
                    float((crops[:, at] < recomputed[at]).float().mean()),
                )
            )
    return rows


def _correlation(one: Tensor, two: Tensor) -> float:
    return float(torch.corrcoef(torch.stack([one.flatten(), two.flatten()]))[0, 1])
