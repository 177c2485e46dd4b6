"""ActivationExplorer: bad input, and what it shows, with and without the page's network."""

from __future__ import annotations

import io
import re
from typing import Any

import numpy as np
import pytest
import torch
from examples import EXAMPLES, small_alexnet, tiny_photo
from pages import Shown, write_page
from served import BROWSER_ARGUMENTS, find_browser
from test_page_network import rounded_lab

import alexnet_lab as al
from alexnet_lab.analysis import activations, receptive_field
from alexnet_lab.errors import UserError
from alexnet_lab.widgets import ActivationExplorer
from alexnet_lab.widgets._runtime.pack import unpack


@pytest.mark.parametrize(
    ("image", "traits", "word"),
    [
        (torch.zeros(3, 67, 67), {"layer": "conv9"}, "unknown layer 'conv9'"),
        (torch.zeros(3, 67, 67), {"unit": 6}, "no unit 6 in 'conv1'; there are 0 to 5"),
        (torch.zeros(1, 67, 67), {}, "shape (1, 1, 67, 67)"),
        (torch.zeros(3, 20, 20), {}, "20"),
        (torch.full((3, 67, 67), float("nan")), {}, "not a finite number"),
        (np.zeros((67, 67, 3), np.uint8), {}, "no preprocess of its own"),
    ],
)
def test_nonsense_is_one_line(image: Any, traits: dict, word: str) -> None:
    with pytest.raises(UserError) as said:
        ActivationExplorer(small_alexnet(), image, **traits)
    assert word in str(said.value)
    assert "\n" not in str(said.value)


def test_python_answers_what_the_front_end_asks() -> None:
    """Oracle: the layer's own output, and the convolution written out."""
    model, x = small_alexnet(), tiny_photo(67).float() - 110
    made = ActivationExplorer(model, x, layer="conv1")
    for layer, unit, row, column in (("relu2", 5, 3, 0), ("conv1", 2, 14, 14), ("conv5", 7, 0, 2)):
        made.layer = layer
        made.unit, made.row, made.column = unit, row, column
        value = activations(model, x[None], layer)[layer][0, unit, row, column]
        detail = made.detail
        shown = unpack(detail["map"], "f4").reshape(made._shape(layer)[1:])[row, column]
        assert shown == pytest.approx(float(value))
        products = unpack(detail["patch"], "f4") * unpack(detail["kernel"], "f4")
        total = float(products.sum()) + detail["bias"]
        assert (max(total, 0) if layer == "relu2" else total) == pytest.approx(
            float(value), abs=1e-3
        )
        assert made.maps["layer"] == layer
    made.layer = "fc8"
    assert (made.unit, made.row, made.column) == (2, 0, 0)


def value_shown(seen: Any) -> float:
    words = seen.text(".al-w-activations-words")
    number = re.search(r": (−?[\d.]+(?: × 10\S+)?)\.", words).group(1)
    return float(number.replace("−", "-"))


def wait_for(seen: Any, text: str) -> None:
    seen.page.wait_for_function(
        """text => document.querySelector(".al-w-activations-words").textContent
          .replaceAll("\u00a0", " ").includes(text)""",
        arg=text,
        timeout=60_000,
    )


@pytest.mark.browser
def test_a_page_without_a_network_shows_what_it_holds(show: Any) -> None:
    made = EXAMPLES["activations"]()
    seen = show(made)
    row, column = made.position()
    x = tiny_photo(67).float()[None] - 110
    value = activations(small_alexnet(), x, "relu2")["relu2"][0, made.unit, row, column]
    assert value_shown(seen) == pytest.approx(float(value), rel=6e-3, abs=1e-6)
    seen.slider("unit").focus()
    seen.page.keyboard.press("ArrowRight")
    wait_for(seen, "the notebook and the published page have the others")


