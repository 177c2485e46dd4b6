"""ConvolutionExplorer: the page's arithmetic and the view against torch.nn.functional.conv2d."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest
import torch
from examples import EXAMPLES
from node import run_node
from torch import nn

from alexnet_lab.errors import UserError
from alexnet_lab.models import RoundUpConv2d
from alexnet_lab.widgets import ConvolutionExplorer
from alexnet_lab.widgets._runtime.scaled import pack_array, unpack_array
from alexnet_lab.widgets.convolution.inputs import PRESETS, preset

CORE = "convolution/core.js"


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def packed(values: torch.Tensor) -> dict[str, Any]:
    return {"shape": list(values.shape), "values": values.flatten().tolist()}


@pytest.mark.parametrize("stride", [(1, 1), (2, 3)])
@pytest.mark.parametrize("dilation", [(1, 1), (2, 1)])
@pytest.mark.parametrize("pads", [(0, 0, 0, 0), (1, 2, 3, 0)])
def test_core_is_torchs(stride: tuple, dilation: tuple, pads: tuple) -> None:
    image, kernel = noise(3, 9, 11), noise(3, 3, 2, seed=1)
    geometry = {"stride": stride, "dilation": dilation, "pads": pads}
    body = """
      const map = core.convolve(given.image, given.kernel, given.geometry, 0.5);
      const [rows, columns] = map.shape;
      const units = [];
      for (let i = 0; i < rows; i += 1) for (let j = 0; j < columns; j += 1)
        units.push(core.unit(given.image, given.kernel, given.geometry, i, j).sum + 0.5);
      return { shape: map.shape, values: [...map.values], units };"""
    case = {"image": packed(image), "kernel": packed(kernel), "geometry": geometry}
    found = run_node(CORE, body, case)
    top, left, bottom, right = pads
    wanted = nn.functional.conv2d(
        nn.functional.pad(image, (left, right, top, bottom))[None],
        kernel[None],
        stride=stride,
        dilation=dilation,
    )[0, 0]
    assert tuple(found["shape"]) == tuple(wanted.shape)
    for name in ("values", "units"):
        torch.testing.assert_close(
            torch.tensor(found[name]), wanted.flatten() + 0.5, rtol=1e-4, atol=1e-5
        )


def test_textbook_kernels_are_the_same_in_page_and_python() -> None:
    cases = [(name, size) for name in PRESETS for size in (1, 2, 3, 5, 11)]
    body = "return given.cases.map(([name, size]) => [...core.preset(name, size, 2).values])"
    found = run_node(CORE, body, {"cases": cases})
    for (name, size), values in zip(cases, found, strict=True):
        wanted = preset(name, size, 2).flatten()
        torch.testing.assert_close(torch.tensor(values).float(), wanted, atol=1e-6, rtol=1e-5)


def test_packed_arrays_are_read_alike() -> None:
    pixels = torch.arange(256).float().reshape(2, 128) - 103.94
    cases = [
        pack_array(noise(3, 4)),
        pack_array(noise(3, 4), 16),
        pack_array(noise(3, 4), 8),
        pack_array(pixels, 16),
    ]
    assert [case["kind"] for case in cases] == ["f4", "u2", "u1", "u1"]
    found = run_node(
        "_runtime/data-core.js", "return given.map((c) => [...core.unpackArray(c).values])", cases
    )
    for case, values in zip(cases, found, strict=True):
        torch.testing.assert_close(torch.tensor(values), unpack_array(case).flatten())
    torch.testing.assert_close(unpack_array(cases[0]), noise(3, 4))
    torch.testing.assert_close(unpack_array(cases[1]), noise(3, 4), rtol=0, atol=1e-4)
    torch.testing.assert_close(unpack_array(cases[3]), pixels, rtol=0, atol=1e-4)


def test_palettes_are_matplotlibs() -> None:
    import matplotlib

    places = [0.0, 0.1, 0.27, 0.5, 0.81, 1.0]
    body = "return given.places.map((t) => core.shade(given.palette, t))"
    for palette, name in (("diverging", "RdBu_r"), ("sequential", "cividis")):
        found = run_node("_runtime/palette-core.js", body, {"palette": palette, "places": places})
        for place, colour in zip(places, found, strict=True):
            wanted = [255 * part for part in matplotlib.colormaps[name](place)[:3]]
            assert colour == pytest.approx(wanted, abs=8)


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        RoundUpConv2d(3, 6, 5, stride=4), nn.ReLU(), nn.Conv2d(6, 8, (3, 2), padding=1, groups=2)
    )


@pytest.mark.parametrize(("layer", "kernel"), [("conv1", 4), ("conv2", 1), ("conv2", 6)])
def test_any_convolution_of_any_model(layer: str, kernel: int) -> None:
    net, x = network(), noise(3, 24, 20)
    net.train()
    made = ConvolutionExplorer.of(net, layer, x, [kernel])
    with torch.no_grad():
        outputs = {"conv1": net[0](x[None]), "conv2": net(x[None])}
    torch.testing.assert_close(
        made.output().float(), outputs[layer][0, kernel], rtol=1e-3, atol=1e-3
    )
    assert net.training
    assert not any(m._forward_pre_hooks for m in net.modules())


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: ConvolutionExplorer([]), "shape"),
        (lambda: ConvolutionExplorer("photo"), "numbers"),
        (lambda: ConvolutionExplorer([[math.inf]]), "not finite"),
        (lambda: ConvolutionExplorer(torch.zeros(3, 400, 400)), "cut out a part"),
        (lambda: ConvolutionExplorer(torch.zeros(4, 4), torch.ones(5, 5)), "does not fit"),
        (lambda: ConvolutionExplorer(torch.zeros(3, 4, 4), torch.ones(2, 2)), "sees all"),
        (lambda: ConvolutionExplorer(torch.zeros(4, 4), {"blur": torch.ones(2, 2)}), "another"),
        (lambda: ConvolutionExplorer(torch.zeros(4, 4), kernel="sharpen"), "known: "),
        (lambda: ConvolutionExplorer(torch.zeros(4, 4), row=2), "the output has 0 to 1"),
        (lambda: ConvolutionExplorer(torch.zeros(4, 4), channel=1), "no channel 1"),
        (lambda: ConvolutionExplorer.of(network(), "relu1", noise(3, 24, 20)), "two-dimensional"),
        (lambda: ConvolutionExplorer.of(network(), "conv2", noise(3, 24, 20), [0, 7]), "groups"),
        (lambda: ConvolutionExplorer.of(network(), "conv2", noise(3, 24, 20), 8), "0 to 7"),
        (lambda: ConvolutionExplorer.of(network(), "conv1", noise(2, 3, 24, 20)), "one image"),
    ],
)
def test_nonsense_is_one_line(make: Any, word: str) -> None:
    with pytest.raises(UserError) as said:
        make()
    assert word in str(said.value)
    assert "\n" not in str(said.value)


def test_the_unit_stays_inside_when_the_output_shrinks() -> None:
    made = ConvolutionExplorer(torch.zeros(9, 9), torch.ones(3, 3), row=6, column=6)
    made.stride = [2, 2]
    assert (made.row, made.column) == (3, 3)
    made.kernel, made.size = "blur", 11
    assert (made.row, made.column) == (0, 0)


def shown_sum(seen: Any) -> float:
    words = seen.text(".al-w-convolution-sum").replace("−", "-")
    return float(re.search(r"products is (\S+?)[;+ ]", words).group(1))


@pytest.mark.browser
def test_moves_by_keyboard_mouse_and_play(show: Any) -> None:
    made = EXAMPLES["convolution"]()
    seen = show(made)

    def agrees() -> None:
        wanted = float(made.output()[made.row, made.column])
        assert shown_sum(seen) == pytest.approx(wanted, rel=6e-3, abs=1e-6)

    agrees()
    image = seen.number().get_by_role("application").first
    image.focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight"):
        seen.page.keyboard.press(key)
    made.row, made.column = 4, 7
    agrees()

    # A press in the output chooses the unit; in the image, the window around the place.
    output = seen.number().get_by_role("application").nth(1)
    box = output.bounding_box()
    output.click(position={"x": box["width"] * 2.5 / 12, "y": box["height"] * 8.5 / 10})
    made.row, made.column = 8, 2
    agrees()
    box = image.bounding_box()
    image.click(position={"x": box["width"] * 10.5 / 14, "y": box["height"] * 6.5 / 12})
    made.row, made.column = 5, 9
    agrees()

    seen.slider("stride").fill("2")
    seen.slider("padding").fill("1")
    made.stride, made.pads = [2, 2], [1, 1, 1, 1]
    seen.settle()
    assert "output: 6 × 7" in seen.whole()
    assert "⌊(12 + 2·1 − 3) / 2⌋ + 1 = 6" in seen.text(".al-w-convolution-size")
    output.focus()
    seen.page.keyboard.press("Control+Home")
    made.row, made.column = 0, 0
    agrees()

    # The output fills: its canvas is empty after the unit, and full when play has ended.
    seen.choose("kernel", "blur")
    seen.slider("kernel size").fill("5")
    made.kernel, made.size = "blur", 5
    agrees()
    seen.number().get_by_label("show the whole output").uncheck()
    alphas = seen.pixels("canvas", nth=1)[3::4]
    assert alphas == [255] + [0] * (len(alphas) - 1)

    def filled() -> int:
        return seen.pixels("canvas", nth=1)[3::4].count(255)

    seen.button("Play").click()
    assert any(filled() > 1 for _ in range(1000))
    seen.button("Pause").click()
    assert 1 < filled() < len(alphas)
    seen.button("Back to the start").click()
    agrees()
    assert seen.pixels("canvas", nth=1)[3::4] == alphas


@pytest.mark.browser
def test_colours_of_the_output_are_those_of_torchs_values(show: Any) -> None:
    import matplotlib

    made = EXAMPLES["convolution"]()
    seen = show(made)
    values = made.output()
    wanted = matplotlib.colormaps["RdBu_r"](0.5 + 0.5 * (values / values.abs().max()).numpy())
    found = torch.tensor(seen.pixels("canvas", nth=1)).reshape(*values.shape, 4)
    assert (found - torch.tensor(wanted) * 255).abs().max() <= 10


@pytest.mark.browser
def test_a_window_that_does_not_fit_is_said_and_mended(show: Any) -> None:
    seen = show(ConvolutionExplorer(torch.rand(4, 4), size=3))
    seen.slider("kernel size").fill("7")
    assert "does not fit" in seen.text("[role=alert]")
    seen.slider("padding").fill("2")
    seen.settle()
    assert seen.number().get_by_role("alert").count() == 0
    assert "output: 2 × 2" in seen.whole()


@pytest.mark.browser
@pytest.mark.parametrize("channels", [1, 3, 12])
def test_a_cell_of_any_window_tells_its_numbers(channels: int, show: Any) -> None:
    """As in conv1: too many cells to write all of their numbers out."""
    draw = torch.Generator().manual_seed(0)
    image = torch.randint(0, 255, (channels, 24, 26), generator=draw).float()
    kernel = torch.randn(channels, 11, 11, generator=draw)
    made = ConvolutionExplorer(image, kernel, stride=4, padding=(0, 0, 3, 3), row=2, column=3)
    seen = show(made)

    def agrees(row: int, column: int) -> None:
        words = seen.text(".al-w-convolution-cell").replace("−", "-")
        assert words.startswith(f"Cell ({row}, {column}) of the window: ")
        parts = [image[:, 8 + row, 12 + column], kernel[:, row, column]]
        products = parts[0] * parts[1]
        triples = [[float(x) for x in triple] for triple in zip(*parts, products, strict=True)]
        told = re.findall(r"(\S+) × (\S+) = ([^;.]+(?:\.\d+)?)", words)
        if channels > 4:
            triples = [max(triples, key=lambda triple: abs(triple[2]))]
            assert f"channel {int(products.abs().argmax())}" in words
        assert [float(x) for one in told for x in one] == pytest.approx(
            [x for one in triples for x in one], rel=6e-3
        )
        if channels > 1:
            sum_ = float(re.search(r"together (-?[\d.]+\d)", words).group(1))
            assert sum_ == pytest.approx(float(products.sum()), rel=6e-3)

    panels = seen.number().get_by_role("application").nth(2)
    panels.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft"):
        seen.page.keyboard.press(key)
    agrees(1, 0)  # the first key only begins
    weights = seen.number().locator(".al-w-convolution-panel").nth(1)
    box = weights.bounding_box()
    weights.hover(position={"x": box["width"] * 7.5 / 11, "y": box["height"] * 4.5 / 11})
    agrees(4, 7)
    assert seen.number().locator(".al-w-convolution-panel .al-w-convolution-mark").count() == 3
