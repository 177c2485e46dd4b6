"""Learning curves with intervals, and effects with theirs."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from .labels import BESIDE, End, label_ends
from .places import last_seen, share
from .style import MUTED, OKABE_ITO, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Told apart by the line's style as well; yellow is too light for a line.
_LOOKS: tuple[dict[str, Any], ...] = (
    {"color": OKABE_ITO["blue"], "linestyle": "-", "marker": "o"},
    {"color": OKABE_ITO["vermilion"], "linestyle": "--", "marker": "s"},
    {"color": OKABE_ITO["black"], "linestyle": ":", "marker": "^"},
    {"color": OKABE_ITO["bluish green"], "linestyle": "-.", "marker": "D"},
    {"color": OKABE_ITO["reddish purple"], "linestyle": (0, (5, 1, 1, 1, 1, 1)), "marker": "v"},
    {"color": OKABE_ITO["orange"], "linestyle": (0, (1, 1)), "marker": "P"},
    {"color": OKABE_ITO["sky blue"], "linestyle": (0, (8, 2)), "marker": "X"},
)


TOO_FEW = "too few runs yet"  # for an interval: none, or one


class _Interval(Protocol):
    @property
    def estimate(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...


class _Curve(Protocol):
    @property
    def label(self) -> str: ...
    @property
    def x(self) -> Sequence[float]: ...
    @property
    def runs(self) -> Sequence[Sequence[float]]: ...
    @property
    def band(self) -> Sequence[Any]: ...


def look(index: int) -> dict[str, Any]:
    """Return colour, line style and marker number `index`, for plots of one's own.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> al.plots.look(0)["linestyle"], al.plots.look(0)["color"] == al.plots.OKABE_ITO["blue"]
    ('-', True)
    """
    return dict(_LOOKS[index % len(_LOOKS)])


def plot_curves(
    curves: Iterable[_Curve],
    ax: Axes | None = None,
    *,
    xlabel: str = "epoch",
    ylabel: str = "error / %",
    target: float | None = None,
    scale: float = 100.0,
    **axes: Any,
) -> Axes:
    """Draw curves of several runs each: a mean with its 95 % interval, or each run by itself.

    Runs of one length are drawn as their mean in a band (Student's t over the runs). Runs that
    ended at different places, because each stopped when it had reached something, have no mean:
    each is drawn as a thin line with a mark at its end. So is a single run.

    Parameters
    ----------
    curves : iterable of Curve
        See `alexnet_lab.experiments.Curve`.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure otherwise.
    xlabel, ylabel : str
        With units.
    target : float, optional
        Draws a dotted level, in the unit of the runs.
    scale : float
        Values are multiplied by it; 100 makes fractions percent.
    **axes
        For ``ax.set``: limits, ``yscale="log"``, a title, … Given here, and not set afterwards, the
        names stand where the lines then end.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import alexnet_lab as al
    >>> curve = al.experiments.curve("tanh", [(0.9, 0.5), (0.8, 0.6)])
    >>> ax = al.plots.plot_curves([curve])
    """
    ax = new_axes(ax, 6.4, 3.6)
    said, named, dots = [], [], []
    for index, curve in enumerate(curves):
        style = look(index)
        marker = style.pop("marker")
        together = len(curve.runs) > 1 and len({len(run) for run in curve.runs}) == 1
        if together:
            band = curve.band
            low, high = ([scale * getattr(b, end) for b in band] for end in ("low", "high"))
            mean = [scale * b.estimate for b in band]
            ax.fill_between(curve.x, low, high, color=style["color"], alpha=0.18, linewidth=0)
            ax.plot(curve.x, mean, label=curve.label, linewidth=1.8, **style)
            named.append((curve.label, curve.x, mean, style["color"]))
        for number, run in enumerate([] if together else curve.runs):
            keys = style | ({"label": curve.label} if number == 0 else {})
            values = [scale * v for v in run]
            ax.plot(curve.x[: len(run)], values, linewidth=1.1, **keys)
            x, y = curve.x[len(run) - 1], values[-1]
            (dot,) = ax.plot(x, y, marker, color=style["color"], markersize=4)
            dots.append((dot, y))
        if not together and curve.runs:
            last = max(curve.runs, key=len)
            heights = [scale * v for v in last]
            named.append((curve.label, curve.x[: len(last)], heights, style["color"]))
        said.append(f"{curve.label} ({len(curve.runs)} runs)")
    if target is not None:
        ax.axhline(scale * target, color=MUTED, linewidth=0.9, linestyle=(0, (1, 3)))
    ax.locator_params(axis="x", integer=True)  # epochs: no tick at 1.5
    ax.set(xlabel=xlabel, ylabel=ylabel, **axes)
    ax.spines[["top", "right"]].set_visible(False)
    if said:
        limits = ax.get_ylim()
        label_ends(ax, [End(n, *last_seen(x, y, limits), colour) for n, x, y, colour in named])
        least, most = sorted(limits)
        for dot, value in dots:  # at the right border, whole
            dot.set_clip_on(not least <= value <= most)
    else:
        _say_empty(ax)
    ax.set_label(f"{ylabel} against {xlabel}: {', '.join(said) or 'no record yet'}")
    return ax


def plot_intervals(
    effects: Iterable[tuple[str, _Interval | None]],
    ax: Axes | None = None,
    *,
    xlabel: str = "effect, 95 % interval",
    marks: Sequence[float] = (0.0,),
    log: bool = False,
    claimed: Mapping[str, float] | None = None,
) -> Axes:
    """Draw effects below each other, each a point in its interval (a forest plot).

    Parameters
    ----------
    effects : iterable of (str, Interval or None)
        A name and an interval (``estimate``, ``low``, ``high``). None is written as "too few runs
        yet" in the effect's own line: what is missing is to be seen. An end that is infinite, or
        off a logarithmic axis, is drawn as an arrow. Where the estimate alone is NaN, because the
        runs bound the effect on neither side, two arrows stand without a point.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure otherwise, as high as the list is long.
    xlabel : str
        With its unit.
    marks : sequence of float
        Vertical lines: the first, solid, is "no effect"; others, dotted, what the paper says.
    log : bool
        Logarithmic axis, for ratios.
    claimed : mapping of str to float, optional
        By name, what is claimed of an effect: an open diamond in its line.

    Returns
    -------
    matplotlib.axes.Axes
        Its x-axis covers all marks and all finite ends.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> effect = al.experiments.difference([10.0, 11.0, 12.0], [8.0, 9.0, 10.0])
    >>> ax = al.plots.plot_intervals([("tanh − ReLU", effect), ("no LRN", None)], xlabel="points")
    """
    listed = list(effects)
    ax = new_axes(ax, 6.8, 0.9 + 0.32 * max(len(listed), 1))
    ends = [float(mark) for mark in marks]
    claimed = claimed or {}
    ends += [claimed[name] for name, _ in listed if name in claimed]
    for _, x in listed:
        if x is not None:
            ends += [
                v for v in (x.estimate, x.low, x.high) if math.isfinite(v) and (v > 0 or not log)
            ]
    least, most = _limits(ends, log)
    said: list[str] = []
    missing: list[tuple[int, str]] = []
    for row, (name, x) in enumerate(listed):
        if name in claimed:
            vermilion = OKABE_ITO["vermilion"]
            ax.plot([claimed[name]], [row], "D", color=vermilion, markerfacecolor="none", zorder=3)
        if x is None or math.isnan(x.low):
            missing.append((row, name))
            continue
        low, high = max(x.low, least), min(x.high, most)
        ax.plot([low, high], [row, row], color=OKABE_ITO["blue"], linewidth=1.6)
        for end, marker, cut in ((low, "<", x.low < least), (high, ">", x.high > most)):
            shape = marker if cut else "|"
            ax.plot([end], [row], shape, color=OKABE_ITO["blue"], markersize=6, clip_on=not cut)
        if math.isnan(x.estimate):
            said.append(f"{name} not bounded by the runs")
            continue
        ax.plot([min(max(x.estimate, least), most)], [row], "o", color=OKABE_ITO["blue"])
        said.append(f"{name} {x.estimate:.2g} [{x.low:.2g}, {x.high:.2g}]")
    for number, mark in enumerate(marks):
        ax.axvline(mark, color=MUTED, linewidth=0.9, linestyle=":" if number else "-", zorder=0)
    if log:
        ax.set_xscale("log")
        ticks = [t for t in (0.1, 0.2, 0.5, 1, 2, 3, 6, 10, 20, 50) if least <= t <= most]
        ax.set_xticks(ticks, [f"{t:g}" for t in ticks])
        ax.set_xticks([], minor=True)
    ax.set_xlim(least, most)
    for row, name in missing:
        _say_missing(ax, row, [*marks[:1], *(v for n, v in claimed.items() if n == name)])
    ax.set_yticks(range(len(listed)), [name for name, _ in listed])
    ax.set_ylim(max(len(listed), 1) - 0.4, -0.6)
    ax.set_xlabel(xlabel)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0, pad=8)  # an arrow may stand between
    if not listed:
        _say_empty(ax)
    text = f"{xlabel}: {'; '.join(said) or 'none'}; {TOO_FEW}: {len(missing)}"
    shown = [f"{name} {claimed[name]:g}" for name, _ in listed if name in claimed]
    ax.set_label(text + (f"; claimed: {', '.join(shown)}" if shown else ""))
    return ax


def _limits(ends: Sequence[float], log: bool) -> tuple[float, float]:
    least, most = min(ends), max(ends)
    if log:
        return least / 1.6, most * 1.6
    reach = 0.12 * (most - least) or 1.0
    return least - reach, most + reach


def _say_missing(ax: Axes, row: int, things: Sequence[float]) -> None:
    """Write it into a row where most room is, beside the things that stand there."""
    shares = [0.0, *sorted(share(ax, (x, row))[0] for x in things), 1.0]
    left, right = max(itertools.pairwise(shares), key=lambda gap: gap[1] - gap[0])
    first = left == 0.0  # then at its other end: at the left stand the names of the rows
    note = ax.annotate(
        TOO_FEW,
        (right if first else left, row),
        xycoords=ax.get_yaxis_transform(),
        xytext=(-BESIDE if first else BESIDE, 0),
        textcoords="offset points",
        ha="right" if first else "left",
        va="center",
        color=MUTED,
    )
    # On its own ground: a dotted line of `marks` may stand just behind it.
    note.set_bbox({"facecolor": ax.get_facecolor(), "edgecolor": "none", "pad": 1})


def _say_empty(ax: Axes) -> None:
    ax.text(0.5, 0.5, "no record yet", ha="center", va="center", transform=ax.transAxes)
