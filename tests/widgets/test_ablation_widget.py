"""AblationBench: what Python answers, against a changed network; and the same in a page."""

from __future__ import annotations

import copy
import re
from typing import Any

import numpy as np
import pytest
import torch
from examples import small_alexnet, tiny_photo
from node import run_node
from test_page_network import rounded_lab
from torch import nn

import alexnet_lab as al
from alexnet_lab.errors import UserError
from alexnet_lab.models.export_onnx import export_onnx
from alexnet_lab.widgets import AblationBench

PHOTO = tiny_photo(67).float() - 110


def shares(model: nn.Module, x: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return model(x).softmax(1)[0]


def without(model: nn.Module, conv: str, channels: slice) -> nn.Module:
    twin: Any = copy.deepcopy(model)
    layer = getattr(twin.features, conv)
    with torch.no_grad():
        layer.weight[channels] = 0
        layer.bias[channels] = 0
    return twin


def test_what_is_off_is_off() -> None:
    """The oracle is the network with zeros or identities in the same places."""
    model = small_alexnet()
    made = AblationBench(model, PHOTO)
    assert made.after == made.before == shares(model, PHOTO[None]).tolist()

    made.layer, made.first, made.last = "conv2", 2, 5
    wanted = shares(without(model, "conv2", slice(2, 6)), PHOTO[None])
    torch.testing.assert_close(torch.tensor(made.after), wanted)

    made.last, made.tower = -1, "second"
    twin = model
    for conv, count in made.filters.items():
        twin = without(twin, conv, slice(0, count // 2))
    torch.testing.assert_close(torch.tensor(made.after), shares(twin, PHOTO[None]))

    made.tower, made.linear = "both", "relu1 relu4"
    twin = copy.deepcopy(model)
    twin.features.relu1 = twin.features.relu4 = nn.Identity()
    torch.testing.assert_close(torch.tensor(made.after), shares(twin, PHOTO[None]))

    made.linear, made.norm1, made.norm2 = "", "off", "neighbours off"
    twin = copy.deepcopy(model)
    twin.features.norm1 = nn.Identity()
    twin.features.norm2 = al.models.LocalResponseNorm(alpha=0.0)
    torch.testing.assert_close(torch.tensor(made.after), shares(twin, PHOTO[None]))
    assert "norm1, the neighbours in norm2" in made.describe()


@pytest.mark.parametrize(
    ("model", "traits", "word"),
    [
        (nn.Linear(2, 2), {}, "takes an AlexNet"),
        (al.models.alexnet_mini(without=["conv4"]), {}, "takes an AlexNet"),
        (small_alexnet(), {"linear": "relu9"}, "unknown ReLU 'relu9'"),
    ],
)
def test_nonsense_is_one_line(model: nn.Module, traits: dict, word: str) -> None:
    with pytest.raises(UserError, match=word):
        AblationBench(model, PHOTO, **traits)


def test_the_pages_switches_are_pythons() -> None:
    made = AblationBench(small_alexnet(), PHOTO, layer="conv3", first=1, last=2, tower="first")
    made.linear, made.norm1, made.norm2 = "relu2 relu5", "neighbours off", "off"
    names = ("filters", "layer", "first", "last", "tower", "linear", "norm1", "norm2")
    body = """const found = core.switches(given);
        return Object.fromEntries(Object.entries(found).map(([n, v]) => [n, Array.from(v)]));"""
    found = run_node("ablation/core.js", body, {name: getattr(made, name) for name in names})
    for conv in made.filters:
        assert found[f"{conv}.keep"] == made.keep(conv).tolist()
    slopes = [found[f"relu{i}.slope"][0] for i in range(1, 6)]
    assert slopes == [0, 1, 0, 0, 1]
    assert (found["norm1.inhibit"], found["norm1.divide"]) == ([0], [1])
    assert found["norm2.divide"] == [0]
    exported = export_onnx(small_alexnet(), switches=True)
    # The bench switches maps off; single edges and fully connected units are the walk's.
    edges = {n for n in exported.switches if n.endswith((".into", ".out_of"))}
    others = {"relu6.slope", "relu7.slope", "fc6.keep", "fc7.keep", "fc8.keep"}
    assert set(found) | edges | others == set(exported.switches)


@pytest.mark.browser
def test_predict_then_look_in_the_page(show: Any, page_network: Any) -> None:
    model = rounded_lab()
    photo = al.photograph("temple")
    made = AblationBench(al.load_pretrained("lab"), photo, in_page=True)
    seen = show(made, at="#ablation.norm2=off")
    page = seen.page
    status = seen.number().locator("p[role=status]").filter(has_text="see what happens")
    assert status.is_visible()
    seen.number().get_by_role("button", name="Run the network here").click()
    seen.button("It stays first").wait_for(timeout=60_000)
    # Beside the pictures stands the answer with all parts; what becomes of it waits for a guess.
    assert "?" in seen.text(".al-w-ablation-answer tbody tr:first-child")

    # The oracle computes with the file's weights.
    oracle = AblationBench(model, photo, norm2="off")
    first = int(np.argmax(oracle.before))

    def agrees() -> None:
        cells = [f"{100 * v[first]:.1f}" for v in (oracle.before, oracle.after)]
        page.wait_for_function(
            """([name, cells]) => {
              const row = [...document.querySelectorAll(".al-w-ablation-answer tbody tr")].find(
                (r) => r.firstChild.textContent === name);
              const shown = [2, 4].map((i) => parseFloat(row.children[i].textContent));
              return shown.every((v, i) => Math.abs(v - cells[i]) < 0.3);
            }""",
            arg=[oracle.classes[first], [float(c) for c in cells]],
            timeout=20_000,
        )

    seen.button("It stays first").focus()
    page.keyboard.press("Enter")
    agrees()
    stays = int(np.argmax(oracle.after)) == first
    verdict = seen.number().locator("p[role=status]").filter(has_text=re.compile("Right|Not so"))
    assert verdict.inner_text().startswith("Right" if stays else "Not so")

    seen.number().get_by_label("ask me first").uncheck()
    seen.choose("norm2", "on")
    oracle.norm2 = "on"
    seen.choose("towers", "second only")
    oracle.tower = "second"
    agrees()
    seen.number().get_by_label("relu3").uncheck()
    oracle.linear = "relu3"
    agrees()
    seen.choose("silence in", "conv5")
    seen.slider("to filter").fill("100")
    oracle.layer, oracle.last = "conv5", 100
    agrees()
    seen.slider("from filter").focus()
    page.keyboard.press("ArrowRight")
    oracle.first = 1
    agrees()
    seen.button("All on again").click()
    oracle = AblationBench(model, photo)
    agrees()
    assert "Off: nothing" in seen.text(".al-w-ablation-words")
    seen.number().get_by_label("ask me first").check()
    seen.choose("norm2", "off")
    seen.button("Another class wins").click()
    oracle.norm2 = "off"
    agrees()
    assert verdict.inner_text().startswith("Not so" if stays else "Right")
    assert seen.axe() == []
