"""ResponseNormExplorer: its traits, its bad input, and what it draws against our own layer."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest
import torch
from examples import EXAMPLES

from alexnet_lab.errors import UserError
from alexnet_lab.models import LocalResponseNorm
from alexnet_lab.widgets import ResponseNormExplorer


def layers_output(made: ResponseNormExplorer) -> torch.Tensor:
    """Return the same from the layer that the networks use."""
    values = torch.tensor(made.responses).double()
    values[made.channel] *= made.gain
    layer = LocalResponseNorm(
        made.n,
        made.alpha,
        made.beta,
        made.k,
        groups=made.groups,
        divide_alpha=made.reading == "source",
    )
    if made.order == "relu-lrn":
        return layer(values.relu()[None, :, None])[0, :, 0]
    return layer(values[None, :, None])[0, :, 0].relu()


@pytest.mark.parametrize("order", ["relu-lrn", "lrn-relu"])
@pytest.mark.parametrize("reading", ["formula", "source"])
@pytest.mark.parametrize("n", [1, 4, 5])
def test_outputs_are_the_layers(order: str, reading: str, n: int) -> None:
    values = 60 * torch.randn(24, generator=torch.Generator().manual_seed(1))
    made = ResponseNormExplorer(
        values, groups=2, n=n, order=order, reading=reading, alpha=0.01, gain=3, channel=11
    )
    torch.testing.assert_close(made.outputs(), layers_output(made))


def test_takes_the_loudest_place_of_maps() -> None:
    maps = torch.zeros(1, 4, 3, 5)
    maps[0, 2, 1, 3] = 7
    assert ResponseNormExplorer(maps).responses == [0, 0, 7, 0]
    assert ResponseNormExplorer(maps).channel == 2
    assert ResponseNormExplorer(maps, at=(0, 0)).responses == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("responses", "traits", "word"),
    [
        ([], {}, "shape (0,)"),
        ([1.0, math.nan], {}, "not a finite number"),
        (torch.zeros(3, 2), {}, "shape (3, 2)"),
        (torch.zeros(600), {}, "shape (600,)"),
        ("loud", {}, "numbers"),
        (torch.zeros(4, 2, 2), {"at": (2, 0)}, "no place (2, 0)"),
        ([1.0, 2.0], {"channel": 2}, "no channel 2"),
        ([1.0, 2.0, 3.0], {"groups": 2}, "3 channels"),
    ],
)
def test_nonsense_is_one_line(responses: Any, traits: dict, word: str) -> None:
    with pytest.raises(UserError) as said:
        ResponseNormExplorer(responses, **traits)
    assert word in str(said.value)
    assert "\n" not in str(said.value)


@pytest.mark.browser
def test_mouse_and_keyboard_change_the_numbers_rightly(show: Any) -> None:
    made = EXAMPLES["response-norm"]()
    seen = show(made)

    def shown() -> float:
        words = seen.text(".al-w-response-norm-words")
        return float(re.search(r": (\S+)\.$", words).group(1))

    def agrees() -> None:
        assert shown() == pytest.approx(float(layers_output(made)[made.channel]), rel=6e-3)

    agrees()
    seen.slider("n").focus()
    seen.page.keyboard.press("ArrowRight")
    made.n += 1
    agrees()
    seen.slider("made louder").focus()
    for _ in range(4):
        seen.page.keyboard.press("ArrowRight")
    made.gain += 2
    agrees()
    for name, value in (("k", 1.5), ("β", 1.25)):
        seen.slider(name).fill(str(value))
        setattr(made, {"k": "k", "β": "beta"}[name], value)
        agrees()
    seen.slider("α").focus()  # a scale of powers: the address tells the number
    seen.page.keyboard.press("ArrowRight")
    number = "new URLSearchParams(location.hash.slice(1)).get('response-norm.alpha')"
    seen.page.wait_for_function(f"({number} ?? '0.0001') !== '0.0001'")
    made.alpha = float(seen.page.evaluate(number))
    assert made.alpha > 1e-4
    agrees()
    seen.choose("order", "norm, then ReLU (code, conv1)")
    made.order = "lrn-relu"
    agrees()
    seen.choose("α multiplies", "Σ a² / n (code)")
    made.reading = "source"
    agrees()

    # A click on a bar chooses its channel; the window's table follows.
    picture = seen.number().locator("svg")
    box = picture.bounding_box()
    made.channel = next(i for i, value in enumerate(made.responses) if 20 < value < 60)
    where = (made.channel + 0.5) / len(made.responses) * box["width"]
    picture.click(position={"x": where, "y": 40})
    agrees()
    rows = seen.number().locator("tbody th").all_inner_texts()
    assert str(made.channel) in rows

    seen.button("Constants of 2012").click()
    made.n, made.k, made.alpha, made.beta, made.gain = 5, 2.0, 1e-4, 0.75, 1.0
    made.order, made.reading = "relu-lrn", "formula"
    agrees()


@pytest.mark.browser
def test_a_moment_can_be_linked_to(show: Any) -> None:
    made = EXAMPLES["response-norm"]()
    seen = show(made, at="#response-norm.n=9&response-norm.k=77&response-norm.order=lrn-relu")
    assert seen.slider("n").input_value() == "9"
    assert seen.slider("k").input_value() == "2", "beyond its limits: not taken"
    assert seen.number().get_by_role("radio", name="norm, then ReLU (code, conv1)").is_checked()
    seen.slider("n").fill("3")
    seen.page.wait_for_function("location.hash.includes('response-norm.n=3')")
    seen.page.reload()
    seen.page.wait_for_function("document.querySelector('.al-widget').dataset.state == 'live'")
    assert seen.slider("n").input_value() == "3"
