"""Stopped at any step, killed or not, and resumed: bit for bit the run that was never stopped."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from alexnet_lab.errors import UserError
from alexnet_lab.training import Callback, TrainConfig, fit, load_weights
from alexnet_lab.training.checkpoint import RECORD
from alexnet_lab.weights import CHECKPOINT, WEIGHTS

from .nets import assert_same, batches, samples, small_net, weights

CONFIG = TrainConfig(epochs=3, lr=0.05, schedule="plateau", patience=1, device="cpu", log_every=3)


class StopAt(Callback):
    def __init__(self, step):
        self.step = step

    def on_step(self, run):
        run.stop = run.step == self.step


class Placed:
    """Batches with their own order an epoch, which count how many were drawn."""

    def __init__(self):
        self.data, self.epoch, self.position, self.drawn = batches(40, 8), 0, 0, 0

    def __len__(self):
        return len(self.data)

    def set_epoch(self, epoch):
        self.epoch, self.position = epoch, 0

    def state_dict(self):
        return {"epoch": self.epoch, "position": self.position}

    def load_state_dict(self, state):
        self.epoch, self.position = state["epoch"], state["position"]

    def __iter__(self):
        order = list(range(len(self.data)))
        random.Random(self.epoch).shuffle(order)
        for index in order[self.position :]:
            self.drawn += 1
            yield self.data[index]


def loader(seed=None):
    """Return a DataLoader that shuffles by torch's global generator, or by one of its own."""
    generator = None if seed is None else torch.Generator().manual_seed(seed)
    data = torch.utils.data.TensorDataset(*samples(40))
    return torch.utils.data.DataLoader(data, batch_size=8, shuffle=True, generator=generator)


@pytest.mark.parametrize(
    "source", [loader, lambda: loader(5), Placed], ids=["global", "own", "placed"]
)
@pytest.mark.parametrize("step", [2, 5, 8])
@pytest.mark.parametrize("optimizer", ["sgd2012", "adamw"])
def test_goes_on_bit_for_bit(tmp_path, source, step, optimizer):
    """Oracle: the uninterrupted run; steps 2 and 8 are within an epoch, 5 is the end of one."""
    config = CONFIG.replace(optimizer=optimizer, lr=0.01, channels_last=True)
    whole, first, second = (small_net(dropout=0.5, batch_norm=True, seed=i) for i in (0, 0, 1))
    validation = batches(16, 8, seed=1)
    expected = fit(whole, source(), validation, config)
    fit(first, source(), validation, config, out=tmp_path, callbacks=[StopAt(step)])
    history = fit(second, source(), validation, config, out=tmp_path, resume=True)
    assert_same(weights(whole), weights(second))
    for column in ("epoch", "step", "lr", "train_loss", "train_error", "val_loss", "val_error"):
        assert history.column(column) == expected.column(column), column
    assert history.steps == expected.steps


def test_placed_batches_are_not_drawn_twice(tmp_path):
    fit(small_net(), Placed(), None, CONFIG, out=tmp_path, callbacks=[StopAt(8)])
    source = Placed()
    fit(small_net(), source, None, CONFIG, out=tmp_path, resume=True)
    assert source.drawn == 15 - 8


def test_the_data_rooms_batches_go_on_bit_for_bit(tmp_path):
    """Oracle: the uninterrupted run, with shuffling and random crops by `alexnet_lab.data`."""
    data = pytest.importorskip("alexnet_lab.data")
    images, labels = samples(40)
    split = data.Split((images * 20 + 100).clamp(0, 255).to(torch.uint8), labels)

    def source():
        return data.Batches(split, 8, lambda x: x.float() / 50 + torch.randn(()), shuffle=True)

    whole, part = small_net(), small_net()
    fit(whole, source(), None, CONFIG)
    fit(part, source(), None, CONFIG, out=tmp_path, callbacks=[StopAt(7)])
    fit(part, source(), None, CONFIG, out=tmp_path, resume=True)
    assert_same(weights(whole), weights(part))


