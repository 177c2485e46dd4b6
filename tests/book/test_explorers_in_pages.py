"""Explorers among the book's own styles and pages: nothing moves, nothing is dressed twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from served import Visit, book_folder, toc_pages

pytestmark = pytest.mark.browser

HEIGHTS = Path(__file__).resolve().parents[2] / "book" / "explorer_heights.json"
REMEDY = "is the height still right? python tools/measure_explorers.py, then build again"

# Good, as the web's own measure has it, is below 0.1 at three visits of four.
WATCH = """window.shift = 0;
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) if (!each.hadRecentInput) window.shift += each.value;
}).observe({ type: "layout-shift", buffered: true });"""


def measured_pages() -> list[str]:
    """Return the pages whose explorers were measured."""
    known = json.loads(HEIGHTS.read_text(encoding="utf-8"))
    return [f"{name}.html" for name in known if (book_folder() / f"{name}.html").is_file()]


@pytest.mark.parametrize("path", measured_pages())
@pytest.mark.parametrize("width", [1280, 360])
def test_nothing_moves_when_explorers_come(
    browser: Any, address: str, path: str, width: int
) -> None:
    """Scrolled faster than anybody reads."""
    seen = Visit(browser, address, width=width)
    page = seen.page
    page.add_init_script(WATCH)
    seen.open(path, until="load")
    page.evaluate("document.fonts.ready.then(() => null)")  # a font that comes late is no explorer
    boxes = page.locator(".al-widget")
    for place in range(boxes.count()):
        # Into the middle of the screen at once: what it pushes is seen.
        boxes.nth(place).evaluate("box => box.scrollIntoView({ block: 'center' })")
        page.wait_for_function(
            "place => document.querySelectorAll('.al-widget')[place].dataset.state", arg=place
        )
        page.evaluate("new Promise(d => requestAnimationFrame(() => requestAnimationFrame(d)))")
    assert page.evaluate("shift") < 0.1, REMEDY
    seen.context.close()


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
    boxes = page.locator(".al-widget")
    for place in range(boxes.count()):
        boxes.nth(place).scroll_into_view_if_needed()
        page.wait_for_function(
            "place => document.querySelectorAll('.al-widget')[place].dataset.state", arg=place
        )
    assert page.evaluate(DRESS) == []


def test_every_page_with_explorers_was_measured(book: Path) -> None:
    known = json.loads(HEIGHTS.read_text(encoding="utf-8"))
    for page in toc_pages():
        text = (book / page).read_text(encoding="utf-8")
        count = text.count('class="al-widget"')
        if count:
            assert len(known.get(page.removesuffix(".html"), ())) == count, f"{page}: {REMEDY}"
