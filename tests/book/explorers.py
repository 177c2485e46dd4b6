"""Pages of the built book that hold explorers, and how a test brings these to life."""

from __future__ import annotations

from typing import Any

from served import book_folder, toc_pages

MARK = 'class="al-widget"'
REMEDY = "is the height still right? python tools/measure_explorers.py, then build again"
# Adds up what moves in a page after `since`; good, as the web's own measure has it, is below 0.1.
WATCH = """window.shift = 0;
window.since = 0;
new PerformanceObserver((list) => {
  for (const each of list.getEntries())
    if (!each.hadRecentInput && each.startTime > window.since) window.shift += each.value;
}).observe({ type: "layout-shift", buffered: true });"""
DRAWN_TWICE = "new Promise(d => requestAnimationFrame(() => requestAnimationFrame(d)))"


def pages_with_explorers() -> list[str]:
    """Return the pages of the built book that hold an explorer."""
    folder = book_folder()
    built = [page for page in toc_pages() if (folder / page).is_file()]
    return [page for page in built if MARK in (folder / page).read_text(encoding="utf-8")]


LIVING = pages_with_explorers()


def bring_to_life(page: Any) -> Any:
    """Go to each explorer, faster than anybody reads; wait until it runs, and return them all."""
    # What a font moves that comes late is the machine's doing, no explorer's.
    page.evaluate("document.fonts.ready.then(() => null)")
    page.evaluate(DRAWN_TWICE)
    page.evaluate("window.since = performance.now(); window.shift = 0")
    boxes = page.locator(".al-widget")
    for number in range(boxes.count()):
        # Into the middle of the screen at once: what it pushes is seen.
        boxes.nth(number).evaluate("box => box.scrollIntoView({ block: 'center' })")
        page.wait_for_function(
            "n => document.querySelectorAll('.al-widget')[n].dataset.state", arg=number
        )
        page.evaluate(DRAWN_TWICE)
        state = boxes.nth(number).get_attribute("data-state")
        assert state == "live", f"{page.url}: {boxes.nth(number).inner_text()}"
    return boxes


def look_at_sliders(page: Any, most: int) -> None:
    """Hold the sliders of each box to columns, at most so many, of one width each."""
    for rows in page.evaluate(
        """[...document.querySelectorAll(".al-w-controls")]
            .map((box) => [...box.querySelectorAll(":scope > .al-w-slider input")]
                .filter((one) => one.checkVisibility())
                .map((one) => one.getBoundingClientRect())
                .map(({ left, width }) => [Math.round(left), Math.round(width)]))
            .filter((rows) => rows.length > 1)"""
    ):
        columns: dict[int, set[int]] = {}
        for left, track in rows:
            columns.setdefault(left, set()).add(track)
        assert len(columns) <= most, rows
        assert all(len(tracks) == 1 for tracks in columns.values()), rows
