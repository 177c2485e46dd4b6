"""Networks side by side: what they score, and what their first kernels look like."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ..analysis import find_layer, named_layers
from ..data import ImageData
from ..errors import UserError
from ..models.catalogue import PUBLISHED, published
from ..tables import aligned
from .kernels import KernelReport, kernel_report
from .score import LabScore, own_columns, score
from .snapshots import Snapshot, read_snapshots
from .sources import halves

PARTS = ("watched", "untouched")


@dataclass(frozen=True)
class ScoreRow:
    """What one network scores on one part of one data set."""

    network: str
    data: str
    part: str
    score: LabScore

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON holds them."""
        return asdict(self)


def compare_scores(
    networks: Mapping[str, nn.Module], data: Iterable[ImageData], *, precision: str = "float32"
) -> list[ScoreRow]:
    """Measure each network on the halves of each data set whose classes it knows.

    Parameters
    ----------
    networks : dict of str to torch.nn.Module
        From `load_pretrained`.
    data : iterable of ImageData
        Their validation parts are divided as for training: see `lab_data`.
    precision : {"float32", "bf16", "fp16"}
        Arithmetic of convolutions and products.

    Returns
    -------
    list of ScoreRow
        A network that does not know a data set's classes has no row for it.
    """
    rows = []
    for source in data:
        parts = dict(zip(PARTS, halves(source), strict=True))
        for name, model in networks.items():
            try:
                own_columns(model, source)
            except UserError:
                continue
            rows += [
                ScoreRow(name, source.name, part, score(model, source, split, precision=precision))
                for part, split in parts.items()
            ]
    return rows


def first_kernels(model: nn.Module) -> Tensor:
    """Return the weights of a network's first convolution: (K, 3, h, w).

    Raises
    ------
    UserError
        When it has none that sees an image of three channels.
    """
    for name, layer in named_layers(model).items():
        if isinstance(layer, nn.Conv2d):
            weight = find_layer(model, name).get_parameter("weight")
            if weight.shape[1] == 3:
                return weight.detach()
            break
    raise UserError("this network's first convolution does not see images of three channels")


def compare_kernels(networks: Mapping[str, nn.Module]) -> dict[str, KernelReport]:
    """Measure the first kernels of networks, and of noise.

    Returns
    -------
    dict of str to KernelReport
        By the networks' names; ``"noise"`` is 96 kernels of normal random numbers.
    """
    found = {
        name: kernel_report(first_kernels(model), getattr(model, "towers", 1))
        for name, model in networks.items()
    }
    noise = torch.randn(96, 3, 11, 11, generator=torch.Generator().manual_seed(0))
    return found | {"noise": kernel_report(noise)}


def published_here() -> list[str]:
    """Return the names of published networks that are on this machine."""
    return [name for name in PUBLISHED if published(name).find() is not None]


def along_training(run: Path) -> list[tuple[str, KernelReport]]:
    """Return the reports of the kernels that a run keeps, in the order of training.

    Parameters
    ----------
    run : pathlib.Path
        Folder of `train_lab_network`.
    """
    kept = read_snapshots(run / "conv1")
    lengths: dict[str, int] = {}
    order: list[str] = []
    for path in sorted(run.glob("*/record.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        lengths[path.parent.name] = record["batches_per_epoch"]
        order = [phase["name"] for phase in record["about"]["recipe"]["phases"]]
    unknown = [s.phase for s in kept if s.phase not in lengths]
    if unknown:
        raise UserError(f"{str(run)!r} has kernels of phase {unknown[0]!r}, but no record of it")

    def moment(s: Snapshot) -> tuple[int, int]:
        return order.index(s.phase), s.step or (s.epoch or 0) * lengths[s.phase]

    return [(s.name, s.report) for s in sorted(kept, key=moment)]


def kernel_table(rows: Sequence[tuple[str, KernelReport]]) -> str:
    """Return a table as text."""
    cells = [("", "concentration", "short", "colour of each tower")]
    for name, report in rows:
        spread = f"{report.concentration:.2f} ({report.lower:.2f}–{report.upper:.2f})"
        colours = " / ".join(f"{share:.2f}" for share in report.colours)
        cells.append((name, spread, f"{report.short}/{report.kernels}", colours))
    return aligned(cells, right=())


def score_table(rows: Sequence[ScoreRow]) -> str:
    """Return a table as text; "own" is top-1 among the data set's own classes."""
    cells: list[tuple[str, ...]] = [("network", "data", "part", "images", "top-1", "top-5", "own")]
    for row in rows:
        found = row.score
        own = found.single_view if found.own_classes is None else found.own_classes
        shares = (f"{share:.2%}" for share in (found.single_view, found.top5, own))
        cells.append((row.network, row.data, row.part, f"{found.images:,}", *shares))
    return aligned(cells, right=())
