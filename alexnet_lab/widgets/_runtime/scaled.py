"""Arrays with their shape, in steps of their own range: small enough for a page."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from .pack import pack, unpack


def pack_array(values: torch.Tensor, bits: int = 32) -> dict[str, Any]:
    """Return an array, with its shape, as JSON can hold it; data-core.js reads it.

    Parameters
    ----------
    values : torch.Tensor
        Finite numbers of any shape.
    bits : int
        32: float32, exact. 16 or 8: steps of (greatest − least) / 65535 or / 255, with ends of
        their own for each entry of the first axis. Whatever is asked for, integers with an offset
        (pixels minus a mean) take 8 bits and stay exact.

    Returns
    -------
    dict
        ``kind`` (numpy's name of the type), ``shape``, ``data`` (base64), ``scale``, ``offset``.
    """
    array = values.detach().cpu().double().numpy()
    rows = array.reshape(len(array), -1) if array.ndim and array.size else array.reshape(1, -1)
    low, high = rows.min(1), rows.max(1)
    steps = rows - low[:, None]
    if (high - low).max() < 255.5 and np.abs(steps - steps.round()).max() < 1e-4 and bits > 8:
        kind, scale = "u1", np.ones(len(rows))
    elif bits == 32:
        return {"kind": "f4", "shape": list(array.shape), "data": pack(rows, "f4")}
    else:
        kind, scale = f"u{bits // 8}", np.where(high > low, (high - low) / (2**bits - 1), 1.0)
    return {
        "kind": kind,
        "shape": list(array.shape),
        "data": pack((steps / scale[:, None]).round(), kind),
        "scale": scale.tolist(),
        "offset": low.tolist(),
    }


def unpack_array(packed: dict[str, Any]) -> torch.Tensor:
    """Return the array again, float32, as the page sees it."""
    raw = unpack(packed["data"], packed["kind"])
    if packed["kind"] != "f4":
        scale, offset = (np.array(packed[name])[:, None] for name in ("scale", "offset"))
        raw = offset + scale * raw.reshape(len(scale), -1)
    return torch.from_numpy(raw.astype(np.float32)).reshape(packed["shape"])
