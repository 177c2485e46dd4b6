"""State that fits: the ends that hang on other traits, addresses, and controls moved at random."""

from __future__ import annotations

import random
from typing import Any

import pytest
from examples import EXAMPLES
from node import run_node
from pages import CONTROLS, READ_ALL

every_widget = pytest.mark.parametrize("name", sorted(EXAMPLES))

FITS = """
const fits = {
  of: ["layer"],
  ends: (get) => ({ unit: { min: 0, max: { a: 9, b: 299 }[get("layer")], whole: true },
                    sort: { values: get("layer") === "a" ? ["number", "colour"] : ["number"] } }),
};
const state = { layer: "a", unit: 5, sort: "number", stride: [1, 1], arms: "x,y",
  limits: { layer: { values: ["a", "b"] }, unit: { min: 0, max: 9, whole: true },
            stride: { min: 1, max: 4, whole: true }, arms: { each: ["x", "y"], between: "," } } };
return given.map(([hash, changes = {}]) =>
  core.fromAddress(hash, "w", { ...state, ...changes }, Object.keys(state), fits));
"""


def test_an_address_is_held_against_the_layer_that_it_names() -> None:
    cases = {
        "#w.layer=b&w.unit=250": {"layer": "b", "unit": 250},
        "#w.unit=250&w.layer=b": {"layer": "b", "unit": 250},  # in whatever order
        "#w.unit=250": {},  # layer a has ten units
        "#w.layer=c&w.unit=250": {},
        "#w.layer=b&w.unit=3.5": {"layer": "b"},
        "#w.layer=b&w.sort=colour": {"layer": "b"},
        "#w.sort=colour": {"sort": "colour"},
        "#w.stride=2,3&w.unit=": {"stride": [2, 3]},
        "#w.stride=2,9&w.unit=-1": {},
        "#w.arms=y": {"arms": "y"},
        "#w.arms=": {"arms": ""},
        "#w.arms=y,z": {},
        "#v.layer=b&heading": {},
    }
    found = run_node("_runtime/state.js", FITS, [[hash] for hash in cases])
    assert dict(zip(cases, found, strict=True)) == cases


def test_what_no_longer_fits_comes_back_with_the_layer() -> None:
    """What the state held before the address counts as well."""
    given = [
        ["#w.layer=a", {"layer": "b", "unit": 250}],
        ["#w.layer=b", {"sort": "colour"}],
        ["#w.layer=a&w.unit=7", {"layer": "b", "unit": 250}],
    ]
    assert run_node("_runtime/state.js", FITS, given) == [
        {"layer": "a", "unit": 9},
        {"layer": "b", "sort": "number"},
        {"layer": "a", "unit": 7},
    ]


def read(seen: Any, place: int = 0) -> list[str]:
    seen.settle()
    return seen.number(place).evaluate(READ_ALL)


@pytest.mark.browser
def test_a_slice_of_one_layer_is_none_of_another(show: Any) -> None:
    seen = show(EXAMPLES["filters"](), at="#filters.layer=conv2&filters.sort=colourfulness")
    listed = seen.number().get_by_label("sort by")
    assert listed.evaluate("list => list.selectedOptions[0].textContent") == "number"
    slices = seen.number().locator(".al-w-filters-slices [role=option]")
    assert slices.count() == 6
    slices.nth(5).click()
    seen.settle()
    assert seen.text(".al-w-filters-name").endswith("input channel 5")
    seen.choose("layer", "conv1")
    assert seen.text(".al-w-filters-name") == "conv1, kernel 0, tower 1, input channel 2"
    assert "undefined" not in seen.number().inner_text()
    seen.page.wait_for_function("location.hash.includes('filters.slice=2')")
    shared = show(EXAMPLES["filters"](), at=seen.page.evaluate("location.hash"))
    assert read(shared) == read(seen)


