"""Runs: what is recorded, that a stop changes nothing, who chooses a rate, who comes next."""

from __future__ import annotations

from dataclasses import replace

import pytest

from alexnet_lab.errors import UserError
from alexnet_lab.experiments.claims.registry import find, names
from alexnet_lab.experiments.design.experiment import CHOICE_SEED, smoke
from alexnet_lab.experiments.design.inputs import run_inputs
from alexnet_lab.experiments.design.measures import Results
from alexnet_lab.experiments.records.run import Run
from alexnet_lab.experiments.records.store import Library
from alexnet_lab.experiments.runner import queue
from alexnet_lab.experiments.runner.estimate import classes, macs_of
from alexnet_lab.experiments.runner.outlook import decides_at
from alexnet_lab.experiments.runner.queue import Sources, run_missing
from alexnet_lab.experiments.runner.run import OutOfTimeError, configuration, execute
from alexnet_lab.experiments.runner.schedule import in_order
from alexnet_lab.experiments.runner.unfinished import claimed

from .made import record, store

TIMES = ("started", "finished", "seconds", "machine", "versions")


@pytest.fixture(scope="module")
def data():
    return Sources().load(find("dropout"), "smoke")


def with_rates(name: str, *rates: float, epochs: int = 2):
    """Return an experiment whose smoke scale has more than one learning rate and seed."""
    experiment = find(name)
    scale = replace(experiment.scale("smoke"), lrs=rates, seeds=(0, 1), epochs=epochs)
    return replace(experiment, scales={"smoke": scale})


def without_times(made):
    """Leave out what no two runs have in common."""
    rest = {k: v for k, v in made.items() if k not in TIMES}
    rest["epochs"] = {k: v for k, v in rest["epochs"].items() if k != "seconds"}
    return rest


def test_a_stop_changes_nothing(tmp_path, data):
    """Oracle: the run that was not stopped."""
    experiment = with_rates("augmentation", 0.01)
    run = Run(experiment, "smoke", experiment.arm("colour"), 0, 0.01)
    whole = execute(run, data, tmp_path / "whole", progress=False)
    for _ in range(3):  # the time is over at the first step, three times
        with pytest.raises(OutOfTimeError):
            execute(run, data, tmp_path / "parts", deadline=0.0, progress=False)
    parts = execute(run, data, tmp_path / "parts", progress=False)
    assert without_times(parts) == without_times(whole)
    assert len(whole["epochs"]["val_error"]) == 2
    assert not list((tmp_path / "parts").glob("*/*/*")), "the unfinished run's folder is removed"


def test_not_to_be_resumed_means_begun_again(tmp_path, data):
    experiment = with_rates("dropout", 0.01)
    run = Run(experiment, "smoke", experiment.arm("half"), 0, 0.01)
    with pytest.raises(OutOfTimeError):
        execute(run, data, tmp_path, deadline=0.0, progress=False)
    with pytest.raises(OutOfTimeError):
        execute(run, data, tmp_path, deadline=0.0, resume=False, progress=False)
    checkpoint = tmp_path / run.path.with_suffix("") / "fit" / "record.json"
    assert '"step": 1,' in checkpoint.read_text()


def test_another_setting_does_not_resume(tmp_path, data):
    """The folder of an unfinished run with other settings is not mixed into this one."""
    experiment = with_rates("dropout", 0.01)
    run = Run(experiment, "smoke", experiment.arm("half"), 0, 0.01)
    with pytest.raises(OutOfTimeError):
        execute(run, data, tmp_path, deadline=0.0, progress=False)
    longer = with_rates("dropout", 0.01, epochs=3)
    made = execute(replace(run, experiment=longer), data, tmp_path, progress=False)
    assert len(made["epochs"]["lr"]) == 3


def test_divergence_is_a_result(tmp_path, data):
    experiment = with_rates("dropout", 1e9)
    run = Run(experiment, "smoke", experiment.arm("none"), 0, 1e9)
    made = execute(run, data, tmp_path, progress=False)
    assert made["diverged"].startswith("the loss is")
    assert made["results"] == {}
    assert made["epochs"]["val_error"] == []


def test_a_target_ends_a_run(tmp_path, data):
    """Every error is below 2, so the first interval is the last."""
    experiment = replace(with_rates("initialisation", 0.001), stop_at=2.0)
    arm = experiment.arm("normalised-kaiming")
    made = execute(Run(experiment, "smoke", arm, 0, 0.001), data, tmp_path, progress=False)
    assert len(made["steps"]["error"]) == 1
    assert made["budget"] == 4
    choice = Run(experiment, "smoke", arm, CHOICE_SEED, 0.001, choice=True)
    longer = execute(choice, data, tmp_path, progress=False)
    assert len(longer["epochs"]["val_error"]) == 1, "runs that choose a rate go to their end"


