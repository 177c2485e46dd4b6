"""The committed atlas: units drawn by chance, computed again from the weights."""

from __future__ import annotations

from pathlib import Path
from statistics import mean

import pytest

import alexnet_lab as al
from alexnet_lab.atlas.checking import Recomputed, recompute
from alexnet_lab.atlas.record import read_atlas
from alexnet_lab.models.published import VARIABLE


def check(rows: list[Recomputed]) -> None:
    """Activation and picture are what the atlas says; random pieces of photographs excite less."""
    assert len(rows) == 20
    for row in rows:
        print(row)
        assert row.recomputed == pytest.approx(row.stored, rel=0.02, abs=0.02), row
        # Another processor rounds otherwise, and 40 steps of climbing make more of it.
        assert row.remade == pytest.approx(row.made, rel=0.1), row
        assert row.likeness > 0.6, row
        assert row.stored < row.made * 1.05, row
    below = mean(row.crops_below for row in rows)
    print(f"random pieces of photographs excite a unit less than its picture: {below:.1%}")
    assert below > 0.97


def test_our_network(root: Path) -> None:
    known = read_atlas(root / "book" / "atlas" / "lab.json")
    check(recompute(al.load_pretrained("lab"), known, root / "book" / "atlas" / "lab"))


def test_the_real_network(root: Path, shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(shared_data / "imagenet-conv"))
    known = read_atlas(root / "book" / "atlas" / "bvlc.json")
    check(recompute(al.load_pretrained("bvlc"), known, root / "book" / "atlas" / "bvlc"))


def test_sheets_are_light(root: Path) -> None:
    """All of them together, and what one view of a page asks for: a tower's sheet."""
    folder = root / "book" / "atlas"
    sheets = [sheet for name in ("bvlc", "lab") for sheet in (folder / name).glob("*.webp")]
    # Two networks of 1,376 units each.
    assert sum(path.stat().st_size for path in sheets) <= 4_200_000
    # The recorded maps: what a page fetches for one photograph.
    maps = list((folder / "maps").glob("*.webp"))
    assert maps
    assert max(path.stat().st_size for path in maps) <= 200_000
    for network in ("bvlc", "lab"):
        layers = read_atlas(folder / f"{network}.json")["layers"]
        for layer in layers:
            for tower in (1, 2):  # a screen shows the units of one
                sheet = folder / network / f"{layer}-tower{tower}.webp"
                assert sheet.stat().st_size <= 80_000
