"""A conv stack that answers: a linear layer on the means of its last maps, trained here."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..data import ImageData, Split, photograph, photograph_names
from ..files import atomic_write, json_text
from ..models import Preprocess
from ..weights import read_safetensors, write_safetensors
from .heads import Head, fit_head
from .kept import key_of
from .making import weights_digest
from .probes import evenly

FIT, HELD = 100, 50  # photographs of each class that heads are fitted to, and tested on
MANY, MANY_HELD = 20, 3  # the same for the answers on sample photographs, of many classes
TOP = 5  # classes that are recorded of each photograph
RECORD, HEAD = "answers.json", "head.safetensors"
CHUNK = 250  # images whose features are kept in one file


class Answering(nn.Module):
    """The convolutional layers of a network, and a linear layer on the means of their maps.

    Parameters
    ----------
    stack : torch.nn.Module
        With ``features``, ``preprocess`` and ``towers``; it is shared, not copied.
    head : Head or torch.nn.Linear
        On the means of its last maps.
    classes : sequence of str
        Of the head.

    Attributes
    ----------
    classifier : torch.nn.Sequential
        Takes the flattened maps, as an AlexNet's does.
    """

    def __init__(self, stack: Any, head: Head | nn.Linear, classes: Sequence[str]) -> None:
        super().__init__()
        maps = head.weight.shape[1]
        linear = nn.Linear(maps, len(classes))
        with torch.no_grad():
            linear.weight.copy_(head.weight)
            linear.bias.copy_(head.bias)
        self.features = stack.features
        self.classifier = nn.Sequential(
            nn.Unflatten(1, (maps, -1)), nn.AdaptiveAvgPool1d(1), nn.Flatten(), linear
        )
        self.preprocess, self.towers = stack.preprocess, stack.towers
        self.input_size, self.classes = stack.input_size, tuple(classes)
        self.eval()

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits, (N, classes)."""
        logits: Tensor = self.classifier(self.features(x).flatten(1))
        return logits


def untrained_like(stack: Any, seed: int = 0) -> Any:
    """Return a copy of a conv stack with random weights (He's start) and biases of zero."""
    twin = copy.deepcopy(stack)
    generator = torch.Generator().manual_seed(seed)
    for layer in twin.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=generator)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    twin.trained_on = "nothing"
    return twin.eval()


def answering(
    stack: Any, data: Sequence[ImageData], work: Path, log: Any, counts: Any = (FIT, HELD)
) -> tuple[Answering, float]:
    """Train a linear layer on a conv stack; return both, and the share right of what it never saw.

    Parameters
    ----------
    stack : torch.nn.Module
        From `load_pretrained`, or `untrained_like` it.
    data : sequence of ImageData
        Data sets, whose classes follow one another.
    work : pathlib.Path
        Keeps what is done: a second call goes on from there.
    log : callable
        Is told each line.
    counts : (int, int)
        Training and validation photographs of each class.
    """
    told = []
    for part, count in zip(("train", "val"), counts, strict=True):
        splits = chosen(data, part, count)
        means = [
            mean_maps(stack, [split], work / one.name / part, log)
            for one, split in zip(data, splits, strict=True)
        ]
        told.append((torch.cat(means), torch.cat([split.labels for split in splits])))
    classes = tuple(name for one in data for name in one.classes)
    head = fit_head(*told[0], len(classes))
    return Answering(stack, head, classes), head.right(*told[1])


def chosen(data: Sequence[ImageData], part: str, per_class: int) -> list[Split]:
    """Return so many images of each class; the classes of several data sets follow one another."""
    found, first = [], 0
    for one in data:
        split: Split = getattr(one, part)
        mine = split.subset(evenly(split.labels, per_class * one.num_classes, 0))
        found.append(Split(mine.images, mine.labels + first))
        first += one.num_classes
    return found


def mean_maps(network: Any, parts: Sequence[Split], work: Path, log: Any = None) -> Tensor:
    """Return the means of a network's last maps for some images, (N, maps).

    Parameters
    ----------
    network : torch.nn.Module
        With ``features`` and ``preprocess``. It computes in bfloat16 where the processor can.
    parts : sequence of Split
        The images.
    work : pathlib.Path
        Keeps what is done: a second call goes on from there.
    log : callable, optional
        Is told each line.
    """
    mine, rows = (weights_digest(network), repr(network.preprocess)), []
    for part in parts:
        for first in range(0, len(part), CHUNK):
            images = part.images[first : first + CHUNK]
            kept = work / f"means-{first:05}-{key_of(*mine, images)}.npy"
            if not kept.is_file():
                found = [_means(network, i) for i in images.split(32)]
                with atomic_write(kept) as scratch, scratch.open("wb") as file:
                    np.save(file, torch.cat(found).numpy())
                if log:
                    log(f"{min(first + CHUNK, len(part))} of {len(part)} images")
            rows.append(torch.from_numpy(np.load(kept)))
    return torch.cat(rows)


