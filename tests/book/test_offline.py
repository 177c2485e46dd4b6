"""The copy that opens from disk: no server, no network, and what is left out says so."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import offline
import pytest
from served import Visit

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def copy(book: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the unpacked copy's folder."""
    out = tmp_path_factory.mktemp("copy") / "book.zip"
    assert offline.main(["--book", str(book), "--out", str(out)]) == 0
    assert out.stat().st_size < 25_000_000
    with zipfile.ZipFile(out) as archive:
        archive.extractall(out.parent / "a folder")  # a blank in the path, as people have
    return out.parent / "a folder" / offline.NAME


@pytest.fixture
def disk(copy: Path, browser: Any) -> Iterator[Visit]:
    """Return a visit to the copy: any other address is a stranger."""
    seen = Visit(browser, f"{copy.as_uri()}/")
    yield seen
    seen.context.close()


def silent(seen: Visit) -> bool:
    assert (seen.noise, seen.failures, seen.strangers) == ([], [], [])
    return True


def test_it_begins_at_index(disk: Visit) -> None:
    page = disk.open("index.html", until="load")
    page.wait_for_url("**/book/index.html")
    assert page.get_by_role("heading", level=1).is_visible()
    assert silent(disk)


def test_a_drawn_question_has_its_paper(disk: Visit) -> None:
    page = disk.open("notebooks/09_recipe_2012.html", until="load")
    asked = page.locator("[data-question*=drawn]").first
    asked.scroll_into_view_if_needed()
    asked.get_by_role("application").wait_for()
    assert silent(disk)


def test_an_explorer_lives_and_answers(disk: Visit) -> None:
    page = disk.open("notebooks/05_pooling.html", until="load")
    widget = page.locator(".al-widget[data-widget=pooling]").first
    widget.scroll_into_view_if_needed()
    page.wait_for_selector(".al-widget[data-widget=pooling][data-state=live]")
    before = widget.inner_text()
    slider = widget.locator("input[type=range]").first
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "old => document.querySelector('.al-widget[data-widget=pooling]').innerText !== old",
        arg=before,
    )
    page.wait_for_function("() => location.hash.includes('pooling.')")  # a little later
    assert silent(disk)


@pytest.mark.parametrize("path", ["notebooks/16_activations.html", "notebooks/15_filters.html"])
def test_every_explorer_of_a_chapter_lives(disk: Visit, path: str) -> None:
    page = disk.open(path, until="load")
    widgets = page.locator(".al-widget[data-widget]")
    assert widgets.count()
    for place in range(widgets.count()):
        widgets.nth(place).scroll_into_view_if_needed()
        page.wait_for_function(
            "n => document.querySelectorAll('.al-widget[data-widget]')[n].dataset.state === 'live'",
            arg=place,
        )
    assert silent(disk)


def test_the_network_is_left_out_and_the_page_says_so(disk: Visit, copy: Path) -> None:
    assert not (copy / "_static" / "network").exists()
    page = disk.open("book/index.html", until="load")
    page.locator(".al-widget").scroll_into_view_if_needed()
    page.get_by_text("A copy on disk leaves the network out").first.wait_for()
    # The tour goes its way on recorded numbers; nothing leads to pages where the network would run.
    page.get_by_role("button", name="next stop").click()
    page.get_by_text("Stop 2 of 10", exact=True).wait_for()
    assert page.locator(".al-w-walk-head").inner_text().startswith("fc8 · ")
    page.get_by_role("button", name="Strongest path").click()
    page.get_by_text("relu7 · ").first.wait_for()
    assert page.locator(".al-w-elsewhere:visible a").count() == 0
    assert silent(disk)


def test_the_search_finds_and_quotes(disk: Visit) -> None:
    page = disk.open("search.html?q=pooling", until="load")
    first = page.locator("#search-results li").first
    first.wait_for()
    assert page.locator("#search-results mark").count()
    field = page.locator(".bd-search-container input")
    field.fill("11x11")
    page.wait_for_function(
        "() => document.querySelector('#search-results mark')?.textContent.startsWith('11')"
    )
    links = page.locator("#search-results li a").evaluate_all("links => links.map(a => a.href)")
    assert all(link.startswith(disk.root) for link in links)
    first.locator("a").click()
    page.wait_for_url("**/*.html#*")
    assert page.locator("main h1:visible").count() == 1
    assert silent(disk)


def test_no_link_leads_out_of_the_copy(copy: Path) -> None:
    from test_links import _broken, _crawl

    folder = copy.resolve()
    broken = {page.name: wrong for page in _crawl(folder) if (wrong := _broken(folder, page))}
    assert broken == {}


def test_the_same_book_gives_the_same_copy(book: Path, tmp_path: Path) -> None:
    copies = [tmp_path / "a.zip", tmp_path / "b.zip"]
    for out in copies:
        offline.main(["--book", str(book), "--out", str(out)])
    assert copies[0].read_bytes() == copies[1].read_bytes()
