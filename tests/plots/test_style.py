"""The style of the figures, the names at the ends of their lines, and both drawings of a figure."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import matplotlib as mpl
import matplotlib.style
import numpy as np
import pytest
from figure_output import PHONE_PX
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from PIL import Image

import alexnet_lab as al
from alexnet_lab.plots import (
    plot_intervals,
    plot_lines,
    plot_panels,
    plot_roofline,
    plot_softmax,
    style,
    use_style,
)
from alexnet_lab.plots.labels import without_overlap

ROOT = Path(__file__).resolve().parents[2]
CSS = ROOT / "book" / "_static" / "alexnet-lab.css"


@pytest.fixture
def styled():
    before = dict(mpl.rcParams)
    use_style()
    yield
    mpl.rcParams.update(before)


@pytest.fixture
def tool(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tools")
    import figure_drawings

    return figure_drawings


def contrast(one: str, other: str = "#ffffff") -> float:
    """WCAG 2's contrast of two colours."""

    def luminance(colour: str) -> float:
        c = np.array(mpl.colors.to_rgb(colour))
        linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_every_colour_of_the_style_is_one_that_the_page_has_for_the_night():
    by_day = set(re.findall(r"light-dark\((#[0-9a-f]{6})", CSS.read_text(encoding="utf-8")))
    file = (style.FOLDER / "lab.mplstyle").read_text(encoding="utf-8")
    drawn = {f"#{each}".lower() for each in re.findall(r"\b[0-9A-Fa-f]{6}\b", file)} - {"#ffffff"}
    assert len(drawn) > 9
    words = {*style.FOR_WORDS.values(), style.MUTED, style.LINE}
    palette = {*style.OKABE_ITO.values()} - {style.OKABE_ITO["yellow"]}  # too light for a line
    assert (drawn | {each.lower() for each in words | palette}) - by_day == set()


def test_words_can_be_read_on_white():
    own = {style.OKABE_ITO["black"], style.OKABE_ITO["blue"], style.MUTED}
    assert all(contrast(colour) >= 4.5 for colour in own | {*style.FOR_WORDS.values()})
    night = re.findall(
        r"--al-fig-[a-z-]+: light-dark\(#[0-9a-f]{6}, (#[0-9a-f]{6})\)", CSS.read_text("utf-8")
    )
    assert len(night) > 9
    assert all(contrast(colour, "#15181c") >= 4.5 for colour in night)


def test_names_stand_at_the_ends_and_do_not_touch(styled, ax):
    x = np.linspace(0, 1, 50)
    plot_lines(x, {"one": x, "nearly one": x + 0.01, "beyond": 9 * x}, ax, ylim=(0, 2))
    fig = ax.figure
    fig.draw_without_rendering()
    assert [text.get_text() for text in ax.texts] == ["one", "nearly one", "beyond"]
    boxes = [text.get_window_extent() for text in ax.texts]
    middles = sorted((box.y0 + box.y1) / 2 for box in boxes)
    line = 1.2 * ax.texts[0].get_fontsize() * fig.dpi / 72
    assert min(np.diff(middles)) >= line
    assert ax.texts[2].xy[1] <= 2  # where the line leaves, not where it ends


@pytest.mark.parametrize("seed", range(20))
def test_labels_move_apart_and_no_more_than_they_must(seed):
    rng = np.random.default_rng(seed)
    wanted, heights = rng.uniform(0, 60, 6), rng.uniform(4, 12, 6)
    found = np.array(without_overlap(wanted.tolist(), heights.tolist()))
    order = np.argsort(wanted, kind="stable")
    gaps = np.diff(found[order]) - (heights[order][1:] + heights[order][:-1]) / 2
    assert (gaps > -1e-9).all()
    # Where there is room, nothing moves.
    assert without_overlap([0.0, 100.0, 200.0], [9.0, 9.0, 9.0]) == [0.0, 100.0, 200.0]


def sizes(svg: str) -> tuple[float, float]:
    found = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    assert found is not None
    return float(found[1]), float(found[2])


