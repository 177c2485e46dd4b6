"""The shipped network: whole, the paper's stack, and what its record says of it."""

import zipfile
from pathlib import Path, PurePosixPath

import pytest
import torch
from PIL import Image

from alexnet_lab.data import photograph
from alexnet_lab.lab.release import conv1_along_training, lab_record
from alexnet_lab.models import load_pretrained


def test_lab_is_the_papers_conv_stack():
    model = load_pretrained("lab")
    convs = [m for m in model.modules() if isinstance(m, torch.nn.Conv2d)]
    assert [conv.out_channels for conv in convs] == [96, 256, 384, 384, 256]
    assert [conv.groups for conv in convs] == [1, 2, 1, 2, 2]
    assert sum(p.numel() for conv in convs for p in conv.parameters()) == 2_334_080


def test_lab_answers_with_its_ten_classes():
    model = load_pretrained("lab")
    with torch.no_grad():
        logits = model(model.preprocess(photograph("coffee"))[None])
    assert logits.shape == (1, 10) == (1, len(model.classes))
    assert torch.isfinite(logits).all()


def test_record_holds_the_accuracy_that_the_page_states():
    score = lab_record()["score"]
    assert score["images"] == 3925
    assert 0.82 <= score["single_view"] <= score["ten_views"] <= score["top5"] <= 1


@pytest.mark.slow
def test_the_weights_score_what_their_record_says(shared_data: Path) -> None:
    """The oracle is the count here, of every fourth picture of the part that was held out."""
    model = load_pretrained("lab")
    names = list(model.classes)
    right = top5 = seen = 0
    with zipfile.ZipFile(shared_data / "imagenette-160.zip") as archive, torch.no_grad():
        paths = [PurePosixPath(name) for name in sorted(archive.namelist())]
        pictures = [path for path in paths if path.parts[1] == "val" and path.suffix == ".jpg"]
        assert len(pictures) == lab_record()["score"]["images"]
        for start in range(0, len(pictures), 256):
            some = pictures[start : start + 256 : 4]
            batch = [model.preprocess(Image.open(archive.open(str(path)))) for path in some]
            labels = torch.tensor([names.index(path.parts[2]) for path in some])
            best = model(torch.stack(batch)).topk(5).indices == labels[:, None]
            right, top5, seen = (
                right + int(best[:, 0].sum()),
                top5 + int(best.sum()),
                seen + len(some),
            )
    assert seen > 900
    for found, name in ((right, "single_view"), (top5, "top5")):
        said = lab_record()["score"][name]
        # Three standard deviations of a count in a sample without replacement.
        spread = (said * (1 - said) / seen * (1 - seen / len(pictures))) ** 0.5
        assert abs(found / seen - said) <= 3 * spread, name


def test_snapshots_end_near_the_shipped_kernels():
    kernels = conv1_along_training()
    assert all(k.shape == (96, 3, 11, 11) for k in kernels.values())
    model = load_pretrained("lab")
    final = next(m for m in model.modules() if isinstance(m, torch.nn.Conv2d)).weight.detach()
    flat = torch.nn.functional.cosine_similarity
    first, *_, last = kernels.values()
    assert flat(last.flatten(1), final.flatten(1)).median() > 0.9
    assert flat(first.flatten(1), final.flatten(1)).median() < 0.9
