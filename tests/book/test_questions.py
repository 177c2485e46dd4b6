"""Questions in a page, in a real browser: by keyboard, judged, kept, asked again, printed."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from question_page import ANSWERS, DAY_MS, QUESTIONS, YOURS, box
from served import ROOT

pytestmark = pytest.mark.browser


def test_only_pages_that_ask_load_the_scripts(sample: Path) -> None:
    assert "quiz.js" not in (sample / "index.html").read_text(encoding="utf-8")
    assert "quiz.js" in (sample / "notebooks" / "07_sample.html").read_text(encoding="utf-8")


def test_a_choice_by_keyboard_wrong_then_right_then_kept(visit_sample: Any) -> None:
    page = visit_sample()
    asked = box(page, "Far above or far below?")
    group = asked.get_by_role("radiogroup", name="Far above or far below?")
    status, answer = asked.get_by_role("status"), asked.locator("details")
    asked.get_by_role("button", name="Check").click()
    expect(status).to_have_text("Choose one first.")
    assert page.evaluate(ANSWERS) == {}
    group.get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(status).to_contain_text("A is not right. One half alone.")
    expect(answer).not_to_have_attribute("open", "")  # a second try is not spoilt
    page.keyboard.press("ArrowUp")  # from the first to the last
    page.keyboard.press("Enter")
    expect(status).to_contain_text("C is right.")
    expect(answer).to_have_attribute("open", "")
    (kept,) = page.evaluate(ANSWERS).values()
    assert (kept["page"], kept["label"]) == ("notebooks/07_sample.html", "Predict")
    said = [(one["value"], one["text"], one["right"]) for one in kept["said"]]
    assert said == [("A", "Far above", 0), ("C", "Far below", 1)]
    page.reload()
    expect(group.get_by_role("radio", name="C. Far below")).to_be_checked()
    expect(status).to_contain_text("C is right.")
    expect(answer).not_to_have_attribute("open", "")


# What is typed, and what is said to it.
COLUMNS = {
    "54": "54 is right.",
    " 54.0 columns": "is right.",
    "55": "55 is not right. That is 227.",
    "56.0": "is not right. Both ends.",
    "7": "7 is too low.",
    "1e3": "1e3 is too high.",
    "−54": "too low",
    "about 54": "is right",
    "many": "“many” is not a number: write it in digits.",
    "108/2": "is not a number",
    "": "Type a number first.",
}
MILLIONS = {"1.4": "right", "1,4": "right", "1,400,000": "right", "1 400 000": "right"} | {
    "1.4 million": "right",
    "1400 thousand": "right",
    "1.54e6": "right",
    "1.55": "too high",
    "1400": "too high",
    "0.9 million": "too low",
}


def test_numbers_typed_in_many_ways(visit_sample: Any) -> None:
    page = visit_sample()
    for text, cases in [("How many columns?", COLUMNS), ("How many parameters?", MILLIONS)]:
        asked = box(page, text)
        for typed, said in cases.items():
            field = asked.get_by_label("Your number")
            field.fill(typed)
            field.press("Enter")
            expect(asked.get_by_role("status")).to_contain_text(said)
    assert not page.evaluate("document.querySelector('[data-question*=\"told\"]')")
    page.reload()
    expect(box(page, "How many columns?").get_by_role("status")).to_contain_text(
        "about 54 is right"
    )


def test_an_open_answer_is_compared_and_marked(visit_sample: Any) -> None:
    page = visit_sample()
    asked = box(page, "Why so?")
    field = asked.get_by_label("Your answer")
    field.fill("<b>I think</b> =1+1")
    field.press("Enter")
    expect(asked.locator("details")).to_have_attribute("open", "")
    asked.get_by_role("group", name="Did you have it?").get_by_role("button", name="In part").press(
        "Enter"
    )
    expect(asked.get_by_role("status")).to_contain_text("You had it in part.")
    expect(field).to_be_focused()
    (kept,) = page.evaluate(ANSWERS).values()
    assert (kept["said"][0]["value"], kept["said"][0]["right"]) == ("<b>I think</b> =1+1", 0.5)
    page.reload()
    expect(field).to_have_value("<b>I think</b> =1+1")


def test_asked_again_after_a_day_and_after_a_week(visit_sample: Any) -> None:
    page = visit_sample()
    asked = box(page, "How many columns?")
    field, again = asked.get_by_label("Your number"), asked.get_by_text("Asked again")
    page.clock.install()

    def answer() -> None:
        field.fill("54")
        field.press("Enter")

    def after(days: float) -> bool:
        """Whether it is asked again, that much later: the field is empty, and it says so."""
        page.clock.fast_forward(round(days * DAY_MS))
        page.wait_for_load_state("networkidle")  # a reload breaks off what is being fetched
        page.reload()
        assert field.input_value() == ("" if again.count() else "54")
        return again.count() == 1

    answer()
    assert [after(0.5), after(0.51)] == [False, True]
    expect(again).to_have_text("Asked again: you answered this a day ago.")
    answer()
    expect(again).to_have_count(0)
    assert [after(6.9), after(0.2)] == [False, True]
    answer()
    assert not after(400)


@pytest.mark.parametrize("store", ["refused", "full"])
def test_works_and_says_so_where_nothing_is_kept(visit_sample: Any, store: str) -> None:
    refuse = "Object.defineProperty(window, 'localStorage', {get() { throw new Error('no') }});"
    full = "Storage.prototype.setItem = () => { throw new Error('full') };"
    page = visit_sample(refuse if store == "refused" else full)
    asked = box(page, "How many columns?")
    asked.get_by_label("Your number").fill("55")
    asked.get_by_role("button", name="Check").click()
    expect(asked.get_by_role("status")).to_contain_text("That is 227.")
    expect(asked.get_by_role("status")).to_contain_text("This browser keeps nothing")


def test_a_store_that_holds_nonsense_is_no_obstacle(visit_sample: Any) -> None:
    page = visit_sample("localStorage.setItem('alexnet-lab:answers', '{\"version\": 7}')")
    box(page, "How many columns?").get_by_label("Your number").fill("54")
    page.keyboard.press("Enter")
    expect(box(page, "How many columns?").get_by_role("status")).to_contain_text("54 is right")


def test_paper_and_no_script_have_question_choices_and_fold(
    browser: Any, sample_address: str, visit_sample: Any
) -> None:
    page = visit_sample()
    page.get_by_role("radio").first.check()
    page.emulate_media(media="print")
    for part in ["input", "button", ".al-quiz__verdict"]:
        assert not page.locator(f".al-device {part}").first.is_visible()
    assert page.get_by_text("B. Close").is_visible()
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(sample_address + "notebooks/07_sample.html")
    asked = box(plain, "Far above or far below?")
    assert asked.get_by_role("listitem").first.inner_text() == "A. Far above"
    assert asked.locator("details summary").inner_text() == "Answer"
    assert plain.locator(".al-device input, .al-device button").count() == 0
    assert "Since so." not in asked.inner_text()
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_accessible_and_narrow(visit_sample: Any, theme: str) -> None:
    page = visit_sample(theme=theme, width=360)
    page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Check").first.click()
    page.get_by_label("Your number").first.fill("54")
    page.get_by_role("button", name="Check").nth(1).click()
    page.get_by_label("Your answer").fill("so")
    page.get_by_role("button", name="Compare").first.click()
    page.goto(page.url.replace(QUESTIONS, YOURS))
    found = Axe().run(page, context=".al-answers").response["violations"]
    assert [(each["id"], [n["html"] for n in each["nodes"]]) for each in found] == []
    page.go_back()
    found = Axe().run(page, context=".al-device").response["violations"]
    assert [(each["id"], [n["html"] for n in each["nodes"]]) for each in found] == []
    # The sample's theme has no narrow layout: what counts is that nothing leaves its box.
    assert page.evaluate("""() => [...document.querySelectorAll('.al-device')].every(box =>
        [...box.querySelectorAll('*')].every(part =>
            part.getBoundingClientRect().right <= box.getBoundingClientRect().right))""")


def test_the_scripts_of_a_page_are_small() -> None:
    """8 kB with the glossary's, as a static host sends them; paper comes when a reader does."""
    ours = ROOT / "book" / "_static"
    paper = ROOT / "alexnet_lab" / "widgets" / "_runtime"
    for files, most in [
        ([ours / name for name in ("quiz-core.js", "quiz.js", "terms.js")], 8_000),
        ([paper / name for name in ("page-curve.js", "curve-core.js", "pen.js")], 5_000),
    ]:
        packed = subprocess.run(["gzip", "-9c", *files], capture_output=True, check=True).stdout
        print(f"{', '.join(file.name for file in files)}: {len(packed)} bytes")
        assert len(packed) <= most
