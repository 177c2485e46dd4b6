"""Widgets in the built book: alive without a kernel, for mouse and keyboard, in both themes."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import pytest
from served import book_folder, toc_pages

pytestmark = pytest.mark.browser

MARK = 'class="al-widget"'


def pages_with_widgets() -> list[str]:
    """Return the pages of the built book that hold a widget."""
    folder = book_folder()
    built = [page for page in toc_pages() if (folder / page).is_file()]
    return [page for page in built if MARK in (folder / page).read_text(encoding="utf-8")]


PAGES = pages_with_widgets()
every_page = pytest.mark.parametrize("path", PAGES)


def bring_to_life(page: Any) -> Any:
    """Go to each widget, wait until it runs, and return them all."""
    widgets = page.locator(".al-widget")
    for place in range(widgets.count()):
        widgets.nth(place).scroll_into_view_if_needed()
        page.wait_for_function(
            "place => document.querySelectorAll('.al-widget')[place].dataset.state", arg=place
        )
        assert widgets.nth(place).get_attribute("data-state") == "live", path_of(page)
    return widgets


def path_of(page: Any) -> str:
    return f"{page.url}: {page.locator('.al-widget').all_inner_texts()}"


def test_chapters_hold_widgets(book: Any) -> None:
    held = {page.split("/")[-1] for page in PAGES}
    assert {"01_first_layer.html", "03_relu.html", "15_filters.html"} <= held


@every_page
def test_lives_quietly_and_alone(visit: Any, path: str) -> None:
    seen = visit(path)
    bring_to_life(seen.page)
    seen.page.wait_for_load_state("networkidle")
    assert (seen.noise, seen.failures, seen.strangers) == ([], [], [])


@every_page
def test_answers_to_the_keyboard(visit: Any, path: str) -> None:
    page = visit(path).page
    widgets = bring_to_life(page)
    for place in range(widgets.count()):
        sliders = widgets.nth(place).get_by_role("slider").locator("visible=true")
        if not sliders.count():
            continue
        slider = sliders.first
        slider.focus()
        before = slider.input_value()
        page.keyboard.press("ArrowRight")
        if slider.input_value() == before:  # it stood at its end
            page.keyboard.press("ArrowLeft")
        assert slider.input_value() != before
        assert slider.get_attribute("aria-valuetext")


@every_page
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_among_the_books_styles(visit: Any, path: str, theme: str) -> None:
    page = visit(path, theme=theme).page
    bring_to_life(page)
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
    result = page.evaluate("axe.run('.al-widget', {resultTypes: ['violations']})")
    found = [
        f"{each['id']}: {node['html'][:160]} … {node['failureSummary'][:300]}"
        for each in result["violations"]
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"][:3]
    ]
    assert found == []


@every_page
def test_fits_a_phone_when_alive(visit: Any, path: str) -> None:
    page = visit(path, width=360).page
    widgets = bring_to_life(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for place in range(widgets.count()):
        box = widgets.nth(place).locator(".al-w").first.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360


@every_page
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
    path = next(page for page in toc_pages() if page not in PAGES)
    page = visit(path, until="networkidle").page
    loaded = page.evaluate("performance.getEntriesByType('resource').map(e => e.name)")
    assert not [name for name in loaded if "/widgets/" in name]


def test_the_window_slides_in_chapter_1(visit: Any) -> None:
    page = visit("notebooks/01_first_layer.html").page
    bring_to_life(page)
    image = page.get_by_role("application", name="the image; arrow keys move the window")
    words = page.locator(".al-w-convolution-sum")
    assert words.inner_text().startswith("Row 16, column 7: the sum of 363 products")
    image.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        """() => document.querySelector('.al-w-convolution-sum').textContent
            .startsWith('Row 17, column 8')"""
    )
    box = image.bounding_box()
    image.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    page.wait_for_function(
        "() => !document.querySelector('.al-w-convolution-sum').textContent.startsWith('Row 17')"
    )
    # The size that the chapter works out by hand.
    assert "⌊(224 + 0 + 3 − 11) / 4⌋ + 1 = 55" in page.locator(".al-w-convolution").inner_text()


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
