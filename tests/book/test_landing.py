"""The landing page's walk: ten stops by key and by finger on a phone, and on to an explorer."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.browser
PAGE = "book/index.html"
HEAD = ".al-w-walk-head"
TOUR = """async () => {
  const box = document.querySelector(".al-widget[data-widget=walk]");
  return (await (await fetch(box.dataset.stateFile)).json()).state.tour;
}"""


def plain(box: Any) -> str:
    """Return what a box says, without no-break spaces."""
    return str(box.inner_text()).replace("\N{NO-BREAK SPACE}", " ")


def alive(page: Any) -> Any:
    box = page.locator('.al-widget[data-widget="walk"]')
    box.scroll_into_view_if_needed()
    page.wait_for_selector('.al-widget[data-widget="walk"][data-state="live"]')
    return box


def stands_at(page: Any, at: list[Any], stop: int) -> None:
    """Wait until a stop's unit is open."""
    page.wait_for_function(
        """([head, name, stop]) => document.querySelector(head).textContent.startsWith(name)
          && document.querySelector(".al-w-walk-stop").textContent.startsWith(stop)""",
        arg=[HEAD, f"{at[0]} · ", f"Stop {stop + 1} of 10"],
    )
    if at[0] not in ("softmax", "fc8"):
        assert f"row\xa0{at[2]}, column\xa0{at[3]}" in page.locator(HEAD).inner_text()


def test_ten_stops_by_key_then_by_finger(visit: Any) -> None:
    seen = visit(PAGE, width=360, touch=True)
    page = seen.page
    box = alive(page)
    tour = page.evaluate(TOUR)
    assert len(tour) == 10
    onward = box.get_by_role("button", name="next stop", exact=True)
    for stop, one in enumerate(tour):
        stands_at(page, one["at"], stop)
        if one["question"]:
            # Neither key nor finger goes on before the answer.
            onward.press("Enter")
            assert onward.get_attribute("aria-disabled") == "true"
            stands_at(page, one["at"], stop)
            box.locator(".al-w-walk-ask button").first.press("Enter")
            box.get_by_text(one["question"]["why"]).wait_for()
        if stop < 9:
            onward.press("Enter")
    assert sum(bool(one["question"]) for one in tour) == 3

    # A stroke to the right goes back, a tap on a door goes down and on the map elsewhere.
    text = box.locator(".al-w-walk-tour")
    text.scroll_into_view_if_needed()
    where = text.bounding_box()
    touch = page.context.new_cdp_session(page)
    y = where["y"] + where["height"] / 2
    for kind, x in (("Start", 80), ("Move", 140), ("Move", 220), ("End", None)):
        points = [] if x is None else [{"x": x, "y": y}]
        if x is None:
            page.wait_for_timeout(300)  # after a flick, the next tap would only end the flight
        touch.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})
    stands_at(page, tour[8]["at"], 8)
    box.get_by_role("button", name="Strongest path").tap()
    stands_at(page, tour[9]["at"], 9)
    page.wait_for_function("() => location.hash.includes('walk.layer=image')")
    picture = box.locator(".al-w-walk-map")
    picture.tap(position={"x": 40, "y": 40})  # the photograph: the first tap takes hold and chooses
    page.wait_for_function(
        "([head, old]) => document.querySelector(head).textContent !== old",
        arg=[HEAD, f"image · blue · row\xa0{tour[9]['at'][2]}, column\xa0{tour[9]['at'][3]}"],
    )
    assert page.locator(HEAD).inner_text().startswith("image · ")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert (seen.noise, seen.failures, seen.strangers) == ([], [], [])


def test_from_the_walk_to_an_explorer_and_back(visit: Any) -> None:
    """Real presses on real links: each page opens at the unit."""
    at = "#walk.layer=conv3&walk.channel=316&walk.row=9&walk.column=9&walk.photo=temple"
    seen = visit(PAGE + at)
    page = seen.page
    alive(page).get_by_role("link", name="its map and receptive field").click()
    page.wait_for_selector('.al-widget[data-widget="activations"][data-state="live"]')
    assert "16_activations.html#activations.layer=conv3" in page.url
    other = page.locator('.al-widget[data-widget="activations"]')
    assert other.get_by_role("combobox", name="layer").evaluate(
        "e => e.selectedOptions[0].text"
    ) == ("conv3")
    # The page came with one unit's numbers: that one opens in the walk.
    page.goto(seen.root + "notebooks/16_activations.html")
    other.scroll_into_view_if_needed()
    page.wait_for_selector('.al-widget[data-widget="activations"][data-state="live"]')
    words = plain(other.locator(".al-w-activations-words"))  # "relu1, unit 12 at row 5, …"
    other.get_by_role("link", name="Open this unit in the walk").click()
    page.wait_for_selector('.al-widget[data-widget="walk"][data-state="live"]')
    head = plain(page.locator(HEAD))
    unit, place = words.split(":")[0].split(" at ")
    layer, number = unit.split(", unit ")
    assert head.startswith(f"{layer} · {number} · {place}")
    assert (seen.noise, seen.failures, seen.strangers) == ([], [], [])


def test_a_card_of_the_atlas_opens_its_unit_in_the_walk(visit: Any) -> None:
    seen = visit("book/atlas/conv1.html#lab-31")
    page = seen.page
    page.get_by_role("link", name="Open this unit in the walk").click()
    page.wait_for_selector('.al-widget[data-widget="walk"][data-state="live"]')
    assert plain(page.locator(HEAD)).startswith("conv1 · 31 · row ")
    card = page.get_by_role("link", name="what excites it")
    card.click()
    page.locator(".al-atlas__card").get_by_role("heading", name="conv1, unit 31").wait_for()
    assert (seen.noise, seen.failures, seen.strangers) == ([], [], [])
