"""A page of all widgets in Firefox, where Debian's is installed: alive, quiet, with a keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from examples import EXAMPLES
from firefox import find_firefox, start_firefox
from pages import MOVE_ALL, READ_ALL, write_page
from PIL import Image
from races import SHORT, hold_against_torch

import alexnet_lab as al
from alexnet_lab.bench.records import read_record

pytestmark = [pytest.mark.browser, pytest.mark.slow]
RIGHT = "\ue014"
NAMES = sorted(EXAMPLES)


@pytest.fixture(scope="module")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    path = find_firefox()
    if path is None:
        pytest.skip("no firefox-esr on the path, nor ALEXNET_LAB_FIREFOX (optional)")
    with start_firefox(path, tmp_path_factory.mktemp("firefox")) as running:
        yield running


@pytest.fixture
def page(firefox: Any, widget_folder: Path, widget_address: str) -> Any:
    """Open a page with every widget, each alive."""
    written = write_page(widget_folder, *(EXAMPLES[name]() for name in NAMES))
    firefox.open(widget_address + written.name)
    for name in NAMES:
        box = f"document.querySelector('[data-widget={name}]')"
        firefox.evaluate(f"{box}.scrollIntoView()")
        firefox.wait_for(f"{box}.dataset.state")
        assert firefox.evaluate(f"{box}.dataset.state") == "live", firefox.evaluate(
            f"{box}.innerText"
        )
    return firefox


def test_every_widget_lives_in_firefox_too(page: Any, tmp_path: Path) -> None:
    for name in NAMES:
        box = f"document.querySelector('[data-widget={name}]')"
        slider = f"[...{box}.querySelectorAll('[type=range]')].find(e => e.checkVisibility())"
        if not page.evaluate(f"Boolean({slider})"):
            continue
        page.evaluate(f"({slider}).focus()")
        # Away from its end, so that the arrow has somewhere to go.
        page.evaluate(
            f"(e => {{ e.value = e.min; e.dispatchEvent(new Event('input')) }})({slider})"
        )
        before = page.evaluate(f"({slider}).value")
        page.press(RIGHT)
        page.wait_for(f"({slider}).value !== {before!r}")
    page.click("[data-widget=pooling] .al-w-toggles label:last-of-type")
    page.wait_for("document.querySelector('.al-w-pooling-words').innerText.includes('mean')")
    assert page.noise == []
    page.picture(tmp_path / "page.png")
    with Image.open(tmp_path / "page.png") as picture:
        assert len(picture.convert("RGB").resize((64, 512)).getcolors(1 << 16)) > 50


def test_fits_the_window(page: Any) -> None:
    wide = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1]


def test_state_that_fits_comes_back_from_its_own_address(
    firefox: Any, widget_folder: Path, widget_address: str
) -> None:
    """Every control of every widget moved, then the address opened anew."""
    written = write_page(widget_folder, *(EXAMPLES[name]() for name in NAMES))
    box = "document.querySelectorAll('.al-widget')"

    def come_alive(at: str) -> list[list[str]]:
        firefox.open("about:blank")
        firefox.open(widget_address + written.name + at)
        for place in range(len(NAMES)):
            firefox.evaluate(f"{box}[{place}].scrollIntoView()")
            firefox.wait_for(f"{box}[{place}].dataset.state")
            assert firefox.evaluate(f"{box}[{place}].dataset.state") == "live", NAMES[place]
        return firefox.evaluate(f"[...{box}].map({READ_ALL})")

    before = come_alive("")
    firefox.evaluate(f"[...{box}].forEach({MOVE_ALL})")
    firefox.evaluate(
        "new Promise((done) => setTimeout(done, 1000))"
    )  # it is written a little later
    moved = firefox.evaluate(f"[...{box}].map({READ_ALL})")
    assert moved != before
    address = firefox.evaluate("location.hash")
    assert come_alive(address) == moved
    assert firefox.noise == []


def test_addresses_are_held_against_the_layer_that_they_name(
    firefox: Any, widget_folder: Path, widget_address: str
) -> None:
    written = write_page(widget_folder, EXAMPLES["filters"](), EXAMPLES["towers"]())
    at = "#filters.layer=conv2&filters.sort=colourfulness&towers.layer=fc6&towers.kernel=4000"
    firefox.open("about:blank")
    firefox.open(widget_address + written.name + at)
    said = {}
    for name in ("filters", "towers"):
        found = f"document.querySelector('[data-widget={name}]')"
        firefox.evaluate(f"{found}.scrollIntoView()")
        firefox.wait_for(f"{found}.dataset.state === 'live'")
        said[name] = firefox.evaluate(f"({READ_ALL})({found})")
    assert "kernel: 4000" in said["towers"]
    listed = "[...document.querySelectorAll('[data-widget=filters] select')].at(-1)"
    assert firefox.evaluate(f"{listed}.selectedOptions[0].text") == "number"
    assert firefox.noise == []


def test_races_in_firefox_are_pytorchs(
    firefox: Any, widget_folder: Path, widget_address: str, bench_files: Path, tmp_path: Path
) -> None:
    """Three graphs: two nets that race, and one of eight layers alone."""
    benches = (
        al.widgets.TrainingBench(**SHORT, b_activation="tanh", b_crops=True, seed=3),
        al.widgets.TrainingBench(**SHORT, net="mini", race=False, a_dropout=True, seed=3),
    )
    for bench in benches:
        firefox.open(widget_address + write_page(widget_folder, bench).name)
        firefox.wait_for("document.querySelector('.al-widget').dataset.state === 'live'")
        press = "[...document.querySelectorAll('button')].find(b => b.innerText.startsWith({!r}))"
        firefox.evaluate(press.format("Train here") + ".click()")
        status = "document.querySelector('.al-w-bench-status').innerText"
        firefox.wait_for(f"{status}.includes('finished')", seconds=180)
        # What would be saved as a file.
        firefox.evaluate("HTMLAnchorElement.prototype.click = () => {}, 0")
        firefox.evaluate(
            "URL.createObjectURL = (blob) => { blob.text().then((t) => { window.saved = t; });"
            " return '#'; }, 0"
        )
        firefox.evaluate(press.format("Save these races") + ".click()")
        firefox.wait_for("window.saved !== undefined")
        path = tmp_path / "race.json"
        path.write_text(firefox.evaluate("window.saved"), encoding="utf-8")
        found = read_record(path)
        if not bench.race:  # saved as a race against itself
            bench.b_dropout = bench.a_dropout
        hold_against_torch(found, bench, 3)
    assert firefox.noise == []
