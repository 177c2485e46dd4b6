"""Narrow and zoomed, forced colours, paper, no script: every page is read, every explorer told."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from explorers import REMEDY, WATCH, bring_to_life, look_at_sliders
from PIL import Image
from served import Visit, toc_pages

pytestmark = pytest.mark.browser

EVERY = [*toc_pages(), "search.html?q=layer_table", "genindex.html"]
OPEN = "document.querySelectorAll('.bd-article details').forEach(d => d.open = true)"
# What is wider than a phone, unless something about it scrolls.
LEAVES = """() => [...document.querySelectorAll('body *')]
    .filter(e => e.getBoundingClientRect().right > 361 && e.checkVisibility()
                 && !e.closest('math, pre, svg, .bd-sidebar, .bd-sidebar-secondary'))
    .filter(e => { for (let p = e.parentElement; p; p = p.parentElement)
                     if (getComputedStyle(p).overflowX !== 'visible') return false;
                   return true; })
    .map(e => e.outerHTML.slice(0, 120))"""
WIDE = """() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    return [...document.querySelectorAll(".bd-article *")]
        .filter((one) => one.getBoundingClientRect().right > width + 1 && one.checkVisibility())
        .map((one) => one.outerHTML.slice(0, 120));
}"""


@pytest.fixture(scope="module", params=EVERY)
def phone(request: pytest.FixtureRequest, browser: Any, address: str) -> Iterator[Visit]:
    """Return each page in turn, on a phone in the dark, explorers not yet alive."""
    seen = Visit(browser, address, width=360, theme="dark")
    seen.page.add_init_script(WATCH)
    seen.open(request.param, until="load")
    yield seen
    seen.context.close()


def test_fits_a_phone(phone: Visit) -> None:
    page = phone.page
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate(LEAVES) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_fits_a_phone_when_alive(phone: Visit) -> None:
    page = phone.page
    widgets = bring_to_life(page)
    assert not widgets.count() or page.evaluate("shift") < 0.1, REMEDY
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for widget in widgets.all():
        box = widget.locator(".al-w").first.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
    look_at_sliders(page, 1)


def test_nothing_scrolls_sideways_at_320_pixels(phone: Visit) -> None:
    """A window of 1280 pixels at 400 % is as narrow; then at 200 %."""
    page = phone.page
    page.evaluate(OPEN)
    bring_to_life(page)
    for width, height in [(320, 900), (640, 450)]:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function("width => innerWidth === width", arg=width)
        assert page.evaluate(WIDE) == []
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_at_400_percent_most_of_the_window_is_the_page(visit: Any) -> None:
    page = visit("notebooks/11_dropout.html", width=320).page
    page.set_viewport_size({"width": 320, "height": 225})
    page.evaluate("document.querySelector('#exercises').scrollIntoView()")
    bar = page.locator(".bd-header-article").bounding_box()
    assert bar["height"] <= 225 / 3


@pytest.fixture(params=["light", "dark"])
def forced(request: pytest.FixtureRequest, browser: Any, address: str) -> Iterator[Any]:
    """Return a function that opens a page in forced colours, by one of both schemes."""
    seen = Visit(browser, address, theme=request.param)
    seen.page.emulate_media(forced_colors="active")

    def open_page(path: str) -> Any:
        page = seen.open(path, until="load")
        assert page.evaluate("matchMedia('(forced-colors: active)').matches")
        return page

    yield open_page
    seen.context.close()


def colours(element: Any, *, left: int | None = None) -> set[tuple[int, ...]]:
    """Return the colours of an element as it is drawn, or of its left part."""
    element.scroll_into_view_if_needed()
    with Image.open(io.BytesIO(element.screenshot())) as image:
        part = image.convert("RGB").crop((0, 0, left or image.width, image.height))
        return {colour for _, colour in part.getcolors(part.width * part.height) or ()}


@pytest.mark.parametrize(
    ("path", "selector"),
    [
        ("book/ledger.html", ".primary-toggle .fa-bars"),
        ("book/ledger.html", ".theme-switch-button span:visible"),
        ("book/ledger.html", ".al-button--source .al-icon"),
        ("book/ledger.html", ".search-button-field .fa-magnifying-glass"),
        ("notebooks/11_dropout.html", ".al-button--first .al-icon"),
        ("notebooks/11_dropout.html", ".prev-next-area .fa-angle-right"),
    ],
)
def test_icons_are_seen_in_forced_colours(forced: Any, path: str, selector: str) -> None:
    assert len(colours(forced(path).locator(selector).first)) > 1


@pytest.mark.parametrize(
    ("path", "selector", "left"),
    [
        ("notebooks/11_dropout.html", ".al-device__label", 20),
        ("notebooks/11_dropout.html", "details.hide > summary", 28),
        ("notebooks/11_dropout.html", ".al-details > summary", 28),
        ("book/ledger.html", "a.reference.download", 12),
        ("book/ledger.html", "table .al-verdict", 20),
        ("book/history.html", "ul.al-timeline > li", None),
    ],
)
def test_marks_are_seen_in_forced_colours(
    forced: Any, path: str, selector: str, left: int | None
) -> None:
    assert len(colours(forced(path).locator(selector).first, left=left)) > 1


def test_the_current_page_is_told_in_forced_colours(forced: Any) -> None:
    page = forced("book/ledger.html")
    edge = "getComputedStyle(document.querySelector('nav.bd-links li.{0} > a')).borderLeftWidth"
    assert page.evaluate(edge.format("current")) == "4px"
    assert page.evaluate(edge.format("toctree-l1:not(.current)")) == "0px"


@pytest.mark.parametrize(
    ("path", "selector"),
    [
        ("notebooks/16_activations.html", ".al-w-share span"),
        ("notebooks/10_relu_tanh.html", "[class*='-swatch']"),
        ("notebooks/19_variants.html", "[class*='-swatch']"),
        ("notebooks/14_speed.html", ".al-w-share span"),
        ("notebooks/12_augmentation.html", ".al-w-augmentation-mark"),
    ],
)
def test_bars_and_keys_keep_their_colours(forced: Any, path: str, selector: str) -> None:
    page = forced(path)
    bring_to_life(page)
    ground = page.evaluate(
        """() => { const one = document.createElement("i"); one.style.color = "Canvas";
        document.body.append(one); return getComputedStyle(one).color; }"""
    )
    of_all = page.locator(f".al-w {selector}").evaluate_all(
        "all => all.map((one) => getComputedStyle(one).backgroundColor)"
    )
    assert of_all
    assert ground not in of_all


@pytest.mark.parametrize("script", [True, False])
def test_paper_is_light_and_has_no_menus(browser: Any, address: str, script: bool) -> None:
    context = browser.new_context(java_script_enabled=script, color_scheme="dark")
    page = context.new_page()
    page.goto(address + "notebooks/11_dropout.html")
    page.emulate_media(media="print", color_scheme="dark")
    for menu in (".bd-sidebar-primary", ".bd-sidebar-secondary", ".bd-header-article"):
        assert not page.locator(menu).first.is_visible()
    with Image.open(io.BytesIO(page.locator(".bd-article").screenshot())) as image:
        small = image.convert("L").resize((1, 1))
        assert small.getpixel((0, 0)) > 200  # mostly paper
    ink = page.locator("article p.lead")
    assert len(colours(ink)) > 2
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_without_script_a_still_does_not_send_away(browser: Any, address: str, theme: str) -> None:
    context = browser.new_context(java_script_enabled=False, color_scheme=theme)
    page = context.new_page()
    page.goto(address + "notebooks/05_pooling.html")
    words = page.locator(".al-widget p").first.inner_text()
    assert "JavaScript" in words
    assert "open the book" not in words
    with Image.open(io.BytesIO(page.locator("article h1").screenshot())) as image:
        ground = image.convert("L").getpixel((image.width - 3, 3))
    assert (ground > 200) == (theme == "light")
    context.close()
