"""NetworkWalk in a browser: the tour, doors, what is off, and the network in the page."""

from __future__ import annotations

import io
import random
import re
from typing import Any

import pytest
import torch
from examples import small_alexnet, tiny_photo
from test_page_network import rounded_lab

import alexnet_lab as al
from alexnet_lab.widgets.walk.arithmetic import report
from alexnet_lab.widgets.walk.stages import stages_of
from alexnet_lab.widgets.walk.switches import answer, parts_off

pytestmark = pytest.mark.browser

QUESTION = {"ask": "Which?", "choices": ["this", "that"], "right": 1, "why": "Look."}
TOUR = [
    ("softmax", 0, 0, 0, "The answer."),
    ("conv5", 3, 1, 2, "A unit.", QUESTION),
    ("conv1", 2, 5, 5, "The first."),
]


def small_walk(**traits: Any) -> al.widgets.NetworkWalk:
    return al.widgets.NetworkWalk(small_alexnet(), tiny_photo(67).float() - 110, **traits)


def test_a_teachers_tour_by_keyboard(show: Any) -> None:
    seen = show(small_walk(tour=TOUR))
    page, tour = seen.page, ".al-w-walk-tour"

    def press(name: str, key: str = "Enter") -> None:
        seen.button(name).focus()
        page.keyboard.press(key)
        seen.settle()

    assert "Stop 1 of 3" in seen.text(tour)
    press("next stop")
    assert "Stop 2 of 3" in seen.text(tour)
    assert seen.text(".al-w-walk-head").startswith("conv5 · 3 · row 1, column 2 = ")
    press("next stop")
    assert "Stop 2 of 3" in seen.text(tour), "the question comes first"
    press("this")
    assert "No: that. Look." in seen.text(tour)
    press("next stop")
    assert seen.text(".al-w-walk-head").startswith("conv1 · 2 · row 5, column 5")
    page.wait_for_function("location.hash.includes('walk.stop=2')")
    press("← Back")
    assert seen.text(".al-w-walk-head").startswith("conv5 · 3")
    seen.number().locator(".al-w-walk-map").focus()
    page.keyboard.press("ArrowDown")
    assert seen.text(".al-w-walk-head").startswith("conv5 · 3 · row 2, column 2")
    assert "This page has the units of the tour" in seen.text(".al-w-walk-unit")
    press("Back to the tour")
    assert "Stop 2 of 3" in seen.text(tour)


def test_the_strongest_path_leads_to_the_pixels_of_recorded_numbers(show: Any) -> None:
    made = small_walk()
    seen = show(made)
    for _ in range(len(made.stages) - 1):
        seen.button("Strongest path ↓").click()
        seen.settle()
    head = seen.text(".al-w-walk-head")
    assert head.startswith("image · ")
    _, channel, row, column = next(s["at"] for s in made.tour if s["at"][0] == "image")
    assert f"row {row}, column {column}" in head
    value = float(made._x[0, channel, row, column])
    number = re.search(r"= (−?[\d.]+)", head)
    assert number
    assert float(number[1].replace("−", "-")) == pytest.approx(value, rel=1e-3)
    assert seen.button("Strongest path ↓").get_attribute("aria-disabled") == "true"
    assert seen.axe() == []


REPORTS = """async ({ stages, units, off, unit }) => {
  const at = (name) => new URL(`_static/widgets/${name}`, document.baseURI);
  const { openNetwork } = await import(at("_runtime/page-network.js"));
  const { report } = await import(at("walk/core.js"));
  const { switchesOf } = await import(at("walk/path-core.js"));
  const net = await openNetwork();
  const blob = await (await fetch(new URL("_static/network/coffee.png", document.baseURI))).blob();
  await net.look(blob);
  const names = stages.map((s) => s.name).filter((n) => n !== "image" && n !== "softmax");
  const found = await net.run(names);
  const maps = { ...found.layers, image: await net.image(),
    softmax: { data: found.probabilities, shape: [found.probabilities.length] } };
  const weights = {};
  for (const { name, kind } of stages) {
    if (kind !== "conv" && kind !== "fc") continue;
    const { data, ...more } = await net.weights(name);
    weights[name] = { values: data, ...more };
  }
  const source = { maps: (n) => maps[n], weights: (n) => weights[n] };
  const plain = (r) => ({ ...r, terms: r.terms.map(({ at, part }) => ({ at, part })) });
  const logits = [];
  for (const one of off) {
    const answer = await net.run([], switchesOf(one, stages));
    logits.push(Array.from(answer.logits));
  }
  net.close();
  return { reports: units.map((u) => plain(report(stages, source, u))), logits };
}"""