@pytest.mark.browser
def test_the_lab_network_answers_in_the_page(show: Any, page_network: Any) -> None:
    lab = al.load_pretrained("lab")
    made = ActivationExplorer(lab, al.photograph("temple"), layer="relu1", in_page=True)
    seen = show(made, at="#activations.unit=3")
    page = seen.page
    wait_for(seen, "Run the network here to see unit 3 of relu1")
    seen.number().get_by_role("button", name="Run the network here").click()
    wait_for(seen, "relu1, unit 3 at row")

    # Every control by mouse and by keyboard, against PyTorch with the file's weights.
    model = rounded_lab()
    x = model.preprocess(al.photograph("temple"))[None]
    found = activations(model, x)

    def agrees(layer: str, unit: int, row: int | None = None, column: int | None = None) -> None:
        values = found[layer][0, unit]
        if row is None:
            row, column = divmod(int(values.argmax()), values.shape[1])
        wait_for(seen, f"{layer}, unit {unit} at row {row}, column {column}:")
        assert value_shown(seen) == pytest.approx(float(values[row, column]), rel=1e-2, abs=2e-3)
        box = receptive_field(model, layer, row, column)
        assert f"sees {box.height} × {box.width} pixels" in seen.text(".al-w-activations-words")

    agrees("relu1", 3)
    seen.slider("unit").focus()
    page.keyboard.press("ArrowRight")
    agrees("relu1", 4)
    seen.choose("layer", "conv3")
    agrees("conv3", 4)
    wait_for(seen, "Products above zero")
    total = re.search(r"bias \S+: (−?[\d.]+)\.$", seen.text(".al-w-activations-words")).group(1)
    assert float(total.replace("−", "-")) == pytest.approx(value_shown(seen), rel=1e-2)
    seen.slider("row").fill("2")
    seen.slider("column").fill("7")
    agrees("conv3", 4, 2, 7)
    seen.button("Its strongest place").click()
    agrees("conv3", 4)
    grid = seen.number().get_by_role("img", name="all 384 maps of conv3")
    grid.click(position={"x": 3, "y": 3})
    agrees("conv3", 0)
    with torch.no_grad():
        share = float(model(x).softmax(1).max())
    assert f"{100 * share:.1f} %" in seen.text(".al-w-shares tr")

    # The reader's own picture; what is none leaves everything as it was.
    upload = seen.number().get_by_label("Your own photograph")
    upload.set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"%PDF-1.7"})
    page.wait_for_selector(".al-w-problem:not([hidden])")
    assert seen.text(".al-w-problem").startswith("“a.jpg”: This browser cannot read that file")
    # Tiles, picture and words still say the same.
    assert seen.photograph() == "temple"
    agrees("conv3", 0)
    buffer = io.BytesIO()
    al.photograph("coffee").image.save(buffer, format="PNG")
    upload.set_input_files({"name": "c.png", "mimeType": "image/png", "buffer": buffer.getvalue()})
    page.wait_for_selector(".al-w-problem[hidden]", state="attached")
    x = model.preprocess(al.photograph("coffee"))[None]
    found = activations(model, x)
    agrees("conv3", 0)
    assert (seen.photograph(), seen.text(".al-w-source [role=status]")[:6]) == ("", "c.png:")
    seen.take("temple")  # the sample from which it began
    found = activations(model, model.preprocess(al.photograph("temple"))[None])
    agrees("conv3", 0)
    seen.button("Use the camera").click()
    page.wait_for_selector(".al-w-problem:not([hidden])")
    assert seen.text(".al-w-problem").startswith("The camera cannot be used")
    assert seen.axe() == []


@pytest.mark.browser
def test_a_camera_films_until_it_is_stopped(
    browser: Any, widget_folder: Any, widget_address: str, page_network: Any
) -> None:
    """Chromium's own test picture; no claim about speed."""
    made = ActivationExplorer(
        al.load_pretrained("lab"), al.photograph("temple"), layer="relu1", in_page=True
    )
    page_file = write_page(widget_folder, made)
    fake = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    other = browser.browser_type.launch(
        executable_path=str(find_browser()), args=[*BROWSER_ARGUMENTS, *fake]
    )
    try:
        seen = Shown(other, widget_address)
        seen.open(page_file.name, until="load")
        seen.number().scroll_into_view_if_needed()
        seen.number().get_by_role("button", name="Run the network here").click()
        wait_for(seen, "relu1, unit 0 at row")
        still = seen.pixels(".al-w-panels canvas")
        seen.button("Use the camera").click()
        rate = seen.number().locator(".al-w-source[data-rate]")
        rate.wait_for(timeout=60_000)
        assert float(rate.get_attribute("data-rate")) > 0
        assert seen.pixels(".al-w-panels canvas") != still
        wait_for(seen, "Products above zero")  # the kernel's sum, also in a film
        film = seen.number().locator("video").bounding_box()
        assert film["width"] > 400, "what the camera sees is large"
        assert seen.number().locator(".al-w-source-answer tr").count() == 3
        seen.button("Stop the camera").click()
        seen.button("Use the camera").wait_for()
        assert seen.page.evaluate("document.querySelector('video')") is None

        # Out of sight it stops by itself.
        seen.button("Use the camera").click()
        seen.button("Stop the camera").wait_for(timeout=20_000)
        seen.page.evaluate("document.body.style.paddingBottom = '4000px'; scrollTo(0, 4000)")
        seen.button("Use the camera").wait_for(timeout=20_000, state="attached")
        assert (seen.noise, seen.failures, seen.strangers) == ([], [], [])
        seen.context.close()
    finally:
        other.close()
