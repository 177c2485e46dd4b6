"""Recorded maps: what a page reads from the sheets is what the network computed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

import alexnet_lab as al
from alexnet_lab.atlas.maps import LAYERS, read_maps, read_maps_record, write_maps
from alexnet_lab.models.published import VARIABLE


def check(network: Any, name: str, record: dict[str, Any], folder: Path) -> None:
    """Peaks are the network's; a sheet keeps the maps but for what WebP and 256 steps lose."""
    found = read_maps(record, name, folder)
    x = network.preprocess(al.photograph(name))[None]
    wanted = al.analysis.activations(network, x, LAYERS)
    for layer in LAYERS:
        maps, true = found[layer], wanted[layer][0]
        assert maps.shape == true.shape
        peaks = torch.tensor(record["photographs"][name]["peaks"][layer])
        torch.testing.assert_close(peaks, true.amax((1, 2)), rtol=0.01, atol=1e-3)
        pair = torch.stack([maps.flatten(), true.flatten()])
        assert torch.corrcoef(pair)[0, 1] > 0.97, layer
        # The place that the page opens by itself is a place where the unit is nearly at its peak.
        at_best = true.flatten(1).gather(1, maps.flatten(1).argmax(1, keepdim=True))[:, 0]
        assert (at_best >= 0.8 * true.amax((1, 2)) - 1e-3).float().mean() > 0.97, layer


def test_sheets_keep_the_maps(tmp_path: Path) -> None:
    lab = al.load_pretrained("lab")
    record = read_maps_record(write_maps(lab, "lab", ["cat"], tmp_path))
    check(lab, "cat", record, tmp_path)


def test_the_committed_maps_are_the_real_networks(
    root: Path, shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(shared_data / "imagenet-conv"))
    folder = root / "book" / "atlas" / "maps"
    record = read_maps_record(folder / "bvlc.json")
    for name in ("coffee", "temple"):
        check(al.load_pretrained("bvlc"), name, record, folder)
