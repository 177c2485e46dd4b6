"""Explorers lead to the walk at the unit in question, and the walk to them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from examples import attribution_maps, tiny_photo
from node import run_node

import alexnet_lab as al


def test_each_explorer_is_on_the_page_that_links_name(root: Path) -> None:
    found = run_node("_runtime/page-links.js", "return [core.PAGES, core.ATLAS];", {})
    pages, atlas = found
    assert "{living-network}" in (root / "book/index.md").read_text(encoding="utf-8")
    assert pages.pop("walk") == "book/index.html"
    for name, page in pages.items():
        chapter = (root / page).with_suffix(".ipynb").read_text(encoding="utf-8")
        assert f'data-widget=\\"{name}\\"' in chapter, f"{name} is not in {page}"
    record = json.loads((root / "book/atlas/lab.json").read_text(encoding="utf-8"))
    assert atlas == list(record["layers"])
    assert (
        run_node("_runtime/page-links.js", "return core.addressOf('walk', { a: 1 });", {}) is None
    )


# From an explorer's state to what the walk then says.
TO_THE_WALK = {
    "filters": ("filters.layer=conv1&filters.selected=40", "conv1 · 40 · row 27, column 27"),
    "activations": ("activations.unit=7", "relu2 · 7 · row "),
    "ablation": (
        "ablation.layer=conv4&ablation.first=30&ablation.last=31",
        "conv4 · 30 · row 6, column 6",
    ),
    "attribution": ("attribution.row=0&attribution.column=55", "image · green · row 2, column 222"),
    # A photograph that is moved is not the network's: the link waits until it is back.
    "pooling": (
        "pooling.map=0&pooling.row=3&pooling.column=5&pooling.down=0",
        "pool1 · 65 · row 3, column 5",
    ),
    "response-norm": ("response-norm.channel=40", "norm1 · 40 · row 46, column 10"),
    "towers": ("towers.layer=conv4&towers.kernel=200", "conv4 · 200 · row 6, column 6"),
}


@pytest.mark.browser
def test_both_ways_between_the_walk_and_seven_explorers(show: Any) -> None:
    lab, cat = al.load_pretrained("lab"), al.photograph("cat")
    maps = {
        method: {case: torch.nn.functional.interpolate(m[None, None], 224)[0, 0]}
        for method, of in attribution_maps().items()
        for case, m in zip(("church",), of.values(), strict=False)
    }
    walk = al.widgets.NetworkWalk()
    normed = al.analysis.activations(lab, cat, "norm1")["norm1"]
    before = al.analysis.activations(lab, cat, "conv1")["conv1"]
    on = {"photo": "cat"}
    with torch.device("meta"):
        split = al.models.split_towers(al.models.alexnet_2012(), ("meta", "meta"))
        split(torch.empty(1, 3, 224, 224)).sum().backward()
        table = al.layer_table(al.models.alexnet_2012())
    seen = show(
        al.widgets.FilterExplorer(lab, in_page=True),
        al.widgets.ActivationExplorer(lab, cat, layer="relu2", unit=7, in_page=True),
        al.widgets.AblationBench(lab, cat, in_page=True),
        al.widgets.AttributionExplorer(tiny_photo(224), maps, sample="cat"),
        walk,
        al.widgets.PoolingExplorer(normed, channels=[65], down=1, walk={"layer": "pool1", **on}),
        al.widgets.ResponseNormExplorer(
            before, at=(46, 10), groups=2, walk={"layer": "norm1", **on}
        ),
        al.widgets.TowerExplorer(table, split.traffic.rows, images=1, walk=on),
    )
    page = seen.page

    def go(hash_: str) -> None:
        page.evaluate("h => { location.hash = h }", hash_)
        seen.settle(4)

    def press(place: int, words: str) -> str:
        """Follow a link as if its page were this one; all explorers are here."""
        link = seen.number(place).get_by_role("link", name=words, exact=True)
        path, hash_ = link.evaluate("a => [a.pathname, a.hash]")
        go(hash_)
        return path

    assert not seen.number(5).locator(".al-w-elsewhere").is_visible()
    places = [0, 1, 2, 3, 5, 6, 7]  # 4 is the walk
    for place, (name, (state, said)) in zip(places, TO_THE_WALK.items(), strict=True):
        go(f"#{state}")
        link = seen.number(place).locator(".al-w-elsewhere a")
        assert press(place, link.inner_text()).endswith("/book/index.html")
        assert seen.text(".al-w-walk-head", 4).startswith(said), name
    # The photograph comes along, and what is off; nothing recorded is told as that photograph's.
    assert "walk.photo=cat" in page.evaluate("location.hash")
    go("#ablation.layer=conv4&ablation.first=30&ablation.last=31")
    press(2, "Open the first of these filters in the walk")
    assert "Off: conv4 · 30, conv4 · 31" in seen.text(".al-w-walk-told", 4)
    assert "For that photograph, the network" in seen.text(".al-w-walk-unit", 4)

    go("#walk.layer=relu1&walk.channel=12&walk.row=3&walk.column=5&walk.off=&walk.photo=coffee")
    assert press(4, "its kernel among all").endswith("/notebooks/15_filters.html")
    assert seen.text(".al-w-filters-name", 0).startswith("conv1, kernel 12")
    assert press(4, "its map and receptive field").endswith("/notebooks/16_activations.html")
    assert (
        seen.text(".al-w-activations-words", 1) == "Run the network here to see unit 12 of relu1."
    )
    press(4, "the bench, with its channel off")
    assert seen.text(".al-w-ablation-words", 2).startswith("Off: filters 12 to 12 of conv1.")
    atlas = seen.number(4).get_by_role("link", name="what excites it").get_attribute("href")
    assert atlas.endswith("/book/atlas/conv1.html#lab-12")
    best = walk.classes.index("church")
    go(f"#walk.layer=softmax&walk.channel={best}&walk.row=0&walk.column=0")
    assert press(4, "which pixels speak for an answer").endswith("/17_attribution.html")
    assert seen.axe() == []
