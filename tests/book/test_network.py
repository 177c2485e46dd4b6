"""The lab network in the built book: nothing is fetched unasked, and then it runs in the page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

CHAPTER = "notebooks/16_activations.html"

pytestmark = pytest.mark.browser


def test_the_book_brings_runtime_model_and_their_licence(book: Path) -> None:
    folder = book / "_static" / "network"
    manifest = json.loads((folder / "lab.json").read_text(encoding="utf-8"))
    assert manifest["runtime"], "built without ONNX Runtime Web: npm, or a connection, brings it"
    parts = [manifest["model"], manifest["runtime"]["module"], manifest["runtime"]["wasm"]]
    for part in parts:
        assert (folder / part["file"]).stat().st_size == part["bytes"]
    assert manifest["model"]["bytes"] <= 6_000_000
    assert "MIT License" in (folder / "onnxruntime-LICENSE.txt").read_text(encoding="utf-8")
    for photograph in manifest["photographs"]:
        assert (folder / photograph["file"]).is_file()
        assert photograph["credit"]


def test_two_widgets_of_a_chapter_share_one_network(visit: Any) -> None:
    seen = visit(CHAPTER)
    page = seen.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    widgets = {}
    for name in ("activations", "ablation"):
        widgets[name] = page.locator(f'.al-widget[data-widget="{name}"]')
        widgets[name].scroll_into_view_if_needed()
        page.wait_for_selector(f'.al-widget[data-widget="{name}"][data-state="live"]')
    assert not [url for url in asked if "/network/" in url], "fetched before anybody asked"
    # What one has fetched the other one does not ask for again.
    widgets["activations"].get_by_role("button", name="Run the network here").click()
    for name, ready in (("activations", ".al-w-activations-words"), ("ablation", "tbody")):
        widgets[name].locator(".al-w-gallery-tiles label").first.wait_for(timeout=60_000)
        assert widgets[name].locator(ready).first.is_visible()
    assert len([url for url in asked if url.endswith("lab.onnx")]) == 1
    # None of the sample photographs shows what the network knows, and the page says so.
    widgets["activations"].get_by_text("None of the 10 classes").wait_for(timeout=20_000)
    # The bench, without asking first: the first tower alone does not see a church.
    bench = widgets["ablation"]
    bench.get_by_label("ask me first").uncheck()
    bench.get_by_role("group", name="towers", exact=True).get_by_text("first only").click()
    bench.get_by_text("now english springer is first").wait_for(timeout=20_000)
    assert (seen.noise, seen.failures, seen.strangers) == ([], [], [])
