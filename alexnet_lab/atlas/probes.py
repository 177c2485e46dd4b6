"""How well a linear layer tells classes apart from each layer of several networks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ..analysis import activations, named_layers, nearest_neighbours
from ..data import ImageData, Split
from ..errors import UserError
from ..files import atomic_write, json_text
from ..models import alexnet_2012
from .heads import fit_head
from .kept import kept_json, key_of
from .making import weights_digest

LAYERS = ("pool1", "pool2", "relu3", "relu4", "pool5", "relu6", "relu7")
FIT, DRAWS, TEST, NEAREST = 500, 3, 1000, 6
COLOUR = "mean colour"
_KEPT = 5  # queries whose neighbours are written down, as many as in the paper's Figure 4


@dataclass(frozen=True)
class Sample:
    """Some images of a data set, evenly from all classes: for fitting, and for testing.

    Of each image it is kept at which place of the data set's own part it stands.
    """

    name: str
    classes: int
    fit: Split
    test: Split
    fit_at: Tensor
    test_at: Tensor


def sample_of(data: ImageData, seed: int = 0) -> Sample:
    """Draw the images of `data` on which networks are probed.

    Twice `FIT` for fitting, from which each draw takes half, and `TEST` of the validation part;
    all that there are of a smaller set.
    """
    fit, test = (
        evenly(part.labels, count, seed)
        for part, count in ((data.train, 2 * FIT), (data.val, TEST))
    )
    parts = data.train.subset(fit), data.val.subset(test)
    return Sample(data.name, data.num_classes, *parts, fit, test)


def probe(network: Any, sample: Sample, batch: int = 32) -> dict[str, Any]:
    """Fit a head to each layer of a network, and look up each layer's nearest neighbours.

    Parameters
    ----------
    network : torch.nn.Module
        With ``preprocess``. It is not trained.
    sample : Sample
        From `sample_of`.
    batch : int
        Images at a time.

    Returns
    -------
    dict
        For each layer ``right``: share right of each draw's head; ``precision``: share of the six
        nearest images that are of the query's class; and ``nearest``: for the first queries, which
        are of different classes, the places of query and neighbours in the data set's parts, and
        the distances. A map counts by its mean over all positions.
    """
    layers = [name for name in LAYERS if name in named_layers(network)]
    told = [_features(network, part, layers, batch) for part in (sample.fit, sample.test)]
    return {name: _layer(told[0][name], told[1][name], sample) for name in layers}


def probe_colour(sample: Sample) -> dict[str, Any]:
    """Do the same with three numbers an image: its mean colour."""
    fit, test = (part.images.float().mean((2, 3)) for part in (sample.fit, sample.test))
    return {COLOUR: _layer(fit, test, sample)}


def _probed(network: Any, sample: Sample) -> dict[str, Any]:
    return probe(network, sample) if network else probe_colour(sample)


def _layer(fit: Tensor, test: Tensor, sample: Sample) -> dict[str, Any]:
    right = []
    for draw in range(DRAWS):
        chosen = evenly(sample.fit.labels, min(FIT, len(fit)), 100 + draw)
        head = fit_head(fit[chosen], sample.fit.labels[chosen], sample.classes, draw)
        right.append(round(head.right(test, sample.test.labels), 4))
    found = nearest_neighbours(test, fit, NEAREST)
    same = sample.fit.labels[found.indices] == sample.test.labels[:, None]
    return {
        "right": right,
        "precision": round(float(same.double().mean()), 4),
        "nearest": [
            {
                "query": int(sample.test_at[query]),
                "indices": sample.fit_at[found.indices[query]].tolist(),
                "distances": [float(f"{d:.3g}") for d in found.distances[query].tolist()],
            }
            for query in range(min(_KEPT, sample.classes))
        ],
    }


def _features(network: Any, part: Split, layers: list[str], batch: int) -> dict[str, Tensor]:
    found: dict[str, list[Tensor]] = {name: [] for name in layers}
    for images in part.images.split(batch):
        inputs = torch.stack([network.preprocess(i.permute(1, 2, 0).numpy()) for i in images])
        for name, maps in activations(network, inputs, layers).items():
            found[name].append(maps.mean((2, 3)) if maps.dim() == 4 else maps)
    return {name: torch.cat(rows) for name, rows in found.items()}


def evenly(labels: Tensor, count: int, seed: int) -> Tensor:
    """Return the places of `count` images, as many of each class as of any other."""
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(labels), generator=generator)
    owned = F.one_hot(labels[order]).cumsum(0).gather(1, labels[order][:, None])[:, 0]
    return order[owned.argsort(stable=True)][:count]


def untrained(trained: Any, seed: int = 0) -> Any:
    """Return a network of the same layers as `trained`, with random weights (He's start)."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        hidden = trained.config.hidden
        network: Any = alexnet_2012(len(trained.classes), hidden=hidden, init="kaiming")
    network.preprocess, network.trained_on = trained.preprocess, "nothing"
    return network.eval()


def write_probes(
    networks: Mapping[str, Any], data: Iterable[ImageData], path: Path, work: Path, log: Any = None
) -> Path:
    """Probe networks on data sets; write the record that `recorded_probes` reads.

    Parameters
    ----------
    networks : mapping of str to torch.nn.Module
        By the names that the record gives them.
    data : iterable of ImageData
        The data sets.
    path : pathlib.Path
        The record, written last.
    work : pathlib.Path
        Keeps what is done: a second call goes on from there.
    log : callable, optional
        Is told each line.

    Returns
    -------
    pathlib.Path
        `path`.
    """
    found: dict[str, Any] = {}
    for one in data:
        sample, rows = sample_of(one), {}
        for name, network in {COLOUR: None, **networks}.items():
            mine = weights_digest(network) if network else ""
            kept = work / f"probe-{name}-{key_of(mine, one.fingerprint, FIT, TEST)}.json"
            rows[name] = kept_json(kept, partial(_probed, network, sample))
            best = {layer: max(each["right"]) for layer, each in rows[name].items()}
            if log:
                log(f"{sample.name}, {name}: " + ", ".join(f"{n} {v:.2f}" for n, v in best.items()))
        about = {"classes": sample.classes, "fingerprint": one.fingerprint}
        counts = {"fit": min(FIT, len(sample.fit)), "test": len(sample.test)}
        found[sample.name] = {**about, **counts, "networks": rows}
    trained = {name: getattr(n, "trained_on", "nothing") for name, n in networks.items()}
    record = {"version": 1, "draws": DRAWS, "trained_on": trained, "data": found}
    with atomic_write(path) as scratch:
        scratch.write_text(json_text(record, "the record") + "\n", encoding="utf-8")
    return path


@dataclass(frozen=True)
class ProbeRow:
    """One layer of one network on one data set.

    Attributes
    ----------
    data, network, layer : str
        Which.
    right : float
        Share of the test images for which the head is right, the mean of the draws.
    draws : tuple of float
        The same of each draw of training images.
    precision : float
        Share of the six nearest training images that are of the test image's class.
    nearest : list of dict
        Of five test images of different classes: ``query``, its place in the validation part;
        ``indices``, the places of the six nearest in the training part; ``distances``.
    test : int
        How many test images there are.
    """

    data: str
    network: str
    layer: str
    right: float
    draws: tuple[float, ...]
    precision: float
    nearest: list[dict[str, Any]]
    test: int


def recorded_probes(data: str | None = None) -> list[ProbeRow]:
    """Return what linear heads tell from each layer: untrained, lab network, ImageNet's.

    Parameters
    ----------
    data : str, optional
        A data set of the record; by default all.

    Raises
    ------
    UserError
        When there is no such data set.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> rows = al.atlas.recorded_probes("photo-patches")
    >>> {row.network for row in rows} >= {"untrained", "lab", "bvlc"}
    True
    """
    text = (files("alexnet_lab.atlas") / "recorded" / "probes.json").read_text(encoding="utf-8")
    sets: dict[str, Any] = json.loads(text)["data"]
    if data is not None and data not in sets:
        raise UserError(f"no recorded probes on {data!r}; known: {', '.join(sets)}")
    return [
        ProbeRow(
            name,
            network,
            layer,
            sum(row["right"]) / len(row["right"]),
            tuple(row["right"]),
            row["precision"],
            row["nearest"],
            about["test"],
        )
        for name, about in sets.items()
        if data in (None, name)
        for network, layers in about["networks"].items()
        for layer, row in layers.items()
    ]
