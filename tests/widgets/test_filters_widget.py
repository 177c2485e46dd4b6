"""FilterExplorer: order, slices and colours against al.analysis and torch."""

from __future__ import annotations

import base64
import re
from io import BytesIO
from typing import Any

import pytest
import torch
from examples import EXAMPLES
from node import run_node
from PIL import Image

from alexnet_lab import models
from alexnet_lab.analysis import Filters, filters
from alexnet_lab.errors import UserError
from alexnet_lab.widgets import FilterExplorer
from alexnet_lab.widgets._runtime.scaled import unpack_array

CORE = "filters/core.js"


def kernels(*shape: int, towers: int = 1) -> Filters:
    weight = torch.randn(*shape, generator=torch.Generator().manual_seed(0))
    return Filters(weight, "conv1", towers)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("by", ["index", "norm", "frequency", "colourfulness", "orientedness"])
def test_order_is_the_packages(by: str, descending: bool) -> None:
    found = kernels(24, 3, 7, 7, towers=2)
    values = torch.arange(24) if by == "index" else getattr(found, by)
    body = "return core.order(given.values, given.tower, given.descending)"
    case = {"values": values.tolist(), "tower": found.tower.tolist(), "descending": descending}
    wanted = found.order(by, descending=descending).tolist()
    assert run_node(CORE, body, case) == wanted
    made = FilterExplorer(found, sort=by, descending=descending)
    assert made.order() == wanted


def test_slices_and_their_shares_are_torchs() -> None:
    weight = kernels(2, 5, 3, 2).weight
    body = """
      const all = { shape: given.shape, values: Float32Array.from(given.values) };
      const kernel = core.kernelAt(all, 1);
      return { slice: [...core.sliceOf(kernel, 3)], shares: core.shares(kernel),
               strongest: core.strongest(kernel), shape: kernel.shape };"""
    case = {"shape": list(weight.shape), "values": weight.flatten().tolist()}
    found = run_node(CORE, body, case)
    energy = weight[1].square().sum((1, 2))
    assert found["shape"] == [5, 3, 2]
    assert found["slice"] == pytest.approx(weight[1, 3].flatten().tolist(), rel=1e-6)
    assert found["shares"] == pytest.approx((energy / energy.sum()).tolist(), rel=1e-5)
    assert found["strongest"] == int(energy.argmax())


def test_a_large_layer_is_shown_in_part_and_fits_a_page() -> None:
    made = FilterExplorer(kernels(384, 256, 3, 3))
    stored = made.stock["conv1"]
    weight = unpack_array(stored["weight"])
    assert len(weight) == len(stored["numbers"]) < 384
    norm = made._all["conv1"].norm
    assert norm[stored["numbers"]].min() >= norm.topk(len(weight)).values.min()
    step = (weight.amax() - weight.amin()) / 255
    original = made._all["conv1"].weight[stored["numbers"]]
    torch.testing.assert_close(weight, original, rtol=0, atol=float(step))
    assert len(made._repr_mimebundle_()[0]["text/html"]) < 250_000


def test_layers_are_fetched_when_asked_for() -> None:
    net = models.alexnet_2012()
    made = FilterExplorer(net)
    assert made.limits["layer"]["values"] == ["conv1", "conv2", "conv3", "conv4", "conv5"]
    assert list(made.stock) == made.state()["limits"]["layer"]["values"] == ["conv1"]
    made.selected = 95
    made.layer = "conv5"
    assert list(made.stock) == ["conv1", "conv5"]
    assert made.stock["conv5"]["count"] == 256
    assert set(made.stock["conv5"]["tower"]) == {1, 2}


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: FilterExplorer(models.alexnet_2012(), "relu1"), "relu1"),
        (lambda: FilterExplorer(models.alexnet_2012(), "conv9"), "unknown layer 'conv9'"),
        (lambda: FilterExplorer(models.alexnet_2012(), []), "no layer"),
        (lambda: FilterExplorer(kernels(4, 3, 2, 2), selected=4), "no kernel 4"),
        (lambda: FilterExplorer(kernels(4, 3, 2, 2), slice=3), "no slice 3"),
        (lambda: FilterExplorer(kernels(4, 3, 2, 2), layer="conv2"), "unknown layer 'conv2'"),
    ],
)
def test_nonsense_is_one_line(make: Any, word: str) -> None:
    with pytest.raises(UserError) as said:
        make()
    assert word in str(said.value)
    assert "\n" not in str(said.value)


