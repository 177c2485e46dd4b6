"""A network as a chain of stages, and their arithmetic at any input size.

A stage is a layer that changes a shape or learns something, with the layers behind it that work
place by place (ReLU, dropout): "conv1" and its "relu1". `core.js` does the same sums in a
page; tests hold both to the tables of the models themselves.
"""

from __future__ import annotations

import math
from typing import Any

from torch import nn

from ...analysis import layer_table, named_layers
from ...analysis.geometry import pair
from ...errors import UserError

Stage = dict[str, Any]
_PLAIN = (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d)


def stages_of(model: nn.Module) -> tuple[int, list[Stage]]:
    """Return the side of a model's input, and its stages.

    Parameters
    ----------
    model : torch.nn.Module
        A chain of two-dimensional convolutions, poolings, normalisations, point-wise layers and
        fully connected layers, for square images.

    Raises
    ------
    UserError
        When the model is no such chain.
    """
    table = layer_table(model)
    if len(table.input_shape) != 3 or table.input_shape[1] != table.input_shape[2]:
        raise UserError(f"an input of {table.input_shape} is not a square image")
    modules = named_layers(model)
    before: tuple[int, ...] = table.input_shape
    stages: list[Stage] = []
    for row in table:
        if math.prod(row.shape_in) != math.prod(before):
            raise UserError(f"{row.name} does not take what the layer before it gives: no chain")
        stage = _stage(row.name, row, modules.get(row.name))
        if stage:
            stages.append(stage)
        elif not stages or row.parameters or row.shape_in != row.shape_out != _flat(row):
            raise UserError(f"{row.name} ({row.kind}): not a layer that this view can count")
        else:
            stages[-1]["then"].append(row.name)
        before = row.shape_out
    return table.input_shape[1], stages


def _flat(row: Any) -> tuple[int, ...]:
    return (math.prod(row.shape_in),)


def _stage(name: str, row: Any, module: nn.Module | None) -> Stage | None:
    common: Stage = {"name": name, "kind": row.kind, "then": []}
    if isinstance(module, nn.Linear):
        return common | {"maps": module.out_features, "bias": module.bias is not None}
    if isinstance(module, (nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d)):
        return common | {"kind": "adaptive", "side": row.shape_out[1]}
    if row.kind == "norm":
        return common | {"each": row.parameters // row.shape_in[0]}
    if not isinstance(module, _PLAIN):
        return None
    numbers = {
        "kernel": pair(module.kernel_size),
        "stride": pair(module.stride),
        "padding": (0, 0) if isinstance(module.padding, str) else pair(module.padding),
    }
    if any(a != b for a, b in numbers.values()) or pair(getattr(module, "dilation", 1)) != (1, 1):
        raise UserError(f"{name}: a window that is not square, or dilated")
    if isinstance(module.padding, str):
        raise UserError(f"{name}: padding={module.padding!r}; give it as a number")
    common |= {key: value[0] for key, value in numbers.items()}
    # A pooling says so; a convolution of 2012 (`RoundUpConv2d`) knows how far it hangs over.
    common["up"] = hasattr(module, "overhang") or bool(getattr(module, "ceil_mode", False))
    if row.kind == "conv":
        common |= {"maps": module.out_channels, "groups": module.groups}
        common["bias"] = module.bias is not None
    return common


def outputs_along(n: int, stage: Stage, rounding: str = "own") -> int:
    """Return how many windows of a convolution or pooling fit along n pixels; 0 or less: none.

    Parameters
    ----------
    n : int
        Pixels of the input, at least 1.
    stage : dict
        With ``kernel``, ``stride``, ``padding`` and ``up``.
    rounding : {"own", "down"}
        As the layer does, or down in any case.
    """
    span = n + 2 * stage["padding"] - stage["kernel"]
    up = stage["up"] and rounding == "own"
    count = (-(-span // stage["stride"]) if up else span // stage["stride"]) + 1
    # torch lets no window of a pooling begin beyond the image and its left padding.
    if up and stage["kind"] == "pool" and (count - 1) * stage["stride"] >= n + stage["padding"]:
        count -= 1
    return count


def measure(stages: list[Stage], side: int, rounding: str = "own") -> list[dict[str, Any]]:
    """Return each stage's shape, parameters, MACs, inputs and outputs, for one image.

    Fully connected layers are as large as the maps before them ask for.

    Raises
    ------
    UserError
        When the image is too small for a stage.
    """
    maps, places, found = 3, side, []
    for stage in stages:
        took, row = maps * places**2, {"name": stage["name"], "parameters": 0, "macs": 0}
        if stage["kind"] == "fc":
            maps, places = stage["maps"], 1
            row["parameters"] = took * maps + maps * stage["bias"]
            row["macs"] = took * maps
        elif stage["kind"] == "norm":
            row["parameters"] = stage["each"] * maps
        elif stage["kind"] == "adaptive":
            places = stage["side"]
        else:
            count = outputs_along(places, stage, rounding)
            if count < 1:
                raise UserError(
                    f"{side} pixels are too few: {stage['name']} has a window of"
                    f" {stage['kernel']} and gets {places}"
                )
            if stage["kind"] == "conv":
                weights = stage["maps"] * (maps // stage["groups"]) * stage["kernel"] ** 2
                row["parameters"] = weights + stage["maps"] * stage["bias"]
                row["macs"], maps = weights * count**2, stage["maps"]
            places = count
        row["shape"] = (maps, places, places) if stage["kind"] != "fc" else (maps,)
        row |= {"inputs": took, "outputs": maps * places**2}
        # Of all its layers together.
        row["numbers"] = row["outputs"] * (1 + len(stage["then"]))
        found.append(row)
    return found
