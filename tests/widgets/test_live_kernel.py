"""Widgets in JupyterLab with a kernel: a control moves a trait, and a trait moves the picture."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest
from started_lab import is_running, start_lab, until

from alexnet_lab.bench.presets import preset
from alexnet_lab.bench.race import Trainer

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="the server is ended by a signal"),
]

MAKE = """
import torch
import alexnet_lab as al
from examples import EXAMPLES
pooling, filters, convolution = (EXAMPLES[n]() for n in ("pooling", "filters", "convolution"))
bench = al.widgets.TrainingBench("dropout", steps=40)
import os
process = os.getpid()
"""


@pytest.fixture(scope="module")
def live(browser: Any, missing: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Open a notebook with four widgets in JupyterLab, executed; return page and kernel."""
    if importlib.util.find_spec("jupyterlab") is None:
        missing("JupyterLab is not installed")
    folder = tmp_path_factory.mktemp("lab")
    cells = [MAKE, "pooling", "filters", "convolution", "bench"]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, folder / "live.ipynb")
    context = browser.new_context(viewport={"width": 1280, "height": 2400}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(120_000)
    with start_lab(folder) as lab:
        page.goto(lab.address("live.ipynb"))
        page.wait_for_function(
            "window.jupyterapp?.shell.currentWidget?.context?.sessionContext?.session?.kernel"
        )
        page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
        for name in ("pooling", "filters", "convolution", "bench"):
            page.locator(f".al-w-{name}").wait_for()
        kernel = lab.kernel()
        process = kernel.value("process")
        yield SimpleNamespace(page=page, kernel=kernel)
        kernel.client.stop_channels()
        context.close()
    until(lambda: not is_running(process), "the kernel's end")


def box(live: Any, name: str) -> Any:
    return live.page.locator(f".al-w-{name}")


def becomes(live: Any, expression: str, value: Any) -> None:
    until(lambda: live.kernel.value(expression) == value, f"{expression} == {value!r}")


def test_the_view_is_live_and_no_still(live: Any) -> None:
    assert live.page.locator(".al-widget").count() == 0
    assert box(live, "pooling").count() == box(live, "filters").count() == 1


def test_a_control_by_keyboard_and_mouse_moves_pythons_trait(live: Any) -> None:
    pooling = box(live, "pooling")
    pooling.get_by_role("slider", name="window z").focus()
    live.page.keyboard.press("ArrowLeft")
    becomes(live, "pooling.z", 2)
    pooling.get_by_role("application").first.focus()
    row = live.kernel.value("pooling.row")
    live.page.keyboard.press("ArrowUp")
    becomes(live, "pooling.row", row - 1)
    pooling.get_by_text("mean", exact=True).click()
    becomes(live, "pooling.kind", "average")


def test_pythons_trait_moves_the_picture(live: Any) -> None:
    pooling = box(live, "pooling")
    picture = pooling.locator("canvas").nth(1)
    live.kernel.run("pooling.z, pooling.s, pooling.kind = 1, 1, 'max'")
    wide = "document.querySelector('.al-w-pooling').innerText.includes('21\u00a0×\u00a017')"
    live.page.wait_for_function(wide)
    before = picture.evaluate("c => c.toDataURL()")
    live.kernel.run("pooling.z, pooling.s = 5, 4")
    live.page.wait_for_function(f"{wide.replace('21', '5').replace('17', '4')}")
    assert picture.evaluate("c => c.toDataURL()") != before
    assert pooling.get_by_role("slider", name="window z").input_value() == "5"
    # The number that the page tells is the one that torch has for the same place.
    words = pooling.locator(".al-w-pooling-words").inner_text()
    told = re.match(r"Output \((\d+),\s(\d+)\) is ([\d.]+)", words)
    value = live.kernel.value(f"float(pooling.outputs()[{told[1]}, {told[2]}])")
    assert float(told[3]) == pytest.approx(value, rel=6e-3)


def test_filters_answer_to_both_sides(live: Any) -> None:
    filters = box(live, "filters")
    kernels = filters.get_by_role("listbox", name="kernels").get_by_role("option")
    assert kernels.count() == 12
    kernels.nth(3).click()
    becomes(live, "filters.selected", 3)
    live.page.keyboard.press("ArrowRight")
    becomes(live, "filters.selected", 4)
    # Layers are fetched from Python when they are asked for.
    live.kernel.run("filters.layer = 'conv2'")
    live.page.wait_for_function(
        """document.querySelectorAll('.al-w-filters [aria-label="kernels"] [role="option"]')"""
        ".length === 8"
    )
    filters.get_by_role("combobox", name="layer").select_option(label="conv1")
    becomes(live, "filters.layer", "conv1")


def test_lists_cross_in_both_directions(live: Any) -> None:
    convolution = box(live, "convolution")
    convolution.get_by_role("slider", name="stride").focus()
    live.page.keyboard.press("ArrowRight")
    becomes(live, "convolution.stride", [2, 2])
    live.kernel.run("convolution.stride, convolution.pads = [3, 1], [1, 1, 1, 1]")
    size = " × ".join(map(str, live.kernel.value("list(convolution.output_size)")))
    live.page.wait_for_function(
        f"document.querySelector('.al-w-convolution').innerText"
        f".replaceAll('\\u00a0', ' ').includes('output: {size}')"
    )


def test_the_bench_trains_by_torch_in_the_kernel(live: Any) -> None:
    """By the same buttons as in a page; each side is where torch alone gets from the same start."""
    bench = box(live, "bench")
    bench.get_by_role("button", name="One step", exact=True).click()
    bench.get_by_text("Step 1 of 40, seed 0: stopped.").wait_for()
    assert [live.kernel.value(f"bench._trainers[{side!r}].step") for side in "ab"] == [1, 1]
    bench.get_by_role("button", name="Go on", exact=True).click()
    bench.get_by_text("Step 40 of 40, seed 0: finished.").wait_for()
    plan, sides = preset("dropout").plan, (preset("dropout").a, preset("dropout").b)
    for name, side in zip("ab", sides, strict=True):
        alone = Trainer(replace(plan, steps=40), side, 0)
        alone.advance(40)
        wanted = alone.look()["val_error"]
        found = live.kernel.value(f"bench.answered_{name}['result']['look']['val_error']")
        assert found == pytest.approx(wanted, abs=0.02)  # of 280 patches, other threads' sums
    assert bench.get_by_role("table").locator("tbody tr").count() == 1
