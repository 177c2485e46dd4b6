"""How cost grows, from one record: drawings and tables."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import _text as t
from _chart import Axis, Chart, Series, doublings


def scaling(record: t.Record) -> str:
    """Return the four series of a record: images, batches, threads, workers."""
    data, name = record["data"], t.processor(record)
    parts = [f"**On {name}.**\n", sizes(data, name), batches(data, name), threads(data)]
    return "\n".join([*parts, workers(data)])


def sizes(data: Mapping[str, Any], name: str) -> str:
    """Return the cost against the side of the images."""
    rows, (size, batch) = data["sizes"], _reference(data)
    sides = [r["x"] for r in rows]
    steps, forwards = ([(r["x"], r[which][0]) for r in rows] for which in ("step", "forward"))
    lines = [
        Series("step", "one", steps, mark="circle", line=True),
        Series("forward", "two", forwards, mark="square", line=True),
        Series("products", "three", [(r["x"], r["work"]) for r in rows], line=True),
    ]
    x = Axis("side of the images / pixels", sides[0] - 16, sides[-1] + 16, sides, log=False)
    alt = (
        f"Time beside that of {size} pixels, on {name}: a step takes"
        f" {t.number(rows[0]['step'][0])} at {rows[0]['x']} pixels and"
        f" {t.number(rows[-1]['step'][0])} at {rows[-1]['x']}; the number of products"
        f" {t.number(rows[0]['work'])} and {t.number(rows[-1]['work'])}."
    )
    svg = Chart(x, _ratios(f"cost beside {size} pixels", lines), lines).svg(alt)
    caption = (
        f"A step and a forward pass with {batch} images, and the multiply–accumulates of an image,"
        f" each beside the same at {size} pixels. Logarithmic upwards. Where the times lie above"
        " the products, there is work that shrinks less than they do: fc7 and fc8, whose weights"
        " are read and updated in each step, are as large for small images."
    )
    body = [
        (str(r["x"]), _spread(r["step"]), _spread(r["forward"]), t.number(r["work"])) for r in rows
    ]
    head = ("Side / pixels", "Step", "Forward", "Products")
    return t.picture(svg, f"Larger images, {name}.", caption) + "\n" + t.table(head, body)


def batches(data: Mapping[str, Any], name: str) -> str:
    """Return an image's part of the cost against the batch."""
    rows, (_, batch) = data["batches"], _reference(data)

    def part(which: str) -> list[tuple[float, float]]:
        return [(r["x"], r[which][0] / r["work"]) for r in rows]

    lines = [
        Series("step", "one", part("step"), mark="circle", line=True),
        Series("forward", "two", part("forward"), mark="square", line=True),
    ]
    low, high = rows[0]["x"] / 1.3, rows[-1]["x"] * 1.3
    x = Axis("images a batch", low, high, doublings(low, high))
    first, last = part("step")[0][1], part("step")[-1][1]
    alt = (
        f"An image's part of a step beside that in a batch of {batch}, on {name}:"
        f" {t.number(first)} in a batch of {rows[0]['x']}, {t.number(last)} in one of"
        f" {rows[-1]['x']}."
    )
    svg = Chart(x, _ratios(f"an image's part, beside {batch} a batch", lines), lines).svg(alt)
    caption = (
        f"The time of a step and of a forward pass divided by the images of the batch, beside the"
        f" same for {batch} images. Both axes logarithmic. A flat line means that a batch of twice"
        " the images takes twice the time."
    )
    body = [
        (
            str(r["x"]),
            _spread(r["step"], r["work"]),
            t.number(r["x"] / r["step_s"]),
            _spread(r["forward"], r["work"]),
            t.number(r["x"] / r["forward_s"]),
        )
        for r in rows
    ]
    head = ("Images a batch", "Step, an image", "Images/s", "Forward, an image", "Images/s")
    return t.picture(svg, f"Larger batches, {name}.", caption) + "\n" + t.table(head, body)


def threads(data: Mapping[str, Any]) -> str:
    """Return the gain by threads."""
    rows, (size, batch) = data["threads"], _reference(data)
    body = [
        (
            str(r["x"]),
            t.number(rows[0]["step"][0] / r["step"][0]),
            t.number(rows[0]["forward"][0] / r["forward"][0]),
        )
        for r in rows
    ]
    text = f"Threads, {batch} images of {size}²: times as fast as one.\n\n"
    return text + t.table(("Threads", "Step", "Forward"), body)


def workers(data: Mapping[str, Any]) -> str:
    """Return what loaders deliver, and what the largest batch consumes."""
    last = data["batches"][-1]
    body = [(r["x"], t.number(r["images_a_second"]), _spread(r["gain"])) for r in data["workers"]]
    text = (
        "Loaders of batches at 224²: a DataLoader decodes JPEG files of 256² anew in every epoch,"
        " ours cuts from images decoded once. For comparison: a training step with"
        f" {last['x']} images consumes {t.number(last['x'] / last['step_s'])} images a second, on"
        " the same cores that the workers want.\n\n"
    )
    return text + t.table(("Loader", "Images/s", "Beside no workers"), body)


def _reference(data: Mapping[str, Any]) -> tuple[int, int]:
    return data["reference"]["size"], data["reference"]["batch"]


def _spread(values: Sequence[float], by: float = 1) -> str:
    middle, low, high = (value / by for value in values)
    return t.spread(t.number(middle), low, high)


def _ratios(label: str, lines: Sequence[Series]) -> Axis:
    values = [y for line in lines for _, y in line.points]
    low = 2.0 ** math.floor(math.log2(min(values) / 1.05))
    high = 2.0 ** math.ceil(math.log2(max(values) * 1.05))
    return Axis(label, low, high, doublings(low, high))