@pytest.mark.parametrize(
    "kind", ["panels", "lines", "pictures", "long names", "powers", "softmax", "roofline"]
)
def test_a_phones_drawing_keeps_what_is_written_and_fits(styled, tool, kind):
    if kind == "pictures":
        fig = plot_panels({f"map {n}": np.eye(5) for n in range(3)}, bar="response")[0].figure
    elif kind == "softmax":
        fig = plot_softmax([2.0, 1.0, -1.0], ["cat", "dog", "cup"])[0].figure
    elif kind == "roofline":
        cases = {"one image": {"conv": 55.0, "full": 0.25}, "many": {"conv": 60.0, "full": 30.0}}
        fig = plot_roofline(cases, 790e9, 192e9)[0].figure
    else:
        fig = Figure(figsize=(7.4, 3.0), layout="constrained")
        axes = fig.subplots(1, 2 if kind == "panels" else 1, squeeze=False)[0]
        for ax in axes:
            if kind == "long names":
                plot_intervals([("a name that no phone has the room for", None)], ax)
            else:
                y = {"log": 10.0 ** -np.arange(9), "linear": np.arange(9)}
                scale = "log" if kind == "powers" else "linear"
                plot_lines(np.arange(9), {"a": y[scale], "b": 2 * y[scale]}, ax, yscale=scale)
    before = fig.get_size_inches().tolist()
    found = tool.drawings(fig)
    assert fig.get_size_inches().tolist() == before
    assert sizes(found["narrow"])[0] <= 72 * tool.NARROW_IN + 15 < sizes(found["wide"])[0]
    words = {
        which: sorted(" ".join(re.findall(r">([^<>\d]+)</t", found[which])).split())
        for which in ("wide", "narrow")
    }
    assert {w for w in words["wide"] if w.isalpha()} <= set(words["narrow"])
    assert ">$" not in found["narrow"]  # no formula is broken
    if kind == "softmax":  # panels that shared their names stand below each other: each has its own
        assert (found["wide"].count(">cat<"), found["narrow"].count(">cat<")) == (1, 3)
    smallest = min(float(size) for size in re.findall(r"font-size: ([\d.]+)px", found["narrow"]))
    if kind != "powers":  # an exponent is small
        assert smallest * PHONE_PX / sizes(found["narrow"])[0] >= 11


def test_names_beside_one_panel_take_no_room_from_another(styled, tool):
    """On a phone; oracle: where matplotlib draws both."""
    fig = Figure(figsize=(7, 5), layout="constrained")
    above, below = fig.subplots(2, 1)
    plot_lines([0, 1], {"a": [0, 1], "b": [1, 0]}, above)
    plot_intervals([("a name that is long enough", None)], below)
    tool.make_narrow(fig)
    fig.draw_without_rendering()
    widths = [ax.get_window_extent().width for ax in (above, below)]
    assert widths[0] > 1.2 * widths[1]


def test_drawings_are_the_same_each_time(styled, tool):
    def drawn() -> dict[str, str]:
        ax = Figure(figsize=(6, 3), layout="constrained").add_subplot()
        plot_lines([0, 1], {"a": [0, 1], "b": [1, 0]}, ax)
        return tool.drawings(ax.figure)

    assert drawn() == drawn()


def test_photographs_are_pixels_once_and_their_words_stay_words(styled, tool):
    """Both drawings show one file, no finer than it is shown, on no ground of their own."""
    photo = al.photograph("coffee").pixels
    axes = plot_panels({"one": np.eye(5), "other": np.eye(5)}, bar="")
    fig = axes[0].figure
    for ax in axes:
        ax.clear()
        ax.imshow(photo, extent=(0, 1, 0, 1))
        ax.text(0.5, 0.5, "over it", path_effects=[withStroke(linewidth=2, foreground="black")])
    found = tool.drawings(fig)
    (name,) = found["pictures"]
    with Image.open(io.BytesIO(base64.b64decode(found["pictures"][name]))) as kept:
        assert kept.format == "WEBP"
        height, width = photo.shape[:2]
        assert kept.width < width
        assert kept.width / kept.height == pytest.approx(width / height, rel=0.02)
    for which in ("wide", "narrow"):
        svg = found[which]
        assert svg.count(f'xlink:href="#{name}"') == 2
        assert "pixelated" not in svg  # that is for squares large enough to be seen
        assert len(re.findall(rf'(?s)<g id="{tool.OUTLINED}\d+">\s*<text', svg)) == 2
        grounds = re.findall(r"fill: #ffffff", svg)
        assert len(grounds) == 1  # the sheet, which the book takes out
    assert all(text.get_path_effects() for ax in axes for text in ax.texts)  # the reader's own


def test_few_pixels_stay_squares(styled, tool):
    ax = Figure(figsize=(3, 3), layout="constrained").add_subplot()
    ax.imshow(np.eye(5))
    found = tool.drawings(ax.figure)
    assert "pixelated" in found["wide"]
    assert "pictures" not in found  # small: in its place
    assert "data:image/webp" in found["wide"]
