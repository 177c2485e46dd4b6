"""Runs that are interrupted, resumed, shared among processes, or out of disk."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
import torch

from alexnet_lab import cli, training
from alexnet_lab.cli._load import Decoding
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


@pytest.mark.parametrize(
    "number",
    [signal.SIGINT, *(getattr(signal, n) for n in ("SIGTERM", "SIGHUP") if hasattr(signal, n))],
)
def test_interrupt(number, colours, environment, tmp_path, run):
    """Ctrl-C, and what batch systems send: one line, a checkpoint and nothing half written."""
    out = tmp_path / "run"
    given = ["train", "--data", str(colours), "--batch-size", "8", "--epochs", "5000", *TINY]
    given += ["--out", str(out), "--schedule", "constant"]
    process = subprocess.Popen(
        [*ALONE, *given],
        env=environment,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # Under nohup a program is born deaf to SIGHUP, and is right to stay so.
        preexec_fn=lambda: (
            signal.signal(number, signal.default_int_handler)
            if number == signal.SIGINT
            else signal.signal(number, signal.SIG_DFL)
        ),
    )
    deadline = time.monotonic() + 120
    while not (out / "checkpoint.safetensors").is_file() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number
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


DECODING = """
import os, signal, sys
from alexnet_lab.cli import main
from alexnet_lab.data import decoding
inner, count = decoding.decode_one, []
def slow(path, size):
    count.append(path)
    if len(count) == 20:
        os.kill(os.getpid(), signal.SIGTERM)
    return inner(path, size)
decoding.decode_one = slow
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="POSIX signals")
def test_ended_while_decoding_nothing_is_left(colours, environment, tmp_path):
    cache = tmp_path / "cache"
    command = [
        sys.executable,
        "-c",
        DECODING,
        "train",
        "--data",
        str(colours),
        "--image-size",
        "48",
    ]
    done = subprocess.run(
        [*command, "--out", str(tmp_path / "run")],
        env=environment | {"ALEXNET_LAB_CACHE": str(cache)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 128 + signal.SIGTERM
    assert done.stderr.startswith("alexnet-lab: interrupted; go on with: alexnet-lab train")
    assert done.stderr.count("\n") == 1
    assert [path for path in cache.rglob("*") if path.is_file() or ".part-" in path.name] == []


def test_a_cache_that_cannot_be_written_is_done_without(colours, tmp_path, run, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ALEXNET_LAB_CACHE", str(tmp_path / "file" / "cache"))
    given = ["train", "--data", colours, *TINY, "--epochs", 1, "--quiet"]
    code, _, err = run(*given, "--image-size", 40, "--out", tmp_path / "run")
    assert code == 0
    (line,) = err.splitlines()
    assert line.startswith("alexnet-lab: note: cannot write the cache")
    assert "set ALEXNET_LAB_CACHE" in line  # which a command line can follow


def test_a_run_that_is_not_there_is_told(colours, trained, tmp_path, run):
    given = ["train", "--data", colours, *TINY, "--epochs", 1, "--batch-size", 8, "--quiet"]
    assert run(*given, "--out", tmp_path / "mine")[0] == 0
    code, _, err = run(*given, "--out", tmp_path / "mnie", "--resume")
    assert code == 0
    assert err == (
        f"alexnet-lab: note: no run to resume in {str(tmp_path / 'mnie')!r}: a new one begins; did"
        f" you mean {str(tmp_path / 'mine')!r}?\n"
    )


def test_a_finished_run_is_trained_on_by_the_command_it_names(colours, trained, run, monkeypatch):
    """A schedule that was laid out for some epochs cannot be drawn out; the advice works."""
    given = ["train", "--data", colours, *TINY, "--batch-size", 8, "--quiet", "--resume"]
    code, _, err = run(*given, "--out", trained, "--epochs", 8)
    assert code == 2
    says = "onecycle schedule laid out for 6 epochs, not 8: resume it with --epochs 6, or train on"
    assert says in err
    words = shlex.split(err.partition("by: alexnet-lab ")[2])
    assert run(*words, "--quiet")[0] == 0
    assert words[words.index("--epochs") + 1] == "2"
    assert len(history(words[-1])) == 2


def test_fine_tuning_has_a_folder_of_its_own(colours, trained, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = ["train", "--data", colours, "--epochs", 1, "--quiet"]
    assert run(*given, *TINY)[0] == 0
    assert run(*given, "--weights", "runs/colours-alexnet_mini")[0] == 0
    names = ["colours-alexnet_mini", "colours-alexnet_mini-tuned"]
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == names


def test_an_absurd_rate_is_refused(colours, run, tmp_path):
    out = tmp_path / "run"
    given = ["train", "--data", colours, *TINY, "--quiet", "--batch-size", 8, "--out", out]
    code, said, err = run(*given, "--lr", 1000, "--epochs", 2)
    assert (code, said) == (2, "")
    assert err.startswith("alexnet-lab: the loss is ")
    assert list(out.iterdir()) == []


def test_several_processes_refuse_in_one_line(colours, environment):
    """Without torchrun's thirty lines; every process is told the same, and one speaks."""
    command = [*ALONE, "train", "--data", str(colours), "--set", "nrm=none", "--processes", "2"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    line = "alexnet-lab: AlexNet has no option 'nrm'; did you mean 'norm'?\n"
    assert (done.stdout, done.stderr) == ("", line)


def test_decoding_says_what_it_takes_and_how_far_it_is(capsys, monkeypatch):
    now = [0.0]
    show = Decoding(256, clock=lambda: now[0])
    monkeypatch.setenv("ALEXNET_LAB_CACHE", "/somewhere")
    for done in (0, 1000, 2000, 13_394):
        show(done, 13_394)
        now[0] += 6
    first, middle, last = capsys.readouterr().err.splitlines()
    assert first.startswith("decoding 13,394 images to 256 × 256: 2.6 GB, kept in '/somewhere'")
    assert middle == "decoded 2,000 of 13,394 images, about 68 s more"
    assert last == "decoded 13,394 of 13,394 images"
    show(0, 10)
    assert capsys.readouterr().err == ""


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
