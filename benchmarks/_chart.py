"""A chart as SVG inside a page: it takes the page's colours, so it is right in both themes.

Classes, not colours: ``book/_static/alexnet-lab.css`` paints ``.al-chart``. The same input makes
the same text. Marks differ in shape, lines in dashes, so that colour is never alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

WIDTH, HEIGHT = 480, 380
LEFT, RIGHT, TOP, BOTTOM = 62, 20, 58, 56
Point = tuple[float, float]


@dataclass(frozen=True)
class Axis:
    """One axis: what it shows, from where to where, logarithmic or not, and its ticks."""

    label: str
    low: float
    high: float
    ticks: Sequence[float]
    log: bool = True

    def share(self, value: float) -> float:
        """Return where a value lies, from 0 to 1."""
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)


@dataclass(frozen=True)
class Series:
    """Points of one kind.

    Attributes
    ----------
    name : str
        For the legend; "" leaves it out.
    kind : str
        Class of its colour and dashes: "one", "two", "three", "roof".
    points : sequence of (float, float)
    labels : sequence of str
        One a point, written beside it; "" for none.
    mark : str
        "circle", "square", "triangle", "diamond" or "".
    line : bool
        Whether the points are joined.
    """

    name: str
    kind: str
    points: Sequence[Point]
    labels: Sequence[str] = ()
    mark: str = ""
    line: bool = False


@dataclass
class Chart:
    """Two axes and what lies between them; `svg` draws it."""

    x: Axis
    y: Axis
    series: list[Series] = field(default_factory=list)

    def place(self, point: Point) -> Point:
        """Return where a point lies in the picture."""
        across = LEFT + self.x.share(point[0]) * (WIDTH - LEFT - RIGHT)
        down = HEIGHT - BOTTOM - self.y.share(point[1]) * (HEIGHT - TOP - BOTTOM)
        # Ticks may lie half-way between two tenths, and a logarithm's last digit is the machine's.
        return round(across + 1e-6, 1), round(down + 1e-6, 1)

    def svg(self, alt: str) -> str:
        """Return the drawing; `alt` says in words what it shows."""
        described = f'role="img" aria-label="{escape(alt)}"'
        parts = [
            f'<svg class="al-chart" viewBox="0 0 {WIDTH} {HEIGHT}" {described}>',
            *self._axes(),
            *self._legend(),
        ]
        for series in self.series:
            parts += self._draw(series)
        return "\n".join([*parts, *self._labels(), "</svg>"])

    def _axes(self) -> list[str]:
        parts, floor, right = [], HEIGHT - BOTTOM, WIDTH - RIGHT
        for value in self.x.ticks:
            x = self.place((value, self.y.low))[0]
            parts.append(f'<path class="grid" d="M{x} {TOP}V{floor}"/>')
            parts.append(f'<text x="{x}" y="{floor + 19}" class="middle">{short(value)}</text>')
        for value in self.y.ticks:
            y = self.place((self.x.low, value))[1]
            parts.append(f'<path class="grid" d="M{LEFT} {y}H{right}"/>')
            parts.append(f'<text x="{LEFT - 7}" y="{y + 5}" class="end">{short(value)}</text>')
        middle = (LEFT + right) / 2
        name = escape(self.x.label)
        parts.append(f'<text x="{middle:g}" y="{HEIGHT - 10}" class="middle">{name}</text>')
        parts.append(f'<text x="4" y="16">{escape(self.y.label)}</text>')
        return parts

    def _legend(self) -> list[str]:
        parts, x = [], 4
        for series in self.series:
            if not series.name:
                continue
            if series.line:
                parts.append(f'<path class="line {series.kind}" d="M{x} 36h22"/>')
            if series.mark:
                parts.append(mark(series, x + 11, 36))
            parts.append(f'<text x="{x + 28}" y="41">{escape(series.name)}</text>')
            x += 46 + round(6.9 * len(series.name))
        return parts

    def _draw(self, series: Series) -> list[str]:
        places = [self.place(p) for p in series.points]
        parts = []
        if series.line:
            way = "L".join(f"{x} {y}" for x, y in places)
            parts.append(f'<path class="line {series.kind}" d="M{way}"/>')
        if series.mark:
            parts += [mark(series, x, y) for x, y in places]
        return parts

    def _labels(self) -> list[str]:
        """Write the labels left or right of their points, each below the one it would cover."""
        wanted = sorted(
            (*self.place(point)[::-1], label)
            for series in self.series
            for point, label in zip(series.points, series.labels, strict=False)
            if label
        )
        parts: list[str] = []
        taken: list[tuple[float, float, float]] = []  # left, right, baseline
        for y, x, label in wanted:
            wide = 8 * len(label)
            left = x + 9 if x + 9 + wide < WIDTH else x - 9 - wide
            line = y + 5
            for a, b, other in taken:
                if left < b and a < left + wide and line < other + 15:
                    line = other + 15
            taken.append((left, left + wide, line))
            parts.append(f'<text class="label" x="{left:g}" y="{line:g}">{escape(label)}</text>')
        return parts


def mark(series: Series, x: float, y: float) -> str:
    """Return the mark of a series at a place."""
    shapes = {
        "circle": f'<circle class="mark {series.kind}" cx="{x}" cy="{y}" r="5"/>',
        "square": f'<path class="mark {series.kind}" d="M{x - 4.5:g} {y - 4.5:g}h9v9h-9z"/>',
        "triangle": f'<path class="mark {series.kind}" d="M{x} {y - 6:g}l5.5 10h-11z"/>',
        "diamond": f'<path class="mark {series.kind}" d="M{x} {y - 8:g}l8 8l-8 8l-8-8z"/>',
    }
    return shapes[series.mark]


def short(value: float) -> str:
    """Return a tick's text."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:g}"


def steps(low: float, high: float) -> list[float]:
    """Return 1, 2, 5, 10, … from `low` to `high`; over more than two decades the tens alone."""
    factors = (1, 2, 5) if high / low < 300 else (1,)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found = [factor * 10.0**k for k in powers for factor in factors]
    return [value for value in found if low <= value <= high]


def doublings(low: float, high: float) -> list[float]:
    """Return the powers of two from `low` to `high`."""
    return [2.0**k for k in range(math.ceil(math.log2(low)), math.floor(math.log2(high)) + 1)]
