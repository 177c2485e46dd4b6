"""What the eye must find: rings, rules, chips, cards, edges, and a way out of the menu."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from explorers import bring_to_life
from figure_output import ROOM_PX
from served import toc_pages

from alexnet_lab.experiments.design import claim

pytestmark = pytest.mark.browser

LEDGER = "book/ledger.html"
# An element's own ring, and those of what it stands in that shows focus within.
RINGS = """() => {
    const rings = [];
    for (let one = document.activeElement; one && one !== document.body; one = one.parentElement) {
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
        const outlined = outlineStyle !== "none" && parseFloat(outlineWidth) > 0;
        if (outlined || (boxShadow !== "none" && !boxShadow.includes("inset"))) {
            rings.push(`${one.tagName}.${one.className}: ${outlineStyle} ${boxShadow}`);
        }
    }
    return rings;
}"""


@pytest.mark.parametrize("path", ["search.html?q=relu", "notebooks/16_activations.html", LEDGER])
def test_what_has_focus_has_one_ring(visit: Any, path: str) -> None:
    page = visit(path).page
    bring_to_life(page)
    page.evaluate("scrollTo(0, 0); document.activeElement.blur()")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        assert len(page.evaluate(RINGS)) == 1, page.evaluate("document.activeElement.outerHTML")


def test_the_search_window_has_one_ring(visit: Any) -> None:
    page = visit(LEDGER).page
    page.keyboard.press("Control+k")
    assert page.evaluate("document.activeElement.type") == "search"
    assert len(page.evaluate(RINGS)) == 1


@pytest.mark.parametrize("name", ["Chapters", "On this page"])
@pytest.mark.parametrize("key", [None, "Enter", "Escape"])
def test_a_menu_on_a_phone_can_be_closed(visit: Any, name: str, key: str | None) -> None:
    page = visit("notebooks/11_dropout.html", width=360).page
    page.get_by_role("button", name=name).click()
    close = page.get_by_role("button", name="Close the menu").locator("visible=true")
    assert close.count() == 1
    box = close.bounding_box()
    assert min(box["width"], box["height"]) >= 44
    if key is None:
        close.click()
    else:
        close.focus()
        page.keyboard.press(key)
    close.wait_for(state="hidden")
    assert page.locator("dialog[open]").count() == 0
    # The menu is whole when it is opened again.
    page.get_by_role("button", name=name).click()
    assert page.locator("dialog[open] a:visible").count() > 5


def test_beside_the_article_no_menu_needs_closing(visit: Any) -> None:
    page = visit("notebooks/11_dropout.html", width=1280).page
    close = page.locator(".al-close")
    assert close.count() == 2
    assert not any(one.is_visible() for one in close.all())


def test_the_rule_under_the_bar_has_no_gap(visit: Any) -> None:
    page = visit("notebooks/11_dropout.html", width=1280).page
    page.evaluate("scrollTo(0, 900)")
    page.wait_for_function("() => document.body.classList.contains('scrolled')")
    bar, main = (
        page.locator(selector).bounding_box() for selector in (".bd-header-article", ".bd-main")
    )
    rule = page.evaluate(
        """() => { const rule = getComputedStyle(
            document.querySelector(".bd-header-article"), "::after");
            return [parseFloat(rule.width), rule.borderBottomColor]; }"""
    )
    assert bar["x"] <= main["x"]
    assert bar["x"] + rule[0] >= main["x"] + main["width"]
    assert not re.search(r"rgba\(0, 0, 0, 0\)|transparent", rule[1])
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_a_verdict_is_words_a_mark_and_a_colour(visit: Any) -> None:
    page = visit(LEDGER).page
    chips = page.locator("table .al-verdict")
    drawn = chips.evaluate_all(
        """all => all.map((one) => { const mark = getComputedStyle(one, "::before");
            return [one.textContent, getComputedStyle(one).color, mark.maskImage]; })"""
    )
    assert len(drawn) >= 20
    words = {word for word, _, _ in drawn}
    assert words <= set(claim.STATUSES)
    assert len({(word, *look) for word, *look in drawn}) == len(words)
    assert len({colour for _, colour, _ in drawn}) >= 3
    assert all(mark.startswith("url(") for _, _, mark in drawn)


def test_the_ledger_is_cards_on_a_phone(visit: Any) -> None:
    page = visit(LEDGER, width=360).page
    rows = page.locator("table.al-cards").first.locator("tbody tr")
    assert rows.count() >= 15  # the paper's own; this book's questions have a table of theirs
    for row in rows.all()[:3]:
        cells = [cell.bounding_box() for cell in row.locator("td").all()]
        assert all(a["y"] + a["height"] <= b["y"] + 1 for a, b in pairwise(cells))
        assert max(cell["width"] for cell in cells) <= 330
    labels = rows.first.locator("td").evaluate_all("all => all.map((one) => one.dataset.label)")
    assert labels == ["", "", "Here, with seeds", "There"]  # a claim and a chip say what they are
    shown = (
        rows.first.locator("td").nth(3).evaluate("one => getComputedStyle(one, '::before').content")
    )
    assert shown == '"There"'


@pytest.mark.parametrize("path", ["notebooks/20_modern_recipe.html", "book/licences.html"])
def test_a_table_that_a_phone_cannot_hold_is_cards_or_a_grid(visit: Any, path: str) -> None:
    page = visit(path, width=360).page
    page.evaluate("document.querySelectorAll('.bd-article details').forEach(d => d.open = true)")
    wide = page.locator(".bd-article table:not(.al-grid)").evaluate_all(
        "all => all.filter((t) => t.parentElement.scrollWidth > t.parentElement.clientWidth + 1)"
        ".map((t) => t.outerHTML.slice(0, 200))"
    )
    assert wide == []
    cell = page.locator("table.al-cards tbody tr").first.locator("> *").nth(1)
    label = cell.evaluate("one => getComputedStyle(one, '::before').content")
    assert label == json.dumps(cell.get_attribute("data-label"))
    heads = page.locator("table.al-cards").first.locator("thead th").all_text_contents()
    assert json.loads(label) in [" ".join(head.split()) for head in heads]


def test_many_rows_of_numbers_keep_their_names_in_sight(visit: Any) -> None:
    page = visit("notebooks/02_whole_network.html", width=360).page
    grid = page.locator("table.al-grid").first
    name = grid.locator("tbody tr").first.locator("> *").first
    before = name.bounding_box()["x"]
    grid.evaluate("t => { for (let b = t; b; b = b.parentElement) b.scrollLeft = 200; }")
    moved = grid.locator("tbody tr").first.locator("> *").nth(2).bounding_box()["x"]
    assert moved < before + 100
    assert abs(name.bounding_box()["x"] - before) < 20


def test_what_is_written_in_a_figure_can_be_read(book: Path) -> None:
    least, seen = 11, dict.fromkeys(ROOM_PX, 0)
    for path in toc_pages():
        text = (book / path).read_text("utf-8")
        for svg in re.findall(r'(?s)<svg[^>]*class="al-drawn al-drawn-.*?</svg>', text):
            which = re.search(r"al-drawn al-drawn-(\w+)", svg)[1]
            width = float(re.search(r'viewBox="[\d.-]+ [\d.-]+ ([\d.]+)', svg)[1])
            scale = min(ROOM_PX[which] / width, 4 / 3)
            sizes = re.findall(r'<text[^>]*font-size="([\d.]+)px"', svg)
            assert all(float(size) * scale >= least for size in sizes), (path, min(sizes), width)
            seen[which] += 1
    assert min(seen["narrow"], seen["wide"]) > 40
    assert seen["single"], "the ledger's figure"


def test_a_figure_has_the_room_that_its_words_need(visit: Any) -> None:
    page = visit("notebooks/16_activations.html", width=360).page
    for width in (360, 641, 961, 1201):  # where menus begin to stand beside the article, too
        page.set_viewport_size({"width": width, "height": 800})
        shown = page.locator(".al-drawn:visible").evaluate_all(
            """all => all.map(one => [one.classList[1].slice("al-drawn-".length),
                one.getBoundingClientRect().width, one.viewBox.baseVal.width * 4 / 3])"""
        )
        assert shown
        for which, pixels, own in shown:
            assert pixels >= min(ROOM_PX[which], own) - 1, (width, which, pixels, own)
            assert which != ("wide" if width == 360 else "narrow")


# Words of drawings that are not matplotlib's, where they are shown: charts, the network.
SMALL_WORDS = """least => [...document.querySelectorAll(".bd-article svg:not(.al-drawn) text")]
    .filter(one => one.checkVisibility() && one.textContent.trim())
    .map(one => [parseFloat(getComputedStyle(one).fontSize) * one.getScreenCTM().a, one])
    .filter(([size]) => size < least).map(([size, one]) => [size, one.textContent])"""


@pytest.mark.parametrize("path", ["book/speed.html", "book/ledger.html", "book/index.html"])
def test_what_is_written_in_a_pages_own_drawings_can_be_read(visit: Any, path: str) -> None:
    page = visit(path, width=360).page
    for width in (360, 641):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(SMALL_WORDS, 10.99) == []


def test_no_table_has_a_head_without_words(book: Path) -> None:
    for path in toc_pages():
        for head in re.findall(r"<th\b[^>]*>(.*?)</th>", (book / path).read_text("utf-8"), re.S):
            assert re.sub(r"<[^>]+>|&nbsp;|\s", "", head), path


@pytest.mark.parametrize("path", ["notebooks/11_dropout.html", "notebooks/02_whole_network.html"])
def test_what_scrolls_sideways_shows_that_it_does(visit: Any, path: str) -> None:
    page = visit(path, width=360).page
    page.evaluate("document.querySelectorAll('.bd-article details').forEach(d => d.open = true)")
    bring_to_life(page)
    bare = page.evaluate(
        """() => {
            const found = { scrolling: 0, bare: [] };
            for (const one of document.querySelectorAll(".bd-article *")) {
                const style = getComputedStyle(one);
                if (!/auto|scroll/.test(style.overflowX) || !one.checkVisibility()) continue;
                if (one.scrollWidth <= one.clientWidth + 1) continue;
                found.scrolling += 1;
                if ((style.backgroundImage.match(/gradient/g) ?? []).length < 4) {
                    found.bare.push(one.outerHTML.slice(0, 120));
                }
            }
            return found;
        }"""
    )
    assert bare["scrolling"] > 3
    assert bare["bare"] == []


def test_a_card_looks_as_if_it_led_somewhere(visit: Any) -> None:
    page = visit("book/index.html").page
    cards = page.locator("ul.al-ways a")
    assert cards.count() >= 3
    for card in cards.all():
        title = card.locator("strong")
        assert "underline" in title.evaluate("one => getComputedStyle(one).textDecorationLine")
        arrow = title.evaluate("one => getComputedStyle(one, '::after').maskImage")
        assert arrow.startswith("url(")


# Marks that a mask cuts out, smaller than their style says: words beside them took their room.
SQUEEZED = """() => [...document.querySelectorAll("body *")].flatMap((one) =>
    [null, "::before", "::after"].map((part) => [one, part, getComputedStyle(one, part)]))
  .filter(([one, part, style]) => style.maskImage.startsWith("url(") && one.checkVisibility()
    && (part === null || style.content === '""'))
  .filter(([,, { width, height }]) => Math.abs(parseFloat(width) - parseFloat(height)) > 1)
  .map(([one, part, { width, height }]) => [one.outerHTML.slice(0, 90), part, width, height])"""


@pytest.mark.parametrize("path", ["notebooks/09_recipe_2012.html", "book/index.html"])
def test_no_mark_is_squeezed_by_the_words_beside_it(visit: Any, path: str) -> None:
    page = visit(path, width=360).page
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(SQUEEZED) == []