def inputs_of(network: Any, images: Tensor) -> Tensor:
    """Return images (N, 3, H, W), uint8, as a network takes them."""
    return torch.stack([network.preprocess(i.permute(1, 2, 0).numpy()) for i in images])


def _means(network: Any, images: Tensor) -> Tensor:
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        return network.features(inputs_of(network, images)).float().mean((2, 3))


def write_answers(
    stack: Any, name: str, data: Sequence[ImageData], out: Path, work: Path, log: Any
) -> Path:
    """Train a linear layer on a conv stack; record it, and what it answers on sample photographs.

    The photographs are made as small as those of the data, and enlarged like them: otherwise their
    sharpness would count as a sign of something.

    Parameters
    ----------
    stack : torch.nn.Module
        Convolutional layers, from `load_pretrained`.
    name : str
        What the record calls it.
    data : sequence of ImageData
        The classes to be known; square images of one size.
    out, work : pathlib.Path
        The folder of the record; what is kept between calls.
    log : callable
        Is told each line.
    """
    made, right = answering(stack, data, work, log, (MANY, MANY_HELD))
    linear: Any = made.classifier[-1]
    held = chosen(data, "val", MANY_HELD)
    count = sum(len(part) for part in held)
    found = {}
    for each in photograph_names():
        with torch.inference_mode():
            shares = made(as_small(made, each, data[0].size)[None]).softmax(1)[0]
        top = shares.topk(TOP)
        found[each] = [
            [made.classes[i], round(share, 4)]
            for i, share in zip(top.indices.tolist(), top.values.tolist(), strict=True)
        ]
    about = {
        "version": 1,
        "network": name,
        "trained_on": stack.trained_on,
        "weights": weights_digest(stack),
        "data": [{"name": one.name, "fingerprint": one.fingerprint} for one in data],
        "classes": len(made.classes),
        "size": data[0].size,
        "fit": MANY * len(made.classes),
        "held": count,
        "right": round(right, 4),
        "photographs": found,
    }
    tensors = {"weight": linear.weight.half(), "bias": linear.bias.half()}
    write_safetensors(out / HEAD, tensors, {"classes": json.dumps(made.classes)})
    with atomic_write(out / RECORD) as scratch:
        scratch.write_text(json_text(about, "the record") + "\n", encoding="utf-8")
    return out / RECORD


@dataclass(frozen=True)
class Answers:
    """What a network answers on sample photographs.

    Attributes
    ----------
    network, trained_on : str
        Whose convolutional layers, and what they were trained on.
    classes : int
        How many the linear layer knows.
    size : int
        Side of the photographs, in pixels, before they were enlarged to the network's input.
    fit, held : int
        Photographs that it was trained on, and others on which it was tested.
    right : float
        Share of the latter that it names rightly.
    photographs : dict
        By name, the five most probable classes and their probabilities, most probable first.
    """

    network: str
    trained_on: str
    classes: int
    size: int
    fit: int
    held: int
    right: float
    photographs: dict[str, list[tuple[str, float]]]


def as_small(network: Any, name: str, size: int) -> Tensor:
    """Return a sample photograph as a network takes it, of no more than size × size pixels."""
    shrink = Preprocess((0.0, 0.0, 0.0), None, size, size)
    pixels = shrink(photograph(name)).round().clamp(0, 255).byte()
    found: Tensor = network.preprocess(pixels.permute(1, 2, 0).numpy())
    return found


def recorded_answers() -> Answers:
    """Return what ``bvlc_alexnet`` with a linear layer of ours answers on sample photographs.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> found = al.atlas.recorded_answers()
    >>> len(found.photographs["coffee"])
    5
    """
    folder = files("alexnet_lab.atlas") / "recorded"
    about = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    kept = ("network", "trained_on", "classes", "size", "fit", "held", "right")
    pairs = {
        name: [(label, share) for label, share in rows]
        for name, rows in about["photographs"].items()
    }
    return Answers(**{key: about[key] for key in kept}, photographs=pairs)


def with_recorded_head(stack: Any) -> Answering:
    """Return a conv stack of ``bvlc_alexnet`` that answers, by the linear layer of the record.

    Parameters
    ----------
    stack : torch.nn.Module
        From ``load_pretrained("bvlc")``; its weights are not in the package.
    """
    with as_file(files("alexnet_lab.atlas") / "recorded" / HEAD) as path:
        state, about = read_safetensors(path)
    head = Head(state["weight"].float(), state["bias"].float())
    return Answering(stack, head, json.loads(about["classes"]))
