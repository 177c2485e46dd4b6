"""The atlas of one network: sheets of pictures, and one file with everything known of each unit."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..analysis import receptive_field
from ..data import Photograph, photograph, photograph_names
from ..errors import UserError
from ..files import atomic_write, json_text
from .making import STARTS, batches, claim, weights_digest
from .measures import colourfulness, mean_frequency
from .responses import LayerSurvey, connections, signed_ends, strongest, survey
from .sprites import stored_picture, write_sheets
from .windows import LAYERS, Window, window

VERSION = 1
CROPS = 64  # random pieces of photographs that a unit's picture is compared with


@dataclass(frozen=True)
class Sample:
    """Photographs from which it is counted how often units are on.

    Attributes
    ----------
    name : str
        Of the data set and part.
    count : int
        How many photographs.
    images : iterable
        The photographs themselves.
    """

    name: str
    count: int
    images: Iterable[Any] = field(repr=False)


def write_atlas(
    network: Any,
    name: str,
    folder: Path,
    out: Path,
    sample: Sample | None = None,
    wanted: Sequence[str] = LAYERS,
) -> Path:
    """Write a network's atlas from the pictures that `make_pictures` left in `folder`.

    Parameters
    ----------
    network : torch.nn.Module
        From `load_pretrained`.
    name : str
        What the atlas calls it.
    folder : pathlib.Path
        The pictures, all of them.
    out : pathlib.Path
        Gets ``NAME.json`` and a folder ``NAME`` of sheets.
    sample : Sample, optional
        Where to count how often units are on. Default: the sample photographs.
    wanted : sequence of str
        Layers.

    Returns
    -------
    pathlib.Path
        The JSON file, written last.

    Raises
    ------
    UserError
        When pictures of these layers are missing, or are another network's.
    """
    claim(folder, network)
    free = photographs()
    found = survey(network, free)
    counted = _counted(network, sample, folder) if sample else _summary(found)
    layers = {}
    pulls = {n: connections(network, n, found[n].input_rms) for n in LAYERS[1:]}
    for place, layer in enumerate(LAYERS):
        if layer not in wanted:
            continue
        cut = window(network, layer)
        starts = [_gathered(folder, cut, start) for start in range(STARTS)]
        write_sheets(out / name, layer, starts, network.towers)
        after = LAYERS[place + 1] if place + 1 < len(LAYERS) else None
        layers[layer] = {
            "side": cut.side,
            **_placed(network, layer),
            **_pictured(network, cut, starts, out / name),
            **_surveyed(found[layer], *counted[layer]),
            "inputs": _ends(pulls.get(layer)),
            "outputs": _ends(pulls[after].T if after else None),
        }
    record = {
        "version": VERSION,
        "network": name,
        "trained_on": network.trained_on,
        "weights": weights_digest(network),
        "towers": network.towers,
        "input": network.preprocess.size,
        "photographs": [p.name for p in free],
        "sample": {"name": sample.name, "count": sample.count}
        if sample
        else {"name": "the sample photographs", "count": len(free)},
        "layers": layers,
    }
    path = out / f"{name}.json"
    with atomic_write(path) as scratch:
        text = json_text(record, "the atlas", separators=(",", ":"))
        scratch.write_text(text.replace('"layers":', '\n"layers":') + "\n", encoding="utf-8")
    return path


def read_atlas(path: Path) -> dict[str, Any]:
    """Read what `write_atlas` wrote.

    Raises
    ------
    UserError
        When it is not there or of another version.
    """
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        version = record["version"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{str(path)!r} is not an atlas; make one: alexnet-lab atlas make"
        ) from error
    if version != VERSION:
        raise UserError(f"{str(path)!r} is an atlas of version {version}; this reads {VERSION}")
    return record


def photographs() -> list[Photograph]:
    """Return the sample photographs in the order in which an atlas numbers them."""
    return [photograph(name) for name in photograph_names()]


def random_crops(layer: str, side: int, count: int = CROPS) -> Tensor:
    """Return random pieces of the sample photographs, as a network sees them.

    Parameters
    ----------
    layer : str
        Seeds the choice.
    side : int
        Side in pixels.
    count : int
        How many.

    Returns
    -------
    torch.Tensor
        (count, 3, side, side), 0–255.
    """
    from ..models import Preprocess

    seen = Preprocess((0.0, 0.0, 0.0), None, 224, 256)
    whole = [seen(p) for p in photographs()]
    generator = torch.Generator().manual_seed(LAYERS.index(layer))
    pieces = []
    for _ in range(count):
        which, top, left = (
            int(torch.randint(n, (), generator=generator))
            for n in (len(whole), 225 - side, 225 - side)
        )
        pieces.append(whole[which][:, top : top + side, left : left + side])
    return torch.stack(pieces)


def shown_activations(cut: Window, pictures: Tensor) -> Tensor:
    """Return each unit's activation on its own picture: (units,) of (units, 3, side, side)."""
    found = []
    with torch.no_grad():
        for first in range(0, len(pictures), 32):
            rows = cut(pictures[first : first + 32].float())
            index = torch.arange(first, first + len(rows))[:, None]
            found.append(rows.gather(1, index)[:, 0])
    return torch.cat(found)


