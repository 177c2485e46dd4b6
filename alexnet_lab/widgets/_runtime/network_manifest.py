"""What a page must know of an exported network: ``lab.json``, for ``page-network-worker.js``."""

from __future__ import annotations

import hashlib
from typing import Any

from torch import nn

from ...analysis import layer_table
from ...analysis.rows import LayerRow


def network_manifest(model: nn.Module, exported: Any, file: str) -> dict[str, Any]:
    """Describe an exported network for the page that runs it.

    Parameters
    ----------
    model : torch.nn.Module
        With ``preprocess`` and ``classes``, as `load_pretrained` returns it.
    exported : OnnxNetwork
        What `alexnet_lab.models.export_onnx` made of it.
    file : str
        Name of the file beside the manifest that holds ``exported.data``.

    Returns
    -------
    dict
        As JSON holds it: ``model`` (file, bytes, sha256), ``input`` (how a photograph is prepared),
        ``classes``, ``layers`` (shape, kernel, stride, padding, groups, receptive field),
        ``switches`` and ``stored`` (where in the file each stored tensor lies).
    """
    rows = {row.name: row for row in layer_table(model)}
    return {
        "model": {
            "file": file,
            "bytes": len(exported.data),
            "sha256": hashlib.sha256(exported.data).hexdigest(),
        },
        "input": exported.about["preprocess"],
        "classes": exported.about["classes"],
        "layers": [describe_layer(rows[name]) for name in exported.layers if name in rows],
        "switches": {name: list(shape) for name, shape in exported.switches.items()},
        "stored": {
            name: [at.offset, at.dtype, list(at.shape)] for name, at in exported.stored.items()
        },
    }


def describe_layer(row: LayerRow) -> dict[str, Any]:
    """Describe a layer as ``page-unit.js`` takes it; pairs are rows, columns."""
    found: dict[str, Any] = {"name": row.name, "kind": row.kind, "shape": list(row.shape_out)}
    field = row.receptive_field
    if field is not None and len(row.shape_out) == 3:
        found["field"] = {
            "start": list(field.start),
            "jump": list(field.jump),
            "size": list(field.size),
        }
    for name in ("kernel", "stride", "padding"):
        if getattr(row, name) is not None:
            found[name] = list(getattr(row, name))
    if row.groups is not None:
        found["groups"] = row.groups
    return found
