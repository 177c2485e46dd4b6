"""Fingers: a scroll stays a scroll, a tap takes hold, a drag follows; cells fit a finger."""

from __future__ import annotations

import re
from typing import Any

import pytest
from examples import EXAMPLES
from node import run_node

from alexnet_lab.widgets._runtime.link import FOLDER

pytestmark = pytest.mark.browser

# The explorers with a picture that is dragged on, and what the state says of the place.
PICTURES = {
    "attribution": ("attribution.row", "attribution.column"),
    "augmentation": ("augmentation.top", "augmentation.left"),
    "convolution": ("convolution.row", "convolution.column"),
    "pooling": ("pooling.row", "pooling.column"),
}


def touch(seen: Any, kind: str, points: list[tuple[float, float]]) -> None:
    if not hasattr(seen, "cdp"):
        seen.cdp = seen.page.context.new_cdp_session(seen.page)
    given = [{"x": x, "y": y} for x, y in points]
    seen.cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": given})


def drag(seen: Any, x: float, y: float, dx: float, dy: float) -> None:
    """Draw a finger over the glass, in steps that a screen would report."""
    touch(seen, "touchStart", [(x, y)])
    for k in range(1, 11):
        touch(seen, "touchMove", [(x + dx * k / 10, y + dy * k / 10)])
    touch(seen, "touchEnd", [])
    seen.settle()


def in_address(seen: Any, keys: tuple[str, str]) -> list[str | None]:
    """Return what the address says, once it has been written."""
    seen.settle(30)
    look = "keys => keys.map(k => new URLSearchParams(location.hash.slice(1)).get(k))"
    return seen.page.evaluate(look, list(keys))


@pytest.mark.parametrize("name", sorted(PICTURES))
def test_a_finger_scrolls_until_it_has_tapped(name: str, show: Any) -> None:
    seen = show(EXAMPLES[name](), touch=True, width=360)
    page = seen.page
    page.evaluate("document.querySelector('main').style.padding = '300px 0 2000px'")
    frame = seen.number().locator(".al-w-surface").first
    frame.evaluate("e => e.scrollIntoView({ block: 'center' })")
    assert seen.number().locator(".al-w-touch").is_visible()

    def middle() -> tuple[float, float]:
        box = frame.bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    before = page.evaluate("scrollY")
    drag(seen, *middle(), 0, -120)
    page.wait_for_function("before => scrollY > before + 40", arg=before)
    assert in_address(seen, PICTURES[name]) == [None, None], "a scroll has moved something"

    frame.evaluate("e => e.scrollIntoView({ block: 'center' })")
    seen.settle()
    x, y = middle()
    touch(seen, "touchStart", [(x, y)])
    touch(seen, "touchEnd", [])
    page.wait_for_function("document.activeElement.classList.contains('al-w-surface')")
    tapped = in_address(seen, PICTURES[name])
    held = page.evaluate("scrollY")
    drag(seen, x, y, -40, -40)
    dragged = in_address(seen, PICTURES[name])
    assert dragged[0] != tapped[0]
    assert dragged[1] != tapped[1]
    assert page.evaluate("scrollY") == held


def test_no_sheet_keeps_a_finger_from_scrolling() -> None:
    """What a finger may do is said once, in kit.css."""
    sheets = [f for f in FOLDER.rglob("*.css") if "touch-action" in f.read_text(encoding="utf-8")]
    assert {f.name for f in sheets} <= {"kit.css", "style.css"}
    for sheet in sheets:
        text = sheet.read_text(encoding="utf-8")
        for selector, value in re.findall(r"([^{}]+)\{[^{}]*touch-action: ([^;]+);", text):
            # Fingers scroll; only where the reader has taken up a pen do they draw.
            pen = 'aria-pressed="true"' in selector and value == "none"
            if sheet.name == "style.css":
                assert value in ("manipulation", "pan-y pinch-zoom") or pen, (sheet, selector)


def test_maps_on_a_phone_are_as_wide_as_a_finger() -> None:
    body = "return given.map((maps) => core.layout(...maps, core.FINGER));"
    wide, narrow, small = run_node(
        "activations/draw.js", body, [[256, 13, 13, 900], [256, 13, 13, 330], [4096, 1, 1, 330]]
    )
    assert (wide["across"], wide["shown"]) == (21, 21 * wide["wide"]), "on a desk as before"
    assert narrow["shown"] / narrow["across"] >= 24
    assert narrow["shown"] <= 330
    assert small["across"] == 83, "4096 cells of a finger's width would fill six screens"


def test_a_place_of_the_map_is_chosen_by_keys(show: Any) -> None:
    seen = show(EXAMPLES["activations"]())
    frame = seen.number().get_by_role("application", name="The unit's map")
    assert frame.is_visible()
    frame.focus()
    seen.page.keyboard.press("ArrowRight")
    assert "activations.row" in seen.page.evaluate(
        "new Promise(done => setTimeout(() => done(location.hash), 500))"
    )
    assert seen.page.evaluate("document.activeElement !== document.body")
