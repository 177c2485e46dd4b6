"""Rules and measures by version: what they find is pinned, and no renaming changes it."""

from __future__ import annotations

import functools
import importlib.util
import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from alexnet_lab.experiments.claims import (
    dropout,
    momentum_rule,
    registry,
    retrieval,
    tower_colour,
    weight_decay,
)
from alexnet_lab.experiments.claims.registry import find, names
from alexnet_lab.experiments.design import sequential
from alexnet_lab.experiments.design.claim import Claim, Interval
from alexnet_lab.experiments.records.file import read
from alexnet_lab.experiments.records.hashing import setting_hash
from alexnet_lab.experiments.records.migration import migrated
from alexnet_lab.experiments.records.store import SHIPPED, Library
from alexnet_lab.experiments.report import ledger

from .synthetic import synthetic

PINNED = Path(__file__).with_name("pinned.json")
DRAWS = 3


def shown(interval: Interval | None) -> list[str] | None:
    return interval and [f"{x:.4g}" for x in (interval.estimate, interval.low, interval.high)]


def findings(claim: Claim, experiment) -> list:
    found = [claim.rule(synthetic(experiment, number)) for number in range(DRAWS)]
    return [
        [
            f.verdict,
            shown(f.effect),
            [[what, shown(x)] for what, x in f.details],
            [[one.rule, one.verdict, shown(one.effect)] for one in f.by_rate],
        ]
        for f in found
    ]


@functools.cache
def everything() -> dict[str, list]:
    return pins(names())


def pins(chosen) -> dict[str, list]:
    """Return what every rule finds today, by name and version."""
    return {
        f"{name}.{index} version {claim.rule_version}": findings(claim, find(name))
        for name in chosen
        for index, claim in enumerate(find(name).claims)
        if claim.rule is not None
    }


def test_what_a_version_finds_is_pinned():
    """A rule that finds something else on these records needs a new version, and a new pin.

    To pin a new version: ``python -m tests.experiments.test_versions``.
    """
    pinned = json.loads(PINNED.read_text(encoding="utf-8"))
    today = everything()
    assert today == {key: pinned.get(key) for key in today}


@pytest.mark.parametrize(
    ("module", "constant", "value", "name"),
    [
        (momentum_rule, "APART", 20.0, "momentum_rule"),
        (tower_colour, "AT_FULL_SCALE", 1.0, "tower_colour"),
        (dropout, "CLOSE", 0.1, "dropout"),
        (retrieval, "SMALLEST", 90.0, "retrieval"),
        (sequential, "NOMINAL", 0.05, "response_norm"),
        (sequential, "LOOKS", (3, 4, 12), "weight_decay"),
    ],
)
def test_a_changed_rule_breaks_its_pin(monkeypatch, module, constant, value, name):
    """The pins have teeth: a constant, the level of a look, what a rate is chosen by."""
    before = pins([name])
    monkeypatch.setattr(module, constant, value)
    sequential._quantile.cache_clear()
    after = pins([name])
    monkeypatch.undo()
    sequential._quantile.cache_clear()
    assert after != before


def test_the_pins_hold_both_verdicts_of_most_rules():
    """A rule that says the same of everything would be pinned to nothing."""
    verdicts = {key: {finding[0] for finding in found} for key, found in everything().items()}
    one_sided = [key for key, seen in verdicts.items() if len(seen) < 2]
    # Those that are arithmetic, or whose two sides are of the same networks, hold in all draws.
    assert len(one_sided) <= len(verdicts) // 2, one_sided


def renamed(tmp_path: Path) -> object:
    """Load experiment 9 from a module of another name, its functions and locals renamed too."""
    text = Path(weight_decay.__file__).read_text(encoding="utf-8")
    for old, new in (("LOWERS", "BY_DECAY"), ("_DECAYS", "_SIZES")):
        assert old in text
        text = text.replace(old, new)
    for old, new in (
        ("{decay:g}", "{size:g}"),
        (": decay}", ": size}"),
        ("name, decay", "name, size"),
    ):
        assert old in text
        text = text.replace(old, new)
    text = text.replace("from ..", "from alexnet_lab.experiments.")
    text = re.sub(
        r"from \.(small|controls|overlapping)", r"from alexnet_lab.experiments.claims.\1", text
    )
    path = tmp_path / "decay.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("decay", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_renaming_changes_no_verdict_and_orphans_no_record(tmp_path):
    other = renamed(tmp_path).EXPERIMENT
    library = Library(tmp_path, also=(SHIPPED,))
    before, after = (ledger.judge(e, library) for e in (weight_decay.EXPERIMENT, other))
    assert before[0].have > 0
    for one, two in zip(before, after, strict=True):
        assert one.to_dict() == two.to_dict()


def test_records_of_another_measure_do_not_count(tmp_path):
    experiment = find("momentum_rule")
    library = Library(tmp_path, also=(SHIPPED,))
    assert library.measured(experiment, "laptop")
    assert not library.measured(replace(experiment, measure_version=9), "laptop")


def test_a_setting_is_what_json_gives_back():
    """A record's setting compares equal to the experiment's own after a round through a file."""
    for name in names():
        experiment = find(name)
        for scale in experiment.scales:
            for arm in experiment.arms or (None,):
                setting = experiment.setting(scale, arm)
                assert json.loads(json.dumps(setting)) == setting


OLD = {
    "format": 1,
    "experiment": "retrieval",
    "seed": 0,
    "setting": {"experiment": "retrieval", "compute": "3ee17a9ba344ca5b"},
    "setting_hash": "old",
    "rules": {"retrieval.0": "c9b3c30cc284e154", "towers.2": "", "dropout.0": "someone's own"},
    "results": {"hidden": 0.5},
}


def test_records_of_format_1_are_read_with_their_history(tmp_path):
    path = tmp_path / "old.json"
    path.write_text(json.dumps(OLD), encoding="utf-8")
    new = read(path)
    assert new["results"] == OLD["results"]
    assert new["setting"] == {"experiment": "retrieval", "measure_version": 1}
    assert new["setting_hash"] == setting_hash(new["setting"])
    # 1: the version that this digest was. 0: none that this project has had.
    assert new["rules"] == {"retrieval.0": 1, "dropout.0": 0}
    kept = {"setting_hash": "old", "rules": OLD["rules"], "measure": "3ee17a9ba344ca5b"}
    assert new["history"] == {"format": 1, **kept}
    assert json.loads(path.read_text(encoding="utf-8")) == OLD, "reading changes no file"


@pytest.mark.parametrize("name", ["after", "compute"])
def test_an_unknown_measure_is_no_version(name):
    old = {**OLD, "setting": {"experiment": "retrieval", name: "f" * 16}}
    assert migrated(old)["setting"]["measure_version"] == 0


def test_no_shipped_record_has_lost_its_history():
    for path in sorted(SHIPPED.glob("*/*/*.json")):
        made = json.loads(path.read_text(encoding="utf-8"))
        assert made["format"] == 2
        assert made["setting_hash"] == setting_hash(made["setting"])
        assert set(made["rules"].values()) <= set(range(1, 100))
        history = made.get("history")
        if history is not None:
            assert history["format"] == 1
            assert set(history["rules"]) >= set(made["rules"])


if __name__ == "__main__":
    known = json.loads(PINNED.read_text(encoding="utf-8")) if PINNED.exists() else {}
    text = json.dumps(known | everything(), indent=1, ensure_ascii=False)
    PINNED.write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(f"{len(registry.names())} experiments pinned\n")
