"""Explorers in the pages of the book: alive without a kernel, quiet, for everyone, and alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from explorers import LIVING, MARK, REMEDY, WATCH, bring_to_life, look_at_sliders
from served import COLOURS, Visit, toc_pages

pytestmark = pytest.mark.browser

HEIGHTS = Path(__file__).resolve().parents[2] / "book" / "explorer_heights.json"


@pytest.fixture(scope="module", params=LIVING)
def living(request: pytest.FixtureRequest, browser: Any, address: str) -> Iterator[Visit]:
    """Return each page with explorers in turn, all alive; what a test changes it puts back."""
    seen = Visit(browser, address)
    seen.page.add_init_script(WATCH)
    bring_to_life(seen.open(request.param, until="load"))
    seen.page.wait_for_load_state("networkidle")
    yield seen
    seen.context.close()


def test_lives_quietly_and_alone(living: Visit) -> None:
    assert (living.noise, living.failures, living.strangers) == ([], [], [])


def test_nothing_moves_when_explorers_come(living: Visit) -> None:
    """On a phone: `test_modes.py`."""
    assert living.page.evaluate("shift") < 0.1, REMEDY


def test_room_is_kept_before_any_explorers_script_has_come(browser: Any, address: str) -> None:
    seen = Visit(browser, address, width=360)
    seen.page.add_init_script(WATCH)
    seen.page.route("**/host.js", lambda route: None)
    seen.open("book/training-bench.html", until="commit")
    ready = "() => document.querySelector('.al-widget')?.style.minHeight"
    kept = seen.page.wait_for_function(ready).json_value()
    assert int(kept.removesuffix("px")) > 1_000
    assert seen.page.evaluate("shift") < 0.1
    seen.context.close()


def test_sliders_stand_in_columns(living: Visit) -> None:
    look_at_sliders(living.page, 2)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_among_the_books_styles(living: Visit, theme: str) -> None:
    with living.seen_as(theme):
        assert living.axe(".al-widget", rules=COLOURS if theme == "dark" else ()) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_texts_of_drawings_stand_out_in_forced_colours(living: Visit, theme: str) -> None:
    with living.seen_as(theme, forced_colors="active") as page:
        assert page.evaluate("matchMedia('(forced-colors: active)').matches")
        alike = page.evaluate(
            """() => {
                const canvas = getComputedStyle(document.body).backgroundColor;
                return [...document.querySelectorAll(".al-w svg text")]
                    .filter((one) => getComputedStyle(one).fill === canvas)
                    .map((one) => one.textContent);
            }"""
        )
        assert alike == []


def test_an_explorer_on_paper_has_words_and_no_controls(living: Visit) -> None:
    with living.seen_as("dark") as page:
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.evaluate("document.documentElement.dataset.theme") == "light"
        for widget in page.locator(".al-widget").all():
            is_bare_on_paper(widget)
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def is_bare_on_paper(widget: Any) -> None:
    """Hold a printed explorer to words in dark ink, one a choice, and bars that are printed."""
    shown = "all => all.filter((one) => one.checkVisibility()).map((one) => one.outerHTML)"
    controls = widget.locator("button:not(:has(canvas)), input, progress, .al-w-hint")
    assert controls.evaluate_all(shown) == []
    for switch in widget.locator(".al-w-toggles:visible").all():
        assert len([word for word in switch.locator("label").all() if word.is_visible()]) == 1
    faint = widget.evaluate(
        """(box) => [...box.querySelectorAll(".al-w-toggles label, .al-w-value, select")]
            .filter((one) => one.checkVisibility())
            .map((one) => getComputedStyle(one).color.match(/\\d+/g).map(Number))
            .filter(([r, g, b]) => r + g + b > 300)"""
    )
    assert faint == []
    bars = widget.locator(".al-w-share span").evaluate_all(
        "all => all.map((one) => getComputedStyle(one).printColorAdjust)"
    )
    assert set(bars) <= {"exact"}


def test_answers_to_the_keyboard(living: Visit) -> None:
    """The last look at the page: it changes what the explorers show."""
    page = living.page
    for widget in page.locator(".al-widget").all():
        sliders = widget.get_by_role("slider").locator("visible=true")
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


# What the book's sheets must leave alone, of every element of an explorer.
DRESS = """() => {
  const keys = ["color", "fontSize", "fontFamily", "fontWeight", "textAlign", "paddingLeft",
    "paddingTop", "borderBottomWidth", "whiteSpace"];
  const parts = ".al-w :is(p, table, th, td, caption, figcaption, li)";
  const all = [...document.querySelectorAll(parts)];
  // The book's own family, which the sheets that stay ask for, goes with the others.
  const family = getComputedStyle(document.querySelector(".al-w")).fontFamily;
  for (const box of document.querySelectorAll(".al-w")) box.style.fontFamily = family;
  const look = () => all.map((e) => keys.map((key) => getComputedStyle(e)[key]));
  const dressed = look();
  for (const sheet of document.styleSheets) {
    if (!sheet.href.includes("/widgets/")) sheet.disabled = true;
  }
  const own = look();
  const wrong = all.flatMap((e, i) => keys.filter((_, k) => dressed[i][k] !== own[i][k])
    .map((key) => `${e.tagName}.${e.className}: ${key}`));
  return [...new Set(wrong)];
}"""


@pytest.mark.parametrize(
    "path", ["notebooks/16_activations.html", "notebooks/05_pooling.html", "book/index.html"]
)
def test_the_articles_style_leaves_explorers_alone(visit: Any, path: str) -> None:
    page = visit(path).page
    bring_to_life(page)
    assert page.evaluate(DRESS) == []


def test_every_page_with_explorers_was_measured(book: Path) -> None:
    known = json.loads(HEIGHTS.read_text(encoding="utf-8"))
    for page in toc_pages():
        text = (book / page).read_text(encoding="utf-8")
        count = text.count(MARK)
        if count:
            assert len(known.get(page.removesuffix(".html"), ())) == count, f"{page}: {REMEDY}"
