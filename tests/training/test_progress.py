"""What a run says while it goes on: by a clock that the test turns."""

from __future__ import annotations

import pytest

from alexnet_lab.training.history import EpochRow
from alexnet_lab.training.progress import LinesProgress, Pace, choose_progress, in_time


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def row(epoch: int) -> EpochRow:
    return EpochRow(epoch, 10 * epoch, 0.1, 1.0, 0.5, 1.0, 0.5, 0.1, 50.0, 8.0)


def drive(progress, clock, *, epochs: int, steps: int, step_s: float, validation_s: float = 0.0):
    for epoch in range(1, epochs + 1):
        progress.start_epoch(epoch, epochs, steps, 0)
        for _ in range(steps):
            clock.now += step_s
            progress.step(1.5)
        clock.now += validation_s
        progress.end_epoch(row(epoch))


def test_the_price_is_told_before_and_the_rest_after_each_epoch(capsys):
    """By hand: 20 steps of 6 s and 30 s of validation, three epochs."""
    clock = Clock()
    drive(LinesProgress(clock), clock, epochs=3, steps=20, step_s=6, validation_s=30)
    lines = capsys.readouterr().err.splitlines()
    price = "an epoch takes about 2 min, the rest about 6 min"
    assert lines[0] == f"epoch 1/3: 3 of 20 steps, loss 1.500; {price}"
    ends = [line for line in lines if line.startswith(("epoch 1:", "epoch 2:", "epoch 3:"))]
    assert [line.partition("; ")[2] for line in ends] == [
        "about 5 min left",
        "about 2 min left",
        "",
    ]
    # Between them a line every half minute, no more.
    assert lines[1:4] == [f"epoch 1/3: {n} of 20 steps, loss 1.500" for n in (8, 13, 18)]


def test_a_short_run_says_no_more_than_its_epochs(capsys):
    clock = Clock()
    drive(LinesProgress(clock), clock, epochs=3, steps=20, step_s=0.1)
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["epoch 1", "epoch 2", "epoch 3"]
    assert not any("left" in line for line in lines)


def test_a_resumed_run_counts_what_it_did_itself():
    clock = Clock()
    pace = Pace(clock)
    pace.start_epoch(8, 10, 100, 90)
    said = []
    for _ in range(10):
        clock.now += 2
        said.append(pace.step())
    # (100 - 93) + 200 steps of 2 s
    assert [line for line in said if line] == ["an epoch takes about 3 min, the rest about 7 min"]
    assert pace.end_epoch() == ""  # 20 s for a tenth of an epoch: too little to tell


@pytest.mark.parametrize(
    ("seconds", "says"), [(3, "3 s"), (99, "99 s"), (120, "2 min"), (39_600, "11.0 h")]
)
def test_times_as_people_say_them(seconds, says):
    assert in_time(seconds) == says


def test_lines_by_name():
    assert isinstance(choose_progress("lines"), LinesProgress)
