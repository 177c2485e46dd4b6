"""Parts switched off and pixels deleted, on a network with a linear layer of ours."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

import alexnet_lab as al
from alexnet_lab.atlas import answers, deletions, heads, kept, marked, switches, testing
from alexnet_lab.atlas.making import weights_digest
from alexnet_lab.data import Split, photo_patches
from alexnet_lab.errors import UserError
from alexnet_lab.models import Preprocess
from alexnet_lab.models.published import VARIABLE
from alexnet_lab.widgets import AblationBench


def test_what_is_off_is_what_the_bench_switches_off() -> None:
    """Oracle: the explorer, which has its own way through the layers."""
    lab, photo = al.load_pretrained("lab"), al.photograph("temple")
    bench = AblationBench(lab, photo)
    strong = lab.features.conv1.weight.detach().flatten(1).norm(dim=1).argsort()[-24:]
    traits = {
        "nothing": {},
        "first tower": {"tower": "second"},
        "second tower in conv1": {"layer": "conv1", "first": 48, "last": 95},
        "relu4": {"linear": "relu4"},
        "norm1": {"norm1": "off"},
        "neighbours in norm2": {"norm2": "neighbours off"},
    }
    parts = switches.switches(lab.features)
    assert {"a random quarter of conv5", "relu1", "norm2"} < set(parts)
    wanted = {name: parts[name] for name in traits if name != "nothing"}
    found = dict(switches.with_parts_off(lab, lab.preprocess(photo)[None], wanted))
    assert list(found) == list(traits)
    for name, given in traits.items():
        with bench.hold_trait_notifications():
            plain = {"first": 0, "last": -1, "tower": "both", "linear": "", "norm2": "on"}
            for trait, value in ({**plain, "norm1": "on"} | given).items():
                setattr(bench, trait, value)
        torch.testing.assert_close(found[name][0], bench.answer(), rtol=1e-4, atol=1e-4)
    kept = parts["the strongest quarter of conv1"]["conv1"].kept.flatten()
    assert (kept == 0).nonzero()[:, 0].tolist() == sorted(strong.tolist())


def test_what_is_deleted() -> None:
    x = torch.ones(3, 20, 20)
    heat = torch.zeros(20, 20)
    heat[5, 5] = 1  # spreads over 9 × 9 pixels
    grey = deletions.greyed(x, heat, 81 / 400)
    assert grey.eq(0).all(0).sum() == 81
    assert grey[:, 1:10, 1:10].eq(0).all()
    falling = torch.arange(20.0, 0, -1).expand(20, 20)  # a map is as strong at the border as it is
    for turn in range(4):
        grey = deletions.greyed(x, falling.rot90(turn), 0.1)[0]
        assert grey.rot90(-turn)[:, :2].eq(0).all()

    def network(images: torch.Tensor) -> torch.Tensor:
        """Two classes: pixels left, and four times as many as are missing."""
        left = images.mean(1).sum((1, 2))
        return torch.stack([left, 4 * (400 - left)], 1)

    found = deletions.falls(network, x, 0, {"one": [heat], "two": [heat, heat]})
    assert found["one"] == [[20.0, 1.0], [40.0, 1.0], [80.0, 1.0]]
    assert found["two"] == found["one"]
    assert set(deletions.controls(x, 0)) == set(deletions.CONTROLS)
    edges = deletions.controls(torch.eye(6).expand(3, 6, 6), 0)["edges"][0]
    assert edges[0, 0] == 2
    assert edges[0, 5] == edges[5, 0] == 0


def test_a_stack_that_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lab, data = al.load_pretrained("lab"), photo_patches(64, train=14, val=14)
    monkeypatch.setattr(heads, "STRENGTHS", (0.01,))
    lines: list[str] = []
    made, _ = answers.answering(lab, [data], tmp_path, lines.append, (1, 1))
    assert made.classes == data.classes
    x = lab.preprocess(al.photograph("cat"))[None]
    linear = made.classifier[-1]
    with torch.no_grad():
        means = lab.features(x).mean((2, 3))
        torch.testing.assert_close(made(x), linear(means), rtol=1e-4, atol=1e-4)
    monkeypatch.setattr(answers, "_means", None)  # nothing is computed a second time
    again, _ = answers.answering(lab, [data], tmp_path, lines.append, (1, 1))
    assert torch.equal(again.classifier[-1].weight, linear.weight)
    assert len(lines) == 2
    random = answers.untrained_like(lab)
    assert weights_digest(random) != weights_digest(lab)
    assert weights_digest(random) == weights_digest(answers.untrained_like(lab))


def test_what_is_kept_is_named_by_what_it_was_computed_from(tmp_path: Path) -> None:
    """Other photographs, weights or preprocessing in the same folder: nothing old is taken."""

    class Stack(nn.Module):
        def __init__(self, weight: float, mean: float = 0.0) -> None:
            super().__init__()
            self.features = nn.Conv2d(3, 1, 1)
            self.preprocess = Preprocess((mean, mean, mean), None, 8, 8)
            nn.init.constant_(self.features.weight, weight)
            nn.init.zeros_(self.features.bias)

    def mean(stack: Stack, value: int, count: int = 2) -> float:
        images = torch.full((count, 3, 8, 8), value, dtype=torch.uint8)
        part = Split(images, torch.zeros(count, dtype=torch.int64))
        found = answers.mean_maps(stack, [part], tmp_path)
        assert len(found) == count
        return float(found[0, 0])

    darker = Stack(1.0, mean=1.0)
    for _ in range(2):  # computed, then read
        found = [mean(Stack(1.0), 4), mean(Stack(1.0), 8), mean(Stack(2.0), 8), mean(darker, 8)]
        assert found == [12, 24, 48, 21]
    assert mean(Stack(1.0), 4, count=3) == 12
    assert len(list(tmp_path.iterdir())) == 5
    images = torch.arange(6)
    pair = kept.key_of(images, 1), kept.key_of(images.view(2, 3), 1), kept.key_of(images.int(), 1)
    assert len({*pair, kept.key_of("1", images), kept.key_of(1, images)}) == 5


def test_the_records() -> None:
    rows = {(row.network, row.off): row for row in testing.recorded_ablations()}
    assert rows["bvlc", "nothing"].changed == 0
    assert rows["bvlc", "nothing"].right > 0.8
    found = testing.recorded_deletions()
    assert set(found.untrained) == set(deletions.METHODS)
    assert {*deletions.METHODS, *deletions.CONTROLS} < set(found.fall)
    shape = (10 * testing.DELETED, len(deletions.SHARES))
    assert all(each.shape == shape for each in (*found.fall.values(), *found.stays.values()))
    said = answers.recorded_answers()
    for each in said.photographs.values():
        shares = [share for _, share in each]
        assert shares == sorted(shares, reverse=True)
        assert 0 < sum(shares) <= 1.0002
    maps = marked.recorded_maps("cat")
    assert maps.keys() == marked.recorded_maps("cat", untrained=True).keys()
    assert maps["saliency"].heatmap.max() == 1
    with pytest.raises(UserError, match="no recorded maps of 'mars'; known: coffee, cat"):
        marked.recorded_maps("mars")


def test_the_recorded_answers_are_computed_again(
    shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(shared_data / "imagenet-conv"))
    said = answers.recorded_answers()
    made = answers.with_recorded_head(al.load_pretrained("bvlc"))
    assert len(made.classes) == said.classes
    for name in ("coffee", "cat"):
        with torch.inference_mode():
            shares = made(answers.as_small(made, name, said.size)[None]).softmax(1)[0]
        for label, share in said.photographs[name]:
            assert shares[made.classes.index(label)] == pytest.approx(share, abs=0.01)