def test_three_kills_leave_no_trace(root):
    """Oracle: the run that nobody killed. The benchmark does it twenty times."""
    command = [sys.executable, "benchmarks/kill_and_resume.py", "--kills", "3", "--small"]
    done = subprocess.run(
        [*command, "--threads", "1"], cwd=root, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 kills" in done.stdout
    assert "identical bit for bit: yes" in done.stdout


def test_what_a_cut_write_left_is_swept_away(tmp_path):
    data = batches(16, 8)
    fit(small_net(), data, None, CONFIG, out=tmp_path, callbacks=[StopAt(2)])
    (tmp_path / ".checkpoint-x1y2.safetensors").write_bytes(b"half of a checkpoint")
    fit(small_net(), data, None, CONFIG, out=tmp_path, resume=True)
    assert {path.name for path in tmp_path.iterdir()} == {CHECKPOINT, RECORD, WEIGHTS}


def test_a_longer_plateau_run_goes_on_where_a_cosine_may_not(tmp_path):
    fit(small_net(), batches(16, 8), None, CONFIG, out=tmp_path / "a")
    longer = CONFIG.replace(epochs=5)
    assert len(fit(small_net(), batches(16, 8), None, longer, out=tmp_path / "a", resume=True)) == 5
    cosine = CONFIG.replace(schedule="cosine")
    fit(small_net(), batches(16, 8), None, cosine, out=tmp_path / "b")
    with pytest.raises(UserError, match="has epochs=3, not 5"):
        fit(
            small_net(),
            batches(16, 8),
            None,
            cosine.replace(epochs=5),
            out=tmp_path / "b",
            resume=True,
        )


def test_a_run_is_not_overwritten_nor_mixed_with_another(tmp_path):
    data = batches(16, 8)
    fit(small_net(), data, None, CONFIG, out=tmp_path)
    with pytest.raises(UserError, match="already holds a run; resume it, or choose another"):
        fit(small_net(), data, None, CONFIG, out=tmp_path)
    with pytest.raises(UserError, match=r"has lr=0.05, not 0.1; resume with the same settings"):
        fit(small_net(), data, None, CONFIG.replace(lr=0.1), out=tmp_path, resume=True)
    with pytest.raises(UserError, match="has 2 batches in an epoch, not 3"):
        fit(small_net(), batches(24, 8), None, CONFIG, out=tmp_path, resume=True)
    with pytest.raises(UserError, match="resume needs the folder"):
        fit(small_net(), data, None, CONFIG, resume=True)


def test_the_record_is_plain_text_for_people(tmp_path):
    about = {"model": {"name": "small_net", "options": {"dropout": 0.5}}, "classes": list("abcd")}
    fit(small_net(), batches(16, 8), None, CONFIG, out=tmp_path, about=about)
    record = json.loads((tmp_path / RECORD).read_text())
    assert record["about"] == about
    assert record["config"]["lr"] == 0.05
    assert record["machine"]["torch"] == torch.__version__
    assert len(record["history"]["epochs"]) == 3
    assert load_weights(tmp_path).about == about
    assert load_weights(tmp_path / CHECKPOINT).about == about


def test_a_damaged_checkpoint_is_refused_in_one_line(tmp_path):
    fit(small_net(), batches(16, 8), None, CONFIG, out=tmp_path)
    file = tmp_path / CHECKPOINT
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(UserError, match="is not a safetensors file, or damaged"):
        fit(small_net(), batches(16, 8), None, CONFIG, out=tmp_path, resume=True)


def test_a_full_disk_is_said_and_the_old_checkpoint_stays(tmp_path):
    """Oracle: the operating system's own limit on file sizes stands in for a full disk."""
    fit(small_net(), batches(16, 8), None, CONFIG, out=tmp_path, callbacks=[StopAt(2)])
    before = (tmp_path / CHECKPOINT).read_bytes()
    limits, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.getsignal(signal.SIGXFSZ)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, limits[1]))
    try:
        with pytest.raises(UserError, match="cannot write"):
            fit(small_net(), batches(16, 8), None, CONFIG, out=tmp_path, resume=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert (tmp_path / CHECKPOINT).read_bytes() == before
    assert not list(tmp_path.glob(".*"))


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_twenty_times_the_end_is_the_same(tmp_path):
    """A chapter's training: each time the working folder is lost, and the checkpoints stay."""
    program = Path(__file__).with_name("killed_often.py")
    done = subprocess.run(
        [sys.executable, str(program), str(tmp_path)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["kills"] == 20
    assert found["ended"] == [0, 0]
    often, once = found["losses"]
    assert often == once
    assert len(once) == 7
    assert found["weights"]