CELLS = """([list, place, rows, columns]) => {
  const option = list.querySelectorAll('[role="option"]')[place];
  const canvas = option.parentElement.querySelector("canvas");
  const [box, frame] = [option, canvas].map((each) => each.getBoundingClientRect());
  const middle = (start, length, i, count) => start + (length * (i + 0.5)) / count;
  const at = [];
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      at.push([(middle(box.left, box.width, column, columns) - frame.left) / frame.width,
               (middle(box.top, box.height, row, rows) - frame.top) / frame.height]);
    }
  }
  return { address: canvas.toDataURL(), at };
}"""


def kernel_shown(seen: Any, place: int, rows: int, columns: int) -> torch.Tensor:
    """Return the colours in the middles of a kernel's cells, where its option stands."""
    seen.settle()
    kernels = seen.number().get_by_role("listbox", name="kernels").element_handle()
    found = seen.page.evaluate(CELLS, [kernels, place, rows, columns])
    image = Image.open(BytesIO(base64.b64decode(found["address"].split(",")[1]))).convert("RGBA")
    pixels = [image.getpixel((int(x * image.width), int(y * image.height))) for x, y in found["at"]]
    assert all(alpha == 255 for *_, alpha in pixels)
    return torch.tensor(pixels)[:, :3].reshape(rows, columns, 3)


def shown_numbers(seen: Any) -> list[int]:
    seen.settle()
    names = seen.number().get_by_role("listbox", name="kernels").get_by_role("option")
    labels = names.evaluate_all("all => all.map(e => e.getAttribute('aria-label'))")
    return [int(label.split(",")[0].removeprefix("kernel ")) for label in labels]


@pytest.mark.browser
def test_sorts_and_enlarges_by_mouse_and_keyboard(show: Any) -> None:
    made = EXAMPLES["filters"]()
    seen = show(made)
    for by, words in (("frequency", "frequency"), ("colourfulness", "colourfulness")):
        seen.choose("sort by", words)
        made.sort = by
        assert shown_numbers(seen) == made.order()
    seen.number().get_by_label("greatest first").check()
    made.descending = True
    assert shown_numbers(seen) == made.order()

    # A click chooses, arrows move on; the large picture is torch's kernel.
    options = seen.number().get_by_role("listbox", name="kernels").get_by_role("option")
    options.nth(3).click()
    seen.page.keyboard.press("ArrowRight")
    seen.page.mouse.move(1, 1)
    number = made.order()[4]
    assert seen.text(".al-w-filters-name").startswith(f"conv1, kernel {number}, tower ")
    found = torch.tensor(seen.pixels(".al-w-filters-one canvas")).reshape(5, 5, 4)[:, :, :3]
    kernel = made._all["conv1"].weight[number].permute(1, 2, 0)
    assert (found - 127.5 * (1 + kernel / kernel.abs().max())).abs().max() <= 2
    # Pointing at another one shows it for the while.
    options.nth(0).hover()
    assert seen.text(".al-w-filters-name").startswith(f"conv1, kernel {made.order()[0]},")
    seen.page.mouse.move(1, 1)
    assert seen.text(".al-w-filters-name").startswith(f"conv1, kernel {number}, ")

    # All alike: one scale for all kernels, in which the weaker ones are paler.
    seen.choose("stretched", "all alike")
    seen.settle()
    every = made._all["conv1"].weight
    for number in (7, made.order()[0], made.order()[-1]):
        found = kernel_shown(seen, made.order().index(number), 5, 5)
        wanted = 127.5 * (1 + every[number].permute(1, 2, 0) / every.abs().max())
        assert (found - wanted).abs().max() <= 2
    # The pictures stand where the options stand, whatever the width.
    seen.page.set_viewport_size({"width": 360, "height": 900})
    found = kernel_shown(seen, made.order().index(7), 5, 5)
    assert (found - 127.5 * (1 + every[7].permute(1, 2, 0) / every.abs().max())).abs().max() <= 2
    seen.page.set_viewport_size({"width": 1280, "height": 900})

    # A deeper layer, in two towers: a slice for each input channel.
    seen.choose("layer", "conv2")
    seen.settle()
    towers = seen.number().get_by_role("listbox", name="kernels").get_by_role("group")
    assert towers.count() == 2
    slices = seen.number().get_by_role("listbox", name="slices of the kernel").get_by_role("option")
    assert slices.count() == 6
    slices.nth(4).click()
    name = seen.text(".al-w-filters-name")
    assert name.endswith("input channel 4")
    place = int(name.split("kernel ")[1].split(",")[0])
    energy = filters_energy(made, place)
    assert f"{float(100 * energy[4]):.2g} % of its energy" in seen.text(".al-w-filters-one ul")


