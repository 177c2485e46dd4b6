"""Any words after any command: exit code 0, 1 or 2, and whatever is wrong in one line."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import shutil
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from alexnet_lab.cli import main, parser

from .kit import cases, count, one_line, tree, watched

KIND = "command lines"
PATHS = (
    "cat.png", "data", "data/train", "run", "run/weights.safetensors", "text.jpg", "empty", "pipe",
    "nowhere", "no/where.png", "a.ipynb", "broken.ipynb", "secret", "loop", "~/x", "/dev/null",
    "lab", "imagenet", "cat", "coffee", "photo-patches", "cifar10", "imagenette", "-",
)  # fmt: skip
OUTS = (
    "o.npy", "o.npz", "o.csv", "o.safetensors", "o.png", "o.svg", "o.onnx", "o.md", "o.json", "out",
    "out/deep/o.png", "text.jpg/o.npz", "/dev/full", "/proc/o.onnx", "o", ".png",
)  # fmt: skip
WORDS = (
    "0", "1", "2", "3", "-1", "1.5", "1e9", "1e-3", "nan", "inf", "-inf", "9" * 30, "1" * 400, "",
    " ", "٣", "0x10", "1,2", "8,8,8,8,8", ",", "true", "None", "x=1", "norm=none", "hidden=8,8",
    "channels=8,8,8,8,8", "input_size=64", "num_classes=3", "dropout=nan", "towers=3", "lrn_size=0",
    "lrn_beta=inf", "strides=9,9,9,9,9", "norm=null", "follow=x", "activation=[", "=", "--", "-x",
    "alexnet_mini", "alexnet-2012", "alexnet_owt", "cifar_80sec", "alexnet_2013", "conv1", "conv5",
    "fc7", "relu7", "pool5", "cpu", "cuda", "cuda:9", "cuda:-1", "mps", "meta", "cpu:1", "bf16",
    "float32", "fp16", "int8", "float16", "sgd", "adamw", "cosine", "step", "plateau", "modern",
    "2012", "none", "sheet", "relu_tanh", "1", "laptop", "smoke", "bwrap", "kaiming", "paper",
    "a" * 5000, "ünï", "surro\udcff", "nul\0", "line\nfeed", "{}", "%s", "%(prog)s", "../x",
)  # fmt: skip
#: These print and leave.
LEAVING = ("--help", "--version", "-h")


def verbs() -> dict[tuple[str, ...], list[argparse.Action]]:
    """Return the arguments of every command."""
    found: dict[tuple[str, ...], list[argparse.Action]] = {}

    def walk(given: argparse.ArgumentParser, path: tuple[str, ...]) -> None:
        inner = [a for a in given._actions if isinstance(a, argparse._SubParsersAction)]
        for action in inner:
            for name, below in action.choices.items():
                walk(below, (*path, name))
        if not inner:
            found[path] = [a for a in given._actions if not set(LEAVING) & set(a.option_strings)]

    walk(parser(), ())
    return found


VERBS = verbs()
values = st.one_of(
    st.sampled_from(PATHS), st.sampled_from(OUTS), st.sampled_from(WORDS), st.text(max_size=6)
)


@st.composite
def command_lines(draw: Any) -> list[str]:
    """Draw a command and arguments for it, most of them its own."""
    path = draw(st.sampled_from(sorted(VERBS)))
    given = list(path)
    for action in VERBS[path]:
        needed = action.required or not action.option_strings
        if draw(st.integers(0, 9)) >= (9 if needed else 2):
            continue
        if action.option_strings:
            given.append(draw(st.sampled_from(action.option_strings)))
        if action.nargs != 0:
            given += [
                draw(fitting(action)) for _ in range(draw(st.sampled_from((1, 1, 1, 1, 2, 0))))
            ]
    if draw(st.integers(0, 9)) == 0:
        given.insert(draw(st.integers(0, len(given))), draw(values))
    return given


def fitting(action: argparse.Action) -> st.SearchStrategy[str]:
    """Return values for an argument: as often as not such as it could take."""
    name = (action.option_strings or [action.dest])[-1].lstrip("-")
    good: Any = WORDS[:4]
    if action.choices:
        good = tuple(map(str, action.choices))
    elif name in ("out",):
        good = OUTS
    elif name == "set":
        good = tuple(word for word in WORDS if "=" in word)
    elif name in ("data", "image", "photo", "checkpoint", "weights", "submissions", "records"):
        good = PATHS
    elif name in ("source", "notebook", "secret-file"):
        good = ("a.ipynb", "broken.ipynb", "secret", "data", "nowhere")
    return st.one_of(st.sampled_from(good), st.sampled_from(good), values)


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Any:
    """Make a folder with something of everything, and work in it."""
    from alexnet_lab import models, training

    folder = tmp_path_factory.mktemp("place")
    Image.new("RGB", (90, 70), (200, 30, 30)).save(folder / "cat.png")
    rng = np.random.default_rng(0)
    for part in ("train", "val"):
        for label in "ab":
            inner = folder / "data" / part / label
            inner.mkdir(parents=True)
            for n in range(2):
                pixels = rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(inner / f"{n}.png")
    options = {"channels": [4] * 5, "hidden": [4, 4], "input_size": 64, "num_classes": 2}
    about = {"model": {"name": "alexnet_mini", "options": options}, "classes": ["a", "b"]}
    net = models.build("alexnet_mini", **options)
    training.save_weights(folder / "run" / "weights.safetensors", net, about)
    (folder / "text.jpg").write_text("no picture")
    (folder / "empty").mkdir()
    (folder / "secret").write_text("0123456789abcdef")
    (folder / "broken.ipynb").write_text("{")
    shutil.copy(
        Path(__file__).parents[2] / "assignments" / "1-convolution.ipynb", folder / "a.ipynb"
    )
    os.mkfifo(folder / "pipe")
    (folder / "loop").symlink_to("loop")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("HOME", str(folder / "empty"))
        patch.setenv("ALEXNET_LAB_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"no picture")))
        without_work(patch)
        yield folder


def without_work(patch: pytest.MonkeyPatch) -> None:
    """Put something quick in the place of what takes minutes, or a network."""
    from alexnet_lab.atlas import making, record
    from alexnet_lab.classroom import checking
    from alexnet_lab.classroom.authoring import release
    from alexnet_lab.classroom.grading import batch, sandbox
    from alexnet_lab.classroom.running import process
    from alexnet_lab.cli import _training, bench
    from alexnet_lab.experiments.report import page
    from alexnet_lab.experiments.runner import run as running
    from alexnet_lab.lab import page as lab_page
    from alexnet_lab.lab import release as lab_release
    from alexnet_lab.lab import score as lab_score
    from alexnet_lab.lab import training as lab_training
    from alexnet_lab.training.history import EpochRow, History

    def no_network(*_: Any, **__: Any) -> Any:
        raise urllib.error.URLError("no network")

    def out_of_time(*_: Any, **__: Any) -> Any:
        raise running.OutOfTimeError

    row = EpochRow(1, 1, 0.1, 1.0, 0.5, 1.0, 0.5, 0.1, 1.0, 1.0)
    scores = {
        "images": 1,
        "single_view": 0.5,
        "top5": 1,
        "weights": "int8",
        "bytes": 1,
        "shipped": 1,
    }
    patch.setattr(urllib.request, "urlopen", no_network)
    patch.setattr(_training.Job, "train", lambda job: History([row]))
    patch.setattr(bench, "_in_turns", lambda *_: (1.0, 1.0))
    patch.setattr(os, "nice", lambda _: 0)
    patch.setattr(making, "make_pictures", lambda *_, **__: None)
    patch.setattr(record, "write_atlas", lambda *_, **__: "written")
    patch.setattr(lab_training, "train_lab_network", lambda *_, **__: None)
    patch.setattr(lab_release, "write_release", lambda *_, **__: "written")
    patch.setattr(lab_score, "score", lambda *_, **__: "scored")
    patch.setattr(lab_page, "measure_page_network", lambda *_, **__: scores)
    patch.setattr(running, "execute", out_of_time)
    patch.setattr(page, "write_ledger", lambda _, book: [Path(book) / "ledger.md"])
    for module in (process, release.process, checking.process):
        patch.setattr(module, "run", lambda *_, **__: [])
    patch.setattr(batch, "choose", lambda kind, image="": sandbox.Sandbox("none", kind, image))
    patch.setattr(batch.Worker, "run", lambda *_: ([], ""))


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="names that are no text are Linux's"
)
@cases(quick=40, full=1000)
@given(given_words=command_lines())
def test_any_words(place, given_words) -> None:
    before = set(tree(place))
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace")
    with watched(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(given_words)
        err.flush()
    told = err.buffer.getvalue().decode().splitlines()
    count(f"{KIND}", f"with exit code {code}")
    if code == 2:
        assert told, "refused without a word"
        for line in told:
            assert line.startswith("alexnet-lab: "), line
            one_line(line)
    else:
        assert code in (0, 1)
        assert not told
    new = set(tree(place)) - before
    assert not [name for name in new if Path(name).name.startswith(".") and name != ".png"]
    clean(place, new)


def clean(folder: Path, new: set[str]) -> None:
    for name in sorted(new, reverse=True):
        path = folder / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def test_every_command_is_drawn() -> None:
    assert len(VERBS) >= 17
    assert ("assignment", "grade") in VERBS
