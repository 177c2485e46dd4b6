"""Races as files: what is written is read, and what is no race is refused in a line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from alexnet_lab.bench.presets import PRESETS, preset
from alexnet_lab.bench.race import Plan
from alexnet_lab.bench.records import Curve, Record, read_record
from alexnet_lab.bench.switches import Switches
from alexnet_lab.cli import main
from alexnet_lab.errors import UserError

PLAN = Plan(steps=40, each=10)


def curve(*errors: float) -> Curve:
    return Curve((1.0, None), errors, errors)


def record(count: int) -> Record:
    runs = {seed: (curve(0.9, 0.4 - seed / 100), curve(0.9, 0.3)) for seed in range(count)}
    return Record(PLAN, Switches(), Switches(activation="tanh"), runs, "page")


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "race.json"
    path.write_text(record(3).as_json(), encoding="utf-8")
    assert read_record(path) == record(3)


def changed(**values: Any) -> str:
    return json.dumps(json.loads(record(1).as_json()) | values)


RUN = json.loads(record(1).as_json())["runs"][0]
BAD = {
    "": "is not JSON",
    "[1]": "is not a race",
    '{"format": "alexnet-lab race 9"}': "is not a race",
    changed(plan={"steps": 40, "speed": 3}): "not a whole race",
    changed(plan={"steps": 41}): "multiple of 20",
    changed(a={"activation": "gelu"}): "activation='gelu' is not on the bench",
    changed(a={"dropout": 1}): "dropout=1 is not on the bench",
    changed(runs=[{"seed": 0}]): "not a whole race",
    changed(runs=[RUN, RUN]): "comes twice",
    changed(runs=[{**RUN, "a": {**RUN["a"], "val_error": [0.5]}}]): "1 values for 2 looks",
    changed(runs=[{**RUN, "a": {**RUN["a"], "val_error": [0.5, 1.5]}}]): "holds 1.5",
    changed(runs=[{**RUN, "a": {**RUN["a"], "loss": [0.5, "x"]}}]): "holds 'x'",
}


@pytest.mark.parametrize("text", BAD, ids=range(len(BAD)))
def test_what_is_no_race_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "race.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=BAD[text]) as problem:
        read_record(path)
    assert "\n" not in str(problem.value)
    assert str(path) in str(problem.value)


def test_the_command_prints_median_and_interval(tmp_path: Path, capsys: Any) -> None:
    few, many = tmp_path / "few.json", tmp_path / "many.json"
    few.write_text(record(3).as_json(), encoding="utf-8")
    many.write_text(record(6).as_json(), encoding="utf-8")
    main(["experiment", "races", str(few), str(many)])
    said = capsys.readouterr().out
    assert "activation relu against tanh" in said
    # B − A is −10, −9, …, −5 points.
    assert "median -9.0 points of validation error, n = 3; an interval takes six seeds" in said
    assert "median -7.5 points of validation error, n = 6, 95 % interval -10.0 to -5.0" in said


def test_presets_are_on_the_bench() -> None:
    for name in PRESETS:
        assert preset(name).a != preset(name).b
    with pytest.raises(UserError, match="unknown preset 'relu'; known: relu-tanh"):
        preset("relu")
