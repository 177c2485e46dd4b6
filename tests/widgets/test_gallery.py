"""The pictures to choose from: seen, named, by finger and by key, with the answer in sight."""

from __future__ import annotations

import json
from typing import Any

import pytest

import alexnet_lab as al

pytestmark = pytest.mark.browser
SCREEN = 640  # pixels of a small phone between the browser's bars


def status(seen: Any, title: str) -> None:
    words = seen.number().locator(".al-w-source [role=status]")
    words.get_by_text(title, exact=True).or_(words.filter(has_text=title)).first.wait_for()


def test_pictures_on_a_phone_by_finger_and_by_key(show: Any, page_network: Any) -> None:
    about = json.loads((page_network / "lab.json").read_text(encoding="utf-8"))["photographs"]
    lab, temple = al.load_pretrained("lab"), al.photograph("temple")
    made = al.widgets.ActivationExplorer(lab, temple, layer="relu1", in_page=True)
    seen = show(made, width=360, touch=True)
    page, box = seen.page, seen.number()
    seen.button("Run the network here (fetches about 8 MB)").tap()
    seen.opened()
    group = box.get_by_role("group", name="photograph", exact=True)
    tiles = group.get_by_role("radio")
    names = [tile.evaluate("e => e.labels[0].querySelector('img').alt") for tile in tiles.all()]
    assert names == [each["title"] for each in about]
    assert all(group.get_by_role("radio", name=name, exact=True).count() == 1 for name in names)
    status(seen, about[0]["title"])
    first = seen.text(".al-w-source-answer")
    assert seen.photograph() == "temple"

    # One stop for the Tab key; arrows go through the pictures.
    tiles.first.focus()
    page.keyboard.press("ArrowRight")
    status(seen, about[1]["title"])
    assert seen.photograph() == about[1]["name"]
    assert seen.text(".al-w-source-answer") != first
    box.locator('.al-w-gallery label[data-name="cat"]').tap()
    cat = next(each for each in about if each["name"] == "cat")
    status(seen, cat["title"])

    # Tiles and the answer's bars fit one screen together; a tile fits a finger.
    edges = box.evaluate(
        """box => [".al-w-gallery-tiles", ".al-w-source-answer"].flatMap((one) => {
          const { top, bottom } = box.querySelector(one).getBoundingClientRect();
          return [top, bottom];
        })"""
    )
    assert max(edges) - min(edges) < SCREEN
    sizes = box.locator(".al-w-gallery-tiles label").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect()).flatMap(r => [r.width, r.height])"
    )
    assert min(sizes) >= 44
    pictures = box.locator(".al-w-gallery-tiles img")
    assert pictures.evaluate_all("all => all.every(e => e.complete && e.naturalWidth === 128)")

    # Whose it is stands behind the ⓘ.
    credit = box.get_by_text(cat["credit"], exact=True)
    assert credit.is_hidden()
    box.locator("summary").focus()
    page.keyboard.press("Enter")
    assert credit.is_visible()
    assert seen.axe() == []
