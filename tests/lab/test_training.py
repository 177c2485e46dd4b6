"""Growing and folding change the numbers, not the function."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
import torch

from alexnet_lab.errors import UserError
from alexnet_lab.lab import LabRecipe, training
from alexnet_lab.lab.card import model_card
from alexnet_lab.lab.network import fold, grow, lab_model
from alexnet_lab.lab.recipe import RECIPES, Phase
from alexnet_lab.lab.release import write_release
from alexnet_lab.lab.snapshots import read_snapshots
from alexnet_lab.lab.sources import LabData, lab_data
from alexnet_lab.lab.training import ExtraDecay, train_lab_network
from alexnet_lab.models import load_pretrained
from alexnet_lab.training import Callback, Run, TrainConfig, fit, load_weights

from .made import noise

SMALL = {"channels": (8, 8, 12, 12, 8), "hidden": (16, 16)}


TINY = LabRecipe(
    phases=(Phase("small", 67, 1, 0.02), Phase("full", 131, 1, 0.006)),
    batch_size=12,
    hidden=(8, 8),
)


def trained_like(model: torch.nn.Module) -> torch.nn.Module:
    """Give every bias a value, as after training, so that none can be forgotten."""
    torch.manual_seed(1)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("bias"):
                parameter.normal_(0, 0.3)
    return model.eval()


def test_fold_gives_the_same_logits_from_raw_pixels() -> None:
    """Oracle: the network before folding, on divided inputs, in float64."""
    model = trained_like(lab_model(5, 99, **SMALL)).double()
    with torch.no_grad():
        model.features.conv1.weight.mul_(30)  # so that normalisation has something to do
    std = torch.tensor([58.0, 57.0, 61.0], dtype=torch.float64)
    torch.manual_seed(0)
    pixels = torch.rand(3, 3, 99, 99, dtype=torch.float64) * 255 - 120
    folded = fold(model, std).double().eval()
    # fold works in float32, as the weights will be shipped; hence the tolerance.
    torch.testing.assert_close(
        folded(pixels), model(pixels / std.view(1, 3, 1, 1)), rtol=1e-4, atol=1e-5
    )
    assert folded.config.lrn_alpha == 1e-4
    gain = model.features.norm1(model.features.relu1(model.features.conv1(pixels / 58)))
    assert not torch.allclose(gain, model.features.relu1(model.features.conv1(pixels / 58)) * 0.59)


def test_grown_fc6_sees_the_larger_map_as_a_finer_copy() -> None:
    """Oracle: the small network's head, on a map whose pixels are each doubled both ways."""
    small = trained_like(lab_model(5, 128, **SMALL))
    grown = grow(small, 224).eval()
    maps = torch.rand(2, 8, 3, 3)
    finer = maps.repeat_interleave(2, 2).repeat_interleave(2, 3)
    torch.testing.assert_close(
        grown.classifier(finer.flatten(1)), small.classifier(maps.flatten(1))
    )
    assert grown(torch.zeros(1, 3, 224, 224)).shape == (1, 5)


def two_sets() -> LabData:
    """Return two sets of noise, of different size."""
    return lab_data(noise(), noise("other", ("x", "y"), side=40, count=40))


def test_the_two_phases_run_and_resume(tmp_path) -> None:
    """A run that was cut between the phases goes on, and ends with the same network."""
    first, histories = train_lab_network(two_sets(), tmp_path, TINY, progress=False)
    assert [len(histories[name].epochs) for name in ("small", "full")] == [1, 1]
    again, rest = train_lab_network(two_sets(), tmp_path, TINY, progress=False)
    assert not rest
    for a, b in zip(first.parameters(), again.parameters(), strict=True):
        assert torch.equal(a, b)
    names = sorted(p.name for p in (tmp_path / "conv1").iterdir())
    assert names == ["full-001.safetensors", "small-001.safetensors"]


