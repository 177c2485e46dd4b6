"""The page of one's answers, in a real browser: listed, due again, saved, read in, forgotten."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from question_page import ANSWERS, DAY_MS, QUESTIONS, YOURS

pytestmark = pytest.mark.browser


def answer_some(page: Any) -> None:
    """Take a wrong choice, then the right one; type a number and a line."""
    for name in ["A. Far above", "C. Far below"]:
        page.get_by_role("radio", name=name).check()
        page.get_by_role("button", name="Check").first.click()
    for label, typed in [("Your number", "55"), ("Your answer", '=HYPERLINK("x"), so')]:
        page.get_by_label(label).first.fill(typed)
        page.keyboard.press("Enter")
    page.get_by_role("button", name="Yes").click()


def test_your_answers_are_listed_and_due_ones_lead_to_the_question(visit_sample: Any) -> None:
    page = visit_sample()
    page.clock.install()
    answer_some(page)
    page.get_by_role("link", name="Your answers").first.click()
    shown = page.locator(".al-answers")
    expect(shown).to_contain_text("3 questions answered; none due again.")
    changed = shown.locator("section", has_text="What changed").get_by_role("listitem")
    expect(changed).to_contain_text("Far above (not right)")
    expect(changed).to_contain_text("Far below (right)")
    page.clock.fast_forward(2 * DAY_MS)
    page.reload()
    expect(shown).to_contain_text("3 due again.")
    due = shown.locator("section", has_text="Due again").first
    due.get_by_role("link", name="How many columns?").click()
    expect(page.get_by_text("Asked again: you answered this 2 days ago.")).to_have_count(3)
    assert page.evaluate("document.querySelector(':target').textContent.includes('columns')")


def test_a_file_out_and_in_a_table_and_forgetting(visit_sample: Any, tmp_path: Path) -> None:
    page = visit_sample()
    answer_some(page)
    page.goto(page.url.replace(QUESTIONS, YOURS))
    files = {}
    for button in ["Save all", "Save as a table"]:
        with page.expect_download() as download:
            page.get_by_role("button", name=button, exact=True).click()
        files[button] = tmp_path / download.value.suggested_filename
        download.value.save_as(files[button])
    kept = json.loads(files["Save all"].read_text(encoding="utf-8"))
    assert kept["answers"] == page.evaluate(ANSWERS)
    with files["Save as a table"].open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    assert [row["answer"] for row in rows] == ["A", "C", "55", """'=HYPERLINK("x"), so"""]
    assert [row["right"] for row in rows] == ["0", "1", "0", "1"]

    forget = page.get_by_role("button", name="Forget all")
    forget.click()
    expect(page.get_by_role("button", name="Keep them")).to_be_focused()
    page.keyboard.press("Enter")
    expect(forget).to_be_focused()
    assert len(page.evaluate(ANSWERS)) == 3
    forget.click()
    page.get_by_role("button", name="Forget them").click()
    assert page.evaluate("localStorage.getItem('alexnet-lab:answers')") is None
    expect(page.locator(".al-answers")).to_contain_text("You have answered no question yet")
    expect(forget).to_be_disabled()

    other = visit_sample(path=YOURS)
    for _ in range(2):  # what both have counts once
        other.get_by_label("Read a file in").set_input_files(files["Save all"])
        expect(other.get_by_text("3 questions read from")).to_be_visible()
        assert other.evaluate(ANSWERS) == kept["answers"]


GOOD = {"at": 1, "value": "A", "text": "so", "right": 1}
ONE = {"page": "notebooks/a.html", "label": "Predict", "prompt": "x", "kind": "choices"}
BAD_FILES = {
    "no JSON": "answers",
    "a list": [],
    "another version": {"version": 2, "answers": {}},
    "no answers": {"version": 1, "answers": {"a": ONE | {"said": []}}},
    "a mark of 7": {"version": 1, "answers": {"a": ONE | {"said": [GOOD | {"right": 7}]}}},
    "no prompt": {"version": 1, "answers": {"a": {"said": [GOOD]}}},
    "a date in words": {"version": 1, "answers": {"a": ONE | {"said": [GOOD | {"at": "now"}]}}},
    "a name with markup": {"version": 1, "answers": {"<b>": ONE | {"said": [GOOD]}}},
    "a text of a megabyte": {
        "version": 1,
        "answers": {"a": ONE | {"said": [GOOD | {"text": "x" * 10**6}]}},
    },
}


def test_a_file_of_another_kind_is_refused_whole(visit_sample: Any, tmp_path: Path) -> None:
    page = visit_sample(path=YOURS)
    for what, content in BAD_FILES.items():
        file = tmp_path / f"{what}.json"
        file.write_text(content if isinstance(content, str) else json.dumps(content))
        page.get_by_label("Read a file in").set_input_files(file)
        expect(page.get_by_text(f"“{what}.json” was not saved by")).to_be_visible()
        assert page.evaluate(ANSWERS) == {}, what


def test_a_file_can_neither_lead_elsewhere_nor_bring_markup(
    visit_sample: Any, tmp_path: Path
) -> None:
    page = visit_sample(path=YOURS)
    sly = ONE | {"prompt": "<img src=x onerror=alert(1)>", "said": [GOOD | {"text": "<b>so</b>"}]}
    pages = ["https://example.org/x.html", "javascript:alert(1)", "../../x.html"]
    answers = {f"a{i}": sly | {"page": address} for i, address in enumerate(pages)}
    file = tmp_path / "sly.json"
    file.write_text(json.dumps({"version": 1, "answers": answers}))
    page.get_by_label("Read a file in").set_input_files(file)
    expect(page.get_by_text("3 questions read from")).to_be_visible()
    shown = page.locator(".al-answers")
    assert [shown.locator(tag).count() for tag in ("a", "img", "b")] == [0, 0, 0]
