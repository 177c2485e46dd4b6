"""Ablations and tests of attribution over many photographs, with controls: made, and read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import torch

from ..data import ImageData
from ..files import atomic_write, json_text
from .answers import FIT, Answering, answering, chosen, inputs_of, untrained_like
from .deletions import MEASURE, SHARES, tested
from .kept import kept_json, key_of
from .making import weights_digest
from .switches import switches, with_parts_off

TESTED, DELETED = 20, 3  # photographs of each class
_FILE = "tests.json"


def write_tests(stack: Any, name: str, data: ImageData, out: Path, work: Path, log: Any) -> Path:
    """Switch off parts of a network and test maps of important pixels; write the record.

    Parameters
    ----------
    stack : torch.nn.Module
        Convolutional layers, from `load_pretrained`. Linear layers are trained on them and on the
        same layers with random weights.
    name : str
        What the record calls it.
    data : ImageData
        Training photographs for the linear layers, validation photographs for the tests.
    out, work : pathlib.Path
        The folder of the record; what is kept between calls.
    log : callable
        Is told each line.
    """
    networks: dict[str, Any] = {name: stack, "untrained": untrained_like(stack)}
    answering_ones, rows = {}, {}
    for title, network in networks.items():
        made, right = answering(network, [data], work, log)
        answering_ones[title] = made
        key = key_of(weights_digest(network), data.fingerprint, FIT, TESTED)
        rows[title] = kept_json(work / f"ablations-{key}.json", partial(ablated, made, data))
        rows[title]["head"] = round(right, 4)
        log(f"{title}: {rows[title]['right']['nothing']:.0%} right of {TESTED} a class")
    network, untrained = answering_ones[name], answering_ones["untrained"]
    (shown,) = chosen([data], "val", DELETED)
    found = []
    key = key_of(weights_digest(stack), data.fingerprint, FIT, DELETED, MEASURE)
    for place, image in enumerate(shown.images):
        (x,) = inputs_of(network, image[None])
        kept = work / f"deletions-{key}-{place:03}.json"
        row = kept_json(kept, partial(tested, network, untrained, x, place))
        found.append({"label": int(shown.labels[place]), **row})
        log(f"photograph {place + 1} of {len(shown)}")
    record = {
        "version": 1,
        "network": name,
        "trained_on": stack.trained_on,
        "weights": weights_digest(stack),
        "data": {"name": data.name, "fingerprint": data.fingerprint, "classes": data.classes},
        "ablations": {"photographs": TESTED * data.num_classes, "networks": rows},
        "deletions": {"measure": MEASURE, "shares": SHARES, "photographs": found},
    }
    with atomic_write(out / _FILE) as scratch:
        scratch.write_text(json_text(record, "the record") + "\n", encoding="utf-8")
    return out / _FILE


def ablated(network: Answering, data: ImageData) -> dict[str, Any]:
    """Return the share right, and of answers changed, with each part of a network off."""
    (part,) = chosen([data], "val", TESTED)
    inputs = inputs_of(network, part.images)
    found: dict[str, Any] = {"right": {}, "changed": {}}
    off = switches(network.features, network.towers)
    first = None
    for name, logits in with_parts_off(network, inputs, off):
        guess = logits.argmax(1)
        first = guess if first is None else first
        found["right"][name] = round(float((guess == part.labels).double().mean()), 4)
        found["changed"][name] = round(float((guess != first).double().mean()), 4)
    return found


@dataclass(frozen=True)
class AblationRow:
    """One part of one network switched off.

    Attributes
    ----------
    network, off : str
        Which network, and what is off; ``"nothing"`` for all parts on.
    right, changed : float
        Share of the photographs that are answered rightly; whose answer is another one.
    photographs : int
        How many there are.
    """

    network: str
    off: str
    right: float
    changed: float
    photographs: int


def recorded_ablations() -> list[AblationRow]:
    """Return what becomes of answers without parts of ``bvlc_alexnet``, and of random layers.

    A linear layer answers for each of both: it was trained by this project on the means of the
    last maps, on photographs of Imagenette.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> rows = al.atlas.recorded_ablations()
    >>> {row.network for row in rows} == {"bvlc", "untrained"}
    True
    """
    part = _record()["ablations"]
    return [
        AblationRow(network, off, right, rows["changed"][off], part["photographs"])
        for network, rows in part["networks"].items()
        for off, right in rows["right"].items()
    ]


@dataclass(frozen=True, eq=False)
class DeletionRecord:
    """Maps of important pixels, tested on photographs.

    Attributes
    ----------
    shares : tuple of float
        Of the pixels that are deleted.
    fall : dict of str to torch.Tensor
        By map, (photographs, shares): how far the score of the first guess falls. Maps are those of
        the methods; "untrained: " and a method; and the controls chance, edges and middle.
    stays : dict of str to torch.Tensor
        The same: 1 where the first guess stays; for chance the mean of three draws.
    untrained, other_class : dict of str to torch.Tensor
        By method, (photographs,): rank correlation of its map with that of an untrained network,
        and with that for the second most probable class.
    """

    shares: tuple[float, ...]
    fall: dict[str, torch.Tensor]
    stays: dict[str, torch.Tensor]
    untrained: dict[str, torch.Tensor]
    other_class: dict[str, torch.Tensor]


def recorded_deletions() -> DeletionRecord:
    """Return how the methods of attribution fare on ``bvlc_alexnet``, over many photographs.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> found = al.atlas.recorded_deletions()
    >>> found.fall["Grad-CAM"].shape == found.fall["chance"].shape
    True
    """
    part = _record()["deletions"]
    rows: Sequence[dict[str, Any]] = part["photographs"]

    def column(key: str) -> dict[str, torch.Tensor]:
        return {name: torch.tensor([row[key][name] for row in rows]) for name in rows[0][key]}

    pairs = column("falls")
    return DeletionRecord(
        tuple(part["shares"]),
        {name: each[..., 0] for name, each in pairs.items()},
        {name: each[..., 1] for name, each in pairs.items()},
        column("untrained"),
        column("class"),
    )


def _record() -> dict[str, Any]:
    text = (files("alexnet_lab.atlas") / "recorded" / _FILE).read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
