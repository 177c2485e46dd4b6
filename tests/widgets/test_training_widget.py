"""TrainingExplorer: its bad input, and what it shows against the ledger's statistics."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch
from examples import EXAMPLES, training_kernels, training_records
from node import run_node

from alexnet_lab.errors import UserError
from alexnet_lab.experiments import evidence, find, names
from alexnet_lab.experiments.design.statistics import mean_interval
from alexnet_lab.lab import conv1_along_training, lab_record
from alexnet_lab.widgets import TrainingExplorer
from alexnet_lab.widgets._runtime.pack import unpack


def test_takes_the_records_of_every_experiment_that_has_epochs() -> None:
    drawn = 0
    for name in names():
        found = evidence(name)
        # A run that reaches its target within the first epoch has no whole epoch to draw.
        whole = {
            arm: [record for record in part if any(record["epochs"].values())]
            for arm, part in found.records.items()
        }
        if not any(whole.values()):
            continue
        made = TrainingExplorer(found)
        drawn += 1
        arms = [arm.name for arm in find(name).arms if whole.get(arm.name)]
        assert list(made.names["arms"]) == arms
        for arm in arms:
            ends = [record["epochs"][made.column][-1] for record in whole[arm]]
            mine = [r["columns"][made.column][-1] for r in made.runs if r["arm"] == arm]
            assert mine == pytest.approx(ends, rel=1e-4)
        assert len(json.dumps(made.state())) < 150_000
    assert drawn >= 1


def test_the_lab_networks_kernels_stand_at_their_epochs() -> None:
    record, kernels = lab_record(), conv1_along_training()
    made = TrainingExplorer.along(record, kernels)
    rows = record["epochs"]
    shown, every = made.kernels["names"], list(kernels)
    assert (shown[0], shown[-1], len(shown)) == (every[0], every[-1], 10)
    for name, epoch in zip(shown, made.kernels["after"], strict=True):
        row = rows[epoch - 1]
        assert name == f"{row['phase']}-{row['epoch']:03d}"
    assert made.values("lab", len(rows)) == pytest.approx([rows[-1]["val_error"]], rel=1e-4)
    assert len(json.dumps(made.state())) < 150_000
    assert made.kernels["count"] == 96
    assert (made.epoch, made.snapshot) == (made.kernels["after"][0], 0)


def alike(shown: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    return torch.cosine_similarity(shown.flatten(1), wanted.double().flatten(1), dim=1)


def test_kernels_are_drawn_as_they_are() -> None:
    made = EXAMPLES["training"]()
    first, last = training_kernels()
    assert alike(made.pictured(), first).min() > 0.999
    made.snapshot = 3
    assert alike(made.pictured(), last).min() > 0.999
    # The lab network's are many: what is noise at the beginning is drawn less faithfully.
    kernels = conv1_along_training()
    lab = TrainingExplorer.along(lab_record(), kernels)
    lab.snapshot = len(lab.kernels["names"]) - 1
    likeness = alike(lab.pictured(), list(kernels.values())[-1])
    assert likeness.mean() > 0.97
    assert likeness.min() > 0.9


def test_the_page_draws_the_same_kernels() -> None:
    made = EXAMPLES["training"]()
    kept = {n: unpack(made.kernels[n], "u1").tolist() for n in ("shares", "basis")}
    kept["scales"] = unpack(made.kernels["scales"], "f4").tolist()
    body = """
    const { count } = given.kernels;
    const all = Array.from({ length: count }, (_, k) => k);
    return [0, 3].map((s) => all.map((k) => [...core.rebuilt(given.kernels, s, k)]));
    """
    found = run_node("training/core.js", body, {"kernels": {**made.kernels, **kept}})
    for snapshot, shown in zip((0, 3), found, strict=True):
        made.snapshot = snapshot
        wanted = made.pictured().flatten(1)
        wanted = wanted / wanted.abs().amax(1, keepdim=True)
        torch.testing.assert_close(torch.tensor(shown).double(), wanted)


def test_of_many_arms_the_first_are_shown() -> None:
    records = {f"arm {n}": training_records()["relu"] for n in range(20)}
    made = TrainingExplorer(records)
    assert made.shown.split(",") == [f"arm {n}" for n in range(8)]
    made.shown = "arm 19"


def test_a_run_that_diverged_ends_where_its_numbers_do() -> None:
    records = training_records()
    records["tanh"][1]["epochs"]["train_error"][3] = float("nan")
    made = TrainingExplorer(records)
    lengths = [len(r["columns"]["val_error"]) for r in made.runs if r["arm"] == "tanh"]
    assert lengths == [6, 3]
    assert "NaN" not in json.dumps(made.state())


@pytest.mark.parametrize(
    ("change", "options", "word"),
    [
        (lambda r: {}, {}, "no runs with epochs"),
        (lambda r: {"a": [{"seed": 0, "epochs": {}}]}, {}, "no runs with epochs"),
        (lambda r: [], {}, "not a list"),
        (
            lambda r: {"a": [{"seed": 0, "epochs": {"x": [1], "y": [1, 2]}}]},
            {},
            "different lengths",
        ),
        (
            lambda r: {"a": [{"seed": 0, "epochs": {"x": [float("nan")]}}]},
            {},
            "no run has a number",
        ),
        (lambda r: {str(n): r["relu"] for n in range(41)}, {}, "41 arms are too many"),
        (lambda r: r, {"column": "speed"}, "no column 'speed'"),
        (lambda r: r, {"epoch": 7}, "no epoch 7; known: 1 to 6"),
        (lambda r: r, {"shown": "relu,swish"}, "no arm 'swish'"),
        (lambda r: r, {"kernels": {"a": torch.ones(2, 4, 3, 3)}}, "(K, 3, h, w)"),
        (lambda r: r, {"kernels": {}}, "no snapshots"),
        (lambda r: r, {"kernels": {"a": torch.ones(3, 3, 3, 3)}, "towers": 2}, "3 kernels cannot"),
        (
            lambda r: r,
            {"kernels": {"a": torch.ones(2, 3, 3, 3)}, "after": [1, 2]},
            "2 epochs for 1",
        ),
        (lambda r: r, {"kernels": {"a": torch.full((2, 3, 3, 3), torch.inf)}}, "finite"),
    ],
)
def test_nonsense_is_one_line(change: Any, options: dict, word: str) -> None:
    with pytest.raises(UserError) as said:
        TrainingExplorer(change(training_records()), **options)
    assert word in str(said.value)
    assert "\n" not in str(said.value)


def row(seen: Any, place: int) -> list[str]:
    seen.settle()
    return (
        seen.number()
        .locator("table")
        .first.locator("tbody tr")
        .nth(place)
        .locator("td")
        .all_inner_texts()
    )


def agrees(seen: Any, made: TrainingExplorer, place: int, arm: str) -> None:
    """Hold a row of the cursor's table against the ledger's interval."""
    mean, seeds, ends = row(seen, place)
    wanted = mean_interval(made.values(arm))
    assert float(mean) == pytest.approx(wanted.estimate, rel=6e-3)
    assert int(seeds) == wanted.n[0]
    low, high = (float(end.replace("−", "-")) for end in ends.split(" to "))
    assert [low, high] == pytest.approx([wanted.low, wanted.high], rel=6e-3)


@pytest.mark.browser
def test_mouse_and_keyboard_read_the_curves_rightly(show: Any) -> None:
    made = EXAMPLES["training"]()
    seen = show(made)
    assert made.epoch == 1
    agrees(seen, made, 0, "relu")
    agrees(seen, made, 1, "tanh")
    seen.slider("epoch").focus()
    for _ in range(4):
        seen.page.keyboard.press("ArrowRight")
    made.epoch = 5  # one of relu's runs has ended by then, and a mean of the others would jump
    assert row(seen, 0) == ["a run has ended", "3", "–"]
    seen.choose("shown", "training error")
    made.column = "train_error"
    agrees(seen, made, 1, "tanh")
    # A click at the middle of the plot.
    plot = seen.number().locator("svg")
    box = plot.bounding_box()
    plot.click(position={"x": 52 + (box["width"] - 64) * 0.4, "y": 100})
    assert seen.slider("epoch").input_value() == "3"
    made.epoch = 3
    agrees(seen, made, 0, "relu")
    # An arm less, and none.
    seen.number().get_by_role("checkbox", name="relu (3 seeds)").uncheck()
    agrees(seen, made, 0, "tanh")
    seen.number().get_by_role("checkbox", name="tanh (2 seeds)").uncheck()
    assert "No arm is ticked." in seen.text(".al-w-training-words")


@pytest.mark.browser
def test_lines_stand_at_their_values_on_both_scales(show: Any) -> None:
    made = EXAMPLES["training"]()
    seen = show(made)

    def heights() -> list[float]:
        seen.settle()
        path = seen.number().locator(".al-w-training-seed").first.get_attribute("d")
        return [float(pair.split()[1]) for pair in path[1:].split("L")]

    values = np.array(made.runs[0]["columns"]["val_error"])
    assert np.corrcoef(heights(), values)[0, 1] == pytest.approx(-1, abs=1e-4)
    seen.number().get_by_role("checkbox", name="logarithmic").check()
    assert np.corrcoef(heights(), np.log(values))[0, 1] == pytest.approx(-1, abs=1e-4)
    bands = seen.number().locator(".al-w-training-band")
    assert bands.count() == 2
    seen.number().get_by_role("checkbox", name="95 % intervals").uncheck()
    seen.settle()
    assert bands.count() == 0


@pytest.mark.browser
def test_the_table_behind_the_plot_opens_by_keyboard(show: Any) -> None:
    made = EXAMPLES["training"]()
    seen = show(made)
    seen.button("Show the table behind the plot").focus()
    seen.page.keyboard.press("Enter")
    seen.settle()
    table = seen.number().locator("table").nth(1)
    assert table.is_visible()
    cells = table.locator("tbody tr").nth(3).locator("td").all_inner_texts()
    assert float(cells[0]) == pytest.approx(
        mean_interval(made.values("relu", 4)).estimate, rel=6e-3
    )
    assert table.locator("tbody tr").count() == 6
    seen.button("Hide the table behind the plot").click()
    assert not table.is_visible()


@pytest.mark.browser
def test_kernels_and_curves_share_their_time(show: Any) -> None:
    made = EXAMPLES["training"]()
    seen = show(made)
    words = ".al-w-training-kernels .al-w-training-words"
    assert seen.text(words).startswith("Kernel 0, after epoch 1:")
    seen.slider("epoch").fill("6")
    assert "and the cosine of the angle to what it becomes is 1." in seen.text(words)
    # One slider of time; a click on the film of the followed kernel moves it too.
    assert seen.number().get_by_role("slider").count() == 2
    film = seen.number().locator("canvas[role=img]")
    film.click(position={"x": 0.375 * film.bounding_box()["width"], "y": 10})
    seen.settle()
    assert seen.slider("epoch").input_value() == "2"
    # The third kernel of the first row, then down to the second tower's.
    seen.number().locator(".al-w-training-frame canvas").click(position={"x": 80, "y": 10})
    assert seen.text(words).startswith("Kernel 2, after epoch 2:")
    seen.number().get_by_role("application").focus()
    seen.page.keyboard.press("ArrowRight")
    first, last = training_kernels()
    now = torch.lerp(first, last, 1 / 3)
    length = float(now[3].norm())
    cosine = float(torch.cosine_similarity(now[3].flatten(), last[3].flatten(), dim=0))
    found = seen.text(words)
    assert found.startswith("Kernel 3, after epoch 2: its norm is ")
    assert float(found.split("norm is ")[1].split(",")[0]) == pytest.approx(length, rel=6e-3)
    assert float(found.rsplit(" ", 1)[1][:-1]) == pytest.approx(cosine, abs=6e-3)
    seen.slider("kernel followed").fill("5")
    assert seen.text(words).startswith("Kernel 5, after epoch 2:")


@pytest.mark.browser
def test_play_runs_to_the_last_snapshot(show: Any) -> None:
    seen = show(EXAMPLES["training"]())
    before = seen.number().locator("canvas").first.evaluate("c => c.toDataURL()")
    seen.button("Play").click()
    seen.page.wait_for_function(
        "document.querySelector('.al-w-training-name').innerText.startsWith('after epoch\u00a06')"
    )
    seen.button("Play").wait_for()
    assert seen.number().locator("canvas").first.evaluate("c => c.toDataURL()") != before


@pytest.mark.browser
def test_a_moment_can_be_linked_to(show: Any) -> None:
    at = "#training.column=train_error&training.epoch=4&training.shown=tanh&training.kernel=5"
    seen = show(EXAMPLES["training"](), at=at)
    assert seen.slider("epoch").input_value() == "4"
    assert not seen.number().get_by_role("checkbox", name="relu (3 seeds)").is_checked()
    words = seen.text(".al-w-training-kernels .al-w-training-words")
    assert words.startswith("Kernel 5, after epoch 4:")


def test_runs_need_not_count_epochs() -> None:
    made = TrainingExplorer(training_records(), time="iteration", every=10, epoch=3)
    assert made.epoch == 3
    assert "against iterations; at iteration 30: " in made.describe()
    with pytest.raises(UserError, match="at least 1 iteration"):
        TrainingExplorer(training_records(), time="iteration", every=0)


@pytest.mark.browser
def test_the_page_counts_as_python_does(show: Any) -> None:
    made = TrainingExplorer(training_records(), time="iteration", every=10, epoch=3)
    seen = show(made)
    slider = seen.slider("iteration")
    assert slider.get_attribute("aria-valuetext") == "30"
    slider.focus()
    seen.page.keyboard.press("ArrowRight")
    seen.settle()
    table = seen.number().locator("table").first
    assert "at iteration 40" in table.inner_text()
    mean = float(table.locator("tbody tr").first.locator("td").first.inner_text())
    assert mean == pytest.approx(mean_interval(made.values("relu", 4)).estimate, rel=6e-3)
    seen.button("Show the table behind the plot").click()
    heads = seen.number().locator("table").nth(1).locator("tbody th").all_inner_texts()
    assert heads == ["10", "20", "30", "40", "50", "60"]
