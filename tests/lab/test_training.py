"""Growing and folding change the numbers, not the function."""

from __future__ import annotations

import json
from pathlib import Path

import torch

from alexnet_lab.data import ImageData, Split
from alexnet_lab.lab import LabRecipe, Phase, fold, grow, lab_model, train_lab_network
from alexnet_lab.lab.card import model_card
from alexnet_lab.lab.release import write_release
from alexnet_lab.models import load_pretrained

SMALL = {"channels": (8, 8, 12, 12, 8), "hidden": (16, 16)}


TINY = LabRecipe(
    phases=(Phase("small", 67, 1, 0.02), Phase("full", 131, 1, 0.006)),
    batch_size=12,
    hidden=(8, 8),
)


def noise() -> ImageData:
    """Make a data set of three classes without any sense."""
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (24, 3, 72, 72), dtype=torch.uint8, generator=generator)
    split = Split(images, torch.arange(24) % 3)
    pixels = images.float()
    return ImageData(
        "noise",
        split,
        split,
        ("a", "b", "c"),
        pixels.mean((0, 2, 3)),
        pixels.std((0, 2, 3)),
        pixels.mean(0),
        "0" * 64,
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


def test_the_two_phases_run_and_resume(tmp_path) -> None:
    """A run that was cut between the phases goes on, and ends with the same network."""
    first, histories = train_lab_network(noise(), tmp_path, TINY, progress=False)
    assert [len(histories[name].epochs) for name in ("small", "full")] == [1, 1]
    again, rest = train_lab_network(noise(), tmp_path, TINY, progress=False)
    assert not rest
    for a, b in zip(first.parameters(), again.parameters(), strict=True):
        assert torch.equal(a, b)
    names = sorted(p.name for p in (tmp_path / "conv1").iterdir())
    assert names == ["full-001.safetensors", "small-001.safetensors"]


def test_the_release_holds_what_was_trained(tmp_path) -> None:
    run, out = tmp_path / "run", tmp_path / "out"
    trained, _ = train_lab_network(noise(), run, TINY, progress=False)
    shipped = load_pretrained(write_release(noise(), run, out, TINY))
    for a, b in zip(trained.parameters(), shipped.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-7)  # float16
    record = json.loads((out / "lab.json").read_text(encoding="utf-8"))
    assert [row["phase"] for row in record["epochs"]] == ["small", "full"]
    score = record["score"]
    assert score["images"] == 24
    assert 0 <= score["single_view"] <= score["top5"] == 1
    assert score["ten_views"] * 24 == round(score["ten_views"] * 24)


def test_the_books_page_is_that_of_the_record() -> None:
    page = Path(__file__).parents[2] / "book" / "lab-network.md"
    assert page.read_text(encoding="utf-8") == model_card(), (
        "run alexnet-lab lab card --out book/lab-network.md"
    )
