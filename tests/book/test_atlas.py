"""The atlas's pages in a real browser: filters, cards, keyboard, and what each view loads."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from served import ROOT
from weight import weigh

from alexnet_lab.atlas.record import read_atlas, unit

LAYER = "book/atlas/conv4.html"
CORE = ROOT / "book" / "_static" / "atlas-core.js"


def test_the_filters_choose_what_the_record_says(tmp_path: Path) -> None:
    """Oracle: the same choice in Python."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    known = read_atlas(ROOT / "book" / "atlas" / "lab.json")
    columns = known["layers"]["conv3"]
    count = len(columns["on"])
    layer = {
        "photographs": [{"name": name} for name in known["photographs"]],
        "networks": {"lab": columns},
    }
    units = [{"network": "lab", "unit": u, "tower": 1 + 2 * u // count} for u in range(count)]
    none = dict.fromkeys(
        ("number", "network", "tower", "colour", "frequency", "photograph", "order"), ""
    )
    coffee = known["photographs"].index("coffee")
    ranks = sorted(range(count), key=lambda u: columns["colour"][u])
    strong = [u for u in range(count) if columns["peaks"][u][coffee] >= 50]
    cases = [
        ({"number": "17, 40-42"}, [17, 40, 41, 42]),
        ({"number": "400"}, []),
        ({"tower": "2"}, list(range(count // 2, count))),
        ({"colour": "2"}, sorted(ranks[2 * count // 3 :])),
        ({"photograph": "coffee"}, strong),
        (
            {"photograph": "coffee", "order": "photograph"},
            sorted(strong, key=lambda u: -columns["peaks"][u][coffee]),
        ),
        (
            {"order": "removal", "number": "3-9"},
            sorted(range(3, 10), key=lambda u: -columns["removal"][u][0]),
        ),
        ({"order": "on", "number": "3-9"}, sorted(range(3, 10), key=lambda u: -columns["on"][u])),
    ]
    wishes = [none | wish for wish, _ in cases]
    script = tmp_path / "run.js"
    script.write_text(
        CORE.read_text(encoding="utf-8")
        + f"\nconst [layer, units, wishes] = {json.dumps([layer, units, wishes])};\n"
        "const found = wishes.map((w) => alexnetLabAtlas.chosen(layer, units, w));\n"
        "console.log(JSON.stringify(found.map((f) => f.map(({ unit }) => unit))));\n",
        encoding="utf-8",
    )
    done = subprocess.run([node, str(script)], capture_output=True, text=True, check=True)
    for (wish, wanted), found in zip(cases, json.loads(done.stdout), strict=True):
        assert found == wanted, wish


@pytest.mark.browser
def test_a_permalink_opens_its_card(book: Path, visit: Any) -> None:
    seen = visit(LAYER, until="networkidle")
    page = seen.page
    assert weigh(book, seen.root, seen.first)["images"] <= 120_000
    before = len(seen.asked)
    page.evaluate("location.hash = 'bvlc-200'")
    page.wait_for_function("() => alexnetLabAtlas.layer")
    # A tower's sheet and the numbers of a card's own network; the other network's may wait.
    asked = [url for url in seen.asked if url.endswith(("bvlc/conv4-tower1.webp", "conv4-bvlc.js"))]
    assert len(asked) == 2
    assert sum(weigh(book, seen.root, asked).values()) <= 120_000
    assert not any(url.endswith("conv4-lab.js") for url in seen.asked)
    card = page.locator("dialog.al-atlas__card[open]")
    card.wait_for()
    page.wait_for_load_state("networkidle")
    known = unit(read_atlas(ROOT / "book" / "atlas" / "bvlc.json"), "conv4", 200)
    assert card.get_by_role("heading", name="conv4, unit 200").is_visible()
    assert f"{100 * known['on']:.3g} %" in card.inner_text()
    links = card.locator(".al-atlas__neighbours a").evaluate_all("a => a.map(a => a.href)")
    wanted = [f"conv3.html#bvlc-{i}" for i, _ in known["inputs"]]
    wanted += [f"conv5.html#bvlc-{i}" for i, _ in known["outputs"]]
    assert [link.rpartition("/")[2] for link in links] == wanted
    # With the small pictures of three layers, for the unit's neighbours; the next card has them.
    assert weigh(book, seen.root, seen.asked[before:])["images"] <= 260_000
    assert "conv4.html#bvlc-200" in card.locator(".al-atlas__cite").inner_text()
    # Each field lies where the record says, to scale.
    boxes = page.evaluate(
        """[...document.querySelectorAll('.al-atlas__field')].map(f => {
            const [b, p] = [f, f.parentElement].map(e => e.getBoundingClientRect());
            return [(b.left - p.left) / p.width, b.width / p.width]; })"""
    )
    for (left, side), (_, _, x) in zip(boxes, known["places"], strict=True):
        assert side == pytest.approx(131 / 227, abs=0.01)
        assert left == pytest.approx((-48 + 16 * x) / 227, abs=0.01)
    page.keyboard.press("Escape")
    assert page.evaluate("[location.hash, document.activeElement.id]") == ["", "bvlc-200"]
    assert (seen.noise, seen.failures) == ([], [])


@pytest.mark.browser
def test_by_keyboard_alone(visit: Any) -> None:
    page = visit(LAYER).page
    stops = "[...document.querySelectorAll('.al-atlas__units a')].filter(a => a.tabIndex === 0)"
    assert page.evaluate(f"{stops}.length") == 1
    page.evaluate(f"{stops}[0].focus()")
    for key, wanted in (("ArrowRight", "bvlc-1"), ("End", None), ("Home", "bvlc-0")):
        page.keyboard.press(key)
        at = page.evaluate("document.activeElement.id")
        assert at == wanted or wanted is None
    page.keyboard.press("ArrowDown")
    first, below = page.evaluate(
        "['bvlc-0', document.activeElement.id].map(i => document.getElementById(i).offsetLeft)"
    )
    assert first == below
    page.keyboard.press("Enter")
    page.locator("dialog.al-atlas__card[open]").wait_for()
    number = page.evaluate("location.hash")
    page.get_by_role("button", name="Next").click()
    page.wait_for_function(f"() => location.hash !== '{number}'")


@pytest.mark.browser
def test_filters_are_kept_in_the_address(visit: Any) -> None:
    page = visit(f"{LAYER}?tower=2&number=190-195").page
    shown = page.locator(".al-atlas__units > li:visible a")
    page.locator(".al-atlas__status:has-text('units.')").wait_for()
    assert [link.rpartition("-")[2] for link in shown.evaluate_all("a => a.map(a => a.id)")][
        :4
    ] == ["192", "193", "194", "195"]
    page.get_by_role("button", name="Reset").click()
    page.wait_for_function("() => !location.search")


@pytest.mark.browser
def test_without_script_pictures_and_permalinks_are_there(browser: Any, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}{LAYER}#bvlc-200")
    assert page.locator("#bvlc-200").is_visible()
    sheets = page.locator(".al-atlas noscript img, .al-atlas img")
    assert sheets.count() >= 2
    assert sheets.first.evaluate("i => i.decode().then(() => i.naturalWidth)") == 768
    context.close()