@pytest.mark.browser
@pytest.mark.parametrize(
    ("name", "at", "slider", "said"),
    [
        ("ablation", "ablation.layer=conv5&ablation.first=2&ablation.last=7", "to filter", "7"),
        ("ablation", "ablation.layer=conv1&ablation.last=7", "to filter", "none"),
        ("ablation", "ablation.linear=relu9&ablation.last=3", "to filter", "3"),
        ("training", "training.shown=tanh,none&training.epoch=2", "epoch", "2"),
        ("activations", "activations.unit=7&activations.layer=conv3", "unit", "7"),
        ("activations", "activations.unit=7&activations.layer=conv1", "unit", None),
        ("towers", "towers.layer=fc6&towers.kernel=4000", "kernel", "4000"),
    ],
)
def test_addresses_name_what_their_layer_has(
    name: str, at: str, slider: str, said: str | None, show: Any
) -> None:
    made = EXAMPLES[name]()
    seen = show(made, at=f"#{at}")
    shown = seen.slider(slider).get_attribute("aria-valuetext")
    assert shown == (said if said is not None else str(made.unit))


@every_widget
@pytest.mark.browser
def test_forty_random_events(name: str, show: Any) -> None:
    """Whatever is pressed: no error, no blank list, a focus, and an address that brings it back."""
    chance = random.Random(name)
    seen = show(EXAMPLES[name]())
    page, controls = seen.page, seen.number().locator(CONTROLS)
    for _ in range(40):
        control = controls.nth(chance.randrange(controls.count()))
        if not control.is_visible() or control.get_attribute("type") == "file":
            continue
        control.focus()
        if control.evaluate("e => e.matches('select')"):
            control.select_option(index=chance.randrange(control.evaluate("e => e.length")))
        elif control.evaluate("e => e.matches('button')"):
            page.keyboard.press("Enter")
        else:
            keys = ["ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown", "Home", "End", " "]
            page.keyboard.press(chance.choice(keys))
        seen.settle()
        assert page.evaluate("document.activeElement !== document.body"), "the focus is lost"
        blank = "box => [...box.querySelectorAll('select')].filter(e => e.selectedIndex < 0).length"
        assert seen.number().evaluate(blank) == 0
        words = seen.number().inner_text()
        assert not [wrong for wrong in ("undefined", "NaN", "[object") if wrong in words]
    seen.number().evaluate(STOP_PLAYING)
    wanted = read(seen)
    address = seen.address()
    assert read(seen) == wanted
    shared = show(EXAMPLES[name](), at=address)
    assert read(shared) == wanted


STOP_PLAYING = """box => {
  for (const one of box.querySelectorAll("button")) {
    if (["Pause", "Stop"].includes(one.textContent)) one.click();
  }
}"""


@every_widget
@pytest.mark.browser
def test_nothing_grows_with_use(name: str, show: Any) -> None:
    """A hundred presses, there and back, on all controls: as many nodes and listeners as before."""
    seen = show(EXAMPLES[name]())
    page = seen.page
    controls = [c for c in seen.number().locator(CONTROLS).all() if c.is_visible()]
    controls = [c for c in controls if c.evaluate("e => e.type !== 'file'")][:25]
    meter = page.context.new_cdp_session(page)
    meter.send("Performance.enable")

    def press_all(times: int) -> None:
        for k in range(times):
            control = controls[k // 2 % len(controls)]
            if not control.is_visible():  # another control has put it away
                continue
            control.focus()
            press = "Enter" if control.evaluate("e => e.matches('button')") else None
            page.keyboard.press(press or ("ArrowRight", "ArrowLeft")[k % 2])
            if k % 10 == 9:
                seen.settle()
        seen.number().evaluate(STOP_PLAYING)
        seen.settle()

    def held() -> tuple[int, int]:
        for _ in range(2):
            meter.send("HeapProfiler.collectGarbage")
        found = meter.send("Performance.getMetrics")["metrics"]
        values = {each["name"]: int(each["value"]) for each in found}
        return values["Nodes"], values["JSEventListeners"]

    press_all(2 * len(controls))
    nodes, listeners = held()
    press_all(100)
    now = held()
    assert now[1] <= listeners + 2
    assert now[0] <= nodes + 150  # a table has a row more or less
