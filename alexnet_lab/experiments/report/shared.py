"""Arms that are the same runs: the same network, data, training and seeds under two names.

Their records are equal to the last bit, so they are one piece of evidence, not two. The ledger
says where that is so.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache

from ..claims.registry import find, names
from ..design.arm import Arm
from ..design.experiment import BASE, Experiment
from ..design.nets import build_net


def shared_arms(shown: Mapping[str, str] | None = None) -> list[list[tuple[Experiment, Arm]]]:
    """Return the groups of arms of the ledger's experiments that are one and the same.

    Each experiment counts at the scale at which `shown`, by its name, shows it, others at "laptop":
    a pilot of the first edition, which had no controls, may be another's runs. Experiments that
    read another's records (`Experiment.records_of`) are left out: they say so.
    """
    groups: dict[str, list[tuple[Experiment, Arm]]] = {}
    for name in names():
        experiment, scale = find(name), (shown or {}).get(name, "laptop")
        if experiment.records_of or scale not in experiment.scales:
            continue
        controls = () if scale == "pilot" else experiment.control_arms
        for arm in (*experiment.arms, *controls):
            groups.setdefault(fingerprint(name, scale, arm.name), []).append((experiment, arm))
    return [group for group in groups.values() if len(group) > 1]


@cache
def fingerprint(name: str, scale: str, arm: str) -> str:
    """Return a digest of all that decides what an arm's runs do, and of nothing else.

    The network counts by its layers and its first weights, not by how its options are spelt.
    """
    experiment = find(name)
    spec, one = experiment.scale(scale), experiment.arm(arm)
    side = spec.crop or spec.size or {"cifar10": 32, "imagenette": 160}.get(experiment.data, 32)
    options = {"input_size": side} | dict(spec.options) | dict(one.options)
    net = build_net(one.model, 10, options, one.seed_offset)
    # Not by the layers' names: without conv3 and without conv4 may be the same layers.
    layers = [f"{type(m).__name__}({m.extra_repr()})" for m in net.modules() if not [*m.children()]]
    weights = hashlib.sha256("\n".join(layers).encode())
    for parameter in net.parameters():
        weights.update(parameter.detach().numpy().tobytes())
    train = BASE | dict(experiment.train) | dict(spec.train) | dict(one.train)
    about = [
        weights.hexdigest(),
        {k: v for k, v in sorted(train.items()) if v is not None},
        [spec.data or experiment.data, spec.epochs, spec.batch, spec.train_images],
        [spec.size, spec.crop, spec.padding, one.augmentation, one.raw],
        [one.seed_offset, one.images_share, str(one.part), experiment.stop_at],
    ]
    return hashlib.sha256(json.dumps(about, default=list).encode()).hexdigest()