def test_two_hundred_units_of_the_network_in_the_page_are_torchs(
    show: Any, page_network: Any
) -> None:
    """Values, contributions that add up, and the answer with a channel or an edge off."""
    model = rounded_lab()
    x = model.preprocess(al.photograph("coffee"))[None]
    stages = stages_of(model, x)
    chance = random.Random(0)
    units = []
    for i in range(200):
        stage = stages[i % len(stages)]
        units.append([stage.name, *(chance.randrange(n) for n in stage.maps().shape)])
    off = ["conv2:200", "conv5:253<313", "fc7:159", "fc6:7<5000", "conv1:3 conv3:9<200"]
    seen = show(small_walk())
    given = {"stages": [s.about for s in stages], "units": units, "off": off, "unit": None}
    found = seen.page.evaluate(REPORTS, given)
    for at, got in zip(units, found["reports"], strict=True):
        wanted = report(stages, *at)
        scale = max(float(stages[[s.name for s in stages].index(at[0])].output.abs().max()), 1.0)
        assert got["value"] == pytest.approx(wanted["value"], rel=1e-4, abs=2e-6 * scale), at
        parts = [t["part"] for t in got["terms"]]
        assert parts == pytest.approx([t["part"] for t in wanted["terms"]], rel=1e-3, abs=1e-4)
        if got["kind"] in ("conv", "fc"):
            whole = sum(parts) + got["rest"]["part"] + got["bias"]
            assert whole == pytest.approx(got["value"], rel=1e-4, abs=2e-6 * scale), at
    for part, logits in zip(off, found["logits"], strict=True):
        wanted = answer(model, x, stages, parts_off(part, stages))
        assert torch.tensor(logits) == pytest.approx(wanted.numpy(), abs=1e-4), part
        assert (wanted - model(x)[0]).abs().max() > 0 or "fc6" in part


def test_the_network_is_fetched_at_the_first_press_beyond_the_tour(
    show: Any, page_network: Any
) -> None:
    seen = show(al.widgets.NetworkWalk())
    page = seen.page
    before = seen.text(".al-w-walk-answers")
    assert not [url for url in seen.asked if "network/lab" in url]
    seen.choose("stage", "conv4")
    assert "the network itself must run here" in seen.text(".al-w-walk-unit")
    seen.number().locator(".al-w-walk-unit").get_by_role("button").click()
    page.wait_for_selector(".al-w-walk-terms li", timeout=60_000)
    model = rounded_lab()
    x = model.preprocess(al.photograph("coffee"))[None]
    stages = stages_of(model, x)
    channel = int(seen.slider("channel").get_attribute("aria-valuetext"))
    value = report(stages, "conv4", channel, 0, 0)["value"]
    number = re.search(r"= (\S+)", seen.text(".al-w-walk-head"))
    assert number
    assert float(number[1].replace("−", "-")) == pytest.approx(value, rel=2e-3)
    assert seen.text(".al-w-walk-answers") == before
    seen.button(f"Switch conv4 · {channel} off").click()
    share = answer(model, x, stages, parts_off(f"conv4:{channel}", stages)).softmax(0)
    best = int(model(x)[0].argmax())
    page.wait_for_function(
        "share => document.querySelector('.al-w-walk-told').textContent.includes(share)",
        arg=f"to {100 * float(share[best]):.1f}\N{NO-BREAK SPACE}%",
    )
    assert seen.axe() == []
    # The tour tells of the first photograph's numbers.
    tour = seen.number().locator(".al-w-walk-tour")
    seen.take("cat")
    tour.wait_for(state="hidden")
    seen.take("coffee")
    tour.wait_for()
    buffer = io.BytesIO()
    al.photograph("cat").image.save(buffer, format="PNG")
    own = {"name": "own.png", "mimeType": "image/png", "buffer": buffer.getvalue()}
    seen.number().get_by_label("Your own photograph").set_input_files(own)
    tour.wait_for(state="hidden")
