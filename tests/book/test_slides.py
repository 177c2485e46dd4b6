"""A chapter as slides: all that is worth a slide is on one, by keyboard, alive, and on paper."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Any

import pytest
from served import ROOT

PLANS = (ROOT / "book" / "course-plans.md").read_text(encoding="utf-8").split("\n## ")[1:]


def test_each_plan_leads_to_the_slides_of_its_chapter() -> None:
    for plan in PLANS:
        chapter = re.search(r"\(\.\./notebooks/(\S+)\.ipynb\)", plan)[1]
        assert f'<a href="../notebooks/{chapter}.html?slides">' in plan


@pytest.mark.browser
def test_a_chapter_becomes_slides(visit: Any) -> None:
    plain = visit("notebooks/03_relu.html", width=1280).page
    kept = "figure.al-figure, .al-device, .cell.tag_only-explores"
    parts = plain.locator(f".bd-article :is({kept})").count()
    page = visit("notebooks/03_relu.html?slides", width=1280).page
    page.wait_for_selector(".al-slide--now")
    assert page.locator(f".al-slide :is({kept})").count() == parts > 20
    status = page.locator(".al-slides__bar [role=status]")
    many = page.locator(".al-slide").count()
    assert status.inner_text() == f"1 of {many}"
    for key, at in (("ArrowRight", 2), (" ", 3), ("ArrowLeft", 2), ("End", many), ("Home", 1)):
        page.keyboard.press(key)
        assert status.inner_text() == f"{at} of {many}"
        assert page.locator(".al-slide:visible").count() == 1
    asked = page.locator(".al-slide").evaluate_all(
        "all => all.findIndex(one => one.querySelector('.al-device--predict'))"
    )
    page.evaluate("n => location.hash = `#${n}`", asked + 1)
    page.locator(".al-slide--now input[type=radio]").first.check()
    page.keyboard.press("ArrowDown")  # the choices' own key, not the slides'
    assert status.inner_text() == f"{asked + 1} of {many}"
    page.locator(".al-slide--now button", has_text="Check").click()
    assert page.locator(".al-slide--now .al-quiz__verdict").inner_text()
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
    result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert [(v["id"], v["nodes"][0]["html"][:100]) for v in result["violations"]] == []
    alive = page.locator(".al-slide").evaluate_all(
        "all => all.findIndex(one => one.querySelector('.al-widget'))"
    )
    page.evaluate("n => location.hash = `#${n}`", alive + 1)
    page.wait_for_selector(".al-slide--now .al-widget input")
    page.emulate_media(media="print")
    assert page.locator(".al-slide:visible").count() == many
    page.emulate_media(media="screen")
    page.keyboard.press("PageUp")
    page.keyboard.press("Escape")
    page.wait_for_url(lambda url: "slides" not in url)
    assert page.locator(".bd-article h1").is_visible()
