"""DropoutExplorer: its traits, its bad input, and what it says against torch's dropout."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest
import torch
from examples import EXAMPLES
from torch import nn

from alexnet_lab.errors import UserError
from alexnet_lab.models import Dropout2012
from alexnet_lab.widgets import DropoutExplorer


def number(text: str) -> float:
    return float(text.replace("−", "-"))


@pytest.mark.parametrize("p", [0.0, 0.3, 0.5])
def test_test_outputs_are_those_of_the_layers(p: float) -> None:
    draw = torch.Generator().manual_seed(1)
    units, weights = torch.randn(24, generator=draw), torch.randn(3, 24, generator=draw)
    for style, layer in (("2012", Dropout2012(p)), ("inverted", nn.Dropout(p))):
        made = DropoutExplorer(units, weights, p=p, style=style)
        wanted = weights @ layer.eval()(units)
        torch.testing.assert_close(made.test_output().float(), wanted)
        torch.testing.assert_close(made.expected(), made.test_output())
    made.style = "forgotten"
    torch.testing.assert_close(made.expected(), (1 - p) * made.test_output())


def test_mean_and_spread_are_those_of_torchs_masks() -> None:
    made = EXAMPLES["dropout"]()
    made.style, made.p = "inverted", 0.4
    x, w, b = made._numbers()
    torch.manual_seed(0)
    many = nn.Dropout(0.4)(x.expand(20_000, -1)) @ w.T + b
    error = many.std(0) / 20_000**0.5
    assert ((many.mean(0) - made.expected()) / error).abs().max() < 5
    torch.testing.assert_close(many.std(0), made.spread(), rtol=0.05, atol=0)


def test_takes_a_layer_of_a_network_and_its_names() -> None:
    model = nn.Sequential(
        nn.Flatten(), nn.Linear(12, 6), nn.ReLU(), nn.Dropout(0.5), nn.Linear(6, 3)
    )
    model.classes = ("one_two", "three", "four")
    x = torch.randn(1, 3, 2, 2, generator=torch.Generator().manual_seed(0))
    made = DropoutExplorer.of(model.train(), x, "fc2")
    assert made.layer["names"] == ["one two", "three", "four"]
    with torch.no_grad():
        wanted = model.eval()(x)[0]
    torch.testing.assert_close(made.test_output().float(), wanted)
    assert made.output == wanted.argmax()


@pytest.mark.parametrize(
    ("units", "weights", "options", "word"),
    [
        ([], [[1.0]], {}, "empty"),
        ([1.0, math.inf], [[1.0, 1.0]], {}, "not a finite number"),
        ([1.0], [[1.0, 2.0]], {}, "do not take 1 units"),
        ([1.0], torch.ones(21, 1), {}, "too many"),
        (torch.ones(1025), torch.ones(1, 1025), {}, "too many"),
        ([1.0], [[1.0]], {"names": ["a", "b"]}, "2 names"),
        ([1.0], [[1.0]], {"bias": [1.0, 2.0]}, "2 biases"),
        ([1.0], [[1.0]], {"output": 1}, "no output 1"),
        ("loud", [[1.0]], {}, "numbers"),
    ],
)
def test_nonsense_is_one_line(units: Any, weights: Any, options: dict, word: str) -> None:
    with pytest.raises(UserError) as said:
        DropoutExplorer(units, weights, **options)
    assert word in str(said.value)
    assert "\n" not in str(said.value)


def test_only_a_fully_connected_layer_will_do() -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 2), nn.Flatten(), nn.Linear(4, 2))
    x = torch.zeros(1, 3, 2, 2)
    with pytest.raises(UserError, match="conv1 is a Conv2d"):
        DropoutExplorer.of(model, x, "conv1")
    with pytest.raises(UserError, match="2 images"):
        DropoutExplorer.of(model, x.expand(2, -1, -1, -1), "fc2")


@pytest.mark.browser
def test_mouse_and_keyboard_settle_on_what_torch_gives(show: Any) -> None:
    made = EXAMPLES["dropout"]()
    seen = show(made)
    name = made.layer["names"][made.output]

    def said() -> tuple[int, float, float]:
        words = seen.text(".al-w-dropout-words")
        masks = re.match(r"One|\d+", words).group()
        mean = re.search(rf"mean logit of “{name}” is (−?[\d.]*\d)", words).group(1)
        test = re.search(r"The test gives (−?[\d.]*\d)", words).group(1)
        return (1 if masks == "One" else int(masks)), number(mean), number(test)

    def test_agrees() -> None:
        wanted = float(made.test_output()[made.output])
        assert said()[2] == pytest.approx(wanted, rel=6e-3)

    def mean_agrees(masks: int) -> None:
        error = float(made.spread()[made.output]) / masks**0.5
        assert abs(said()[1] - float(made.expected()[made.output])) < 4 * error + 6e-3 * abs(
            said()[1]
        )

    assert said()[0] == 1
    test_agrees()
    seen.button("One more mask").click()
    seen.button("One more mask").click()
    assert said()[0] == 3
    seen.slider("masks").focus()
    seen.page.keyboard.press("End")
    assert said()[0] == 4096
    mean_agrees(4096)
    for option, style in (
        ("outputs × (1 − p) at test (2012)", "2012"),
        ("neither (a mistake)", "forgotten"),
        ("÷ (1 − p) in training (today)", "inverted"),
    ):
        seen.choose("scaling", option)
        made.style = style
        test_agrees()
        mean_agrees(4096)
    seen.slider("p, dropped").focus()
    for _ in range(4):
        seen.page.keyboard.press("ArrowRight")
    made.p = 0.7
    test_agrees()
    mean_agrees(4096)
    assert "4096 masks" in seen.text(".al-w-dropout-words")
    kept = int(re.search(r": (\d+) of 40", seen.text(".al-w-dropout-caption")).group(1))
    assert kept == 40 - int(
        re.search(r"(\d+) of them", seen.number().locator("canvas").get_attribute("aria-label"))[1]
    )
    # Another seed, other masks, the same goal.
    before = said()[1]
    seen.button("Other masks").click()
    assert said()[1] != before
    mean_agrees(4096)
    other = made.layer["names"][(made.output + 1) % 4]
    seen.choose("output", other)
    assert f"“{other}”" in seen.text(".al-w-dropout-words")


@pytest.mark.browser
def test_the_mean_of_probabilities_is_not_the_tests(show: Any) -> None:
    made = EXAMPLES["dropout"]()
    made.masks = 2048
    seen = show(made)
    seen.choose("show", "probabilities")
    words = seen.text(".al-w-dropout-words")
    mean, test = map(number, re.search(r"mean ([\d.]+); the test says ([\d.]+)\.", words).groups())
    wanted = made.test_output().softmax(0)[made.output]
    assert test == pytest.approx(float(wanted), rel=6e-3)
    x, w, b = made._numbers()
    torch.manual_seed(0)
    chances = (nn.Dropout(made.p)(x.expand(20_000, -1)) @ w.T + b).softmax(1)[:, made.output]
    assert abs(mean - float(chances.mean())) < 5 * float(chances.std()) / 2048**0.5
    assert abs(float(chances.mean()) - test) > 5 * float(chances.std()) / 2048**0.5


@pytest.mark.browser
def test_masks_are_drawn_on_and_on_until_stopped(show: Any) -> None:
    seen = show(EXAMPLES["dropout"]())
    seen.button("Keep drawing").click()
    seen.page.wait_for_function(
        "parseInt(document.querySelector('.al-w-dropout-words').innerText) > 3"
    )
    seen.button("Stop").click()
    words = seen.text(".al-w-dropout-words")
    seen.settle(30)
    assert seen.text(".al-w-dropout-words") == words


@pytest.mark.browser
def test_a_moment_can_be_linked_to(show: Any) -> None:
    at = "#dropout.p=0.25&dropout.style=2012&dropout.masks=17&dropout.seed=3"
    seen = show(EXAMPLES["dropout"](), at=at)
    assert seen.text(".al-w-dropout-words").startswith("17 masks")
    assert seen.slider("p, dropped").input_value() == "0.25"
