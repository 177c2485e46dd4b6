"""What a network scores on a data set whose classes it knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..data import Batches, ImageData, Normalise, Recipe, Split, ten_views
from ..data.scaled_crop import ScaledCentreCrop
from ..errors import UserError
from ..training import predict_ten_views
from ..training.modes import autocast, device_of, evaluating


@dataclass(frozen=True)
class LabScore:
    """What a network scores on a part of a data set. Accuracies are fractions, 0–1.

    Attributes
    ----------
    images : int
        How many were shown.
    single_view, top5 : float
        Right with the first answer, or with one of five, among all classes of the network.
    ten_views : float or None
        Right with the first answer, averaged over ten views; None when it was not measured.
    own_classes : float or None
        Right with the first answer when only the data set's own classes count; None when these
        are all that the network knows.
    """

    images: int
    single_view: float
    top5: float
    ten_views: float | None
    own_classes: float | None = None

    def __str__(self) -> str:
        lines = [f"{self.images:,} images: {self.single_view:.2%} top-1, {self.top5:.2%} top-5"]
        if self.own_classes is not None:
            lines.append(f"among the data set's own classes: {self.own_classes:.2%} top-1")
        if self.ten_views is not None:
            lines.append(f"ten views: {self.ten_views:.2%} top-1")
        return "\n".join(lines)


def score(
    model: nn.Module,
    data: ImageData,
    split: Split | None = None,
    *,
    views: bool = False,
    precision: str = "float32",
) -> LabScore:
    """Measure a network with a `preprocess` of its own on images of classes that it knows.

    Parameters
    ----------
    model : torch.nn.Module
        From `load_pretrained`.
    data : ImageData
        Square photographs, of some or all of the network's classes.
    split : Split, optional
        Which of them; its labels are those of `data`. By default the validation part.
    views : bool
        Average over ten views (§4.1) as well: eleven times the work.
    precision : {"float32", "bf16", "fp16"}
        Arithmetic of convolutions and products.

    Returns
    -------
    LabScore
        Of the central 224/256 of each image, scaled to the network's input.

    Raises
    ------
    UserError
        When the network does not know a class of the data.
    """
    made: Any = model.preprocess
    known = own_columns(model, data)
    split = data.val if split is None else split
    still = Recipe(ScaledCentreCrop(made.size), Normalise(made.mean, made.std), name="centre")
    device, found = device_of(model), []
    with evaluating(model), torch.inference_mode(), autocast(device, precision):
        for images, _ in Batches(split, 125, still, device=device):
            found.append(model(images).float().cpu())
    logits, labels = torch.cat(found), known[split.labels]
    partial = len(known) < logits.shape[1]
    return LabScore(
        len(split),
        _right(logits, labels),
        _right(logits, labels, 5),
        _ten_views(model, split, known, precision) if views else None,
        _right(logits[:, known], split.labels) if partial else None,
    )


def pooled(scores: Sequence[LabScore]) -> LabScore:
    """Return the score on all the images of several scores of one network."""
    images = sum(found.images for found in scores)

    def mean(values: list[float]) -> float:
        return sum(v * s.images for v, s in zip(values, scores, strict=True)) / images

    ten = [found.ten_views for found in scores if found.ten_views is not None]
    return LabScore(
        images,
        mean([found.single_view for found in scores]),
        mean([found.top5 for found in scores]),
        mean(ten) if len(ten) == len(scores) else None,
    )


def own_columns(model: nn.Module, data: ImageData) -> Tensor:
    """Return the number that the network gives to each class of `data`: int64 (classes,).

    Raises
    ------
    UserError
        When it does not know one of them.
    """
    classes: tuple[str, ...] = tuple(model.classes)  # type: ignore[arg-type]
    numbers = {name: number for number, name in enumerate(classes)}
    strange = [name for name in data.classes if name not in numbers]
    if strange:
        known = ", ".join(classes[:10]) + (", …" if len(classes) > 10 else "")
        raise UserError(
            f"{data.name!r} has the class {strange[0]!r}; the network knows {known or 'none'}"
        )
    return torch.tensor([numbers[name] for name in data.classes])


def _right(logits: Tensor, labels: Tensor, among: int = 1) -> float:
    best = logits.topk(min(among, logits.shape[1]), dim=1).indices
    return float((best == labels[:, None]).any(dim=1).double().mean())


def _ten_views(model: nn.Module, split: Split, known: Tensor, precision: str) -> float:
    made: Any = model.preprocess
    normalise = Recipe(Normalise(made.mean, made.std), name="mean")
    right = 0
    for images, labels in Batches(split, 25, normalise):
        large = F.interpolate(images, size=made.resize, mode="bilinear", antialias=True)
        guess = predict_ten_views(model, ten_views(large, made.size), precision=precision)
        right += int((guess.argmax(1) == known[labels]).sum())
    return right / len(split)
