"""Where things stand in an Axes: about, for the layout is made later."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from matplotlib.axes import Axes

LETTER = 0.5  # how wide a letter is, in sizes of the words
PART = 0.8  # of its share of the figure that an Axes gets, once labels have theirs
PHONE = 150  # points: as wide is an Axes on a phone


class Box(NamedTuple):
    """Where words stand, in points."""

    left: float
    bottom: float
    right: float
    top: float

    def covers(self, points: np.ndarray) -> int:
        """Return how many of these points, (n, 2), lie inside."""
        inside = (points > self[:2]) & (points < self[2:])
        return int(inside.all(axis=1).sum())

    def meets(self, other: Box) -> bool:
        """Return whether both share some room."""
        apart = self.left >= other.right or other.left >= self.right
        return not (apart or self.bottom >= other.top or other.bottom >= self.top)


def share(ax: Axes, place: tuple[float, float]) -> tuple[float, float]:
    """Return where something is, in shares of the Axes."""
    x, y = ax.transAxes.inverted().transform(ax.transData.transform(place))
    return float(x), float(y)


def drawn(ax: Axes) -> np.ndarray:
    """Return points on all lines of an Axes, (n, 2), close to each other, in its shares."""
    import numpy as np

    found = [np.empty((0, 2))]
    for line in ax.lines:
        to_share = line.get_transform() - ax.transAxes
        corners = np.asarray(to_share.transform_path(line.get_path()).vertices)
        corners = corners[np.isfinite(corners).all(axis=1)]
        steps = np.linspace(0, 1, 2 + 500 // max(1, len(corners)))[:, None]
        found += [a + steps * (b - a) for a, b in itertools.pairwise(corners)]
    return np.concatenate(found)


def last_seen(
    x: Sequence[float], y: Sequence[float], limits: tuple[float, float]
) -> tuple[float, float]:
    """Return the last point that is seen, or else the last: a line may leave at the top."""
    low, high = sorted(limits)
    for place, value in zip(reversed(x), reversed(y), strict=True):
        if low <= value <= high:
            return float(place), float(value)
    return float(x[-1]), float(y[-1])


def width(ax: Axes) -> float:
    """Return how wide an Axes is, in points."""
    return _size(ax, "width", "ncols")


def height(ax: Axes) -> float:
    """Return how high an Axes is, in points."""
    return _size(ax, "height", "nrows")


def _size(ax: Axes, side: str, parts: str) -> float:
    figure, spec = ax.get_figure(), ax.get_subplotspec()  # with panels in parts of a figure, a part
    assert figure is not None
    among = getattr(spec.get_gridspec(), parts) if spec is not None else 1
    return float(getattr(figure.bbox, side)) / float(figure.dpi) * 72 * PART / among
