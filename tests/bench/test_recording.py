"""The recorded races and the pilot: of today's presets, and made by a command that resumes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from alexnet_lab.bench import pilot, recording
from alexnet_lab.bench.presets import PRESETS, preset, recorded
from alexnet_lab.bench.records import RECORDS, Curve, Record, read_record
from alexnet_lab.cli import main
from alexnet_lab.errors import UserError


def test_committed_records_are_of_their_presets_and_small() -> None:
    files = sorted(RECORDS.glob("*.json"))
    assert {file.stem for file in files} <= {*PRESETS, Path(pilot.FILE).stem}
    for file in files:
        assert file.stat().st_size <= 10_000, file
        if file.name != pilot.FILE:
            assert recorded(file.stem) is not None, f"{file} is of another plan: record it anew"
            assert read_record(file).by == "torch"


def test_each_side_of_relu_tanh_has_the_best_rate_of_the_pilot() -> None:
    pair = preset("relu-tanh")
    assert pair.plan.net == pilot.NET
    runs = pilot.read_pilot()
    for side in (pair.a, pair.b):
        mine = [r for r in runs if (r["start"], r["activation"]) == (side.start, side.activation)]
        assert [run["rate"] for run in mine] == list(pilot.GRID[side.start])
        assert pilot.best_rate(runs, side.start, side.activation) == side.rate


def test_the_note_of_relu_tanh_is_what_its_record_says() -> None:
    """That tanh is first to have half of the patches right: in every seed."""
    found = recorded("relu-tanh")
    assert found is not None
    assert len(found.runs) >= 6
    assert max(found.differences("steps")) < 0
    assert "tanh that arrives first" in preset("relu-tanh").note


def test_a_best_rate_at_the_end_of_the_grid_is_none() -> None:
    about = {"net": pilot.NET, "start": "modern", "activation": "relu", "errors": [0.4]}
    runs = [{**about, "rate": r, "steps": s} for r, s in ((0.001, 40), (0.003, 60), (0.01, None))]
    assert pilot.best_rate(runs, "modern", "relu") is None
    assert pilot.best_rate(runs[1:], "modern", "relu") == 0.003
    assert pilot.best_rate(runs, "modern", "tanh") is None


def test_what_is_recorded_stays_and_other_switches_begin_anew(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    raced: list[int] = []

    def quick(plan: Any, a: Any, b: Any, seeds: list[int]) -> Record:
        raced.extend(seeds)
        looks = plan.steps // 20
        curve = Curve((1.0,) * looks, (0.4,) * looks, (0.5,) * looks)
        return Record(plan, a, b, dict.fromkeys(seeds, (curve, curve)))

    monkeypatch.setattr(recording, "race", quick)
    said: list[str] = []
    given = {"folder": tmp_path, "say": said.append}
    recording.record_presets(["momentum"], seeds=[3, 1], **given)
    recording.record_presets(["momentum"], seeds=range(5), **given)
    assert raced == [3, 1, 0, 2, 4]
    found = recorded("momentum", tmp_path)
    assert found is not None
    assert list(found.runs) == [0, 1, 2, 3, 4]
    assert len(said) == 5
    recording.record_presets(["momentum"], seeds=range(9), minutes=0, **given)
    assert len(raced) == 5
    # The record of another pair under this name is not added to.
    (tmp_path / "momentum.json").rename(tmp_path / "rate.json")
    recording.record_presets(["rate"], seeds=[7], **given)
    again = recorded("rate", tmp_path)
    assert again is not None
    assert list(again.runs) == [7]


def test_an_unknown_preset_is_refused(capsys: Any) -> None:
    with pytest.raises(UserError, match="unknown preset 'relu'"):
        recording.record_presets(["relu"])
    assert main(["experiment", "bench", "relu"]) == 2
    assert "unknown preset 'relu'" in capsys.readouterr().err
