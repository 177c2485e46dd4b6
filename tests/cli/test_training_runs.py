"""Runs that are interrupted, resumed, shared among processes, or out of disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
import torch

from alexnet_lab import cli, training
from alexnet_lab.training import History

from .conftest import TINY

ALONE = [sys.executable, "-m", "alexnet_lab"]
TOGETHER = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
TOGETHER += ["-m", "alexnet_lab"]
# Dropout would draw other masks for half a batch than for a whole one. Four steps: in float32 more
# of them make of one rounding a difference to be seen.
SHARED = ["--epochs", "2", "--batch-size", "24", "--set", "dropout=0", "--set", "towers=2"]


@pytest.fixture(scope="module")
def environment(tmp_path_factory, colours):
    """Return the environment of the processes: the tests' cache, one thread each."""
    return os.environ | {"OMP_NUM_THREADS": "1"}


def history(folder) -> History:
    return History.from_dict(training.Checkpoint.load(folder).record["history"])


def test_resume_after_half(run, colours, tmp_path):
    """Oracle: the run that was not interrupted, bit for bit."""
    given = ["train", "--data", colours, "--batch-size", 8, "--schedule", "constant", *TINY]
    assert run(*given, "--epochs", 3, "--out", tmp_path / "whole")[0] == 0
    assert run(*given, "--epochs", 1, "--out", tmp_path / "parts")[0] == 0
    code, out, _ = run(*given, "--epochs", 3, "--out", tmp_path / "parts", "--resume")
    assert (code, "after 3 epochs" in out) == (0, True)
    whole, parts = (training.load_weights(tmp_path / name).state for name in ("whole", "parts"))
    assert all(torch.equal(whole[name], parts[name]) for name in whole)


def test_interrupt(colours, environment, tmp_path, run):
    """Ctrl-C: one line that says how to go on, 130, a checkpoint and nothing half written."""
    out = tmp_path / "run"
    given = ["train", "--data", str(colours), "--batch-size", "8", "--epochs", "5000", *TINY]
    given += ["--out", str(out), "--schedule", "constant"]
    process = subprocess.Popen(
        [*ALONE, *given], env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 120
    while not (out / "checkpoint.safetensors").is_file() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    *epochs, last = err.splitlines()
    assert all(line.startswith("epoch ") for line in epochs)
    command = last.removeprefix("alexnet-lab: interrupted; go on with: alexnet-lab ")
    assert command == " ".join([*given, "--resume"])
    names = {"checkpoint.safetensors", "record.json", "weights.safetensors"}
    assert {path.name for path in out.iterdir()} == names
    step = training.Checkpoint.load(out).record["position"]["step"]
    assert step > 0
    # The same command goes on from there: one epoch more at most.
    epochs_done = len(history(out))
    words = command.split()
    words[words.index("5000")] = str(epochs_done + 1)
    # A shorter run than it was is refused, so that its end is not found by accident.
    assert "epochs=5000" in run(*words)[2]


@contextmanager
def limit(size: int):
    """Limit the size of files, which the system enforces as it does a full disk."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.skipif(sys.platform == "win32", reason="no limits on the size of files")
@pytest.mark.parametrize("command", ["train", "features", "photo"])
def test_no_room_on_the_disk(command, colours, trained, tmp_path, run, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = {
        "train": ["train", "--data", colours, *TINY, "--epochs", 1, "--quiet"],
        "features": ["features", "--image", *["cat"] * 9, "--layer", "conv1", "--out", "f.npy"],
        "photo": ["photo", "cat", "--out", "maps.png"],
    }[command]
    if command != "train":
        given += ["--checkpoint", trained]
    with limit(10_000):
        code, out, err = run(*given)
    assert (code, out) == (2, "")
    assert err.startswith("alexnet-lab: cannot write ")
    assert err.count("\n") == 1
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.fixture(scope="module")
def one_process(colours, environment, tmp_path_factory):
    """Return the folder of the run that the shared ones are compared with."""
    out = tmp_path_factory.mktemp("one") / "run"
    given = ["train", "--data", str(colours), *TINY, *SHARED, "--out", str(out)]
    subprocess.run([*ALONE, *given], env=environment, check=True, capture_output=True)
    return out


@pytest.mark.slow
@pytest.mark.parametrize("parallel", ["ddp", "towers"])
def test_two_processes_train_as_one_does(
    parallel, colours, environment, one_process, tmp_path, run
):
    """Oracle: one process: the curves and the weights, within the rounding of sums."""
    out = tmp_path / "run"
    given = ["train", "--data", str(colours), *TINY, *SHARED, "--out", str(out)]
    command = [*TOGETHER, *given, "--parallel", parallel]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("predict with: ") == 1  # one of them speaks
    alone, shared = history(one_process), history(out / "tower0" if parallel == "towers" else out)
    for column in ("train_loss", "train_error", "val_loss", "val_error"):
        assert shared.column(column) == pytest.approx(alone.column(column), rel=1e-4), column
    a, b = training.load_weights(one_process), training.load_weights(out)
    for name, value in a.state.items():
        torch.testing.assert_close(b.state[name], value, rtol=1e-3, atol=1e-5)
    assert a.about["model"] == b.about["model"]
    assert run("predict", "--image", "cat", "--checkpoint", out)[0] == 0


@pytest.mark.parametrize(
    ("flags", "world", "says"),
    [
        (["--parallel", "towers"], 3, "needs two processes, one a tower, not 3"),
        (["--parallel", "towers", "--set", "towers=1"], 2, "this AlexNet has towers=1"),
        (["--parallel", "towers", "--weights", "lab"], 2, "weights"),
    ],
)
def test_what_towers_cannot_do(run, colours, monkeypatch, flags, world, says, trained):
    """As torchrun's first process sees it; the others exit as well, without a word."""
    flags = [str(trained) if flag == "lab" else flag for flag in flags]
    monkeypatch.setenv("WORLD_SIZE", str(world))
    monkeypatch.setattr(cli, "GRACE_SECONDS", 0.0)
    for rank in (0, 1):
        monkeypatch.setenv("RANK", str(rank))
        code, _, err = run("train", "--data", colours, *flags)
        assert code == 2
        assert (says in err and err.count("\n") == 1) if rank == 0 else err == ""
