"""Folders of data of any shape: loaded, or refused in one line; never read for ever."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from alexnet_lab.data import load_data
from alexnet_lab.data.formats import is_system
from alexnet_lab.data.parts import part_of

from .kit import attempt, cases, count, tree

names = st.sampled_from(
    (
        "train",
        "val",
        "test",
        "a",
        "b",
        "a",
        "b",
        "Train",
        "TEST",
        "valid",
        "dev",
        "test1",
        "training_set",
        "train copy",
        "imagesTr",
        "__MACOSX",
        ".ipynb_checkpoints",
        "@eaDir",
        "data",
        "ünï",
        ".hidden",
        "x.png",
        "a b",
        "-",
        "surro\udcff",
        "line\nfeed",
    )
)
ENTRIES = ("png", "png", "jpg", "text", "empty", "cut", "pipe", "loop", "up", "dangling", "closed")
ENTRIES += ("heic", "xml", "html", "dark", "jfif", "png")


@st.composite
def shapes(draw: Any) -> dict[str, Any]:
    """Draw what is in the folder: names of folders, down to entries of every kind."""
    entry = st.sampled_from(ENTRIES)
    folder = st.dictionaries(names, entry, max_size=4)
    deeper = st.dictionaries(names, st.one_of(entry, folder), min_size=1, max_size=4)
    drawn = draw(st.dictionaries(names, st.one_of(deeper, deeper, entry), max_size=5))
    if draw(st.integers(0, 3)) == 0:
        return drawn
    # Most are sound but for a thing or two.
    classes = {name: {"1": "png", "2": "png", "3": "jpg"} for name in ("a", "b")}
    first = draw(st.sampled_from(("train", "train", "Train", "TRAINING", "imagesTr")))
    second = draw(st.sampled_from(("val", "val", "Test", "valid", "eval2", "hold-out")))
    whole = draw(st.sampled_from((classes, {first: classes, second: classes})))
    if draw(st.integers(0, 4)) == 0:
        whole = {"inner": whole}
    place = draw(st.sampled_from((whole, *(v for v in whole.values() if isinstance(v, dict)))))
    return (
        {**whole, **draw(deeper)} if place is whole else {**whole, "a": {**place, **draw(folder)}}
    )


def make(path: Path, what: Any, seed: list[int]) -> None:
    """Make an entry of a folder."""
    seed[0] += 1
    if isinstance(what, dict):
        path.mkdir(exist_ok=True)
        for name, inner in what.items():
            make(path / name, inner, seed)
        return
    pixels = np.random.default_rng(seed[0]).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    if what in ("png", "jpg"):
        Image.fromarray(pixels).save(path.with_name(f"{path.name}.{what}"))
    elif what == "cut":
        whole = path.with_name(f"{path.name}.png")
        Image.fromarray(pixels).save(whole)
        whole.write_bytes(whole.read_bytes()[:40])
    elif what == "jfif":
        Image.fromarray(pixels).save(path.with_name(f"{path.name}.jfif"))
    elif what == "dark":  # 12 bits in 16
        deep = Image.fromarray(pixels[:, :, 0].astype(np.uint16) * 16)
        deep.save(path.with_name(f"{path.name}.png"))
    elif what in ("heic", "xml"):
        path.with_name(f"{path.name}.{what}").write_bytes(b"\0\0\0\x18ftypheic")
    elif what == "html":
        path.with_name(f"{path.name}.jpg").write_text("<!DOCTYPE html>")
    elif what == "pipe":
        os.mkfifo(path.with_name(f"{path.name}.jpg"))
    elif what == "loop":
        path.symlink_to(path.name)
    elif what == "up":
        path.symlink_to("..")
    elif what == "dangling":
        path.symlink_to("nowhere")
    elif what == "closed":
        path.mkdir()
        path.chmod(0)
    else:
        path.with_name(f"{path.name}.png").write_text("text" if what == "text" else "")


@pytest.mark.filterwarnings("ignore::alexnet_lab.errors.Note")
@cases(quick=40, full=300)
@given(shape=shapes(), size=st.sampled_from((None, 1, 8, 33)), kept=st.booleans())
def test_folders(tmp_path_factory, shape, size, kept) -> None:
    base = tmp_path_factory.getbasetemp() / "folders"
    root, cache = base / "data", base / "cache"
    for left in (root, cache):
        if left.exists():
            for path in left.rglob("*"):
                if path.is_dir() and not path.is_symlink():
                    path.chmod(0o700)
            shutil.rmtree(left)
    root.mkdir(parents=True)
    try:
        make(root, shape, [0])
    except OSError:  # a name that this file system does not take
        count("folders", "not to be made here")
        return
    data = attempt("folders", lambda: load_data(root, size, cache if kept else False))
    if data is not None:
        assert len(data.train)
        assert len(data.val)
        assert data.num_classes >= 2
        assert not [name for name in data.classes if part_of(name) or is_system(name)]
    elif cache.exists():  # nothing half
        assert not [name for name in tree(cache) if name.startswith("decoded/")]


def test_links_to_folders_above_are_followed_once(tmp_path) -> None:
    """Two of them in one folder once meant 2^40 ways to walk."""
    for label in "ab":
        for part in ("train", "val"):
            folder = tmp_path / "data" / part / label
            folder.mkdir(parents=True)
            Image.new("RGB", (8, 8), (99, ord(label), 9)).save(folder / "x.png")
            for link in ("one", "two", "three"):
                (folder / link).symlink_to(".")
    data = load_data(tmp_path / "data", cache=False)
    assert (len(data.train), len(data.val)) == (2, 2)
