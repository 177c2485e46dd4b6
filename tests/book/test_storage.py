"""Browsers that keep nothing: search, colour mode, menus and explorers work all the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from firefox import find_firefox, start_firefox
from playwright.sync_api import expect
from served import BROWSER_ARGUMENTS, Visit, find_browser

pytestmark = pytest.mark.browser

CHAPTER = "notebooks/05_pooling.html"
REFUSE = """() => { throw new DOMException("refused", "SecurityError"); }"""
FULL = """() => { throw new DOMException("full", "QuotaExceededError"); }"""
# What a page meets, as a script that runs before any of its own.
STORES = {
    "naming one throws": f"""for (const name of ["localStorage", "sessionStorage"])
        Object.defineProperty(window, name, {{ configurable: true, get: {REFUSE} }});""",
    "reading throws": f"Storage.prototype.getItem = {REFUSE};",
    "writing throws": f"Storage.prototype.setItem = {REFUSE};",
    "all of it throws": f"""for (const name of ["getItem", "setItem", "removeItem"])
        Storage.prototype[name] = {REFUSE};""",
    "a quota of 0": f"Storage.prototype.setItem = {FULL};",
    "there is none": """for (const name of ["localStorage", "sessionStorage"])
        Object.defineProperty(window, name, { configurable: true, value: null });""",
    "sessionStorage alone throws": f"""Object.defineProperty(window, "sessionStorage",
        {{ configurable: true, get: {REFUSE} }});""",
}


def use(page: Any, width: int) -> None:
    """Use what the theme's scripts do: colour mode, menus, search; and an explorer."""
    theme = "document.documentElement.dataset.theme"
    assert page.evaluate(theme) in {"light", "dark"}
    seen = set()
    for _ in range(3):
        page.get_by_role("button", name="Colour mode").click()
        seen.add(page.evaluate(theme))
    assert seen == {"light", "dark"}
    references = page.locator("#pst-primary-sidebar, #pst-primary-sidebar-modal").get_by_role(
        "link", name="References", exact=True
    )
    was = references.first.is_visible()
    page.get_by_role("button", name="Chapters").click()
    expect(references.first).to_be_visible(visible=not was)
    if width < 992:
        page.keyboard.press("Escape")
    widget = page.locator(".al-widget").first
    widget.scroll_into_view_if_needed()
    page.wait_for_function("() => document.querySelector('.al-widget').dataset.state === 'live'")
    page.keyboard.press("Control+k")
    page.keyboard.type("dropout")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=dropout*")
    page.locator("#search-results li").first.wait_for()


@pytest.mark.parametrize(
    ("store", "width"), [*((store, 1280) for store in STORES), ("naming one throws", 360)]
)
def test_works_where_nothing_is_kept(browser: Any, address: str, store: str, width: int) -> None:
    seen = Visit(browser, address, width=width)
    seen.context.add_init_script(STORES[store])
    use(seen.open(CHAPTER, until="load"), width)
    assert (seen.noise, seen.failures, seen.strangers) == ([], [], [])
    seen.context.close()


@pytest.mark.parametrize("width", [1280, 360])
def test_works_with_all_cookies_blocked(
    browser: Any, address: str, tmp_path: Path, width: int
) -> None:
    """The browser's own setting, not a stand-in for it."""
    settings = {"profile": {"default_content_setting_values": {"cookies": 2}}}
    (tmp_path / "Default").mkdir()
    (tmp_path / "Default" / "Preferences").write_text(json.dumps(settings), encoding="utf-8")
    context = browser.browser_type.launch_persistent_context(
        tmp_path,
        executable_path=find_browser(),
        args=BROWSER_ARGUMENTS,
        viewport={"width": width, "height": 900},
        reduced_motion="reduce",
    )
    page = context.new_page()
    noise: list[str] = []
    page.on("pageerror", lambda error: noise.append(str(error)))
    page.goto(address + "_static/favicon.svg")
    named = page.evaluate(
        "() => { try { return typeof localStorage } catch (e) { return e.name } }"
    )
    assert named == "SecurityError", "this browser does not block them: the test shows nothing"
    page.goto(address + CHAPTER)
    use(page, width)
    assert noise == []
    context.close()


@pytest.mark.parametrize("store", ["naming one throws", "a quota of 0", "there is none"])
def test_a_choice_holds_while_the_page_is_open(browser: Any, address: str, store: str) -> None:
    seen = Visit(browser, address)
    seen.context.add_init_script(STORES[store])
    page = seen.open(CHAPTER, until="load")
    page.evaluate("localStorage.setItem('mode', 'dark')")
    assert page.evaluate("localStorage.getItem('mode')") == "dark"
    page.evaluate("localStorage.removeItem('mode')")
    assert page.evaluate("localStorage.getItem('mode')") is None
    seen.context.close()


def test_what_was_kept_before_the_quota_was_full_is_read(browser: Any, address: str) -> None:
    seen = Visit(browser, address)
    page = seen.open(CHAPTER, until="load")
    page.evaluate("localStorage.setItem('mode', 'dark'); localStorage.setItem('theme', 'dark')")
    seen.context.add_init_script(STORES["a quota of 0"])
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    seen.context.close()


@pytest.fixture(params=["cookies blocked", "no storage at all", "private"])
def fox(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """Return Firefox with one of its own settings."""
    path = find_firefox()
    if path is None:
        pytest.skip("no firefox-esr on the path, nor ALEXNET_LAB_FIREFOX (optional)")
    preferences: dict[str, Any] = {
        "cookies blocked": {"network_cookie_cookieBehavior": 2},
        "no storage at all": {"dom_storage_enabled": False},
        "private": {"browser_privatebrowsing_autostart": True},
    }[request.param]
    with start_firefox(path, tmp_path, **preferences) as page:
        page.open("about:blank")
        yield page


@pytest.mark.slow
def test_works_in_firefox_too(fox: Any, address: str) -> None:
    fox.open(address + CHAPTER)
    # The theme's script has chosen a mode, and listens.
    fox.wait_for("document.documentElement.dataset.theme !== 'auto'")
    modes = """document.querySelector('.theme-switch-button').click(),
        document.documentElement.dataset.theme"""
    assert {fox.evaluate(modes) for _ in range(3)} == {"light", "dark"}
    fox.evaluate("document.querySelector('.search-button-field, .search-button').click()")
    assert fox.evaluate("document.querySelector('#pst-search-dialog').open")
    fox.evaluate("document.querySelector('.al-widget').scrollIntoView()")
    fox.wait_for("document.querySelector('.al-widget').dataset.state === 'live'")
    fox.open(f"{address}search.html?q=227")
    fox.wait_for("document.querySelector('#search-results li')")
    assert fox.evaluate("document.querySelector('#search-results a').textContent") == "224 or 227?"
    assert fox.noise == []