def test_maps_are_torchs_after_a_relu() -> None:
    made = EXAMPLES["filters"]()
    layer = next(m for m in made._model.modules() if isinstance(m, torch.nn.Conv2d))
    x = torch.randn(3, 62, 60, generator=torch.Generator().manual_seed(1))
    made = FilterExplorer(made._model, ["conv1", "conv2"], image=x)
    with torch.no_grad():
        wanted = torch.nn.functional.max_pool2d(layer(x[None]).relu(), 3, ceil_mode=True)[0]
    packed = made.maps["conv1"]
    assert packed["shape"] == [12, 20, 19]
    shown = torch.tensor(list(base64.b64decode(packed["data"]))).view(12, 20, 19) / 255
    assert (shown - wanted / wanted.amax((1, 2), keepdim=True)).abs().max() <= 0.5 / 255 + 1e-6
    assert list(made.maps) == ["conv1"]  # conv2 sees maps, not the image
    assert "their maps of a photograph" in made.describe()


@pytest.mark.browser
def test_a_kernel_and_its_map_light_up_together(show: Any) -> None:
    made = EXAMPLES["filters"]()
    made.sort = "frequency"
    seen = show(made)
    lists = [
        seen.number().get_by_role("listbox", name=name, exact=True)
        for name in ("kernels", "feature maps, one for each kernel")
    ]

    def lit(state: str) -> list[list[str]]:
        """Return which kernel is set off in the one list, and which in the other."""
        seen.settle()
        options = [each.locator(f'[role="option"]{state}') for each in lists]
        labels = [o.evaluate_all("all => all.map(e => e.ariaLabel)") for o in options]
        return [[re.search(r"kernel (\d+)", label)[1] for label in some] for some in labels]

    # Pointing: at a kernel, then at a map, in another order than that of their numbers.
    for which, place in ((0, 7), (1, 4)):
        number = str(made.order()[place])
        lists[which].get_by_role("option").nth(place).hover()
        assert lit(".al-w-near") == [[number], [number]]
        assert f"kernel {number}," in seen.text(".al-w-filters-name")
        assert seen.number().get_by_role("img", name=f"the map of kernel {number}").is_visible()
    seen.page.mouse.move(1, 1)
    assert lit(".al-w-near") == [[], []]
    # Keys: a kernel that is chosen in one list is chosen in the other.
    lists[1].get_by_role("option").nth(2).click()
    seen.page.keyboard.press("ArrowRight")
    assert lit('[aria-selected="true"]') == [[str(made.order()[3])]] * 2
    # A layer that sees no image has no maps of it.
    seen.choose("layer", "conv2")
    seen.settle()
    assert not lists[1].is_visible()


def filters_energy(made: FilterExplorer, place: int) -> torch.Tensor:
    energy = made._all["conv2"].weight[place].square().sum((1, 2))
    return energy / energy.sum()


def test_takes_what_the_package_gives() -> None:
    found = filters(models.alexnet_2012(), "conv1")
    assert FilterExplorer(found).stock["conv1"]["tower"] == found.tower.tolist()
