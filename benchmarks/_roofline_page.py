"""The roofline of one record: words, drawing and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import _text as t
from _chart import Axis, Chart, Series, steps

_LOOKS = (
    ("forward", "one", "circle"),
    ("backward, data", "two", "square"),
    ("backward, weights", "three", "triangle"),
)


def roofline(record: t.Record) -> str:
    """Return what the record says about the layers and the whole step."""
    data, name = record["data"], t.processor(record)
    step, passes = data["step"], data["passes"]
    products = [row for row in passes if row["flop"]]
    spent, rest = seconds(products), seconds([row for row in passes if not row["flop"]])
    share = sum(row["flop"] for row in products) / spent / data["peak_flops"]
    best = max(products, key=lambda row: row["of_peak"][0])
    least = min(products, key=lambda row: row["of_peak"][0])
    beyond = (
        " A pass can exceed 100 %: the measure is the fastest of torch's matrix products, not the"
        " limit of the processor."
    )
    text = (
        f"**The whole training step reaches {percent(step['of_peak'])} of what matrix products in"
        f" bfloat16 reach at best on {name}**: {t.number(step['flop'] / 1e9)} GFLOP in"
        f" {t.amount(step['seconds'], 's')}. Timed alone, one after the other, the convolutions'"
        f" and products' passes of its layers take {t.amount(spent, 's')}, at {whole(share)} of"
        f" that speed; the passes of all other layers {t.amount(rest, 's')}. What else a step does,"
        " the batch, the loss, the update, and the conversions between float32 and bfloat16, is in"
        f" the step only. The best pass is {best['layer']}, {best['pass']}, with"
        f" {whole(best['of_peak'][0])}; the least {least['layer']}, {least['pass']}, with"
        f" {whole(least['of_peak'][0])}." + (beyond if best["of_peak"][0] > 1 else "") + "\n"
    )
    title = f"Roofline of the 2012 net, batch {data['batch']}, {name}."
    caption = (
        "Each pass of each layer with products: operations a second against operations for each"
        " byte that it must read or write. The roof is what the processor moves (slope,"
        f" {t.amount(data['bandwidth'] / 1e9, 'GB/s')}) and computes (flat,"
        f" {t.amount(data['peak_flops'] / 1e9, 'GFLOP/s')}), measured. A point above"
        " the slope found its numbers in a cache. Labels stand at the forward passes,"
        " and at the whole step."
    )
    return "\n".join([text, t.picture(draw(data, name), title, caption), heavy(data), light(data)])


def seconds(rows: Sequence[Mapping[str, Any]]) -> float:
    """Return the seconds of several passes together."""
    return sum(row["seconds"] for row in rows)


def whole(share: float) -> str:
    """Return a share in percent, two figures."""
    return f"{100 * share:.0f} %" if share >= 0.1 else f"{100 * share:.2g} %"


def percent(spread: Sequence[float]) -> str:
    """Return a share with its range: ``31 % (30 to 33)``."""
    middle, low, high = (100 * value for value in spread)
    return f"{t.number(middle)} % ({t.number(low)} to {t.number(high)})"


def draw(data: Mapping[str, Any], name: str) -> str:
    """Return the drawing."""
    rows = [*(row for row in data["passes"] if row["flop"]), data["step"]]
    rates = [row["flop"] / row["seconds"] / 1e9 for row in rows]
    intensities = [row["flop"] / row["bytes"] for row in rows]
    peak, bandwidth = data["peak_flops"] / 1e9, data["bandwidth"] / 1e9
    ridge = peak / bandwidth
    x = _axis("FLOP a byte", [*intensities, ridge / 3])  # enough of the slope to be seen
    y = _axis("GFLOP/s", [*rates, peak])
    foot = max(x.low, y.low / bandwidth)
    roof = [(foot, foot * bandwidth), (min(ridge, x.high), min(peak, x.high * bandwidth))]
    if ridge < x.high:
        roof.append((x.high, peak))
    chart = Chart(x, y, [Series("", "roof", roof, line=True)])
    names = {"backward, data": "by data", "backward, weights": "by weights"}
    for which, kind, mark in _LOOKS:
        chosen = [row for row in rows if row["pass"] == which]
        labels = [row["layer"] for row in chosen] if which == "forward" else []
        points = [(r["flop"] / r["bytes"], r["flop"] / r["seconds"] / 1e9) for r in chosen]
        chart.series.append(Series(names.get(which, which), kind, points, labels, mark))
    point = (intensities[-1], rates[-1])
    chart.series.append(Series("", "roof", [point], ["whole step"], "diamond"))
    alt = (
        f"Roofline on {name}: a roof that rises with {t.number(bandwidth)} GB/s and is flat at"
        f" {t.number(peak)} GFLOP/s, with {len(rows) - 1} passes between"
        f" {t.number(min(rates))} and {t.number(max(rates))} GFLOP/s; the whole step at"
        f" {t.number(rates[-1])} GFLOP/s. The table below has the numbers."
    )
    return chart.svg(alt)


def _axis(label: str, values: Sequence[float]) -> Axis:
    low, high = min(values) / 1.6, max(values) * 1.6
    return Axis(label, low, high, steps(low, high))


def heavy(data: Mapping[str, Any]) -> str:
    """Return the table of the passes with products, and of the whole step."""
    body = [
        (
            row["layer"],
            row["pass"],
            t.number(row["flop"] / 1e9),
            t.number(row["bytes"] / 1e6),
            t.number(row["flop"] / row["bytes"]),
            t.amount(row["seconds"], "s"),
            t.number(row["flop"] / row["seconds"] / 1e9),
            percent(row["of_peak"]),
            percent(row["of_bandwidth"]),
        )
        for row in (*data["passes"], data["step"])
        if row["flop"]
    ]
    head = ("Layer", "Pass", "GFLOP", "MB", "FLOP a byte", "Time", "GFLOP/s")
    return t.table((*head, "Of the peak", "Of the copies' speed"), body)


def light(data: Mapping[str, Any]) -> str:
    """Return the table of the layers without products, forward and backward together."""
    layers: dict[str, list[Mapping[str, Any]]] = {}
    for row in data["passes"]:
        if not row["flop"]:
            layers.setdefault(row["layer"], []).append(row)
    body = []
    for name, rows in layers.items():
        moved, spent = sum(row["bytes"] for row in rows), seconds(rows)
        share = 100 * moved / spent / data["bandwidth"]
        body.append((name, t.number(moved / 1e6), t.amount(spent, "s"), f"{t.number(share)} %"))
    text = (
        "The other layers, forward and backward together. They do no products; what they could at"
        " best reach is the speed of a copy, or that of a cache.\n\n"
    )
    return text + t.table(("Layer", "MB", "Time", "Of the copies' speed"), body)
