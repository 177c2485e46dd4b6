"""A question whose answer is a curve; and the way of a reader in Firefox."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from firefox import find_firefox, start_firefox
from playwright.sync_api import expect
from question_page import ANSWERS, QUESTIONS, box

pytestmark = pytest.mark.browser
RIGHT, DOWN, ENTER = "\ue014", "\ue015", "\ue007"


def draw(page: Any, paper: Any, heights: list[float]) -> None:
    """Draw a curve from the left to the right, at shares of the chart's height."""
    frame = paper.locator("svg").bounding_box()
    left, right, top, bottom = 50, frame["width"] - 14, 26, frame["height"] - 38
    for place, share in enumerate(heights):
        x = left + place * (right - left) / (len(heights) - 1)
        page.mouse.move(frame["x"] + x, frame["y"] + bottom - share * (bottom - top))
        if not place:
            page.mouse.down()
    page.mouse.up()


def test_a_curve_is_drawn_and_compared(visit_sample: Any) -> None:
    page = visit_sample()
    asked = box(page, "Draw the other.")
    asked.scroll_into_view_if_needed()
    paper, status = asked.get_by_role("application"), asked.locator(".al-quiz__verdict")
    compare = asked.get_by_role("button", name="Compare")
    expect(paper).to_have_attribute("aria-label", re.compile("^test error"))
    assert "(Draw:" not in asked.inner_text()
    compare.click()
    expect(status).to_contain_text("Draw the curve first")
    assert page.evaluate(ANSWERS) == {}
    # The curve beside is there from the start; ours comes with the answer.
    expect(paper.locator("path.al-quiz__beside")).to_have_count(2)
    assert paper.locator(".al-quiz__ours").count() == 0
    draw(page, paper, [0.6, 0.1])  # a quick hand: two points, and all that lies between
    compare.click()
    expect(status).to_contain_text("Yours stays below. Slower first.")
    assert paper.locator("path.al-quiz__ours").count() == 2
    expect(asked.locator("details")).to_have_attribute("open", "")
    ours = page.evaluate(
        "JSON.parse(document.querySelector('[data-question*=drawn]').dataset.question).ours.mean"
    )
    draw(page, paper, [ours[round(i * 39 / 10)] for i in range(11)])
    compare.click()
    expect(status).to_contain_text("Yours is near to ours.")
    draw(page, paper, [0.95, 0.95])
    compare.click()
    expect(status).to_contain_text(re.compile(r"Yours lies above ours, by \d\d % on average"))
    (kept,) = page.evaluate(ANSWERS).values()
    said = [(one["text"], one["right"]) for one in kept["said"]]
    assert said == [("stays below", 0), ("near ours", 1), ("far from ours", 0)]
    page.reload()
    asked.scroll_into_view_if_needed()
    expect(status).to_contain_text("Yours lies above ours")
    expect(paper.locator("path.al-quiz__yours")).to_have_count(1)
    asked.get_by_role("button", name="Rub out").click()
    assert paper.locator(".al-quiz__yours").count() == 0
    # With keys alone: from place to place, and down.
    paper.focus()
    for key in ["ArrowUp", "ArrowDown", *["ArrowRight", "ArrowDown"] * 10]:
        page.keyboard.press(key)
    expect(asked.get_by_text("Epoch 40: 40 %")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(status).to_contain_text("ours, by")


def test_where_the_paper_does_not_come_the_fold_stands(browser: Any, sample_address: str) -> None:
    page = browser.new_page()
    page.route("**/page-curve.js*", lambda route: route.abort())
    page.goto(sample_address + QUESTIONS)
    asked = box(page, "Draw the other.")
    asked.scroll_into_view_if_needed()
    expect(asked.locator("form")).to_have_count(0)
    asked.locator("summary").click()
    assert asked.get_by_text("Hardly apart.").is_visible()
    page.close()


@pytest.mark.slow
def test_the_way_of_a_reader_in_firefox(sample_address: str, tmp_path: Path) -> None:
    """Answered, wrong, told why, and still there when the page is opened anew; a curve by keys."""
    path = find_firefox()
    if path is None:
        pytest.skip("no firefox-esr on the path, nor ALEXNET_LAB_FIREFOX (optional)")
    asked = "document.querySelector('[data-question*=choices]')"
    said = f"{asked}.querySelector('.al-quiz__verdict').innerText"
    drawn = "document.querySelector('[data-question*=drawn]')"
    told = f"{drawn}.querySelector('.al-quiz__verdict').innerText"
    with start_firefox(path, tmp_path) as page:
        page.open(sample_address + QUESTIONS)
        page.wait_for(f"{asked}.querySelector('input')")
        page.evaluate(f"{asked}.querySelector('input').focus()")
        page.press(DOWN)  # the next of them
        page.press(ENTER)
        page.wait_for(f"{said}.includes('B is not right. A plain patch.')")
        page.evaluate(f"{drawn}.scrollIntoView()")
        page.wait_for(f"{drawn}.querySelector('svg')")
        page.evaluate(f"{drawn}.querySelector('.al-quiz__paper').focus()")
        for key in [DOWN, *[RIGHT, DOWN] * 10]:
            page.press(key)
        page.evaluate(f"{drawn}.querySelector('form').requestSubmit()")
        page.wait_for(f"{told}.includes('ours, by')")
        page.open("about:blank")
        page.open(sample_address + QUESTIONS)
        page.wait_for(f"{said}.includes('B is not right. A plain patch.')")
        assert page.evaluate(f"{asked}.querySelectorAll('input')[1].checked")
        page.evaluate(f"{drawn}.scrollIntoView()")
        page.wait_for(f"{told}.includes('ours, by')")
        assert len(page.evaluate(ANSWERS)) == 2
        assert page.noise == []
