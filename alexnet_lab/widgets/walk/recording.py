"""What a page is given of a network that it does not run: maps, answers."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from .._runtime.pack import pack
from .stages import Stage

_NAMES = 12  # of classes in an answer


def face(values: Tensor) -> dict[str, Any]:
    """Return a map as bytes, each a step from its least to its greatest value."""
    low, high = float(values.min()), float(values.max())
    steps = (values - low) / ((high - low) or 1.0) * 255
    digits = [float(f"{end:.6g}") for end in (low, high)]
    return {"low": digits[0], "high": digits[1], "data": pack(steps.round().numpy(), "u1")}


def loudest(stage: Stage, towers: int) -> list[int]:
    """Return, for each tower, the channel whose map has the greatest sum."""
    sums = stage.maps().sum((1, 2))
    if len(sums) % towers or stage.kind in ("image", "softmax"):
        return [int(sums.argmax())]
    each = len(sums) // towers
    return [t * each + int(part.argmax()) for t, part in enumerate(sums.split(each))]


def recorded_faces(
    stages: list[Stage], path: list[dict[str, Any]], loud: dict[str, list[int]], towers: int
) -> dict[str, Any]:
    """Return the maps that a page without the network draws: the path's and the largest."""
    faces: dict[str, Any] = {}
    visited = {each["at"][0]: each["at"][1] for each in path}
    for index, stage in enumerate(stages[1:-1], 1):
        if stage.output.ndim == 1:
            faces[stage.name] = face(stage.output)
            continue
        above = stages[index + 1]
        ends_column = above.kind in ("conv", "pool", "fc", "softmax")
        each = stage.about["shape"][0] // towers
        own = visited.get(stage.name)
        channels = {at["at"][1] for at in path if at["at"][0] == stage.name}
        if ends_column:
            channels |= {c for c in loud[stage.name] if own is None or c // each != own // each}
        for channel in sorted(channels):
            faces[f"{stage.name}:{channel}"] = face(stage.output[channel])
    return faces


def shares(probabilities: Tensor) -> list[list[Any]]:
    """Return the most probable classes as pairs: class and probability."""
    best = torch.topk(probabilities, min(_NAMES, len(probabilities)))
    found = zip(best.indices.tolist(), best.values.tolist(), strict=True)
    return [[i, float(f"{p:.6g}")] for i, p in found]
