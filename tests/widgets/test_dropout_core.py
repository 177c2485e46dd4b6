"""The page's dropout against torch's, and against the sum over all masks."""

from __future__ import annotations

import pytest
import torch
from node import run_node

from alexnet_lab.models import Dropout2012

CORE = "dropout/core.js"


def layer(units: int = 8, outputs: int = 3, seed: int = 0) -> dict:
    """Return units after ReLU and the layer that takes them."""
    draw = torch.Generator().manual_seed(seed)
    return {
        "units": torch.randn(units, generator=draw).double().relu().tolist(),
        "weights": torch.randn(outputs * units, generator=draw).double().tolist(),
        "bias": torch.randn(outputs, generator=draw).double().tolist(),
    }


def logits(case: dict, units: torch.Tensor) -> torch.Tensor:
    weights = torch.tensor(case["weights"]).double().view(len(case["bias"]), -1)
    return weights @ units.double() + torch.tensor(case["bias"]).double()


def python_mask(count: int, p: float, seed: int, index: int) -> list[int]:
    """Return the mask that mulberry32 gives, in whole numbers of 32 bits."""
    full = 0xFFFFFFFF
    state = ((seed + 1) * 0x9E3779B1 ^ (index + 1) * 0x85EBCA6B) & full
    mask = []
    for _ in range(count):
        state = (state + 0x6D2B79F5) & full
        t = ((state ^ (state >> 15)) * (state | 1)) & full
        t = (t ^ (t + ((t ^ (t >> 7)) * (t | 61)))) & full
        mask.append(int(((t ^ (t >> 14)) & full) / 2**32 >= p))
    return mask


@pytest.mark.parametrize("p", [0.0, 0.2, 0.5, 0.9])
def test_masks_are_those_of_the_seed(p: float) -> None:
    body = "return [0, 1, 2].map((i) => [...core.mask(64, { p: given.p, seed: 7 }, i)])"
    found = run_node(CORE, body, {"p": p})
    assert found == [python_mask(64, p, 7, i) for i in range(3)]
    assert p == 0 or len({tuple(m) for m in found}) == 3


def test_masks_drop_the_share_p_of_every_unit() -> None:
    body = """
    const sums = new Array(16).fill(0);
    for (let i = 0; i < 4000; i += 1) {
      core.mask(16, { p: 0.3, seed: 1 }, i).forEach((m, u) => { sums[u] += m; });
    }
    return sums;
    """
    kept = torch.tensor(run_node(CORE, body, {})) / 4000
    # Five standard deviations of a binomial share; the generator is fixed, so this never varies.
    assert (kept - 0.7).abs().max() < 5 * (0.3 * 0.7 / 4000) ** 0.5


@pytest.mark.parametrize("p", [0.1, 0.5, 0.75])
@pytest.mark.parametrize("style", ["2012", "inverted"])
def test_the_mean_over_all_masks_is_the_test_output(style: str, p: float) -> None:
    case = {**layer(), "options": {"p": p, "style": style}}
    body = """
    const test = core.linear(core.tested(given.units, given.options), given);
    return [[...core.expectation(given.units, given, given.options)], [...test]];
    """
    mean, test = run_node(CORE, body, case)
    assert mean == pytest.approx(test)
    units = torch.tensor(case["units"]).double()
    module = Dropout2012(p) if style == "2012" else torch.nn.Dropout(p)
    assert test == pytest.approx(logits(case, module.eval()(units)).tolist())


def test_without_either_scaling_the_test_output_is_not_the_mean() -> None:
    case = {**layer(), "options": {"p": 0.5, "style": "forgotten"}}
    body = """
    const test = core.linear(core.tested(given.units, given.options), given);
    return [[...core.expectation(given.units, given, given.options)], [...test]];
    """
    mean, test = run_node(CORE, body, case)
    bias = torch.tensor(case["bias"])
    # The signal is twice what the layer was trained on; the bias is not.
    torch.testing.assert_close(torch.tensor(test) - bias, 2 * (torch.tensor(mean) - bias))


def test_one_mask_does_what_torchs_layer_does_with_it() -> None:
    units = torch.arange(1.0, 65.0)
    torch.manual_seed(0)
    dropped = torch.nn.Dropout(0.25)(units)
    kept = (dropped != 0).int().tolist()
    body = "return [...core.dropped(given.units, given.kept, { p: 0.25, style: 'inverted' })]"
    found = run_node(CORE, body, {"units": units.tolist(), "kept": kept})
    torch.testing.assert_close(torch.tensor(found), dropped)


def test_running_mean_error_and_probabilities_are_those_of_the_masks() -> None:
    case = {**layer(32, 4, seed=2), "options": {"p": 0.5, "style": "inverted", "seed": 5}}
    body = """
    const run = core.average(given.units, given, given.options);
    const logits = [], masks = [];
    for (let i = 0; i < 200; i += 1) {
      run.step();
      logits.push([...run.logits]);
      masks.push([...run.kept]);
    }
    const numbers = { mean: [...run.mean()], error: [...run.error()],
                      probability: [...run.probability()],
                      spread: [...core.spread(given.units, given, given.options)] };
    return { logits, masks, ...numbers };
    """
    found = run_node(CORE, body, case)
    units = torch.tensor(case["units"]).double()
    each = torch.stack([logits(case, 2 * units * torch.tensor(m)) for m in found["masks"]])
    torch.testing.assert_close(torch.tensor(found["logits"]).double(), each)
    assert found["mean"] == pytest.approx(each.mean(0).tolist())
    assert found["error"] == pytest.approx((each.std(0) / 200**0.5).tolist())
    assert found["probability"] == pytest.approx(each.softmax(1).mean(0).tolist())
    # The exact spread is within what 200 masks can tell of it, and the mean of the test output.
    assert torch.tensor(found["spread"]).double().div(each.std(0)).sub(1).abs().max() < 0.25
    off = (each.mean(0) - logits(case, units)) / torch.tensor(found["error"]).double()
    assert off.abs().max() < 4


@pytest.mark.parametrize(
    ("units", "p", "word"),
    [([], 0.5, "no units"), ([1, None], 0.5, "not a finite"), ([1], 1, "p = 1"), ([1], -1, "p =")],
)
def test_nonsense_is_one_line(units: list, p: float, word: str) -> None:
    body = "return core.problem(given.units.map((v) => v ?? NaN), { p: given.p })"
    assert word in run_node(CORE, body, {"units": units, "p": p})