def test_what_chooses_a_rate_never_sees_the_test_part(data):
    inputs = run_inputs(data, smoke(), choice=True)
    assert (len(inputs.data.train), len(inputs.data.val)) == (26, 6)
    seen = {image.numpy().tobytes() for image in data.train.images}
    assert all(image.numpy().tobytes() in seen for image in inputs.data.val.images)
    trained = {image.numpy().tobytes() for image in inputs.data.train.images}
    assert not any(image.numpy().tobytes() in trained for image in inputs.data.val.images)


def test_the_best_rate_of_the_pilot(library):
    """By hand: the least error wins; of equals the smaller rate; a run that diverged loses."""
    experiment = with_rates("dropout", 0.1, 0.01, 0.03)
    arm = experiment.arm("none")
    assert library.pilot_rate(experiment, "smoke", arm) is None
    for rate, found in ((0.01, 0.4), (0.03, 0.4), (0.1, None)):
        run = Run(experiment, "smoke", arm, CHOICE_SEED, rate, choice=True)
        lost = "the loss is nan" if found is None else None
        store(library, run, record(CHOICE_SEED, found or 0.0, diverged=lost))
    assert library.pilot_rate(experiment, "smoke", arm) == 0.01


def measure(library, experiment, arm, errors, seeds=3):
    """Write records of an arm: by rate, the test error of every seed."""
    for rate, error in errors.items():
        for seed in range(seeds):
            store(library, Run(experiment, "laptop", arm, seed, rate), record(seed, error))


def test_a_grid_is_widened_beyond_an_end_that_is_best(library):
    experiment = find("dropout")
    arm = experiment.arm("none")
    grid = [0.005, 0.015, 0.045]
    assert library.rates(experiment, "laptop", arm) == grid
    measure(library, experiment, arm, {0.005: 0.5, 0.015: 0.4, 0.045: 0.3}, seeds=2)
    assert library.rates(experiment, "laptop", arm) == grid, "two seeds are no look"
    measure(library, experiment, arm, {0.005: 0.5, 0.015: 0.4, 0.045: 0.3})
    assert library.rates(experiment, "laptop", arm) == [*grid, 0.14]
    assert library.best_rate(experiment, "laptop", arm) is None, "the new rate has no runs"
    measure(library, experiment, arm, {0.14: 0.35})
    assert library.rates(experiment, "laptop", arm) == [*grid, 0.14]
    assert library.best_rate(experiment, "laptop", arm) == 0.045


def test_a_long_grid_begins_around_the_best_of_the_pilot(library):
    experiment = find("relu_tanh")
    arm = experiment.arm("four-2012-tanh")
    assert library.rates(experiment, "laptop", arm) == [0.003, 0.01, 0.03]
    for rate in arm.lrs:
        run = Run(experiment, "laptop", arm, CHOICE_SEED, rate, choice=True)
        store(
            library, run, record(CHOICE_SEED, train=0.4) | {"epochs": {"train_error": [1 - rate]}}
        )
    assert library.rates(experiment, "laptop", arm) == [0.03, 0.1]


def due_of(experiments, library):
    return [
        (run.experiment.name, run.arm.name, run.lr, run.seed)
        for run in in_order(experiments, "laptop", library)
    ]


