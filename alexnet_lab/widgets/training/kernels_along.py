"""Snapshots of kernels, small enough for a page: bytes along their principal directions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from ...errors import UserError
from .._runtime.pack import numbers, pack, unpack

_MOST_SNAPSHOTS = 10
_BYTES = 86_000  # for all kernels; a third more as text


def packed_kernels(
    kernels: Mapping[str, torch.Tensor], after: Sequence[int] | None, towers: int
) -> dict[str, Any]:
    """Return snapshots small enough for a page, and how far each kernel has come.

    Kernels of one layer are alike, along training even more so: each is stored, at length 1, by
    its share of the principal directions of all of them, a byte each. (JPEG and WebP at this size
    blur the kernels and smear colours from one into the next.)
    """
    stacks = [numbers(weights, "kernels") for weights in kernels.values()]
    if not stacks:
        raise UserError("no snapshots of kernels")
    shape = stacks[-1].shape
    if len(shape) != 4 or shape[1] != 3 or not 1 <= shape[0] <= 96 or max(shape[2:]) > 16:
        raise UserError(f"kernels of shape {tuple(shape)}; give (K, 3, h, w), K ≤ 96, sides ≤ 16")
    if any(weights.shape != shape for weights in stacks):
        raise UserError("snapshots of different shapes")
    if shape[0] % towers:
        raise UserError(f"{shape[0]} kernels cannot be shared out among {towers} towers")
    if after is not None and len(after) != len(stacks):
        raise UserError(f"{len(after)} epochs for {len(stacks)} snapshots")
    # The first and the last among them, and even steps between.
    count = min(len(stacks), _MOST_SNAPSHOTS)
    picks = [round(i * (len(stacks) - 1) / max(1, count - 1)) for i in range(count)]
    flat = torch.stack([stacks[i] for i in picks]).flatten(2)  # (snapshots, K, 3·h·w)
    norm = flat.norm(dim=2)
    unit = (flat / norm.clamp_min(1e-12)[..., None]).flatten(0, 1)
    _, _, directions = torch.linalg.svd(unit, full_matrices=False)
    directions = directions[: max(1, _BYTES // (len(unit) + unit.shape[1]))]
    shares = unit @ directions.T  # (snapshots · K, directions)
    share_tops = shares.abs().amax(0).clamp_min(1e-12)
    tops = directions.abs().amax(1).clamp_min(1e-12)
    likeness = torch.cosine_similarity(flat, flat[-1:].expand_as(flat), dim=2)
    names = list(kernels)
    return {
        "names": [names[i] for i in picks],
        "after": None if after is None else [int(after[i]) for i in picks],
        "count": shape[0],
        "tile": [shape[2], shape[3]],
        "towers": towers,
        "directions": len(directions),
        # A byte b stands for (b − 128) / 127 of the greatest; both greatest are in `scales`.
        "shares": pack((shares / share_tops * 127).round() + 128, "u1"),
        "basis": pack((directions / tops[:, None] * 127).round() + 128, "u1"),
        "scales": pack(share_tops * tops, "f4"),
        "likeness": pack(likeness, "f4"),
        "norm": pack(norm, "f4"),
    }


def rebuilt_kernels(given: Mapping[str, Any], snapshot: int) -> torch.Tensor:
    """Return the kernels of a snapshot, each at length 1, as the page draws them: (K, 3, h, w).

    The twin of ``rebuilt`` in ``core.js``; a test holds them together.
    """
    parts = {n: unpack(given[n], "u1").astype("float64") for n in ("shares", "basis")}
    shares, basis = (torch.from_numpy((part - 128) / 127) for part in parts.values())
    count, many = given["count"], given["directions"]
    mine = shares.view(-1, count, many)[snapshot]
    scales = torch.from_numpy(unpack(given["scales"], "f4"))
    return (mine * scales @ basis.view(many, -1)).view(count, 3, *given["tile"])
