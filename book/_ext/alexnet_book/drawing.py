"""A network of two towers as a picture, its numbers all from the layer table."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from io import BytesIO

PHOTOGRAPH = "coffee"
FILE = "alexnet-2012.svg"  # the same, to download
BASELINE = 302  # of the layers' names in the wide drawing
NETWORKS = {"2012": "The network of 2012", "lab": "The lab network"}
PLACES = {"2012": ("GPU 1", "GPU 2"), "lab": ("tower 1", "tower 2")}


@dataclass(frozen=True)
class Stage:
    """What the drawing needs to know of one layer with weights.

    `side` is the height of its maps in pixels (1 in a fully connected layer), `maps` their number
    in one tower, `crosses` whether it reads both towers, `joined` whether it belongs to both.
    """

    name: str
    side: int
    maps: int
    whole: int
    kernel: int | None
    crosses: bool
    joined: bool
    parameters: float
    work: float


@cache
def stages(which: str = "2012") -> tuple[int, tuple[Stage, ...]]:
    """Return the side of the input and the stages of one of NETWORKS, measured on it."""
    from alexnet_lab.analysis import layer_table
    from alexnet_lab.models import alexnet_2012, load_pretrained

    table = layer_table(load_pretrained("lab") if which == "lab" else alexnet_2012())
    rows = [row for row in table.rows if row.kind in {"conv", "fc"}]
    towers = max(row.groups or 1 for row in rows)
    parameters = sum(row.weights + row.biases for row in rows)
    work = sum(row.macs for row in rows)
    found = []
    for place, row in enumerate(rows):
        maps = row.shape_out[0]
        # In 2012 each GPU had half of fc6 and of fc7.
        joined = place == len(rows) - 1 or (which == "lab" and row.kind == "fc")
        found.append(
            Stage(
                name=row.name,
                side=row.shape_out[1] if row.kind == "conv" else 1,
                maps=maps if joined else maps // towers,
                whole=maps,
                kernel=row.kernel[0] if row.kernel else None,
                crosses=place > 0 and (row.groups or 1) == 1,
                joined=joined,
                parameters=(row.weights + row.biases) / parameters,
                work=row.macs / work,
            )
        )
    return rows[0].shape_in[1], tuple(found)


@cache
def _photograph(side: int = 160) -> str:
    """Return the middle of a sample photograph as a data address."""
    from alexnet_lab.data import photograph

    image = photograph(PHOTOGRAPH).image
    edge = min(image.size)
    left, top = (image.width - edge) // 2, (image.height - edge) // 2
    image = image.crop((left, top, left + edge, top + edge)).resize((side, side))
    file = BytesIO()
    image.save(file, format="JPEG", quality=82)
    return "data:image/jpeg;base64," + b64encode(file.getvalue()).decode("ascii")


def _photo_box(x: float, y: float, wide: float, high: float, deep: float) -> str:
    """Return the input as a block whose side shows the photograph."""
    dx, dy = deep * 0.42, deep * 0.34
    matrix = f"{dx:.1f} {-dy:.1f} 0 {high:.1f} {x + wide:.1f} {y - high / 2 + dy / 2:.1f}"
    return (
        _box(x, y, wide, high, deep, "photo")
        + f'<image href="{_photograph()}" width="1" height="1" preserveAspectRatio="none" '
        + f'transform="matrix({matrix})"/>'
    )


def _box(x: float, y: float, wide: float, high: float, deep: float, tower: str) -> str:
    """Return a block seen from the side; (x, y) is the middle of its front face's left edge."""
    dx, dy = deep * 0.42, deep * 0.34
    top, low = y - high / 2 + dy / 2, y + high / 2 + dy / 2
    right = x + wide
    slant, back = f"l{dx:.1f} {-dy:.1f}", f"l{-dx:.1f} {dy:.1f}z"
    return (
        f'<g class="{tower}">'
        f'<path class="lid" d="M{x:.1f} {top:.1f}{slant}h{wide:.1f}{back}"/>'
        f'<path class="face" d="M{right:.1f} {top:.1f}{slant}v{high:.1f}{back}"/>'
        f'<path class="front" d="M{x:.1f} {top:.1f}H{right:.1f}V{low:.1f}H{x:.1f}z"/></g>'
    )


def _size(stage: Stage) -> tuple[float, float, float]:
    """Return width (maps), height and depth (both the side of a map) of a stage's block."""
    if stage.side == 1:
        return 7.0, (46 if stage.maps > 1500 else 34) * 1.6, 0.0
    edge = 10.5 * stage.side**0.45
    return 1.25 * stage.maps**0.5, edge, edge


def _sources(
    before: Stage | None, stage: Stage, own: int, places: tuple[int, int, int]
) -> tuple[int, ...]:
    """Return where the wires of a block begin; `places` are those of one, both and the other."""
    one, both, other = places
    if before is None or before.joined:
        return (both,)
    return (one, other) if stage.crosses else (own,)


def _shape(stage: Stage) -> str:
    return f"{stage.side}×{stage.side}×{stage.maps}" if stage.side > 1 else f"{stage.maps:,}"


