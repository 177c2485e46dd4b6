"""What becomes of the answers when one unit of a convolutional layer is silent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..data import ImageData
from ..errors import UserError
from ..files import atomic_write, json_text
from .heads import Head, fit_head
from .kept import key_of
from .making import weights_digest
from .probes import sample_of

PER_CLASS = 2  # photographs of each class


@dataclass(frozen=True, eq=False)
class Removal:
    """What the removal of each unit of a layer does, over some photographs.

    Attributes
    ----------
    fall : torch.Tensor
        (units,): mean fall of the right class's probability, in percentage points; below zero
        where it rises.
    changed : torch.Tensor
        (units,): how many answers change.
    """

    fall: Tensor
    changed: Tensor


def removal(
    network: Any,
    answer: Callable[[Tensor], Tensor],
    layer: str,
    inputs: Tensor,
    labels: Tensor,
    units: Sequence[int] | None = None,
) -> Removal:
    """Silence each unit of a layer after its ReLU, and compute everything above it again.

    Parameters
    ----------
    network : torch.nn.Module
        Its ``features`` hold conv1 to conv5, each followed by its ReLU.
    answer : callable
        Makes what ``features`` gives into logits.
    layer : str
        A convolution.
    inputs : torch.Tensor
        Photographs as the network takes them, (N, 3, size, size).
    labels : torch.Tensor
        int64, (N,), as numbers of the logits.
    units : sequence of int, optional
        Some of them; by default all.
    """
    parts = list(network.features.named_children())
    after = [name for name, _ in parts].index(layer) + 2  # the ReLU is silenced, not its input
    below = nn.Sequential(*(part for _, part in parts[:after]))
    above = nn.Sequential(*(part for _, part in parts[after:]))
    rows = torch.arange(len(labels))
    with torch.inference_mode():
        maps = below(inputs)
        before = answer(above(maps)).softmax(1)
        first, right = before.argmax(1), before[rows, labels]
        falls, changes = [], []
        for unit in range(maps.shape[1]) if units is None else units:
            kept = maps[:, unit].clone()
            if kept.any():
                maps[:, unit] = 0
                found = answer(above(maps)).softmax(1)
                maps[:, unit] = kept
            else:
                found = before
            falls.append(100 * (right - found[rows, labels]).mean())
            changes.append((found.argmax(1) != first).sum())
    return Removal(torch.stack(falls), torch.stack(changes))


def write_removals(
    network: Any, record: dict[str, Any], data: ImageData, path: Path, work: Path, log: Any = None
) -> Path:
    """Measure all layers of an atlas, and write what is found into its record.

    Parameters
    ----------
    network : torch.nn.Module
        The one that the atlas is of. One without classes gets a linear head on the means of its
        last maps, fitted to training photographs.
    record : dict
        From `read_atlas`.
    data : ImageData
        Two validation photographs of each class are shown to the network.
    path : pathlib.Path
        The record's file.
    work : pathlib.Path
        Keeps what is done: a second call goes on from there.
    log : callable, optional
        Is told each line.

    Raises
    ------
    UserError
        When the atlas is another network's, or the network does not know a class of the data.
    """
    if weights_digest(network) != record["weights"]:
        raise UserError(f"this is not the network of the atlas {record['network']!r}")
    network.eval()
    answer, about = answering(network, data)
    inputs, labels = photographs(network, data)
    with torch.inference_mode():
        base = answer(network.features(inputs)).softmax(1)
    right = base[torch.arange(len(labels)), labels]
    about |= {
        "sample": f"{data.name}, validation",
        "count": len(labels),
        "right": round(float((base.argmax(1) == labels).double().mean()), 4),
        "probability": round(float(right.mean()), 4),
    }
    key = key_of(record["weights"], data.fingerprint, PER_CLASS)
    for layer in record["layers"]:
        kept = work / f"removal-{record['network']}-{layer}-{key}.npz"
        if not kept.is_file():
            found = removal(network, answer, layer, inputs, labels)
            with atomic_write(kept) as scratch, scratch.open("wb") as file:
                np.savez(file, fall=found.fall.numpy(), changed=found.changed.numpy())
        with np.load(kept) as stored:
            falls, changed = stored["fall"].tolist(), stored["changed"].tolist()
        record["layers"][layer]["removal"] = [
            [round(fall, 2), int(n)] for fall, n in zip(falls, changed, strict=True)
        ]
        if log:
            log(f"{layer}: {max(falls):.2f} points at most")
    record["removal"] = about
    with atomic_write(path) as scratch:
        text = json_text(record, "the atlas", separators=(",", ":"))
        scratch.write_text(text.replace('"layers":', '\n"layers":', 1) + "\n", encoding="utf-8")
    return path


def photographs(network: Any, data: ImageData) -> tuple[Tensor, Tensor]:
    """Return the photographs as the network takes them, and their labels as it numbers classes."""
    labels, chosen = data.val.labels, []
    generator = torch.Generator().manual_seed(0)
    for label in range(data.num_classes):
        mine = (labels == label).nonzero()[:, 0]
        chosen.append(mine[torch.randperm(len(mine), generator=generator)[:PER_CLASS]])
    places = torch.cat(chosen)
    inputs = _inputs(network, data.val.images[places])
    numbers = torch.tensor(_numbers(network, data))
    return inputs, numbers[labels[places]]


def answering(network: Any, data: ImageData) -> tuple[Callable[[Tensor], Tensor], dict[str, Any]]:
    """Return what makes the network's last maps into logits, and what the record says of it."""
    if network.classes:

        def own(maps: Tensor) -> Tensor:
            return network.classifier(maps.flatten(1))

        return own, {"head": "its own"}
    sample = sample_of(data)
    means = []
    for split in (sample.fit, sample.test):
        with torch.no_grad():
            rows = [network.features(_inputs(network, i)) for i in split.images.split(32)]
        means.append(torch.cat([maps.mean((2, 3)) for maps in rows]))
    head: Head = fit_head(means[0], sample.fit.labels, sample.classes)
    share = head.right(means[1], sample.test.labels)
    return (
        lambda maps: head(maps.mean((2, 3))),
        {"head": "a linear layer on the means of its last maps", "head_right": round(share, 4)},
    )


def _inputs(network: Any, images: Tensor) -> Tensor:
    return torch.stack([network.preprocess(i.permute(1, 2, 0).numpy()) for i in images])


def _numbers(network: Any, data: ImageData) -> list[int]:
    known: tuple[str, ...] = tuple(network.classes) or data.classes
    for name in data.classes:
        if name not in known:
            raise UserError(
                f"{data.name!r} has the class {name!r}, which the network does not know"
            )
    return [known.index(name) for name in data.classes]
