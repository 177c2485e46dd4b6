"""Widgets in the built book: only where they are, there without a script, and two at work."""

from __future__ import annotations

from typing import Any

import pytest
from explorers import LIVING, bring_to_life
from served import toc_pages

pytestmark = pytest.mark.browser


def test_chapters_hold_widgets(book: Any) -> None:
    held = {page.split("/")[-1] for page in LIVING}
    assert {"01_first_layer.html", "03_relu.html", "15_filters.html"} <= held


@pytest.mark.parametrize("path", LIVING)
def test_the_still_is_there_without_script(browser: Any, address: str, path: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address + path)
    stills = page.locator(".al-widget img")
    assert stills.count() >= 1
    assert all(len(still.get_attribute("alt")) >= 40 for still in stills.all())
    assert stills.first.is_visible()
    context.close()


def test_a_page_without_widgets_loads_nothing_of_them(visit: Any) -> None:
    path = next(page for page in toc_pages() if page not in LIVING)
    page = visit(path, until="networkidle").page
    loaded = page.evaluate("performance.getEntriesByType('resource').map(e => e.name)")
    assert not [name for name in loaded if "/widgets/" in name]


def test_the_window_slides_in_chapter_1(visit: Any) -> None:
    page = visit("notebooks/01_first_layer.html").page
    bring_to_life(page)
    image = page.get_by_role("application", name="the image; arrow keys move the window")
    words = page.locator(".al-w-convolution-sum")
    assert words.inner_text().startswith("Row\xa016, column\xa07: the sum of 363 products")
    image.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        """() => document.querySelector('.al-w-convolution-sum').textContent
            .startsWith('Row\u00a017, column\u00a08')"""
    )
    box = image.bounding_box()
    image.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    page.wait_for_function(
        """() => !document.querySelector('.al-w-convolution-sum').textContent
            .startsWith('Row\u00a017')"""
    )
    # The size that the chapter works out by hand.
    said = page.locator(".al-w-convolution").inner_text().replace("\N{NO-BREAK SPACE}", " ")
    assert "⌊(224 + 0 + 3 − 11) / 4⌋ + 1 = 55" in said


def test_a_kernel_is_chosen_in_chapter_15(visit: Any) -> None:
    page = visit("notebooks/15_filters.html").page
    bring_to_life(page)
    box = page.locator('.al-widget[data-widget="filters"]')
    kernels = box.get_by_role("listbox", name="kernels").get_by_role("option")
    assert kernels.count() == 96
    kernels.nth(5).click()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        """() => document.querySelectorAll('[data-widget="filters"] [aria-label="kernels"] '
             + '[role="option"]')[6].getAttribute('aria-selected') === 'true'"""
    )
