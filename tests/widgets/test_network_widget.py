"""NetworkExplorer: its traits, its bad input, and what it shows against the models' tables."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from examples import EXAMPLES
from pages import plain
from torch import nn

from alexnet_lab import models
from alexnet_lab.analysis import layer_table
from alexnet_lab.errors import UserError
from alexnet_lab.widgets import NetworkExplorer


def small() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())


class Branches(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.one, self.two = nn.Conv2d(3, 4, 3), nn.Conv2d(3, 4, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([self.one(x), self.two(x)], dim=1)


def test_rows_are_those_of_the_table() -> None:
    made = NetworkExplorer(models.alexnet_2012(), show="macs")
    table = layer_table(models.alexnet_2012())
    assert made.net == "AlexNet"
    assert made.side == 224
    assert sum(map(made.amount, made.rows())) == table.total_macs
    made.show, made.batch = "numbers", 2
    assert sum(map(made.amount, made.rows())) == 2 * table.total_activation_bytes
    assert "conv1" in made.describe()


@pytest.mark.parametrize(
    ("given", "options", "word"),
    [
        ({}, {}, "give networks by name"),
        ("net", {}, "give networks by name"),
        ({"a": 3}, {}, "'a' is a int"),
        (Branches(), {}, "no chain"),
        (nn.Sequential(nn.Linear(8, 3)), {}, "not a square image"),
        (nn.Sequential(nn.Conv2d(3, 4, (3, 5))), {}, "not square"),
        (nn.Sequential(nn.Conv2d(3, 4, 3, dilation=2)), {}, "dilated"),
        (nn.Sequential(nn.Conv2d(3, 4, 3, padding="same")), {}, "padding='same'"),
        (nn.Sequential(nn.Conv2d(3, 4, 3), nn.Upsample(scale_factor=2)), {}, "this view can count"),
        (small(), {"net": "other"}, "net = 'other'; known: Sequential"),
        (small(), {"beside": "other"}, "beside = 'other'"),
        (small(), {"stage": "conv9"}, "stage = 'conv9'; known: conv1, pool1"),
        (small(), {"side": 4096}, "side"),
    ],
)
def test_nonsense_is_one_line(given: Any, options: dict, word: str) -> None:
    with pytest.raises(Exception, match=r"\S") as said:
        NetworkExplorer(given, **options)
    assert word in str(said.value)
    assert "\n" not in str(said.value)


def test_an_image_that_is_too_small_is_no_error_of_the_still() -> None:
    made = NetworkExplorer({"2012": models.alexnet_2012()})
    made.side = 20
    assert made.still()
    assert "no stage fits" in made.describe()
    with pytest.raises(UserError, match="20 pixels are too few"):
        made.rows()


@pytest.mark.browser
def test_mouse_and_keyboard_show_what_the_models_have(show: Any) -> None:
    made = EXAMPLES["network"]()
    seen = show(made)

    def cells(stage: str) -> list[str]:
        row = seen.number().locator(f"tr[data-stage={stage}]")
        return [plain(text) for text in row.locator("td").all_inner_texts()]

    def share(stage: str, nth: int = 0) -> float:
        row = seen.number().locator(f"tr[data-stage={stage}] .al-w-share").nth(nth)
        return row.evaluate("e => parseFloat(e.firstChild?.style.width) || 0")

    def agrees() -> None:
        seen.settle()
        both = made.rows(), made.rows(made.beside)
        most = max(made.amount(r) for rows in both for r in rows)
        for nth, rows in enumerate(both):
            for row in rows:
                told = cells(row["name"])[3 * nth]
                shape = row["shape"]
                assert told == (str(shape[0]) if len(shape) == 1 else f"{shape[0]} × {shape[1]}²")
                part = made.amount(row) / most
                if made.show == "intensity" and part:
                    part = math.log(10 * made.amount(row)) / math.log(10 * most)  # from 0.1
                assert share(row["name"], nth) == pytest.approx(100 * part, rel=1e-3)
        text = seen.text(".al-w-network-sums")
        for rows in both:
            assert f"{sum(r['parameters'] for r in rows):,} parameters" in text

    agrees()
    assert cells("norm1")[3] == "–", "torchvision's has no normalisation"
    seen.slider("image").focus()
    for _ in range(3):
        seen.page.keyboard.press("ArrowRight")
    made.side = 227
    agrees()
    seen.choose("sizes rounded", "down")
    made.rounding = "down"
    agrees()
    seen.choose("show", "MACs")
    made.show = "macs"
    agrees()
    seen.choose("show", "memory")
    made.show = "numbers"
    agrees()
    seen.choose("show", "MACs a byte")
    made.show = "intensity"
    agrees()
    assert share("fc6") > 10, "a bar that is seen"
    seen.choose("show", "memory")
    made.show = "numbers"
    seen.slider("batch").focus()
    seen.page.keyboard.press("ArrowLeft")
    made.batch = round(2 ** (7 - 0.125))
    agrees()
    seen.button("As built: 224").click()
    made.side = 224
    agrees()
    assert seen.button("As built: 224").is_disabled()

    # A click on a row, and the list, write out a stage's arithmetic.
    seen.number().locator("tr[data-stage=conv1] th").click()
    assert "1 + ⌊(224 − 11) / 4⌋ = 54" in seen.text(".al-w-network-told")
    assert "1 + ⌊(224 + 2 · 2 − 11) / 4⌋ = 55" in seen.text(".al-w-network-told")
    seen.choose("written out", "norm2")
    assert "no such stage" in seen.text(".al-w-network-told")
    seen.choose("beside it", "nothing")
    seen.settle()
    assert len(cells("conv1")) == 3
    # A network without the stage that is written out: its first one stands there instead.
    seen.choose("network", "torchvision")
    assert seen.text(".al-w-network-told").startswith("conv1")


@pytest.mark.browser
def test_the_network_is_built_stage_by_stage(show: Any) -> None:
    made = EXAMPLES["network"]()
    made.stage = "conv1"
    seen = show(made)
    grown = seen.number().locator("rect.al-w-network-grown")
    names = [row["name"] for row in made.rows()]

    def stands_at(stage: str) -> None:
        seen.settle()
        assert grown.count() == names.index(stage) + 2  # the image, and the stages up to it
        rows = made.rows()[: names.index(stage) + 1]
        share = 100 * sum(r["macs"] for r in rows) / sum(r["macs"] for r in made.rows())
        said = seen.text(".al-w-network-grown-said")
        assert said.startswith(f"Up to {stage}: ")
        assert f"MACs an image ({round(share)} %)" in said
        assert seen.number().locator(f"tr[data-stage={stage}].al-w-network-chosen").count() == 1

    stands_at("conv1")
    assert seen.button("Stage before").is_disabled()
    for stage in names[1:4]:  # by key
        seen.button("Next stage").press("Enter")
        stands_at(stage)
    seen.button("Stage before").click()
    stands_at(names[2])
    seen.number().locator("rect[data-stage=conv5]").click()
    stands_at("conv5")
    seen.number().locator(f"tr[data-stage={names[-1]}] th").click()
    stands_at(names[-1])
    assert seen.button("Next stage").is_disabled()


@pytest.mark.browser
def test_an_image_that_is_too_small_is_said_and_mended(show: Any) -> None:
    seen = show(EXAMPLES["network"](), at="#network.side=24")
    alert = seen.number().get_by_role("alert")
    assert "In paper, 24 pixels are too few: pool5" in alert.inner_text()
    assert "In torchvision, 24 pixels are too few" in alert.inner_text()
    seen.button("As built: 224").click()
    seen.settle()
    assert alert.is_hidden()
    assert "60,965,224 parameters" in seen.text(".al-w-network-sums")
