"""AttributionExplorer: its traits, its bad input, and what it draws against torch and scipy."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from examples import EXAMPLES, attribution_maps, tiny_photo
from pages import plain
from scipy import stats
from torch.nn import functional as F

from alexnet_lab import analysis
from alexnet_lab.errors import UserError
from alexnet_lab.widgets import AttributionExplorer


def one(side: int = 8) -> dict[str, dict[str, torch.Tensor]]:
    return {"a": {"x": torch.rand(side, side, generator=torch.Generator().manual_seed(0))}}


def test_cells_are_means_of_sizes_and_the_strongest_are_cut() -> None:
    draw = torch.Generator().manual_seed(1)
    signed = torch.randn(112, 112, generator=draw)
    made = AttributionExplorer(tiny_photo(), {"a": {"x": signed}})
    assert made.maps["side"] == 56
    means = F.avg_pool2d(signed.abs().double()[None], 2)[0]
    wanted = (means / means.flatten().quantile(0.995)).clamp(max=1)
    torch.testing.assert_close(made.shown()[0], wanted, atol=1 / 255, rtol=0)


def test_likeness_is_scipys_rank_correlation_of_all_pixels() -> None:
    maps = attribution_maps()
    made = AttributionExplorer(tiny_photo(), maps)
    for method in maps:
        made.method = made.method2 = method
        both = [maps[method][case].abs().flatten() for case in ("trained", "shuffled")]
        wanted = stats.spearmanr(*both).statistic
        assert made.likeness() == pytest.approx(wanted, abs=1e-3)
        assert f"{made.likeness():.2f}" in made.describe()
    flat = AttributionExplorer(tiny_photo(), {"a": {"x": torch.ones(8, 8), "y": one()["a"]["x"]}})
    assert flat.likeness() == 0


def test_takes_what_the_methods_return() -> None:
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 8 * 8, 2))
    x = torch.randn(1, 3, 8, 8)
    found = analysis.saliency(net, x, 1)
    made = AttributionExplorer(tiny_photo(), {"saliency": {"one": found}})
    assert made.maps["cautions"] == {"saliency": found.caution}
    wanted = found.heatmap[0] / found.heatmap[0].flatten().quantile(0.995)
    torch.testing.assert_close(
        made.shown()[0].float(), wanted.clamp(max=1).float(), atol=3e-3, rtol=0
    )


@pytest.mark.parametrize(
    ("maps", "options", "word"),
    [
        ({}, {}, "0 maps; give 1 to 40"),
        ([], {}, "maps[method][case]"),
        ({"a": torch.rand(8, 8)}, {}, "maps[method][case]"),
        ({"a": {"x": torch.rand(8, 9)}}, {}, "a (x) has the shape (8, 9)"),
        ({"a": {"x": torch.rand(8, 8), "y": torch.rand(9, 9)}}, {}, "a (y) has 9 rows"),
        ({"a": {"x": torch.full((8, 8), math.nan)}}, {}, "not a finite number"),
        ({"a": {"x": torch.zeros(0, 0)}}, {}, "empty"),
        ({"a": {"x": "map"}}, {}, "values of a (x) are numbers"),
        (one(), {"method": "b"}, "method = 'b'; known: a"),
        (one(), {"case2": "y"}, "case2 = 'y'; known: x"),
        (one(), {"row": 8}, "row = 8 is not in 0 to 7"),
    ],
)
def test_nonsense_is_one_line(maps: Any, options: dict, word: str) -> None:
    with pytest.raises(UserError) as said:
        AttributionExplorer(tiny_photo(), maps, **options)
    assert word in str(said.value)
    assert "\n" not in str(said.value)


def test_a_picture_that_is_none_is_one_line() -> None:
    with pytest.raises(UserError, match=r"give uint8 \(H, W, 3\)"):
        AttributionExplorer(torch.rand(3, 8, 8), one())


@pytest.mark.browser
def test_mouse_and_keyboard_read_what_the_maps_hold(show: Any) -> None:
    made = EXAMPLES["attribution"]()
    seen = show(made)

    def agrees() -> None:
        seen.settle()
        captions = seen.number().locator(".al-w-attribution-panel .al-w-below").all_inner_texts()
        for said, values in zip(captions, made.shown(), strict=True):
            if values is None:
                assert said == "not computed for this case"
                continue
            value = values[made.row, made.column]
            below = round(100 * float((values < value).double().mean()))
            number, share = said.removeprefix("here ").split(", more than ")
            assert float(number) == pytest.approx(float(value), abs=6e-3)
            assert plain(share) == f"{below} % of the places"
        words = seen.text(".al-w-attribution-words")
        alike = made.likeness()
        if alike is None:
            assert "not computed" in words
        else:
            assert f"{alike:.2f}".replace("-", "−") in words

    agrees()
    seen.choose("second map", "camera")
    made.method2 = "camera"
    agrees()
    seen.choose("first map", "camera")
    made.method = "camera"
    agrees()
    seen.choose("case of the first", "shuffled")
    made.case = "shuffled"
    agrees()
    assert "one map" in seen.text(".al-w-attribution-words")
    seen.choose("first map", "patches")
    made.method = "patches"
    agrees()
    seen.choose("case of the first", "trained")
    made.case = "trained"
    agrees()

    frame = seen.number().get_by_role("application", name="The first map")
    frame.focus()
    for key in ("ArrowDown", "ArrowRight", "Shift+ArrowLeft", "ArrowUp", "ArrowUp"):
        seen.page.keyboard.press(key)
    made.row, made.column = made.row - 1, made.column - 7
    agrees()
    box = seen.number().locator("canvas").nth(1).bounding_box()
    place = {"x": 10.5 / 32 * box["width"], "y": 30.5 / 32 * box["height"]}
    seen.number().locator("canvas").nth(1).click(position=place)
    made.row, made.column = 30, 10
    agrees()
    seen.button("Strongest place of the second").click()
    best = int(made.shown()[1].argmax())
    made.row, made.column = divmod(best, 32)
    agrees()


@pytest.mark.browser
def test_the_map_covers_the_photograph_as_far_as_asked(show: Any) -> None:
    made = EXAMPLES["attribution"]()
    made.row = made.column = 31  # the frame out of the way
    seen = show(made)
    shades = {}
    for strength in ("0", "1"):
        seen.slider("map over photograph").fill(strength)
        seen.settle()
        pixels = torch.tensor(seen.pixels(nth=0), dtype=torch.float32)
        size = seen.number().locator("canvas").first.evaluate("c => [c.height, c.width]")
        middles = ((torch.arange(24) + 0.5) * size[0] / 32).long()
        shades[strength] = pixels.view(*size, 4)[middles][:, middles, :3]
    # At 1 the palette alone: lighter throughout with the value.
    values = made.shown()[0][:24, :24].flatten()
    light = shades["1"].sum(-1).flatten()
    order = values.argsort()
    far = values[order].diff() > 0.02
    assert (light[order].diff()[far] > 0).all()
    # At 0 the photograph alone, a slope from dark to light.
    columns = shades["0"].sum(-1).mean(0)
    assert columns[-1] > 2 * columns[0]
