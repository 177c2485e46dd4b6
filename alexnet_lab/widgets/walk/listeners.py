"""The units that read a unit, and what each gets of it."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from .stages import Stage

SHOWN = 6  # terms a list


def listeners(
    stages: list[Stage], index: int, channel: int, row: int, column: int
) -> list[dict[str, Any]]:
    """Return the consumers in the next stage by weight × activation, as `report` lists them."""
    if index + 1 >= len(stages):
        return []
    above = stages[index + 1]
    about = above.about
    module: Any = above.module
    value = float(stages[index].maps()[channel, row, column])
    found: list[dict[str, Any]] = []

    def add(at: list[int], weight: float | None = None) -> None:
        part = value if weight is None else value * weight
        found.append({"at": [above.name, *at], "part": part, "weight": weight})

    if above.kind == "conv":
        weight = module.weight.detach().float().cpu()
        each = about["shape"][0] // about["groups"]
        group, within = divmod(channel, weight.shape[1])
        kernels = weight[group * each : (group + 1) * each, within]
        reached = list(_reached(about, row, column))
        if reached:
            values = torch.stack([kernels[:, i, j] for i, j, _, _ in reached], 1)
            best = values.abs().argmax(1)
            strength = values.gather(1, best[:, None])[:, 0]
            for k in largest(strength):
                _, _, y, x = reached[int(best[k])]
                add([group * each + k, y, x], float(strength[k]))
    elif above.kind == "fc":
        height, width = stages[index].maps().shape[1:]
        place = (channel * height + row) * width + column
        column_of = module.weight.detach().float().cpu()[:, place]
        for k in largest(column_of):
            add([k, 0, 0], float(column_of[k]))
    elif above.kind == "pool":
        for _, _, y, x in _reached(about, row, column):
            add([channel, y, x])
    elif above.kind == "lrn":
        each, size = about["shape"][0] // about["groups"], about["size"]
        least = channel // each * each
        for c in range(channel - (size - 1) // 2, channel + size // 2 + 1):
            if least <= c < least + each:
                add([c, row, column])
    else:
        add([channel, row, column])
    return found


def _reached(about: dict[str, Any], row: int, column: int) -> Any:
    """Yield (i, j, y, x): the windows of the stage above in which a place lies, and where."""
    _, height, width = about["shape"]
    for i in range(about["kernel"][0]):
        for j in range(about["kernel"][1]):
            y = row + about["padding"][0] - i * about["dilation"][0]
            x = column + about["padding"][1] - j * about["dilation"][1]
            if y % about["stride"][0] or x % about["stride"][1]:
                continue
            y, x = y // about["stride"][0], x // about["stride"][1]
            if 0 <= y < height and 0 <= x < width:
                yield i, j, y, x


def largest(parts: Tensor) -> list[int]:
    """Return the places of the greatest sizes; of equals the first."""
    order = sorted(range(len(parts)), key=lambda i: (-abs(float(parts[i])), i))
    return order[:SHOWN]
