"""A chapter's outputs: without what differs from run to run, and compared with tolerance.

The same cells on another processor give sums in another order, and so other last digits; where a
network is trained, those grow. `agree` says whether two runs of the same code tell a reader the
same: every word, every number within `RELATIVE`, every picture within `PIXELS`.
"""

from __future__ import annotations

import base64
import io
import json
import math
import re
from collections.abc import Iterator
from typing import Any

import figure_drawings
import numpy as np
from PIL import Image

MACHINE = "machine"  # the tag of cells whose outputs depend on the machine: times and their ratios
RELATIVE = 0.05  # of the greater of two numbers, or one unit of the last digit that is printed
JPEG = 85  # of 100
PIXELS = 0.02  # mean difference of two pictures, of the whole range
NUMBER = re.compile(r"(?<![\w.])-?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?")


def clean(notebook: Any) -> None:
    """Take out of the outputs what would differ from run to run, and what weighs, in place."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = list(merged(cell.outputs))
            for output in cell.outputs:
                without_addresses(output)
                without_live_view(output)
                lightened(output)


def merged(outputs: list[Any]) -> Iterator[Any]:
    """Join neighbouring pieces of one stream: how they were cut is chance."""
    last = None
    for output in outputs:
        if last is not None:
            streams = last.output_type == output.output_type == "stream"
            if streams and last.name == output.name:
                last.text += output.text
                continue
            yield last
        last = output
    if last is not None:
        yield last


def without_addresses(output: Any) -> None:
    """Replace addresses of objects, as in ``<… at 0x7f12ab>``, in text outputs."""
    holder, name = (output, "text") if output.output_type == "stream" else (None, "text/plain")
    holder = holder if holder is not None else output.get("data", {})
    if isinstance(holder.get(name), str):
        holder[name] = re.sub(r"\b0x[0-9a-f]{6,}\b", "0x…", holder[name])


def without_live_view(output: Any) -> None:
    """Drop a widget's number in a kernel that is gone, where a page or a picture stands for it.

    With it, a reader who opens the chapter sees "model not found" instead of the still.
    """
    data = output.get("data", {})
    if "text/html" in data:
        data.pop("application/vnd.jupyter.widget-view+json", None)


def lightened(output: Any) -> None:
    """Keep a figure of photographs as JPEG where that is half as large: the book shows drawings."""
    data = output.get("data", {})
    if figure_drawings.KIND not in data or "image/png" not in data:
        return
    buffer = io.BytesIO()
    with Image.open(io.BytesIO(base64.b64decode(data["image/png"]))) as image:
        image.convert("RGB").save(buffer, "JPEG", quality=JPEG, subsampling=0, optimize=True)
    jpeg = base64.b64encode(buffer.getvalue()).decode() + "\n"
    if len(jpeg) < len(data["image/png"]) / 2:
        del data["image/png"]
        data["image/jpeg"] = jpeg


def keep_machines(old: Any, new: Any) -> None:
    """Give cells tagged ``machine`` their old outputs where their code is the same, in place."""
    kept = {cell.id: cell for cell in old.cells if MACHINE in cell.metadata.get("tags", [])}
    for cell in new.cells:
        before = kept.get(cell.id)
        if before is not None and before.source == cell.source and before.get("outputs"):
            cell.outputs = before.outputs


def differences(old: Any, new: Any) -> list[str]:
    """Return the ids of the code cells whose outputs tell a reader something else."""
    before = {cell.id: cell for cell in old.cells if cell.cell_type == "code"}
    return [
        cell.id
        for cell in new.cells
        if cell.cell_type == "code"
        and (cell.id not in before or not agree(before[cell.id].outputs, cell.outputs))
    ]


def agree(old: list[Any], new: list[Any]) -> bool:
    """Whether two lists of outputs tell a reader the same."""
    return len(old) == len(new) and all(map(_same, old, new))


def _same(old: Any, new: Any) -> bool:
    if old == new:
        return True
    if old.output_type != new.output_type or old.get("name") != new.get("name"):
        return False
    if old.output_type == "stream":
        return same_text(old.text, new.text)
    if set(old.get("data", {})) != set(new.get("data", {})):
        return False
    return all(_same_data(kind, old.data[kind], new.data[kind]) for kind in old.get("data", {}))


def _same_data(kind: str, old: Any, new: Any) -> bool:
    if old == new:
        return True
    if kind == figure_drawings.KIND:  # drawings of the picture that is compared beside them
        return True
    if kind in ("image/png", "image/jpeg"):
        return same_picture(base64.b64decode(old), base64.b64decode(new))
    if kind == "text/html" and 'class="al-widget"' in old:
        # The picture is the still, which is compared beside it.
        return same_state(_state(old), _state(new))
    return isinstance(old, str) and isinstance(new, str) and same_text(old, new)


def same_text(old: str, new: str) -> bool:
    """Whether two texts have the same words, and numbers that are close; spaces do not count."""
    if _words(old) != _words(new):
        return False
    pairs = zip(NUMBER.findall(old), NUMBER.findall(new), strict=True)
    return all(close(a, b) for a, b in pairs)


def _words(text: str) -> list[str]:
    return re.sub(r"[\s─━-]+", " ", NUMBER.sub("#", text)).split()


def close(old: str, new: str) -> bool:
    """Whether two printed numbers are close: within `RELATIVE`, or one unit of the last digit."""
    a, b = (float(text.replace(",", "")) for text in (old, new))
    mantissa, _, power = old.partition("e")
    digits = len(mantissa.partition(".")[2])
    unit = 10.0 ** (int(power or 0) - digits)
    return abs(a - b) <= max(RELATIVE * max(abs(a), abs(b)), 1.001 * unit)


def same_picture(old: bytes, new: bytes) -> bool:
    """Whether two pictures look alike; a tight frame may be a pixel wider."""
    with Image.open(io.BytesIO(old)) as first, Image.open(io.BytesIO(new)) as second:
        a, b = (np.asarray(image.convert("RGB"), dtype=np.float32) for image in (first, second))
    if any(abs(m - n) > 3 for m, n in zip(a.shape, b.shape, strict=True)):
        return False
    height, width = min(a.shape[0], b.shape[0]), min(a.shape[1], b.shape[1])
    return float(np.abs(a[:height, :width] - b[:height, :width]).mean()) / 255 <= PIXELS


def same_state(old: Any, new: Any) -> bool:
    """Whether two states of a widget are close: numbers as in text, packed numbers in the mean."""
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(same_state(old[k], new[k]) for k in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(same_state, old, new))
    if isinstance(old, int | float) and isinstance(new, int | float):
        return math.isclose(old, new, rel_tol=RELATIVE, abs_tol=1e-3)
    if isinstance(old, str) and isinstance(new, str) and len(old) == len(new) > 32:
        return old == new or _same_packed(old, new)
    return old == new


def _same_packed(old: str, new: str) -> bool:
    """Compare base64 as bytes, pairs of bytes or 32-bit floats: as whichever they are close."""
    try:
        a, b = (base64.b64decode(text, validate=True) for text in (old, new))
    except ValueError:
        return same_text(old, new)
    for kind in ("u1", "<u2", "<f4"):
        if len(a) % np.dtype(kind).itemsize:
            continue
        x, y = (np.frombuffer(data, kind).astype(np.float64) for data in (a, b))
        if np.isfinite(x).all() and np.isfinite(y).all():
            spread = float(np.abs(x).mean())
            if float(np.abs(x - y).mean()) <= PIXELS * spread:
                return True
    return False


def _state(html: str) -> Any:
    found = re.search(r'<script type="application/json">(.*?)</script>', html, re.S)
    return json.loads(found[1]) if found else html
