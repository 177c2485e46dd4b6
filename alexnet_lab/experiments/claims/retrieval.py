"""13. Retrieval: nearest neighbours in the last hidden layer against raw pixels (§6.1, Fig. 4).

Queries are validation photographs, a third of them a seed; the bank is the training part. What is
counted is how many of the six nearest, by Euclidean distance, are of the query's class. The same is
counted in the last hidden layer of an untrained network of the same layers, anew for each seed:
convolution and pooling alone make near what pixels keep apart, and training must add to that.
"""

from __future__ import annotations

import copy
import hashlib
from typing import Any

import torch
from torch import Tensor, nn

from ...analysis import features, nearest_neighbours
from ...data import ImageData, Split
from ...models import load_pretrained
from ..design.claim import CONTRADICTED, REPRODUCED, SMALLER, UNDECIDED, Claim, Finding, Interval
from ..design.experiment import Experiment, Scale
from ..design.measures import Results, result
from ..design.nets import build_net
from ..design.statistics import mean_interval
from .small_alexnet import TINY

NEIGHBOURS = 6
SETS = (0, 1, 2)  # of queries
MOST_QUERIES = 600
CONTROLS = ("pixels", "untrained")
TITLES = {
    "hidden": "last hidden layer",
    "untrained": "that of an untrained network",
    "pixels": "pixels",
}
SMALLEST = 10.0  # points of precision: the least that interests us


def network(scale: Scale, data: ImageData) -> tuple[nn.Module, Any]:
    """Return the lab network and its preprocessing; for the tests, a net that knows nothing."""
    if scale.data != "photo-patches":
        net: nn.Module = load_pretrained("lab")
        return net, net.preprocess
    mean = data.mean.view(3, 1, 1)
    net = build_net("alexnet_mini", data.num_classes, TINY, 0)
    return net, lambda image: torch.as_tensor(image).permute(2, 0, 1) - mean


def untrained(net: nn.Module, seed: int) -> nn.Module:
    """Return the same network with weights from He's start, drawn by the seed, and biases 0."""
    fresh = copy.deepcopy(net)
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seed)
        for layer in fresh.modules():
            if isinstance(layer, (nn.Conv2d, nn.Linear)):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)
    return fresh.eval()


def compute(seed: int, scale: Scale, data: ImageData) -> dict[str, Any]:
    """Measure both precisions at six, over one seed's queries."""
    net, preprocess = network(scale, data)
    order = torch.randperm(len(data.val), generator=torch.Generator().manual_seed(0))
    queries, bank = data.val.subset(order[seed :: len(SETS)][:MOST_QUERIES]), data.train
    hidden, fresh = (
        [features(one, _prepared(split, preprocess)) for split in (queries, bank)]
        for one in (net, untrained(net, seed))
    )
    pixels = [_small(split) for split in (queries, bank)]
    weights = hashlib.sha256()
    for parameter in net.parameters():
        weights.update(parameter.detach().numpy().tobytes())
    return {
        "hidden": _precision(hidden[0], hidden[1], queries, bank),
        "untrained": _precision(fresh[0], fresh[1], queries, bank),
        "pixels": _precision(pixels[0], pixels[1], queries, bank),
        "queries": len(queries),
        "neighbours": NEIGHBOURS,
        "network": weights.hexdigest()[:12],
    }


def _prepared(split: Split, preprocess: Any) -> Any:
    for part in split.images.split(64):
        yield torch.stack([preprocess(image.permute(1, 2, 0).numpy()) for image in part])


def _small(split: Split) -> Tensor:
    """Return pixels as vectors, at 32² at most: a larger picture has no better neighbours."""
    side = min(32, split.images.shape[-1])
    parts = [
        nn.functional.interpolate(part.float(), (side, side), mode="area").flatten(1)
        for part in split.images.split(256)
    ]
    return torch.cat(parts)


def _precision(query: Tensor, bank: Tensor, queries: Split, answers: Split) -> float:
    right = []
    for points, labels in zip(query.split(100), queries.labels.split(100), strict=True):
        nearest = nearest_neighbours(points, bank, NEIGHBOURS).indices
        right.append((answers.labels[nearest] == labels[:, None]).double().mean(dim=1))
    return torch.cat(right).mean().item()


def better(results: Results) -> Finding:
    """Apply the rule of the claim."""
    unit = "points of precision at six"
    if not results.complete(""):
        return Finding(UNDECIDED, None, unit, takes=3)
    found = {name: results.values("", result(name)) for name in ("hidden", *CONTROLS)}
    # The same queries: paired.
    ahead = {
        name: mean_interval([100 * (h - c) for h, c in zip(found["hidden"], values, strict=True)])
        for name, values in found.items()
        if name in CONTROLS
    }
    effect = ahead["pixels"]
    details = (
        ("last hidden layer minus that of an untrained network", ahead["untrained"]),
        *(
            (f"precision, {title}", mean_interval([100 * value for value in found[name]]))
            for name, title in TITLES.items()
        ),
    )
    nets = {str(record["results"].get("network")) for record in results.of("")}
    note = f"the network with weights {', '.join(sorted(nets))}; intervals are over sets of queries"
    words = [_word(x) for x in ahead.values()]
    verdict = next((w for w in (CONTRADICTED, SMALLER, UNDECIDED) if w in words), REPRODUCED)
    return Finding(verdict, effect, unit, details, note, takes=6)


def _word(ahead: Interval) -> str:
    if ahead.high < 0:
        return CONTRADICTED
    if ahead.high < SMALLEST:
        return SMALLER
    return REPRODUCED if ahead.low > 0 and ahead.estimate >= SMALLEST else UNDECIDED


EXPERIMENT = Experiment(
    number=13,
    name="retrieval",
    title="Neighbours in the last hidden layer",
    claims=(
        Claim(
            "Images that are near in the last hidden layer show the same thing, though they are not"
            " near as pixels.",
            "paper §6.1, Fig. 4 (right)",
            "Of the six nearest training images, the share of the query's class: last hidden layer"
            " minus pixels (at 32²), and minus the last hidden layer of an untrained network of the"
            " same layers, over three sets of queries; 10 points is the least that interests us."
            " Both differences must hold, and one that fails is enough; the first is shown.",
            better,
            rule_version=3,
        ),
    ),
    data="imagenette",
    scales={
        "smoke": Scale(epochs=1, size=32, seeds=(0,), data="photo-patches"),
        "laptop": Scale(epochs=1, seeds=SETS),
        "gpu": Scale(epochs=1, size=256, seeds=SETS),
    },
    compute=compute,
    measure_version=2,
    seconds=480,
    shown=(),
)
