"""TowerExplorer: its traits, its bad input, and what it says against the package's own counts."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from examples import EXAMPLES
from pages import plain

from alexnet_lab.analysis import layer_table
from alexnet_lab.errors import UserError
from alexnet_lab.models import alexnet_2012, alexnet_one_tower, split_towers
from alexnet_lab.models.traffic import TrafficRow
from alexnet_lab.widgets import TowerExplorer


def split_and_counted(batch: int, **options: Any) -> Any:
    with torch.device("meta"):
        model = alexnet_2012(**options)
        split = split_towers(model, ("meta", "meta"))
        split(torch.empty(batch, 3, 224, 224)).sum().backward()
    return model, split


def test_bytes_are_those_the_package_counts() -> None:
    made = EXAMPLES["towers"]()
    _, split = split_and_counted(32)
    made.batch = 32
    assert made.crossing() == split.traffic.sent()
    made.conv3 = False
    _, apart = split_and_counted(32, cross_talk=False)
    assert made.crossing() == apart.traffic.sent()


def test_takes_a_step_on_any_number_of_images() -> None:
    model, split = split_and_counted(5)
    made = TowerExplorer(layer_table(model), split.traffic.rows, images=5, batch=5)
    assert made.traffic == EXAMPLES["towers"]().traffic
    assert made.crossing() == split.traffic.sent()


def test_layers_are_those_of_the_table() -> None:
    made = EXAMPLES["towers"]()
    assert [one["name"] for one in made.layers] == [
        *(f"conv{n}" for n in range(1, 6)),
        *(f"fc{n}" for n in range(6, 9)),
    ]
    assert made.sees_both() >= {"conv3", "fc6", "fc7"}
    made.layer = "fc6"
    made.kernel = 4000
    made.layer = "conv1"
    assert made.kernel == 95
    assert "conv3, fc6, fc7, fc8" in made.describe()


def test_nonsense_is_one_line() -> None:
    model, split = split_and_counted(1)
    table, rows = layer_table(model), split.traffic.rows
    with torch.device("meta"):
        one = layer_table(alexnet_one_tower())
    odd = [TrafficRow("conv3", "forward", 0, 1, 7)]
    for arguments, options, word in [
        ((one, rows), {}, "no layers of two towers"),
        ((table, []), {}, "no traffic"),
        ((table, odd), {"images": 2}, "7 bytes at conv3"),
        ((table, rows), {"layer": "conv9"}, "no layer 'conv9'"),
        ((table, rows), {"layer": "conv1", "kernel": 96}, "no kernel 96"),
    ]:
        with pytest.raises(UserError) as said:
            TowerExplorer(*arguments, **options)
        assert word in str(said.value)
        assert "\n" not in str(said.value)


@pytest.mark.browser
def test_mouse_and_keyboard_say_what_the_network_does(show: Any) -> None:
    made = EXAMPLES["towers"]()
    model, _ = split_and_counted(1)
    table = layer_table(model)
    seen = show(made)

    def words() -> str:
        return seen.text(".al-w-towers-words")

    def side(place: int) -> str:
        return seen.number().locator(".al-w-towers-side").nth(place).inner_text()

    def drawn(place: int) -> str:
        words = seen.number().locator(".al-w-towers-side").nth(place).locator("text")
        return next(text for text in words.all_text_contents() if text.startswith("sees"))

    assert words() == (
        "Kernel 0 of conv2 is in tower 1 and sees maps 0 to 47, of tower 1 alone: 1,200 weights."
    )
    assert f"{table['conv2'].weights:,} weights" in side(1)
    assert f"{table['conv2'].macs:,} multiplications" in side(1)
    assert f"{2 * table['conv2'].weights:,} weights" in side(0)
    assert "(as it stands)" in side(1)
    assert "Conv2d(96, 256, 5, padding=2, groups=2)" in side(1)
    assert [drawn(place) for place in (0, 1)] == ["sees 96", "sees 48 of 96"]

    # The last kernel of the layer: the other tower's maps.
    seen.slider("kernel").focus()
    seen.page.keyboard.press("End")
    assert words().startswith(
        "Kernel 255 of conv2 is in tower 2 and sees maps 48 to 95, of tower 2 alone"
    )
    # By keyboard on the map to conv3, which sees both; without the exchange it does not.
    seen.number().get_by_role("application").focus()
    seen.page.keyboard.press("ArrowRight")
    assert "of conv3 is in tower 2 and sees all 256 maps, of both towers: 2,304" in words()
    seen.number().get_by_role("checkbox", name="exchange before conv3").click()
    assert "maps 128 to 255, of tower 2 alone: 1,152 weights" in words()
    assert "(as it stands)" in side(1)
    with torch.device("meta"):
        apart = layer_table(alexnet_2012(cross_talk=False))
    assert f"{apart.total_parameters:,} parameters" in words_of(seen, 1)
    # By mouse to fc6.
    seen.number().locator("[data-layer=fc6]").first.click()
    assert words().startswith("Unit 255 of fc6 is in tower 1 and sees all 9216 numbers")
    assert [drawn(place) for place in (0, 1)] == ["sees 9216", "sees 4608 of 9216"]
    seen.choose("layer", "conv1")
    assert words() == "Kernel 95 of conv1 sees the image, which both towers are given."
    assert seen.slider("kernel").get_attribute("max") == "95"


def words_of(seen: Any, place: int) -> str:
    seen.settle()
    return plain(seen.number().locator(".al-w-towers-words").nth(place).inner_text())


@pytest.mark.browser
def test_the_batch_decides_between_towers_and_copies(show: Any) -> None:
    made = EXAMPLES["towers"]()
    seen = show(made)
    assert f"sends {made.crossing() / 1e6:.3g} MB" in words_of(seen, 1)
    assert "at 128 images the towers send less; they are even at 1059" in words_of(seen, 1)
    seen.slider("images a step").focus()
    seen.page.keyboard.press("End")
    made.batch = 4096
    assert f"sends {made.crossing() / 1e9:.3g} GB" in words_of(seen, 1)
    assert "at 4096 images the towers send more" in words_of(seen, 1)
    seen.page.keyboard.press("Home")
    made.batch = 1
    assert f"sends {made.crossing() / 1e3:.3g} kB" in words_of(seen, 1)
    label = seen.number().locator("svg[role=img]").get_attribute("aria-label")
    conv3 = sum(row["bytes"] for row in made.traffic if row["boundary"] == "conv3")
    assert f"conv3: {conv3 / 1e3:.3g} kB" in label


@pytest.mark.browser
def test_cutting_an_exchange_takes_its_lines_away(show: Any) -> None:
    seen = show(EXAMPLES["towers"]())
    lines = seen.number().locator("line.al-w-towers-cross")
    assert lines.count() == 8  # two ways at conv3, fc6 and fc7, and the two sums of fc8
    for name, left in (("exchange before conv3", 6), ("exchange before fc6 and fc7", 2)):
        seen.number().get_by_role("checkbox", name=name).uncheck()
        seen.settle()
        assert lines.count() == left


@pytest.mark.browser
def test_a_moment_can_be_linked_to(show: Any) -> None:
    at = "#towers.layer=conv4&towers.kernel=383&towers.batch=64&towers.fc=false"
    seen = show(EXAMPLES["towers"](), at=at)
    assert seen.text(".al-w-towers-words").startswith("Kernel 383 of conv4 is in tower 2")
    assert (
        not seen.number().get_by_role("checkbox", name="exchange before fc6 and fc7").is_checked()
    )
    assert "on 64 images" in words_of(seen, 1)
