"""PoolingExplorer: its traits, its bad input, and what it draws against torch's pooling."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest
import torch
from examples import EXAMPLES
from pages import plain
from torch.nn import functional as F

from alexnet_lab.errors import UserError
from alexnet_lab.widgets import PoolingExplorer


def maps(channels: int = 3, side: int = 13) -> torch.Tensor:
    return torch.rand(channels, side, side, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("kind", ["max", "average"])
@pytest.mark.parametrize("rounding", ["up", "down"])
@pytest.mark.parametrize(("z", "s"), [(3, 2), (2, 2), (4, 3)])
def test_outputs_are_torchs(kind: str, rounding: str, z: int, s: int) -> None:
    given = maps()
    made = PoolingExplorer(
        given, channels=[2, 0], map=1, z=z, s=s, kind=kind, rounding=rounding, down=1, right=-1
    )
    pool = F.max_pool2d if kind == "max" else F.avg_pool2d
    # The picture moved down and to the left: what is shown comes from above and from the right.
    shown = given[0, :11, 2:].double()
    wanted = pool(shown[None], z, s, ceil_mode=rounding == "up")[0]
    torch.testing.assert_close(made.outputs(), wanted, atol=2e-5, rtol=0)


def test_offers_the_maps_in_which_neighbours_differ_most() -> None:
    given = torch.ones(3, 8, 8)
    given[1, ::2] = 3
    given[2, 3, 3] = 4
    made = PoolingExplorer(given)
    assert made.maps["names"] == ["map 1", "map 2", "map 0"]
    assert PoolingExplorer(given, channels=[0], names=["even"]).maps["names"] == ["even"]


def test_begins_at_the_strongest_place() -> None:
    given = torch.zeros(1, 12, 12)
    given[0, 5, 9] = 1
    made = PoolingExplorer(given)
    assert made.outputs()[made.row, made.column] == 1


@pytest.mark.parametrize(
    ("given", "options", "word"),
    [
        (torch.rand(4, 4), {}, "shape (4, 4)"),
        (torch.rand(1, 3, 3), {}, "3 × 3 with a margin of 1"),
        (torch.rand(1, 200, 20), {}, "200 × 20"),
        (-torch.rand(1, 9, 9), {}, "at least 0"),
        (torch.full((1, 9, 9), math.nan), {}, "not a finite number"),
        (torch.rand(0, 9, 9), {}, "empty"),
        ("maps", {}, "numbers"),
        (torch.rand(2, 9, 9), {"channels": [2]}, "channels=[2]"),
        (torch.rand(2, 9, 9), {"channels": []}, "channels=[]"),
        (torch.rand(2, 9, 9), {"names": ["one"]}, "1 names for 2 maps"),
        (torch.rand(2, 9, 9), {"z": 8}, "z = 8 is not in 1 to 7"),
        (torch.rand(2, 9, 9), {"down": 2}, "down = 2 is not in -1 to 1"),
        (torch.rand(2, 9, 9), {"map": 2}, "map = 2 is not in 0 to 1"),
        (torch.rand(2, 9, 9), {"margin": 9}, "margin = 9"),
    ],
)
def test_nonsense_is_one_line(given: Any, options: dict, word: str) -> None:
    with pytest.raises(UserError) as said:
        PoolingExplorer(given, **options)
    assert word in str(said.value)
    assert "\n" not in str(said.value)


@pytest.mark.browser
def test_mouse_and_keyboard_change_the_numbers_rightly(show: Any) -> None:
    made = EXAMPLES["pooling"]()
    seen = show(made)

    def agrees() -> None:
        after = made.outputs()
        words = seen.text(".al-w-pooling-words")
        row, column, value = re.match(r"Output \((\d+), (\d+)\) is (\S+):", words).groups()
        assert (int(row), int(column)) == (
            min(made.row, after.shape[0] - 1),
            min(made.column, after.shape[1] - 1),
        )
        assert float(value) == pytest.approx(float(after[int(row), int(column)]), rel=6e-3)
        captions = seen.number().locator(".al-w-pooling-caption").all_inner_texts()
        assert plain(captions[1]) == f"{after.shape[0]} × {after.shape[1]}"
        assert f"= {after.shape[0]};" in seen.text(".al-w-pooling-formula")

    agrees()
    seen.slider("window z").focus()
    seen.page.keyboard.press("ArrowLeft")
    made.z = 2
    agrees()
    assert "side by side" in seen.text(".al-w-pooling-formula")
    seen.choose("takes the", "mean")
    made.kind = "average"
    agrees()
    seen.choose("size rounded", "down (torch)")
    made.rounding = "down"
    agrees()
    assert "1 of 21 rows" in seen.text(".al-w-pooling-formula")
    seen.slider("step s").focus()
    seen.page.keyboard.press("ArrowRight")
    made.s = 3
    agrees()
    seen.button("overlapping (paper)").click()
    made.z, made.s = 3, 2
    agrees()
    seen.choose("feature map", made.maps["names"][1])
    made.map = 1
    agrees()

    # A click into the output, then the keyboard on from there.
    picture = seen.number().locator("canvas").nth(1)
    box = picture.bounding_box()
    rows, columns = made.outputs().shape
    picture.click(position={"x": 4.5 / columns * box["width"], "y": 6.5 / rows * box["height"]})
    made.row, made.column = 6, 4
    agrees()
    frame = seen.number().get_by_role("application").first
    frame.focus()
    for key in ("ArrowUp", "ArrowLeft", "ArrowLeft"):
        seen.page.keyboard.press(key)
    made.row, made.column = 5, 2
    agrees()
    # And a click into the input chooses the window around it.
    picture = seen.number().locator("canvas").first
    box = picture.bounding_box()
    picture.click(position={"x": 9.5 / 17 * box["width"], "y": 3.5 / 21 * box["height"]})
    made.row, made.column = 1, 4
    agrees()

    # A move of the picture, and how many outputs kept their value.
    before = made.outputs()
    seen.choose("takes the", "maximum")
    made.kind = "max"
    before = made.outputs()
    seen.slider("picture moved right").focus()
    seen.page.keyboard.press("ArrowRight")
    made.right = 1
    agrees()
    after = made.outputs()
    live = (before != 0) | (after != 0)
    kept = round(float(100 * ((before == after) & live).sum() / live.sum()))
    caption = seen.number().locator(".al-w-pooling-caption").nth(2).inner_text()
    assert plain(caption).startswith(f"{kept} % of the outputs")
    seen.button("Back").click()
    made.right = 0
    agrees()


@pytest.mark.browser
def test_the_pooled_map_is_painted_with_the_colours_of_its_values(show: Any) -> None:
    made = EXAMPLES["pooling"]()
    made.row = made.column = 0  # the frame out of the way
    seen = show(made)
    pixels = torch.tensor(seen.pixels(nth=1), dtype=torch.float32)
    size = seen.number().locator("canvas").nth(1).evaluate("c => [c.height, c.width]")
    after = made.outputs()
    rows, columns = after.shape
    light = pixels.view(*size, 4)[:, :, :3].sum(-1)
    middles = light[
        ((torch.arange(rows) + 0.5) * size[0] / rows).long()[:, None],
        ((torch.arange(columns) + 0.5) * size[1] / columns).long(),
    ]
    # The palette grows lighter throughout, so order is kept wherever values clearly differ.
    values, shades = after.flatten()[columns + 2 :], middles.flatten()[columns + 2 :]
    order = values.argsort()
    far = values[order].diff() > 0.02 * values.max()
    assert (shades[order].diff()[far] > 0).all()
    assert far.sum() > 10


@pytest.mark.browser
def test_winners_are_marked_only_when_asked(show: Any) -> None:
    seen = show(EXAMPLES["pooling"]())
    picture = seen.number().locator("canvas").first
    marked = picture.evaluate("c => c.toDataURL()")
    seen.number().get_by_role("checkbox", name="mark the winners").uncheck()
    seen.settle()
    assert picture.evaluate("c => c.toDataURL()") != marked


@pytest.mark.browser
def test_maps_without_a_margin_cannot_be_moved(show: Any) -> None:
    seen = show(PoolingExplorer(maps(1, 9), margin=0))
    assert seen.slider("picture moved right").count() == 0
    assert seen.number().locator("canvas:visible").count() == 2


@pytest.mark.browser
def test_a_moment_can_be_linked_to(show: Any) -> None:
    at = "#pooling.z=2&pooling.right=1&pooling.row=999&pooling.kind=average"
    seen = show(EXAMPLES["pooling"](), at=at)
    assert seen.slider("window z").input_value() == "2"
    assert seen.slider("picture moved right").input_value() == "1"
    assert seen.number().get_by_role("radio", name="mean").is_checked()
    assert "Output (" in seen.text(".al-w-pooling-words")


@pytest.mark.browser
def test_nine_numbers_are_taken_one_after_the_other(show: Any) -> None:
    made = EXAMPLES["pooling"]()
    seen = show(made)
    after = made.outputs()
    row, column = made._place(after)
    nine = made.inputs()[2 * row : 2 * row + 3, 2 * column : 2 * column + 3].flatten()
    said, cells = ".al-w-pooling-said", seen.number().locator(".al-w-pooling-window td")
    assert cells.count() == len(nine) == 9
    ahead = seen.number().locator(".al-w-pooling-ahead")
    assert ahead.count() == 0  # nobody has begun
    # Less motion is asked for here: a press takes one number, by key and by pointer.
    for k in range(1, 10):
        seen.button("Play" if k % 2 else "Next number").press("Enter")
        value = float(re.search(r"is ([\d.]+)[.:]", seen.text(said))[1])
        assert value == pytest.approx(float(nine[:k].max()), rel=6e-3)
        assert ahead.count() == 9 - k
        (won,) = cells.evaluate_all(
            "all => all.flatMap((e, i) => e.matches('.al-w-pooling-won') ? [i] : [])"
        )
        assert won == int(nine[:k].argmax())
    assert seen.text(said).startswith("The largest of 9 is ")
    # Then the next window, from its first number on.
    seen.button("Next number").click()
    assert seen.text(said).startswith("1 of ")
    words = re.match(r"Output \((\d+), (\d+)\)", seen.text(".al-w-pooling-words"))
    place = row * after.shape[1] + column + 1
    assert [int(part) for part in words.groups()] == list(divmod(place, after.shape[1]))
    # Another choice of the reader's: the window is shown as it ends.
    seen.choose("takes the", "mean")
    seen.settle()
    assert ahead.count() == 0

    # Where motion is welcome it goes on by itself, until it is stopped.
    seen.page.emulate_media(reduced_motion="no-preference")
    seen.button("Play").click()
    seen.number().get_by_text("2 of ", exact=False).wait_for()
    seen.button("Pause").click()
    assert seen.button("Play").is_visible()


@pytest.mark.browser
def test_a_key_below_each_picture_says_what_its_colours_mean(show: Any) -> None:
    seen = show(EXAMPLES["pooling"](), width=360)
    keys = seen.number().locator(".al-w-pooling-key")

    def words() -> list[list[str]]:
        seen.settle()
        return [plain(key.inner_text()).split("\n") for key in keys.all()]

    (scale, *marks), changes = words()
    assert scale.startswith("0 to ")
    assert marks == ["the window", "wins a window", "wins several"]
    assert changes == ["kept", "changed", "0 as before"]
    for key, picture in zip((0, 1), (0, 2), strict=True):
        above = seen.number().locator("canvas").nth(picture).bounding_box()
        gap = keys.nth(key).bounding_box()["y"] - above["y"] - above["height"]
        assert 0 <= gap < 50, "far from what it explains"
    seen.number().get_by_role("checkbox", name="mark the winners").uncheck()
    assert words()[0] == [scale, "the window"]
