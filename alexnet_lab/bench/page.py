"""What a page needs to train: a graph for each net of the bench, the sprite, and a manifest."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product
from typing import Any

from ..models.step_graph import is_bias, step_graph
from .patches import VAL_EACH, sprite
from .switches import CHOICES, NETS, SIDE, Switches, build, starts

MANIFEST, SPRITE = "bench.json", "photographs.webp"


def page_files(runtime: dict[str, Any] | None) -> dict[str, bytes]:
    """Return all files by name.

    Parameters
    ----------
    runtime : dict or None
        Where ONNX Runtime Web is, as in the manifest of the lab network; None without it.

    Returns
    -------
    dict of str to bytes
        ``bench.json``, ``photographs.webp`` and two graphs for each net, nonlinearity, norm and
        pooling: ``two-layer-relu-none-separate.step.onnx`` and ``….look.onnx``.
    """
    picture = sprite()
    files = {SPRITE: picture.data}
    graphs = {}
    for net, activation, norm, pool in product(
        NETS, *(CHOICES[key] for key in ("activation", "norm", "pool"))
    ):
        switches = Switches(activation=activation, norm=norm, pool=pool)
        name = switches.graph(net)
        files[f"{name}.step.onnx"], files[f"{name}.look.onnx"], graphs[name] = _graph(
            net, switches, len(picture.names)
        )
    manifest = {
        "names": picture.names,
        "sprite": {
            "file": SPRITE,
            "bytes": len(picture.data),
            "train": picture.train,
            "val": picture.val,
            "valEach": VAL_EACH,
        },
        "graphs": graphs,
        "runtime": runtime,
    }
    files[MANIFEST] = (json.dumps(manifest, separators=(",", ":")) + "\n").encode()
    return files


def _graph(net: str, switches: Switches, classes: int) -> tuple[bytes, bytes, dict[str, Any]]:
    module = build(net, switches, classes)
    graph = step_graph(module, input_size=SIDE)
    begin = {
        start: starts(net, module, replace(switches, start=start)) for start in CHOICES["start"]
    }
    name = switches.graph(net)
    about = {
        "step": f"{name}.step.onnx",
        "look": f"{name}.look.onnx",
        "masks": graph.masks,
        "last": list(graph.parameters)[-1].rpartition(".")[0],
        "parameters": [
            {
                "name": one,
                "shape": shape,
                "bias": is_bias(one),
                "start": {start: begin[start][one] for start in begin},
            }
            for one, shape in graph.parameters.items()
        ],
    }
    return graph.step, graph.look, about
