"""A page of the built book in Firefox, where Debian's is installed: widgets, and the network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from firefox import find_firefox, start_firefox

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PAGE = "notebooks/16_activations.html"
LEFT = "\ue012"
START = (
    "[...document.querySelectorAll('.al-w-source button')].find(b => b.innerText.includes('Run'))"
)


def test_the_network_runs_in_firefox_too(book: Path, address: str, tmp_path: Path) -> None:
    path = find_firefox()
    if path is None:
        pytest.skip("no firefox-esr on the path, nor ALEXNET_LAB_FIREFOX (optional)")
    if not any((book / "_static" / "network").glob("*.wasm")):
        pytest.skip("this book was built without the runtime that the network needs")
    with start_firefox(path, tmp_path) as page:
        page.open(address + PAGE)
        count = page.evaluate("document.querySelectorAll('.al-widget').length")
        assert count >= 1
        for place in range(count):
            box: Any = f"document.querySelectorAll('.al-widget')[{place}]"
            page.evaluate(f"{box}.scrollIntoView()")
            page.wait_for(f"{box}.dataset.state")
            assert page.evaluate(f"{box}.dataset.state") == "live"
        words = "document.querySelector('.al-w-activations .al-w-shares')?.innerText"
        stored = page.evaluate(words)
        page.evaluate(f"{START}.click()")
        page.wait_for("document.querySelector('.al-w-gallery-tiles label')?.checkVisibility()", 180)
        # Another photograph than the page came with: its answer can only be computed here.
        page.evaluate("document.querySelector('.al-w-gallery-tiles [value=coffee]').click()")
        page.wait_for(f"![undefined, {stored!r}].includes({words})", 60)
        assert page.noise == []


def test_the_walk_goes_its_ten_stops_in_firefox_too(
    book: Path, address: str, tmp_path: Path
) -> None:
    path = find_firefox()
    if path is None:
        pytest.skip("no firefox-esr on the path, nor ALEXNET_LAB_FIREFOX (optional)")
    with start_firefox(path, tmp_path) as page:
        page.open(address + "book/index.html")
        page.wait_for("document.querySelector('[data-widget=walk]').dataset.state === 'live'")
        stop = "document.querySelector('.al-w-walk-stop').innerText"
        head = "document.querySelector('.al-w-walk-head').innerText"
        for number in range(1, 11):
            page.wait_for(f"{stop} === 'Stop {number} of 10'")
            # A question comes first.
            page.evaluate("document.querySelector('.al-w-walk-ask button')?.click()")
            if number < 10:
                page.click('[aria-label="next stop"]')
        pixel = page.evaluate(head)
        assert pixel.startswith("image · ")
        page.evaluate("document.querySelector('.al-w-walk-map').focus()")
        page.press(LEFT)
        page.wait_for(f"{head} !== {pixel!r}")
        assert page.evaluate(head).startswith("image · ")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.noise == []