def test_the_first_look_of_every_row_comes_before_any_second(library):
    """In the order of the design: row 9 before row 3; arms at every rate, three seeds; controls."""
    three, nine = find("overlapping_pooling"), find("weight_decay")
    runs = due_of([three, nine], library)
    assert {name for name, *_ in runs[: len(runs) // 2]} == {"weight_decay"}
    mine = [r for r in runs if r[0] == "weight_decay"]
    assert {r[1] for r in mine} == {"none", "paper", "placebo", "half-images"}
    assert len([r for r in mine if r[1] == "none"]) == 3 * 3
    assert {seed for *_, seed in runs} == {0, 1, 2}
    # Undecided after its first look, row 9 waits for the first look of row 3.
    errors = {0.005: 0.32, 0.015: 0.3, 0.045: 0.32}
    for arm in (*nine.arms, *nine.control_arms):
        for rate, error in errors.items():
            for seed in range(3):
                made = record(seed, error, train=error + (seed - 1) * 0.1 * (arm.name == "none"))
                made["epochs"]["train_error"] = [error]
                store(library, Run(nine, "laptop", arm, seed, rate), made)
    runs = due_of([three, nine], library)
    first = [name for name, *_ in runs]
    assert first[0] == "overlapping_pooling"
    assert first.index("weight_decay") > max(
        place
        for place, (name, *_, seed) in enumerate(runs)
        if name == "overlapping_pooling" and seed < 3
    )
    assert {seed for name, *_, seed in runs if name == "weight_decay"} == {3, 4, 5}


def test_the_row_that_is_nearest_to_a_decision_comes_first_with_its_controls(library):
    """Five hours of cores then decide something: near rows whole, the paper's before the book's."""
    wanted = {"augmentation": "5", "initialisation": "10c", "response_norm": "2"}
    # Half of a first look: 20 ± 1 points between the arms of row 5, 10 times in row 10c.
    for name, arm, made in (
        ("augmentation", "none", [record(s, 0.4, train=0.1 + s / 100) for s in range(3)]),
        ("augmentation", "crops", [record(s, 0.4, train=0.3) for s in range(3)]),
        ("initialisation", "raw-paper", [record(s, steps=[0.9] * 9 + [0.2]) for s in range(3)]),
        ("initialisation", "raw-source", [record(s, steps=[0.2]) for s in range(3)]),
    ):
        experiment = find(name)
        rate = library.rates(experiment, "laptop", experiment.arm(arm))[0]
        for one in made:
            store(library, Run(experiment, "laptop", experiment.arm(arm), one["seed"], rate), one)
        for run, _ in library.choices(experiment, "laptop", experiment.arm(arm)):
            store(library, run, record(run.seed, 0.5 + run.lr))
    runs = due_of(map(find, wanted), library)
    names_ = [name for name, *_ in runs]
    near = {arm for name, arm, *_ in runs[: names_.index("initialisation")]}
    assert near == {"none", "crops", "placebo", "half-images"}
    later = runs[names_.index("initialisation") : names_.index("response_norm")]
    assert {arm for _, arm, *_ in later} == {"raw-paper", "raw-source", "placebo", "slow"}
    # What is far from a decision keeps the order of the design: row 5b's arm, after row 2's first.
    assert ("augmentation", "colour") in [run[:2] for run in runs[names_.index("response_norm") :]]
    assert decides_at(find("response_norm").claims[0].rule, Results({})) is None


def test_a_network_costs_what_its_classes_cost():
    """By hand: fc8 of 1,024 units has 190 more rows with 200 classes than with ten."""
    experiment = find("tower_split")
    many, few = (macs_of("tower_split", "laptop", arm, 128) for arm in ("many", "few"))
    assert many - few == 190 * 1024
    wanted = {"many": 200, "few": 10, "thin": 200, "one": 200}
    assert {a.name: classes(experiment, "laptop", a) for a in experiment.arms} == wanted


def test_a_row_that_is_decided_has_no_more_runs(library):
    experiment = find("overlapping_pooling")
    good, bad = ({0.005: e + 0.02, 0.015: e, 0.045: e + 0.02} for e in (0.2, 0.3))
    for arm, errors in (("plain", bad), ("overlapping", good)):
        for rate, error in errors.items():
            for seed in range(3):
                made = record(seed, error, train=error - 0.1 - 0.05 * (arm == "plain"))
                run = Run(experiment, "laptop", experiment.arm(arm), seed, rate)
                store(library, run, made)
    assert {arm for _, arm, *_ in due_of([experiment], library)} == {"placebo", "half-images"}


def test_a_run_that_was_stopped_too_early_counts_and_is_due_again(library):
    """It bounds what it did not reach; where one waits longer today, it is done again."""
    experiment = find("relu_tanh")
    run = Run(experiment, "laptop", experiment.arm("four-2012-tanh"), 0, 0.03)
    for epochs, errors, done in ((24, [0.3], False), (24, [0.2], True), (40, [0.3], True)):
        store(library, run, record(0, steps=errors) | {"config": {"epochs": epochs}})
        assert library.find(run) is not None
        assert library.done(run) is done


def test_the_queue_works_through(library, tmp_path):
    """Two rates, two seeds, one arm: four runs; then nothing is left."""
    experiment = with_rates("dropout", 0.01, 0.03, epochs=1)
    said: list[str] = []
    common = {"library": library, "arms": ["half"], "out": tmp_path / "out", "progress": False}
    assert run_missing([experiment], "smoke", minutes=1e-9, say=said.append, **common) == 0
    assert run_missing([experiment], "smoke", say=said.append, **common) == 4
    assert run_missing([experiment], "smoke", say=said.append, **common) == 0
    names_there = sorted(path.name for path in library.folder.glob("*/*/*.json"))
    assert names_there == [
        f"half-lr{rate}-s{seed}.json" for rate in ("0.01", "0.03") for seed in (0, 1)
    ]


def test_a_placebo_has_other_seeds_and_a_positive_control_fewer_images(tmp_path, data):
    experiment = with_rates("dropout", 0.01, epochs=1)
    placebo, half = experiment.control_arms
    control = experiment.arm("none")
    made = {
        arm.name: execute(
            Run(experiment, "smoke", arm, 0, 0.01), data, tmp_path / arm.name, progress=False
        )
        for arm in (control, placebo, half)
    }
    seeds = {name: one["config"]["seed"] for name, one in made.items()}
    assert seeds == {"none": 0, "placebo": 500, "half-images": 0}
    assert made["none"]["budget"] == 2 * made["half-images"]["budget"]
    assert len({one["setting_hash"] for one in made.values()}) == 3


def test_data_that_are_missing_do_not_stop_the_others(library, tmp_path):
    broken = with_rates("weight_decay", 0.01)
    broken = replace(
        broken, scales={"smoke": replace(broken.scale("smoke"), data="imagenette", epochs=1)}
    )
    fine, said = with_rates("dropout", 0.01, epochs=1), []
    done = run_missing(
        [broken, fine],
        "smoke",
        library=library,
        sources=Sources({"imagenette": str(tmp_path / "nowhere")}),
        out=tmp_path / "out",
        progress=False,
        say=said.append,
    )
    assert done == 4
    assert any(line.startswith("weight_decay: left out: no folder") for line in said)


def test_a_run_is_claimed_once(tmp_path):
    pytest.importorskip("fcntl", reason="claims are locks of the file system; Windows has others")
    experiment = find("dropout")
    run = Run(experiment, "smoke", experiment.arm("none"), 0, 0.001)
    with claimed(tmp_path, run) as first, claimed(tmp_path, run) as second:
        assert (first, second) == (True, False)
    with claimed(tmp_path, run) as again:
        assert again


def test_who_finds_all_runs_taken_waits(library, tmp_path, monkeypatch):
    """Another process holds the only run; when it lets go, the run is done here."""
    pytest.importorskip("fcntl", reason="claims are locks of the file system")
    experiment = with_rates("dropout", 0.01, epochs=1)
    run = Run(experiment, "smoke", experiment.arm("half"), 0, 0.01)
    other = claimed(tmp_path, run)
    assert other.__enter__()
    waited = []

    def let_go():
        waited.append(other.__exit__(None, None, None))

    monkeypatch.setattr(queue, "wait", let_go)
    common = {"library": library, "arms": ["half"], "seeds": [0], "out": tmp_path}
    assert run_missing([experiment], "smoke", progress=False, say=lambda text: None, **common) == 1
    assert len(waited) == 1


def test_records_of_another_setting_do_not_count(library):
    experiment = find("dropout")
    run = Run(experiment, "laptop", experiment.arm("none"), 0, 0.005)
    store(library, run, record(0))
    assert library.find(run) is not None
    scale = replace(experiment.scale("laptop"), epochs=7)
    assert (
        library.find(replace(run, experiment=replace(experiment, scales={"laptop": scale}))) is None
    )


def test_one_data_set_is_judged(library):
    """Two of three records are of one data set: the third is left out."""
    experiment = with_rates("dropout", 0.01)
    scale = replace(experiment.scale("smoke"), seeds=(0, 1, 2))
    experiment = replace(experiment, scales={"smoke": scale})
    for seed in range(3):
        made = record(seed)
        made["data"]["fingerprint"] = "other" if seed == 2 else "one"
        store(library, Run(experiment, "smoke", experiment.arm("none"), seed, 0.01), made)
    assert [r["seed"] for r in library.measured(experiment, "smoke")["none"]] == [0, 1]


def test_two_experiments_share_their_records():
    towers, colour = find("towers"), find("tower_colour")
    for scale in towers.scales:
        for arm in colour.arms:
            assert colour.setting(scale, arm) == towers.setting(scale, arm)
    assert not in_order([towers, colour], "smoke", Library("nowhere", also=()))[4:]


def test_configurations_are_valid_at_every_scale():
    """Milestones fit the number of epochs, also of the short runs that choose a rate."""
    for name in names():
        experiment = find(name)
        for scale in experiment.scales:
            for arm in experiment.arms:
                for choice in (False, True):
                    config = configuration(Run(experiment, scale, arm, 0, 0.01, choice))
                    assert all(stone < config.epochs for stone in config.milestones)


def test_a_broken_record_is_named(library):
    experiment = find("dropout")
    run = Run(experiment, "smoke", experiment.arm("none"), 0, 0.001)
    path = library.folder / run.path
    path.parent.mkdir(parents=True)
    path.write_text("{", encoding="utf-8")
    with pytest.raises(UserError, match="is not a record: move it"):
        library.find(run)