def test_a_run_that_is_cut_within_a_phase_goes_on_bit_for_bit(tmp_path, monkeypatch) -> None:
    train_lab_network(two_sets(), tmp_path / "whole", TINY, progress=False)

    class Cut(Callback):
        def on_step(self, run: Run) -> None:
            run.stop = run.step == 3

    def cut_short(*given, callbacks=(), **options):
        return fit(*given, callbacks=[*callbacks, Cut()], **options)

    with monkeypatch.context() as patched:
        patched.setattr(training, "fit", cut_short)
        train_lab_network(two_sets(), tmp_path / "cut", TINY, progress=False)
    # fit writes weights for a run that was stopped; the phase is not taken for finished.
    _, histories = train_lab_network(two_sets(), tmp_path / "cut", TINY, progress=False)
    assert histories["small"].epochs[0].step == 5
    # The second phase of the cut run began with unfinished weights: only the first can agree.
    for name, a in load_weights(tmp_path / "whole" / "small" / "weights.safetensors").state.items():
        b = load_weights(tmp_path / "cut" / "small" / "weights.safetensors").state[name]
        assert torch.equal(a, b), name


def test_more_decay_for_one_parameter() -> None:
    """Without a gradient, what is left after a step is (1 − lr · decay)."""
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.Flatten(), torch.nn.Linear(4, 2))
    net[0].weight.requires_grad_(False)
    before = net[0].weight.clone()
    batch = (torch.randn(2, 3, 3, 3), torch.tensor([0, 1]))
    config = TrainConfig(epochs=3, lr=0.1, schedule="constant")
    fit(net, [batch], None, config, progress=False, callbacks=[ExtraDecay("0.weight", 0.5)])
    torch.testing.assert_close(net[0].weight, before * 0.95**3)


def test_kernels_are_kept_and_read_again(tmp_path) -> None:
    lines: list[str] = []
    train_lab_network(two_sets(), tmp_path, TINY, progress=False, log=lines.append)
    kept = read_snapshots(tmp_path / "conv1")
    assert [(s.phase, s.step, s.epoch) for s in kept] == [("full", None, 1), ("small", None, 1)]
    assert len(lines) == 2
    assert all(str(s.report) in "".join(lines) for s in kept)
    assert "validation error" in lines[0]
    with pytest.raises(UserError, match="no kernels of conv1"):
        read_snapshots(tmp_path)


def test_the_recipe_comes_back_from_json() -> None:
    for recipe in RECIPES.values():
        assert LabRecipe.from_dict(json.loads(json.dumps(recipe.to_dict()))) == recipe
    short = RECIPES["210"].shortened(0.25, seed=3)
    assert [phase.epochs for phase in short.phases] == [3, 2, 2]
    assert short.config("full").seed == 3
    with pytest.raises(UserError, match="no phase 'tiny' in this recipe; known: coarse"):
        short.phase("tiny")


def test_the_rate_goes_on_from_phase_to_phase() -> None:
    recipe = RECIPES["210"]
    for before, after in pairwise(recipe.phases):
        assert after.lr == pytest.approx(before.lr * before.final_factor)
    assert recipe.phases[-1].final_factor == 0


def test_the_release_holds_what_was_trained(tmp_path) -> None:
    run, out = tmp_path / "run", tmp_path / "out"
    trained, _ = train_lab_network(two_sets(), run, TINY, progress=False)
    shipped = load_pretrained(write_release(two_sets(), run, out, TINY))
    for a, b in zip(trained.parameters(), shipped.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-7)  # float16
    record = json.loads((out / "lab.json").read_text(encoding="utf-8"))
    assert [row["phase"] for row in record["epochs"]] == ["small", "full"]
    assert LabRecipe.from_dict(record["recipe"]) == TINY
    assert list(record["scores"]) == ["noise", "other"]
    parts = [found["untouched"] for found in record["scores"].values()]
    assert [part["images"] for part in parts] == [12, 20]
    score = record["score"]
    assert score["images"] == 32
    assert 0 <= score["single_view"] <= score["top5"] == 1
    assert score["ten_views"] * 32 == pytest.approx(round(score["ten_views"] * 32))


def test_a_phase_that_was_left_can_be_opened(tmp_path) -> None:
    """The checkpoint of a phase says how its input is made: it is a network like others."""
    data = two_sets()
    train_lab_network(data, tmp_path, TINY, progress=False)
    model = load_pretrained(tmp_path / "small" / "weights.safetensors")
    assert model.classes == data.classes
    assert model.preprocess.size == 67
    assert model.preprocess.std == pytest.approx(data.std.tolist())


def test_the_books_page_is_that_of_the_record() -> None:
    page = Path(__file__).parents[2] / "book" / "lab-network.md"
    assert page.read_text(encoding="utf-8") == model_card(), (
        "run alexnet-lab lab card --out book/lab-network.md"
    )
