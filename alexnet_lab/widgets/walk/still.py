"""The walk as a picture, for where no script runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._runtime.pack import unpack

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(walk: Any) -> Figure:
    """Draw photograph, maps, answer, and the terms of the unit that is open."""
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle

    columns = [s for s in walk.stages if s["kind"] in ("conv", "pool") and len(s["shape"]) == 3]
    figure = Figure(figsize=(8.6, 4.2), dpi=100, layout="constrained")
    parts: Any = figure.subfigures(2, 1, height_ratios=[1.2, 1])
    top, low = parts
    axes = top.subplots(walk.towers, len(columns) + 2, squeeze=False, width_ratios=_widths(columns))
    for ax in axes.flat:
        ax.set_axis_off()
    photo = axes[0, 0]
    photo.imshow(walk._pixels.numpy())
    about = next(s for s in walk.stages if s["name"] == walk.layer)
    if "field" in about:
        field, at = about["field"], (walk.row, walk.column)
        y, x = (field["start"][a] + at[a] * field["jump"][a] - 0.5 for a in (0, 1))
        box = Rectangle((x, y), *field["size"][::-1], fill=False, ec="#c0602f", lw=2)
        photo.add_patch(box)
    photo.set_title(walk.photo or "photograph", fontsize=8)
    for place, stage in enumerate(columns, 1):
        _faces(walk, stage, [axes[t, place] for t in range(walk.towers)])
    _answer(walk, axes[0, -1])
    _terms(walk, low.subplots())
    return figure


def _widths(columns: list[dict[str, Any]]) -> list[float]:
    return [2.2, *(0.6 + (s["shape"][1] / 55) ** 0.45 for s in columns), 2.0]


def _faces(walk: Any, stage: dict[str, Any], axes: list[Any]) -> None:
    each = stage["shape"][0] // walk.towers
    column = [s["name"] for s in walk.stages]
    start = column.index(stage["name"])
    for tower, ax in enumerate(axes):
        shown = None
        for other in walk.stages[start:]:
            if other is not stage and other["kind"] in ("conv", "pool", "fc", "softmax"):
                break
            for name, found in walk.faces.items():
                own, _, channel = name.partition(":")
                if own == other["name"] and channel and int(channel) // each == tower:
                    shown = found
        if shown is not None:
            values = unpack(shown["data"], "u1").reshape(stage["shape"][1:])
            ax.imshow(values, cmap="cividis")
        if tower == 0:
            ax.set_title(stage["name"], fontsize=8)


def _answer(walk: Any, ax: Any) -> None:
    ax.set_axis_on()
    rows = walk.answers[walk.off][:4]
    ax.barh(range(len(rows)), [p for _, p in rows], color="#5d7389")
    for place, (i, share) in enumerate(rows):
        ax.text(0, place - 0.55, f"{walk.classes[i]} {share:.0%}", fontsize=7)
    ax.set_xlim(0, 1)
    ax.set_ylim(len(rows) - 0.4, -1)
    ax.set_axis_off()


def _terms(walk: Any, ax: Any) -> None:
    found = walk.unit()
    terms = found["terms"]
    parts = [t["part"] for t in terms]
    names = [f"{t['at'][0]} · {t['at'][1]}" for t in terms]
    if found.get("rest", {}).get("count"):
        parts.append(found["rest"]["part"])
        names.append(f"{found['rest']['count']:,} others")
    if "bias" in found:
        parts.append(found["bias"])
        names.append("bias")
    colours = ["#b4541f" if p >= 0 else "#5d7389" for p in parts]
    ax.barh(range(len(parts)), parts, color=colours)
    ax.set_yticks(range(len(parts)), names, fontsize=8)
    ax.invert_yaxis()
    ax.axvline(0, color="#999", lw=0.8)
    ax.set_title(
        f"{walk.layer}, channel {walk.channel}: {found['value']:.4g}", fontsize=9, loc="left"
    )
    ax.tick_params(axis="x", labelsize=8)
    ax.spines[["top", "right"]].set_visible(False)
