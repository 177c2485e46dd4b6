"""Numbers, machines and tables as the page on speed writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

BUSY = 0.25  # cores with other work; above, a record is marked

Record = Mapping[str, Any]


def processor(record: Record) -> str:
    """Return a processor in few words: ``Intel Xeon, AMX``."""
    machine = record["machine"]
    model = re.sub(r"\((?:R|TM)\)|\bCPU\b|\bProcessor\b", " ", machine["processor"])
    return ", ".join([" ".join(model.split()), *machine["features"][:1]])


def features(machine: Mapping[str, Any]) -> str:
    """Return what a processor has for products, and say so when it has neither."""
    found = machine["features"]
    if "AMX" in found or "AVX-512" in found:
        return ", ".join(found)
    return "; ".join(["neither AMX nor AVX-512", *([", ".join(found)] if found else [])])


def where(record: Record) -> str:
    """Return the processor, and whether it was busy."""
    return processor(record) + (" (busy)" if is_busy(record) else "")


def is_busy(record: Record) -> bool:
    """Return whether other work ran beside the benchmark."""
    return (record["machine"]["busy"] or 0) > BUSY


def number(value: float) -> str:
    """Return a number with three figures, a true minus, and commas in thousands."""
    if isinstance(value, int):
        return f"{value:,}".replace("-", "−")
    if abs(value) < 1000:
        value = float(f"{value:.3g}")  # 99.96 is 100, not 100.0
    size = abs(value)
    if size >= 100:
        text = f"{value:,.0f}"
    elif size >= 10:
        text = f"{value:.1f}"
    else:
        text = f"{value:.2f}" if size >= 0.1 else f"{value:.2g}"
    return text.replace("-", "−")


def amount(value: float, unit: str) -> str:
    """Return a value with its unit; short times in milliseconds."""
    if unit == "s" and abs(value) < 1:
        value, unit = 1000 * value, "ms"
    return f"{number(value)} {unit}".strip()


def spread(value: str, low: float | None, high: float | None, scale: float = 1) -> str:
    """Return a value with its range."""
    if low is None or high is None:
        return value
    return f"{value} ({number(scale * low)} to {number(scale * high)})"


def ours(figure: Mapping[str, Any]) -> str:
    """Return what was measured, with its range."""
    low, high, unit = figure.get("value_low"), figure.get("value_high"), figure["unit"]
    scale = 1000 if unit == "s" and abs(figure["value"]) < 1 else 1
    return spread(amount(figure["value"], unit), low, high, scale)


def ratio(figure: Mapping[str, Any]) -> str:
    """Return the ratio with its range and turns, or a dash."""
    if figure.get("ratio") is None:
        return "–"
    text = spread(number(figure["ratio"]), figure.get("low"), figure.get("high"))
    turns = figure.get("turns")
    if not turns or not text.endswith(")"):
        return text
    return f"{text[:-1]}, {turns} turn{'s' * (turns > 1)})"


def verdict(figure: Mapping[str, Any]) -> str:
    """Return the target and whether it was met, or a dash."""
    if not figure.get("target"):
        return "–"
    return f"{figure['target']}: **{'met' if figure['passed'] else 'missed'}**"


def table(head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table; a column of nothing but dashes is left out."""
    rows = [list(line) for line in body]
    kept = [k for k in range(len(head)) if not rows or any(line[k] != "–" for line in rows)]
    shown = [[line[k] for k in kept] for line in (head, *rows)]
    lines = [shown[0], ["---"] * len(kept), *shown[1:]]
    return "\n".join("| " + " | ".join(_cell(c) for c in line) + " |" for line in lines) + "\n"


def picture(svg: str, title: str, caption: str) -> str:
    """Return a drawing with its caption, as a block of HTML that Markdown leaves alone."""
    words = f"<strong>{escape(title)}</strong> {escape(caption)}"
    return f'<figure class="al-chart-figure">\n{svg}\n<figcaption>{words}</figcaption>\n</figure>\n'


def _cell(text: str) -> str:
    for loose, bound in ((" %", "\u00a0%"), ("|", "\\|"), ("\n", " ")):
        text = text.replace(loose, bound)
    return re.sub(r"(?<=\d) (?=(?:m?s|GFLOP/s|GB/s|MB)\b)", "\u00a0", text)