def _gathered(folder: Path, cut: Window, start: int) -> Tensor:
    parts = []
    for which, _, path in batches(folder, cut, STARTS):
        if which != start:
            continue
        if not path.is_file():
            raise UserError(f"pictures are missing: {str(path)!r}; make them first")
        with np.load(path) as stored:
            parts.append(torch.from_numpy(stored["pixels"]))
    return torch.cat(parts)


def _pictured(network: Any, cut: Window, starts: list[Tensor], sheets: Path) -> dict[str, Any]:
    """Return what is measured on the pictures themselves."""
    shown = torch.stack(
        [stored_picture(sheets, cut.layer, unit, cut.side) for unit in range(cut.units)]
    )
    stored = shown_activations(cut, shown)
    with torch.no_grad():
        crops = cut(random_crops(cut.layer, cut.side))
    contrast = starts[0].float() - cut.mean
    if cut.layer == "conv1":  # there the kernel itself can be measured
        contrast = network.features.conv1.weight.detach()
    return {
        "picture": _rounded(shown_activations(cut, starts[0])),
        "second": _rounded(shown_activations(cut, starts[1])),
        "stored": _rounded(stored),
        "crops_below": _rounded((crops < stored).float().mean(0), 3),
        "colour": _rounded(colourfulness(contrast), 3),
        "frequency": _rounded(mean_frequency(contrast), 3),
    }


def _placed(network: Any, layer: str) -> dict[str, int]:
    """Return where receptive fields lie: the first one's first pixel, and the step between them."""
    first, second = (receptive_field(network, layer, 0, x) for x in (0, 1))
    return {"start": first.left, "jump": second.left - first.left}


def _summary(found: Mapping[str, LayerSurvey]) -> dict[str, tuple[Tensor, Tensor]]:
    """Return how often each unit of each layer is on, and its largest activation."""
    return {layer: (each.on, each.peak.max(0).values) for layer, each in found.items()}


def _counted(network: Any, sample: Sample, folder: Path) -> dict[str, tuple[Tensor, Tensor]]:
    """Return the same of a sample, from `folder` where it was counted before."""
    kept = folder / f"counted-{sample.count}.npz"
    if not kept.is_file():
        rows = _summary(survey(network, sample.images))
        arrays: dict[str, Any] = {
            f"{layer}.{i}": row[i].numpy() for layer, row in rows.items() for i in (0, 1)
        }
        with atomic_write(kept) as scratch, scratch.open("wb") as file:
            np.savez(file, name=np.array(sample.name), **arrays)
    with np.load(kept) as stored:
        if str(stored["name"]) != sample.name:
            raise UserError(f"{str(kept)!r} was counted on other photographs; remove it")
        pairs = {n: [torch.from_numpy(stored[f"{n}.{i}"]) for i in (0, 1)] for n in LAYERS}
    return {layer: (on, largest) for layer, (on, largest) in pairs.items()}


def _surveyed(free: LayerSurvey, on: Tensor, counted: Tensor) -> dict[str, Any]:
    """Return what units do in photographs."""
    largest = torch.maximum(counted, free.peak.max(0).values)
    percent = (100 * free.peak / largest.clamp_min(1e-30)).clamp(0, 100).round().int()
    return {
        "on": _rounded(on, 4),
        "largest": _rounded(largest),
        "peaks": percent.T.tolist(),
        "places": strongest(free),
    }


def _ends(pulls: Tensor | None) -> list[list[list[float]]]:
    """Return the strongest connections of each row, in thousandths."""
    if pulls is None:
        return []
    return [[[i, round(1000 * s)] for i, s in signed_ends(row)] for row in pulls]


def _rounded(values: Tensor, digits: int | None = None) -> list[float]:
    """Return four significant digits, or so many after the point."""
    if digits is not None:
        return [round(v, digits) for v in values.tolist()]
    return [float(f"{v:.4g}") for v in values.tolist()]


def unit(record: Mapping[str, Any], layer: str, number: int) -> dict[str, Any]:
    """Return what an atlas knows of one unit, by the names of its columns.

    Raises
    ------
    UserError
        When there is no such unit.
    """
    columns = record["layers"].get(layer)
    if columns is None or not 0 <= number < len(columns["on"]):
        raise UserError(f"no unit {number} of {layer!r} in the atlas of {record['network']!r}")
    lists = {name: column for name, column in columns.items() if isinstance(column, list)}
    return {name: column[number] for name, column in lists.items() if column}
