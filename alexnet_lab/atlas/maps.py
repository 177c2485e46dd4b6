"""The feature maps of a network on sample photographs, as pictures that a page shows without it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ..analysis import activations, layer_table
from ..data import photograph
from ..files import atomic_write, json_text
from .making import weights_digest

LAYERS = ("relu1", "relu2", "relu3", "relu4", "relu5")
WIDTH = 896  # of a sheet in pixels, at most
_QUALITY = 72


def write_maps(network: Any, name: str, photographs: Sequence[str], folder: Path) -> Path:
    """Write the maps after each ReLU: a sheet for each photograph, and what the sheets mean.

    Parameters
    ----------
    network : torch.nn.Module
        From `load_pretrained`.
    name : str
        What the record calls it.
    photographs : sequence of str
        Sample photographs.
    folder : pathlib.Path
        Gets ``NAME-PHOTOGRAPH.webp`` and ``NAME.json``, written last. On a sheet the layers lie
        below one another, the maps of each in rows, each map in shares of its own largest value,
        0–255; that value stands in the JSON.

    Returns
    -------
    pathlib.Path
        The JSON file.
    """
    how, rows = network.preprocess, {row.name: row for row in layer_table(network)}
    places: dict[str, dict[str, int]] = {}
    found: dict[str, Any] = {}
    top = 0
    for layer in LAYERS:
        count, height, width = rows[layer].shape_out
        columns = WIDTH // width
        places[layer] = {"top": top, "columns": columns}
        top += -(-count // columns) * height
    for each in photographs:
        with torch.no_grad():
            maps = activations(network, how(photograph(each))[None], LAYERS)
        sheet = np.zeros((top, WIDTH), np.uint8)
        peaks = {}
        for layer in LAYERS:
            values = maps[layer][0]
            largest = values.amax((1, 2))
            _lay(sheet, 255 * values / largest.clamp_min(1e-30)[:, None, None], **places[layer])
            peaks[layer] = [float(f"{v:.3g}") for v in largest.tolist()]
        with atomic_write(folder / f"{name}-{each}.webp") as scratch:
            Image.fromarray(sheet).convert("RGB").save(scratch, "WEBP", quality=_QUALITY, method=6)
        size = (folder / f"{name}-{each}.webp").stat().st_size
        found[each] = {"file": f"{name}-{each}.webp", "bytes": size, "peaks": peaks}
    record = {
        "network": name,
        "trained_on": network.trained_on,
        "weights": weights_digest(network),
        "input": {"mean": list(how.mean), "std": None, "size": how.size, "resize": how.resize},
        "layers": [_described(rows[layer]) for layer in LAYERS],
        "places": places,
        "photographs": found,
    }
    path = folder / f"{name}.json"
    with atomic_write(path) as scratch:
        text = json_text(record, "the record", separators=(",", ":"))
        scratch.write_text(text + "\n", encoding="utf-8")
    return path


def read_maps(record: Mapping[str, Any], each: str, folder: Path) -> dict[str, Tensor]:
    """Return the maps of a photograph as a record has them, by layer: (units, rows, columns)."""
    known = record["photographs"][each]
    with Image.open(folder / known["file"]) as picture:
        sheet = torch.from_numpy(np.array(picture)[:, :, 1]).float() / 255
    found = {}
    for layer in record["layers"]:
        name, (count, height, width) = layer["name"], layer["shape"]
        top, columns = (record["places"][name][key] for key in ("top", "columns"))
        rows = -(-count // columns)
        part = sheet[top : top + rows * height, : columns * width]
        tiles = part.view(rows, height, columns, width).transpose(1, 2).reshape(-1, height, width)
        peaks = torch.tensor(known["peaks"][name])
        found[name] = tiles[:count] * peaks[:, None, None]
    return found


def read_maps_record(path: Path) -> dict[str, Any]:
    """Read the JSON file that `write_maps` wrote."""
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return record


def _lay(sheet: np.ndarray, values: Tensor, top: int, columns: int) -> None:
    _, height, width = values.shape
    for place, tile in enumerate(values.round().to(torch.uint8).numpy()):
        row, column = divmod(place, columns)
        y, x = top + row * height, column * width
        sheet[y : y + height, x : x + width] = tile


def _described(row: Any) -> dict[str, Any]:
    """Describe a layer as ``page-unit.js`` takes it; its kernels are not in the page."""
    field = row.receptive_field
    place = {name: list(getattr(field, name)) for name in ("start", "jump", "size")}
    return {"name": row.name, "kind": row.kind, "shape": list(row.shape_out), "field": place}
