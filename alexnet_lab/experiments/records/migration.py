"""Records of format 1, whose rules and measures had digests of source text: what they are now.

A digest of source text changes when a module or a local variable is renamed. So rules and measures
have had versions since format 2. Every digest that a record of format 1 can carry is listed here
with the version that it was; the digests themselves stay in the record, under ``history``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .hashing import setting_hash

UNKNOWN = 0  # of a digest that no version of this project has had

# As they stood in every one of the 342 records of format 1.
_RULES = {
    "augmentation.0": "0f7a9e3ec07639e3",
    "augmentation.1": "af88ebf33385eaf7",
    "augmentation.2": "58155e0a82acb330",
    "dropout.0": "d7e448a4a86b18e5",
    "dropout.1": "db076c15d66a2ea5",
    "dropout_scaling.0": "3781b5101cd5a4a3",
    "initialisation.0": "1635b6968b2508e8",
    "initialisation.1": "0794d077ff2efc8f",
    "initialisation.2": "5f093a1aa3c009cf",
    "middle_layers.0": "4509c58db9fb5434",
    "momentum_rule.0": "930b99013a5753b3",
    "overlapping_pooling.0": "cddbc4a9f6a4d249",
    "overlapping_pooling.1": "ba78e8d2178cebce",
    "recipes.0": "7d032c145f69323b",
    "relu_tanh.0": "021ec74b3e6bf406",
    "relu_tanh.1": "3044d5533cf03fea",
    "relu_tanh.2": "35c27967a4cffc1e",
    "response_norm.0": "05d9b2d119ab1c3f",
    "response_norm.1": "0600c4a4e6014885",
    "retrieval.0": "c9b3c30cc284e154",
    "tower_colour.0": "7326829bb8db23b4",
    "towers.0": "3a47f40f4c8f51b2",
    "towers.1": "e888ac816283513c",
    "weight_decay.0": "3898759e7c3c6620",
}
_MEASURES = {
    "augmentation": "111718171d910bd3",
    "towers": "2ad82dba3745306f",
    "dropout_scaling": "bac4a08d49c11f21",
    "momentum_rule": "98e207ac65926ef5",
    "retrieval": "3ee17a9ba344ca5b",
}


def migrated(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record of format 1 as one of format 2; what it measured is untouched."""
    setting = dict(record["setting"])
    if setting.get("stop_at") is not None and not record.get("choice"):
        # Where a target ends a run, the epochs are only how long one waits: `Library` checks it.
        setting.pop("epochs", None)
    measure = [setting.pop(name) for name in ("after", "compute") if name in setting]
    if measure:
        known = measure == [_MEASURES.get(record["experiment"])]
        setting["measure_version"] = 1 if known else UNKNOWN
    rules = {
        name: 1 if _RULES.get(name) == digest else UNKNOWN
        for name, digest in record["rules"].items()
        if digest  # a claim that cannot be tested had an empty one
    }
    history = {"format": 1, "setting_hash": record["setting_hash"], "rules": record["rules"]}
    if measure:
        history["measure"] = measure[0]
    changed = {
        "format": 2,
        "setting": setting,
        "setting_hash": setting_hash(setting),
        "rules": rules,
        "history": history,
    }
    # In their old places; the history comes last.
    return {key: changed.get(key, value) for key, value in record.items()} | {"history": history}
