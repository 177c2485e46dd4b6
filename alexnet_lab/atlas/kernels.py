"""First-layer kernels of a network whose weights are not in the package: a picture, and figures."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ..analysis import Filters, filters
from ..errors import UserError
from ..files import atomic_write, json_text

RECORDED = ("bvlc", "torchvision")
_COLUMNS = 16
_FIGURES = ("norm", "colourfulness", "frequency", "concentration")


@dataclass(frozen=True, eq=False)
class KernelRecord:
    """What is kept of a network's first kernels.

    Attributes
    ----------
    network, trained_on : str
        Which network, and what it was trained on.
    filters : Filters
        The kernels as a picture shows them, (K, 3, 11, 11): each stretched by its own greatest
        weight to -1 … 1, in steps of 1/127. Their lengths are in `norm`.
    norm, colourfulness, frequency, concentration : torch.Tensor
        (K,): as `Filters` measures them, of the weights themselves.
    """

    network: str
    trained_on: str
    filters: Filters
    norm: Tensor
    colourfulness: Tensor
    frequency: Tensor
    concentration: Tensor

    @property
    def at_scale(self) -> Filters:
        """The kernels with their own lengths, so that weak ones are weak."""
        shown = self.filters
        factor = self.norm / shown.norm.clamp_min(1e-30)
        weight = shown.weight * factor[:, None, None, None]
        return Filters(weight, shown.layer, shown.towers, shown.groups)

    @property
    def tower_colours(self) -> tuple[float, float]:
        """Both towers' mean share of colour in percent; kernels of larger norm weigh more."""
        parts = zip(self.colourfulness.chunk(2), self.norm.chunk(2), strict=True)
        first, second = (100 * float(share @ norm / norm.sum()) for share, norm in parts)
        return first, second


def recorded_kernels(name: str = "bvlc") -> KernelRecord:
    """Return the kernels of a network that others trained on ImageNet.

    Parameters
    ----------
    name : str
        ``"bvlc"``: ``bvlc_alexnet``, the paper's network as Berkeley trained it, 96 kernels;
        ``"torchvision"``: its AlexNet, 64 kernels, one tower.

    Raises
    ------
    UserError
        When no such network is recorded.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> real = al.atlas.recorded_kernels("bvlc")
    >>> real.filters.weight.shape
    torch.Size([96, 3, 11, 11])
    """
    if name not in RECORDED:
        raise UserError(f"no recorded kernels of {name!r}; known: {', '.join(RECORDED)}")
    folder = files("alexnet_lab.atlas") / "recorded"
    about = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    with (folder / f"{name}.png").open("rb") as file:
        sheet = torch.from_numpy(np.array(Image.open(file).convert("RGB"))).float()
    figures = [torch.tensor(about[figure]) for figure in _FIGURES]
    side = about["side"]
    rows, columns = (size // side for size in sheet.shape[:2])
    tiles = sheet.view(rows, side, columns, side, 3).permute(0, 2, 4, 1, 3).flatten(0, 1)
    weight = (tiles[: len(figures[0])] - 128) / 127
    kernels = Filters(weight.contiguous(), "conv1", about["towers"])
    return KernelRecord(about["network"], about["trained_on"], kernels, *figures)


def write_kernels(network: Any, name: str, folder: Path) -> None:
    """Write ``NAME.png`` and ``NAME.json``, which `recorded_kernels` reads.

    Parameters
    ----------
    network : torch.nn.Module
        From `load_pretrained`.
    name : str
        What the record calls it.
    folder : pathlib.Path
        Where to.
    """
    found = filters(network, "conv1")
    weight, kernels = found.weight, Filters(found.weight, "conv1", network.towers)
    stretched = weight / weight.abs().amax((1, 2, 3), keepdim=True).clamp_min(1e-30)
    tiles = (128 + 127 * stretched).round().to(torch.uint8)
    count, _, side, _ = tiles.shape
    rows = -(-count // _COLUMNS)
    sheet = torch.full((rows * _COLUMNS, 3, side, side), 128, dtype=torch.uint8)
    sheet[:count] = tiles
    picture = sheet.view(rows, _COLUMNS, 3, side, side).permute(0, 3, 1, 4, 2)
    image = Image.fromarray(picture.reshape(rows * side, _COLUMNS * side, 3).numpy())
    figures = {
        figure: [round(v, 4) for v in getattr(kernels, figure).tolist()] for figure in _FIGURES
    }
    about = {
        "network": name,
        "trained_on": network.trained_on,
        "towers": network.towers,
        "side": side,
        **figures,
    }
    with atomic_write(folder / f"{name}.png") as scratch:
        image.save(scratch, "PNG", optimize=True)
    with atomic_write(folder / f"{name}.json") as scratch:
        scratch.write_text(json_text(about, "the record") + "\n", encoding="utf-8")
