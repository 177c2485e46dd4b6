"""ActivationFunctions: values, slopes and the deep stack against torch and its autograd."""

from __future__ import annotations

import re
from typing import Any

import pytest
import torch
import traitlets
from node import run_node

from alexnet_lab.widgets import ActivationFunctions

CORE = "activation/core.js"
BENDS = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid}
# What the stack draws with, so that torch can use the same numbers.
NUMBERS = """
  const { width, batch, depth, seed } = given;
  return { found: core.stack(given),
           input: [...core.normals(seed, batch * width)],
           weights: Array.from({ length: depth }, (_, l) =>
             [...core.normals(seed + 1 + l, width * width)]),
           gradient: [...core.normals(seed + 1 + depth, batch * width)],
           spread: core.spreadOf(given.start, width) };"""


def test_values_and_slopes_are_torchs() -> None:
    x = torch.linspace(-8, 8, 65, dtype=torch.float64, requires_grad=True)
    body = """return Object.fromEntries(core.BENDS.map((b) =>
        [b, [given.x.map((x) => core.value(b, x)), given.x.map((x) => core.slope(b, x))]]))"""
    found = run_node(CORE, body, {"x": x.tolist()})
    for name, bend in BENDS.items():
        y = bend(x)
        (slope,) = torch.autograd.grad(y.sum(), x)
        for values, wanted in zip(found[name], (y.detach(), slope), strict=True):
            torch.testing.assert_close(torch.tensor(values).double(), wanted, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("bend", sorted(BENDS))
@pytest.mark.parametrize(("start", "gain"), [("he", 1), ("xavier", 1.7), ("fixed", 1)])
def test_the_stack_is_torchs(bend: str, start: str, gain: float) -> None:
    case = {"bend": bend, "start": start, "gain": gain, "depth": 4, "width": 9, "batch": 5}
    given = run_node(CORE, NUMBERS, {**case, "seed": 3})
    x = torch.tensor(given["input"], dtype=torch.float64).reshape(5, 9)
    forward, sums = [x.square().mean().sqrt()], []
    for weight in given["weights"]:
        w = gain * given["spread"] * torch.tensor(weight, dtype=torch.float64).reshape(9, 9)
        sums.append((x @ w.T).requires_grad_() if not sums else x @ w.T)
        sums[-1].retain_grad()
        x = BENDS[bend](sums[-1])
        forward.append(x.detach().square().mean().sqrt())
    x.backward(torch.tensor(given["gradient"], dtype=torch.float64).reshape(5, 9))
    backward = [s.grad.square().mean().sqrt() for s in sums]
    found = given["found"]
    torch.testing.assert_close(
        torch.tensor(found["forward"]).double(), torch.stack(forward).double(), rtol=1e-5, atol=0
    )
    torch.testing.assert_close(
        torch.tensor(found["backward"]).double(), torch.stack(backward).double(), rtol=1e-5, atol=0
    )


def test_the_random_numbers_are_normal_and_their_starts_have_the_right_spread() -> None:
    body = """return { n: [...core.normals(1, 20001)],
                      s: ['he', 'xavier', 'fixed'].map((k) => core.spreadOf(k, 50)) }"""
    found = run_node(CORE, body, {})
    n = torch.tensor(found["n"]).double()
    assert len(n) == 20_001
    assert abs(n.mean()) < 0.03
    assert abs(n.std() - 1) < 0.02
    assert abs((n.abs() < 1).double().mean() - 0.683) < 0.02
    assert found["s"] == pytest.approx([0.2, (1 / 50) ** 0.5, 0.01])


@pytest.mark.parametrize("wrong", [{"bend": "gelu"}, {"depth": 0}, {"x": 7.0}, {"gain": 0.0}])
def test_nonsense_is_one_line(wrong: dict) -> None:
    with pytest.raises(traitlets.TraitError) as said:
        ActivationFunctions(**wrong)
    assert "\n" not in str(said.value)


@pytest.mark.browser
def test_sliders_change_the_numbers_rightly(show: Any) -> None:
    made = ActivationFunctions()
    seen = show(made)

    def agrees() -> None:
        seen.settle()
        cells = seen.number().locator("tbody td").all_inner_texts()
        for i, (value, slope) in enumerate(made.at().values()):
            for text, wanted in zip(cells[3 * i : 3 * i + 2], (value, slope), strict=True):
                if "10" not in text or "×" not in text:
                    assert float(text.replace("−", "-")) == pytest.approx(wanted, rel=6e-3)
            assert cells[3 * i + 2] == ("saturated" if slope < 0.01 else "learns")

    agrees()
    seen.slider("x").focus()
    for _ in range(5):
        seen.page.keyboard.press("ArrowRight")
    made.x = 2.0
    agrees()
    seen.slider("x").fill("-5.5")
    made.x = -5.5
    agrees()

    # Twenty ReLU layers with half the variance lose about 2^10 of the gradient's spread.
    seen.slider("layers").fill("20")
    seen.choose("first weights", "variance 1/n (Xavier)")
    assert 1e-4 < left(seen) < 1e-2
    seen.choose("first weights", "variance 2/n (He)")
    assert 0.2 < left(seen) < 5
    # Layers of ReLUs scale with their weights: twenty times, of which the gradient passes nineteen.
    before = left(seen)
    seen.slider("times").fill("1.5")
    assert left(seen) / before == pytest.approx(1.5**19, rel=2e-2)
    seen.slider("times").fill("1")
    seen.slider("seed").focus()
    seen.page.keyboard.press("ArrowRight")
    assert left(seen) != before
    seen.page.keyboard.press("ArrowLeft")
    assert left(seen) == before
    seen.choose("nonlinearity", "sigmoid")
    assert left(seen) < 1e-8


def left(seen: Any) -> float:
    words = seen.text(".al-w-activation-words")
    text = re.search(r"a share of (.+?) is left", words).group(1)
    factor, _, power = text.rpartition("10") if "⁻" in text else (text, "", "")
    if not power:
        return float(text)
    digits = power.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-"))
    return float(factor.replace(" × ", "") or 1) * 10.0 ** int(digits)
