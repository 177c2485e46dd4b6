"""What one unit computes, term by term, and who reads it: the numbers that the walk shows.

`core.js` does the same for the network in a page; each is a test of the other.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ...errors import UserError
from .listeners import SHOWN, largest, listeners
from .stages import Stage


def report(stages: list[Stage], name: str, channel: int, row: int = 0, column: int = 0) -> dict:
    """Return what a unit computes, as JSON holds it.

    Parameters
    ----------
    stages : list of Stage
        As `stages_of` makes them.
    name : str
        A stage.
    channel, row, column : int
        The unit.

    Returns
    -------
    dict
        ``at`` (name, channel, row, column), ``kind``, ``value``, ``terms`` (the strongest first,
        each with the unit that it comes from, ``at``, and its ``part`` of the sum), ``rest``
        (count and part of the others), ``bias``, ``listeners`` (who reads the unit), and by kind
        ``divisor``, ``k`` and so on. Terms, rest and bias add up to ``value``.

    Raises
    ------
    UserError
        When there is no such unit.
    """
    index = index_of(stages, name)
    stage = stages[index]
    shape = stage.maps().shape
    for what, value, count in zip(
        ("channel", "row", "column"), (channel, row, column), shape, strict=True
    ):
        if not 0 <= value < count:
            raise UserError(f"no {what} {value} in {name!r}; there are 0 to {count - 1}")
    found: dict[str, Any] = {
        "at": [name, channel, row, column],
        "kind": stage.kind,
        "value": float(stage.maps()[channel, row, column]),
        "terms": [],
    }
    if index:
        found |= _KINDS.get(stage.kind, _single)(stages, index, channel, row, column)
    found["listeners"] = listeners(stages, index, channel, row, column)
    return _short(found)


def index_of(stages: list[Stage], name: str) -> int:
    """Return the place of a stage."""
    names = [stage.name for stage in stages]
    if name not in names:
        raise UserError(f"unknown stage {name!r}; known: {', '.join(names)}")
    return names.index(name)


def strongest(found: dict[str, Any]) -> list[Any] | None:
    """Return the unit that brings the most to this one, in the direction of its value."""
    terms = found["terms"]
    if found["kind"] == "lrn":
        return found["own"]
    if found["kind"] == "pool":
        return next((t["at"] for t in terms if t["won"]), terms[0]["at"] if terms else None)
    sign = 1 if found["value"] >= 0 else -1
    return next((t["at"] for t in terms if t["part"] * sign > 0), terms[0]["at"] if terms else None)


def _conv(stages: list[Stage], index: int, channel: int, row: int, column: int) -> dict[str, Any]:
    stage, below = stages[index], stages[index - 1]
    about = stage.about
    module: Any = stage.module
    weight = module.weight[channel].detach().float().cpu()
    maps, (rows, columns) = len(weight), about["kernel"]
    first = channel // (about["shape"][0] // about["groups"]) * maps
    window = torch.zeros(maps, rows, columns)
    source, cells = below.maps(), []
    for i in range(rows):
        for j in range(columns):
            y, x = _place(about, row, column, i, j)
            cells.append((y, x))
            if 0 <= y < source.shape[1] and 0 <= x < source.shape[2]:
                window[:, i, j] = source[first : first + maps, y, x]
    products = (window * weight).double().flatten(1)
    parts = products.sum(1)
    terms = []
    for m in largest(parts):
        signed = products[m] * (1 if parts[m] >= 0 else -1)
        y, x = cells[int(signed.argmax())]
        size = source.shape[1:]
        at = [below.name, first + m, min(max(y, 0), size[0] - 1), min(max(x, 0), size[1] - 1)]
        terms.append(
            {
                "at": at,
                "part": float(parts[m]),
                "window": _digits(window[m]),
                "kernel": _digits(weight[m]),
            }
        )
    return {**_sum(terms, parts), "bias": _bias(module, channel), "size": [rows, columns]}


def _fc(stages: list[Stage], index: int, channel: int, row: int, column: int) -> dict[str, Any]:
    below = stages[index - 1]
    module: Any = stages[index].module
    weight = module.weight[channel].detach().float().cpu()
    inputs = below.output.flatten()
    parts = (inputs * weight).double()
    terms = [
        {
            "at": [below.name, *_unflat(below, i)],
            "part": float(parts[i]),
            "input": float(inputs[i]),
            "weight": float(weight[i]),
        }
        for i in largest(parts)
    ]
    return {**_sum(terms, parts), "bias": _bias(module, channel)}


def _single(stages: list[Stage], index: int, channel: int, row: int, column: int) -> dict[str, Any]:
    """ReLU and its like, scalings: one number in, one out."""
    stage, below = stages[index], stages[index - 1]
    before = float(below.maps()[channel, row, column])
    found: dict[str, Any] = {"terms": [{"at": [below.name, channel, row, column], "part": before}]}
    module: Any = stage.module
    if stage.kind == "affine":
        spread = float((module.running_var[channel] + module.eps).sqrt())
        scale = (1.0 if module.weight is None else float(module.weight[channel].detach())) / spread
        shift = _bias(module, channel)
        found |= {"factor": scale, "shift": shift - scale * float(module.running_mean[channel])}
    elif stage.kind == "scale":
        found["factor"] = stage.about["factor"]
    return found


def _lrn(stages: list[Stage], index: int, channel: int, row: int, column: int) -> dict[str, Any]:
    about, below = stages[index].about, stages[index - 1]
    each, size = about["shape"][0] // about["groups"], about["size"]
    least = channel // each * each
    low, high = max(channel - size // 2, least), min(channel + (size - 1) // 2, least + each - 1)
    terms = []
    for c in range(low, high + 1):
        value = float(below.maps()[c, row, column])
        square = about["scale"] * value**2
        terms.append({"at": [below.name, c, row, column], "input": value, "part": square})
    energy = about["k"] + sum(t["part"] for t in terms)
    return {
        "own": [below.name, channel, row, column],
        "terms": terms,
        "k": about["k"],
        "beta": about["beta"],
        "before": float(below.maps()[channel, row, column]),
        "divisor": energy ** about["beta"],
    }


def _pool(stages: list[Stage], index: int, channel: int, row: int, column: int) -> dict[str, Any]:
    about, below = stages[index].about, stages[index - 1]
    source = below.maps()[channel]
    height, width = source.shape
    top, left = about["padding"]
    terms: list[dict[str, Any]] = []
    counted = 0
    for i in range(about["kernel"][0]):
        for j in range(about["kernel"][1]):
            y, x = _place(about, row, column, i, j)
            inside = 0 <= y < height and 0 <= x < width
            counted += inside or (about["padded"] and y < height + top and x < width + left)
            if inside:
                value = float(source[y, x])
                terms.append({"at": [below.name, channel, y, x], "part": value, "won": False})
    best = max(range(len(terms)), key=lambda i: terms[i]["part"])
    terms[best]["won"] = True
    return {"terms": terms, "mode": about["mode"], "counted": counted, "size": about["kernel"]}


def _softmax(
    stages: list[Stage], index: int, channel: int, row: int, column: int
) -> dict[str, Any]:
    logits, shares = stages[index - 1].output, stages[index].output
    order = sorted(range(len(logits)), key=lambda i: (i != channel, -float(logits[i]), i))
    terms = [
        {
            "at": [stages[index - 1].name, i, 0, 0],
            "input": float(logits[i]),
            "part": float(shares[i]),
        }
        for i in order[:SHOWN]
    ]
    rest = 1 - sum(float(shares[i]) for i in order[:SHOWN])
    return {"terms": terms, "rest": {"count": len(logits) - len(terms), "part": max(rest, 0.0)}}


def _place(about: dict[str, Any], row: int, column: int, i: int, j: int) -> tuple[int, int]:
    y = row * about["stride"][0] - about["padding"][0] + i * about["dilation"][0]
    x = column * about["stride"][1] - about["padding"][1] + j * about["dilation"][1]
    return y, x


def _unflat(stage: Stage, i: int) -> list[int]:
    _, height, width = stage.maps().shape
    return [i // (height * width), i // width % height, i % width]


def _bias(module: Any, channel: int) -> float:
    return 0.0 if module.bias is None else float(module.bias[channel].detach())


def _sum(terms: list[dict[str, Any]], parts: Tensor) -> dict[str, Any]:
    rest = float(parts.sum()) - sum(t["part"] for t in terms)
    return {"terms": terms, "rest": {"count": len(parts) - len(terms), "part": rest}}


def _digits(values: Tensor) -> list[float]:
    """Thumbnails: three digits are more than a colour shows."""
    return [float(f"{v:.3g}") for v in values.flatten().tolist()]


def _short(value: Any) -> Any:
    """Round all numbers to the seven digits that a float32 has."""
    if isinstance(value, float):
        return float(f"{value:.7g}")
    if isinstance(value, dict):
        return {key: _short(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_short(one) for one in value]
    return value


_KINDS = {"conv": _conv, "fc": _fc, "lrn": _lrn, "pool": _pool, "softmax": _softmax}