def wide_drawing(which: str = "2012") -> str:
    """Return the drawing for a wide page: the towers above each other, bars below."""
    pixels, layers = stages(which)
    upper, lower, middle = 78, 208, 143
    x, step = 150.0, [92, 84, 84, 80, 88, 74, 70, 0]
    parts, wires, labels, bars = [], [], [], []
    previous: tuple[float, Stage | None] = (98.0, None)
    parts.append(_photo_box(10, middle, 5, 100, 172))
    labels.append(_label(50, BASELINE, "photograph", f"{pixels}×{pixels}×3"))
    for stage, pitch in zip(layers, step, strict=True):
        wide, high, deep = _size(stage)
        rows = [(middle, "both")] if stage.joined else [(upper, "one"), (lower, "two")]
        start, before = previous
        for y, tower in rows:
            for source in _sources(before, stage, y, (upper, middle, lower)):
                kind = "cross" if {source, y} == {upper, lower} else "wire"
                wires.append(
                    f'<path class="{kind}" d="M{start:.1f} {source}C{start + 22:.1f} {source} '
                    f'{x - 22:.1f} {y} {x - 3:.1f} {y}"/>'
                )
            parts.append(_box(x, y, wide, high, deep, tower))
        centre = x + (wide + deep * 0.42) / 2
        labels.append(_label(centre, BASELINE, stage.name, _shape(stage)))
        bars.append(_bars(centre, BASELINE + 32, stage))
        previous = (x + wide + deep * 0.42 + 3, stage)
        x += wide / 2 + pitch
    one, two = PLACES[which]
    names = (
        f'<text class="tower-name one" x="146" y="16">{one}</text>'
        f'<text class="tower-name two" x="146" y="274">{two}</text>'
    )
    legend = (
        f'<text class="row-name" x="8" y="{BASELINE + 48}">parameters</text>'
        f'<text class="row-name" x="8" y="{BASELINE + 76}">work</text>'
    )
    return _svg(
        which,
        "wide",
        856,
        388,
        "".join([*wires, *parts, names, *labels, legend, *bars]),
    )


def tall_drawing(which: str = "2012") -> str:
    """Return the drawing for a phone: one layer a line, the towers side by side."""
    pixels, layers = stages(which)
    left, right, line = 46, 132, 62
    y = 42.0
    parts = [_photo_box(66, y, 4, 38, 96)]
    wires = []
    labels = [_side_label(190, y, "photograph", f"{pixels}×{pixels}×3")]
    before: Stage | None = None
    for stage in layers:
        above, y = y, y + (line if before else 84)
        for x, tower in [(89, "both")] if stage.joined else [(left, "one"), (right, "two")]:
            for source in _sources(before, stage, x, (left, 89, right)):
                kind = "cross" if {source, x} == {left, right} else "wire"
                wires.append(
                    f'<path class="{kind}" d="M{source} {above + 20:.0f}C{source} {above + 34:.0f} '
                    f'{x} {y - 34:.0f} {x} {y - 20:.0f}"/>'
                )
            wide, _, deep = _size(stage)
            wide = 58.0 if stage.side == 1 else wide * 2.4
            deep = min(deep * 0.4, 22)
            high = 12 if stage.side == 1 else 8 + deep
            parts.append(_box(x - (wide + deep * 0.42) / 2, y, wide, high, deep, tower))
        labels.append(_side_label(190, y, stage.name, _shape(stage)))
        labels.append(_side_bars(266, y, stage))
        before = stage
    one, two = PLACES[which]
    head = (
        f'<text class="tower-name one" x="{left - 22}" y="100">{one}</text>'
        f'<text class="tower-name two" x="{right - 14}" y="100">{two}</text>'
        '<text class="row-name" x="266" y="40">parameters,</text>'
        '<text class="row-name" x="266" y="54">work</text>'
    )
    return _svg(which, "tall", 340, int(y) + 40, "".join([*wires, *parts, head, *labels]))


def _label(x: float, y: float, name: str, shape: str) -> str:
    return (
        f'<text class="name" x="{x:.1f}" y="{y}">{name}</text>'
        f'<text class="shape" x="{x:.1f}" y="{y + 17}">{shape}</text>'
    )


def _side_label(x: float, y: float, name: str, shape: str) -> str:
    return (
        f'<text class="name side" x="{x}" y="{y - 1:.1f}">{name}</text>'
        f'<text class="shape side" x="{x}" y="{y + 15:.1f}">{shape}</text>'
    )


def _bar(kind: str, x: float, y: float, wide: float, share: float) -> str:
    """Return a track with its filled part."""
    place = f'x="{x:.1f}" y="{y:.1f}" height="5" rx="2.5"'
    return (
        f'<rect class="track" {place} width="{wide:.0f}"/>'
        f'<rect class="{kind}" {place} width="{max(share * wide, 1.5):.1f}"/>'
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f}\N{NARROW NO-BREAK SPACE}%"


def _bars(x: float, y: float, stage: Stage) -> str:
    bars = (("parameters", stage.parameters, y + 6), ("work", stage.work, y + 34))
    return "".join(
        _bar(kind, x - 31, top, 62, share)
        + f'<text class="share" x="{x:.1f}" y="{top + 18}">{_percent(share)}</text>'
        for kind, share, top in bars
    )


def _side_bars(x: float, y: float, stage: Stage) -> str:
    bars = (("parameters", stage.parameters, y - 7), ("work", stage.work, y + 9))
    return "".join(
        _bar(kind, x, top, 30, share)
        + f'<text class="share side" x="{x + 35}" y="{top + 6:.1f}">{_percent(share)}</text>'
        for kind, share, top in bars
    )


def _svg(which: str, form: str, wide: int, high: int, body: str) -> str:
    pixels, layers = stages(which)
    # Decorative for screen readers, which get the same facts as the description's text.
    sentence = "; ".join(f"{stage.name} {_shape(stage)}" for stage in layers)
    return (
        f'<svg class="al-network al-network--{form}" viewBox="0 0 {wide} {high}" role="img" '
        f'aria-label="{NETWORKS[which]}: a {pixels} pixel photograph passes through two towers, '
        f"{' and '.join(PLACES[which])}; shapes of one tower: {sentence}. The towers exchange maps "
        f'only where a layer reads both.">{body}</svg>'
    )
