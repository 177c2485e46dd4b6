"""Names at marks and lines; and no legend where a name can stand at the thing."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

import alexnet_lab as al
from alexnet_lab.plots.labels import End, label_ends

ROOT = Path(__file__).resolve().parents[2]
# Where a legend may stay, and why.
LEGENDS = {"alexnet_lab/plots/labels.py": "more lines than names fit beside them"}


def test_no_figure_has_a_legend_but_where_names_do_not_fit() -> None:
    """In chapters and the package; assignments show a student's own quick plots."""
    found = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "alexnet_lab").rglob("*.py")
        if makes_legend(path.read_text(encoding="utf-8"))
    }
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        found |= {path.name for text in code if makes_legend(text)}
    assert found == set(LEGENDS)


def makes_legend(code: str) -> bool:
    return re.search(r"[\w\])]\.(fig)?legend\(", code) is not None


@pytest.mark.parametrize(
    ("code", "made"),
    [
        ("ax.legend()", True),
        ("axes[0].legend(frameon=False)", True),
        ("fig.legend(loc='x')", True),
        ("plt.figlegend(lines)", True),
        ("ax.get_legend()", False),
        ("legend = words(1)", False),
        ("# no legend (names stand at the lines)", False),
    ],
)
def test_what_makes_a_legend(code: str, made: bool) -> None:
    assert makes_legend(code) is made


@pytest.mark.parametrize("seed", range(5))
def test_a_name_stands_free_beside_a_mark_of_its_kind(seed: int) -> None:
    """Oracle: where matplotlib draws the words; no mark lies in them, and no wall."""
    rng = np.random.default_rng(seed)
    fig = Figure(figsize=(6.4, 4.0), layout="constrained")
    ax = fig.add_subplot()
    marks = {
        name: (rng.uniform(0, 1, 15), rng.uniform(0, 1, 15), colour)
        for name, colour in (("tower 1", "#0072B2"), ("tower 2", "#D55E00"))
    }
    for x, y, colour in marks.values():
        ax.plot(x, y, "o", color=colour)
    ax.axvline(0.9)
    assert al.plots.label_marks(ax, marks, walls=[0.9]) is ax
    fig.draw_without_rendering()
    everything = np.concatenate([np.stack(each[:2], 1) for each in marks.values()])
    places = ax.transData.transform(everything)
    wall = ax.transData.transform((0.9, 0))[0]
    for text, (name, (x, y, _)) in zip(ax.texts, marks.items(), strict=True):
        assert text.get_text() == name
        assert text.xy in list(zip(x, y, strict=True))
        box = text.get_window_extent()
        inside = (places >= box.min) & (places <= box.max)
        assert not inside.all(1).any()
        assert not box.x0 < wall < box.x1
    assert [text.get_color() for text in ax.texts] == ["#0072B2", "#B04E00"]


def test_a_name_may_stand_above_the_first_mark() -> None:
    ax = Figure().add_subplot()
    al.plots.label_marks(ax, {"a": ([0.2, 0.9], [0, 1], "#0072B2")}, above=True)
    (text,) = ax.texts
    assert (text.xy, text.get_ha(), text.get_va()) == ((0.2, 0.0), "center", "bottom")


def test_the_name_of_a_line_that_ends_early_covers_no_line() -> None:
    """Oracle: where matplotlib draws the words, and points along the lines."""
    ax = Figure(figsize=(6.4, 3.6), layout="constrained").add_subplot()
    late = [1.0] * 50 + [0.1] * 50
    curves = [al.experiments.curve(n, [v]) for n, v in (("late", late), ("early", late[5:55]))]
    al.plots.plot_curves(curves, ax, target=0.1, yscale="log", ylim=(0.01, 2), scale=1)
    assert ax.get_yscale() == "log"
    ax.figure.draw_without_rendering()
    x = np.linspace(1, 100, 2000)
    lines = [np.interp(x, range(1, 101), late), np.full(len(x), 0.1)]
    drawn = np.concatenate([ax.transData.transform(np.stack([x, y], 1)) for y in lines])
    early = next(text for text in ax.texts if text.get_text() == "early")
    box = early.get_window_extent()
    assert not ((drawn >= box.min) & (drawn <= box.max)).all(1).any()
    assert box.y0 >= ax.get_window_extent().y0


def test_ends_on_an_axis_that_runs_down_and_lines_without_an_end() -> None:
    ax = Figure().add_subplot()
    ax.set(xlim=(0, 1), ylim=(10, 0))
    label_ends(ax, [End("low", 1, 9, "k"), End("gone", 1, math.nan, "k"), End("high", 1, 1, "k")])
    assert [text.get_text() for text in ax.texts] == ["low", "high"]
    assert [text.xy for text in ax.texts] == [(1, 9), (1, 1)]
