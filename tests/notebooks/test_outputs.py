"""Which outputs tell a reader the same: the noise of another processor, and more than that."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import numpy as np
import pytest
from chapter_outputs import agree, close, lightened, same_picture, same_state, same_text
from figure_drawings import KIND
from nbformat.v4 import new_output
from PIL import Image, ImageDraw


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("loss 0.412", "loss 0.413"),
        ("loss  9.99\n", "loss 10.01\n"),
        ("1.2e-05 and 57 %", "1.2e-05 and 58 %"),
        ("60,965,224 weights", "60,965,224  weights"),
        ("-0.003", "-0.002"),
        ("a ─────── b", "a ──────── b"),
    ],
)
def test_texts_that_agree(old: str, new: str) -> None:
    assert same_text(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("loss 0.412", "loss 0.512"),
        ("conv1 3", "conv2 3"),
        ("0.5", "-0.5"),
        ("57 %", "67 %"),
        ("1.2e-05", "1.2e-04"),
        ("two 2", "two 2 3"),
        ("relu first", "tanh first"),
    ],
)
def test_texts_that_do_not(old: str, new: str) -> None:
    assert not same_text(old, new)


def test_one_unit_of_the_last_digit() -> None:
    assert close("1", "2")
    assert close("0.01", "0.02")
    assert not close("0.010", "0.020")


def picture(ink: int, width: int = 200, at: int = 20) -> bytes:
    image = Image.new("RGB", (width, 100), "white")
    ImageDraw.Draw(image).line([(10, at), (190, at + 40)], fill=(ink, 0, 0), width=4)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def test_pictures() -> None:
    assert same_picture(picture(200), picture(210))
    assert same_picture(picture(200), picture(200, width=202))
    assert not same_picture(picture(200), picture(200, at=50))
    assert not same_picture(picture(200), picture(200, width=260))


def packed(values: np.ndarray) -> str:
    return base64.b64encode(values.tobytes()).decode()


@pytest.mark.parametrize("kind", ["u1", "<u2", "<f4"])
def test_states_of_widgets(kind: str) -> None:
    values = (np.random.default_rng(0).random(400) * 200 + 20).astype(kind)
    near = (values.astype(np.float64) * 1.005).astype(kind)
    far = np.roll(values, 7)
    state = {"maps": packed(values), "loss": 0.5, "name": "conv1", "list": [1, 2.0]}
    assert same_state(state, state | {"maps": packed(near), "loss": 0.501})
    assert not same_state(state, state | {"maps": packed(far)})
    assert not same_state(state, state | {"name": "conv2"})
    assert not same_state(state, state | {"list": [1, 3.0]})
    assert not same_state(state, {**state, "more": 1})


def widget(loss: float) -> Any:
    inside = json.dumps({"state": {"loss": loss}})
    html = f'<div class="al-widget"><script type="application/json">{inside}</script></div>'
    return new_output("display_data", data={"text/html": html, "text/plain": "W()"})


def test_outputs() -> None:
    assert agree([widget(0.5)], [widget(0.5001)])
    assert not agree([widget(0.5)], [widget(0.9)])
    assert not agree([widget(0.5)], [])
    assert not agree([new_output("stream", name="stdout", text="1")], [widget(1)])
    plain = new_output("display_data", data={"text/plain": "W()"})
    assert not agree([widget(0.5)], [plain])


def test_a_figure_of_photographs_is_kept_as_jpeg_and_a_drawing_as_it_is() -> None:
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (30, 40, 3), dtype=np.uint8)
    with io.BytesIO() as buffer:
        Image.fromarray(noise).resize((400, 300), Image.Resampling.BICUBIC).save(buffer, "PNG")
        photographs = base64.b64encode(buffer.getvalue()).decode()
    drawing = base64.b64encode(picture(200)).decode()
    for png, kinds in ((photographs, {"image/jpeg"}), (drawing, {"image/png"})):
        figure = new_output("display_data", data={"image/png": png, KIND: {"wide": "<svg/>"}})
        lightened(figure)
        assert {kind for kind in figure.data if kind.startswith("image/")} == kinds
    assert same_picture(
        base64.b64decode(photographs),
        base64.b64decode(_jpeg(photographs)),
    )
    still = new_output(
        "display_data", data={"image/png": photographs}
    )  # a widget's, or a photograph
    lightened(still)
    assert set(still.data) == {"image/png"}


def _jpeg(png: str) -> str:
    figure = new_output("display_data", data={"image/png": png, KIND: {}})
    lightened(figure)
    return str(figure.data["image/jpeg"])
