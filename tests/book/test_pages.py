"""Every page of the book, in a real browser: quiet, alone, readable by everyone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from served import COLOURS, LOAD_ALL, Visit, toc_pages
from weight import BUDGET, weigh

pytestmark = pytest.mark.browser

# One of the pages that are made from a section stands for all: test_structured.py compares them.
PAGES = [*toc_pages(), "book/alexnet-224-or-227.html"]


@pytest.fixture(scope="module", params=[*PAGES, "search.html"])
def reading(request: pytest.FixtureRequest, browser: Any, address: str) -> Iterator[Visit]:
    """Return each page in turn, open and still; tests that only look share it."""
    seen = Visit(browser, address)
    seen.open(request.param, until="networkidle")
    yield seen
    seen.context.close()


def test_says_nothing_and_asks_nobody(reading: Visit) -> None:
    assert reading.noise == []
    assert reading.failures == []
    assert reading.strangers == []


def test_answers_are_folded(reading: Visit) -> None:
    assert reading.page.locator("article details[open]:not([hidden])").count() == 0


def test_first_load_is_light(book: Path, reading: Visit) -> None:
    """`benchmarks/page_weight.py` prints the table of these."""
    weights = weigh(book, reading.root, reading.first)
    assert weights["html"] > 0
    assert sum(weights.values()) <= BUDGET, weights


def test_the_policy_stops_what_the_site_did_not_bring(visit: Any) -> None:
    """That no page breaks it is `test_says_nothing_and_asks_nobody`: a violation is an error."""
    seen = visit(PAGES[0])
    stopped = seen.page.evaluate(
        """async () => {
            const found = [];
            document.addEventListener("securitypolicyviolation", (event) =>
                found.push(event.effectiveDirective));
            const add = (tag, given, text = "") => {
                const element = Object.assign(document.createElement(tag), given);
                element.append(text);
                document.body.append(element);
            };
            add("script", {}, "window.ran = 1");
            add("script", { src: "https://elsewhere.example/a.js" });
            add("img", { src: "https://elsewhere.example/a.png" });
            add("iframe", { src: "https://elsewhere.example/" });
            add("object", { data: "https://elsewhere.example/a.swf" });
            add("base", { href: "https://elsewhere.example/" });
            await fetch("https://elsewhere.example/").catch(() => {});
            document.body.insertAdjacentHTML("beforeend", "<p style='top: 0' onclick='ran = 1'>");
            document.body.lastElementChild.click();
            await new Promise((done) => setTimeout(done, 200));
            return [found.sort(), window.ran ?? null];
        }"""
    )
    assert stopped[1] is None
    assert set(stopped[0]) == {
        "base-uri",
        "connect-src",
        "frame-src",
        "img-src",
        "object-src",
        "script-src-attr",
        "script-src-elem",
        "style-src-attr",
    }
    assert seen.strangers == []


@pytest.mark.parametrize("path", ["genindex.html", "index.html"])
def test_pages_beside_the_chapters_are_quiet_too(visit: Any, path: str) -> None:
    seen = visit(path, until="networkidle")
    assert (seen.noise, seen.failures, seen.strangers) == ([], [], [])


def test_formulas_are_formulas(reading: Visit) -> None:
    """No command of TeX is left over as text."""
    written = reading.page.evaluate(
        "[...document.querySelectorAll('math')].map(m => m.textContent)"
        r".filter(text => /\\\\|\[\d*\.?\d+(ex|em|pt|mm)\]/.test(text))"
    )
    assert written == []


def test_pictures_have_alt_texts_and_load(reading: Visit) -> None:
    page = reading.page
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    page.evaluate(LOAD_ALL)
    images = page.evaluate(
        """[...document.querySelectorAll('article img')].map((i) => {
            const drawing = i.closest('svg[role=img]');  // the pixels of a drawing, which has words
            return [i.src, drawing ? drawing.ariaLabel : i.alt, i.naturalWidth];
        })"""
    )
    for source, alt, width in images:
        assert len(alt.strip()) > 8, f"{source} has no alt text worth the name: {alt!r}"
        assert width > 0, f"{source} did not load"
    # Each says its size before it is there, so that nothing jumps.
    unsized = page.locator("article img:not([width][height])").count()
    assert unsized == 0


def test_names_itself(reading: Visit) -> None:
    page = reading.page
    assert page.evaluate("document.documentElement.lang") == "en"
    assert "AlexNet Lab" in page.title()
    description = page.locator('meta[name="description"]').get_attribute("content")
    assert 20 <= len(description) <= 210
    assert page.locator("main h1:visible").count() == 1


def test_icons_are_drawn(reading: Visit) -> None:
    page = reading.page
    bare = page.evaluate(
        """[...document.querySelectorAll('[class*="fa-"], .al-icon')]
           .filter(e => getComputedStyle(e).maskImage === 'none').map(e => e.className)"""
    )
    assert bare == []


def test_formulas_are_seen(reading: Visit) -> None:
    page = reading.page
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    boxes = page.evaluate(
        "[...document.querySelectorAll('article math')].map(m => m.getBoundingClientRect())"
        ".map(b => [b.width, b.height])"
    )
    assert all(width > 2 and height > 5 for width, height in boxes)
    if boxes:
        assert page.evaluate(
            "document.fonts.ready.then(() => document.fonts.check('16px \"STIX Two Math\"'))"
        )
        fallback = page.evaluate(
            """[...document.fonts].filter(f => f.family.includes('STIX')).map(f => f.status)"""
        )
        assert fallback == ["loaded"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(reading: Visit, theme: str) -> None:
    with reading.seen_as(theme) as page:
        page.evaluate("document.querySelectorAll('.bd-article details').forEach(d => d.open = 1)")
        assert reading.axe(rules=COLOURS if theme == "dark" else ()) == []


def test_answers_open_by_keyboard(reading: Visit) -> None:
    """The last look at the page: it goes down the page, so explorers come to life."""
    page = reading.page
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = false)")
    # The elements themselves, and none of an explorer's: those come and go while one looks.
    for summary in page.query_selector_all("article details:not([hidden]) > summary"):
        if summary.evaluate("one => one.closest('.al-widget') !== null"):
            continue
        body = summary.query_selector("xpath=following-sibling::*[1]")
        assert not body.is_visible()
        summary.focus()
        page.keyboard.press("Enter")
        assert body.is_visible()
        page.keyboard.press("Space")
        assert not body.is_visible()


@pytest.mark.parametrize("width", [1280, 360])
def test_menus_open(visit: Any, width: int) -> None:
    page = visit(PAGES[0], width=width).page
    menu = page.locator("#pst-primary-sidebar nav")
    toggle = page.get_by_role("button", name="Chapters")
    before = menu.is_visible()
    toggle.click()
    if width < 992:
        assert not before
        expect(page.get_by_role("link", name="References").first).to_be_visible()
    else:
        assert before
        expect(menu).not_to_be_visible()


@pytest.mark.parametrize("width", [1280, 360])
def test_search_opens(visit: Any, width: int) -> None:
    page = visit(PAGES[0], width=width).page
    page.get_by_role("button", name="Search").locator("visible=true").first.click()
    field = page.locator("#pst-search-dialog input")
    assert field.is_visible()
    field.fill("convolution")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=convolution*")


def test_colour_mode_changes_and_is_remembered(visit: Any) -> None:
    page = visit(PAGES[0]).page
    themes = set()
    for _ in range(3):
        page.get_by_role("button", name="Colour mode").click()
        themes.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(themes) == 2
    page.evaluate("localStorage.setItem('mode', 'dark'); localStorage.setItem('theme', 'dark')")
    page.reload(wait_until="networkidle")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_search_is_loaded_where_it_is_used(visit: Any) -> None:
    asked = visit(PAGES[0], until="networkidle").first
    assert not [url for url in asked if "search" in url]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_reads_without_script(browser: Any, address: str, theme: str) -> None:
    context = browser.new_context(java_script_enabled=False, color_scheme=theme)
    page = context.new_page()
    page.goto(address + PAGES[0])
    assert page.get_by_role("heading", level=1).is_visible()
    assert page.get_by_role("link", name="References").first.is_visible()
    context.close()
