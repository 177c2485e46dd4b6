"""Silenced units and linear heads, against hooks and scikit-learn."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from alexnet_lab.atlas import heads, probes, removal
from alexnet_lab.data import photo_patches, photograph
from alexnet_lab.errors import UserError
from alexnet_lab.models import load_pretrained


def test_removal_is_what_a_hook_finds():
    lab = load_pretrained("lab").eval()
    names = ("temple", "coffee", "cat")
    inputs = torch.stack([lab.preprocess(photograph(name)) for name in names])
    labels = torch.tensor([2, 4, 0])
    for layer, units in (("conv1", [0, 50]), ("conv2", [7]), ("conv5", [253, 3])):
        found = removal.removal(
            lab, lambda maps: lab.classifier(maps.flatten(1)), layer, inputs, labels, units
        )
        for at, unit in enumerate(units):

            def silence(module, given, maps, unit=unit):
                maps = maps.clone()
                maps[:, unit] = 0
                return maps

            relu = lab.features.get_submodule(layer.replace("conv", "relu"))
            with torch.no_grad():
                before = lab(inputs).softmax(1)
                hook = relu.register_forward_hook(silence)
                after = lab(inputs).softmax(1)
                hook.remove()
            fall = 100 * (before - after)[range(3), labels].mean()
            torch.testing.assert_close(found.fall[at], fall, rtol=1e-3, atol=1e-3)
            assert found.changed[at] == (before.argmax(1) != after.argmax(1)).sum()
    assert found.fall.abs().max() > 0.01


def test_heads_are_scikit_learns(monkeypatch):
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(90) % 3
    x = torch.randn(90, 5, generator=generator) + 2 * torch.eye(3, 5)[labels] + 10
    monkeypatch.setattr(heads, "STRENGTHS", (0.01,))
    head = heads.fit_head(x, labels, 3)
    z = (x - x.mean(0)) / x.std(0)
    oracle = LogisticRegression(C=1 / (90 * 0.01), tol=1e-8, max_iter=1000).fit(z, labels)
    shares = head(x).softmax(1).numpy()
    np.testing.assert_allclose(shares, oracle.predict_proba(z.numpy()), atol=5e-3)
    assert head.right(x, labels) == oracle.score(z.numpy(), labels.numpy())


def test_probes_go_on_where_they_stopped(tmp_path, monkeypatch):
    lab, data = load_pretrained("lab"), photo_patches(64, train=14, val=14)
    monkeypatch.setattr(probes, "LAYERS", ("pool5",))
    monkeypatch.setattr(heads, "STRENGTHS", (0.01,))
    networks = {"untrained": probes.untrained(lab), "lab": lab}
    lines: list[str] = []
    path = probes.write_probes(networks, [data], tmp_path / "probes.json", tmp_path, lines.append)
    first = json.loads(path.read_text())["data"][data.name]["networks"]
    assert first["lab"]["pool5"] != first["untrained"]["pool5"]
    assert set(first) == {"mean colour", "untrained", "lab"}
    monkeypatch.setattr(probes, "probe", None)  # nothing is computed a second time
    again = probes.write_probes(networks, [data], tmp_path / "again.json", tmp_path)
    assert again.read_text() == path.read_text()


def test_an_atlas_of_another_network_is_refused(tmp_path):
    other = copy.deepcopy(load_pretrained("lab"))
    with pytest.raises(UserError, match="not the network of the atlas 'lab'"):
        removal.write_removals(
            other, {"network": "lab", "weights": "0"}, None, tmp_path / "lab.json", tmp_path
        )


def test_recorded_probes():
    for row in probes.recorded_probes():
        assert 0 < row.right <= 1
        assert len(row.draws) == probes.DRAWS
    with pytest.raises(UserError, match="no recorded probes on 'mars'"):
        probes.recorded_probes("mars")
