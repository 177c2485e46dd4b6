"""Folders as people have them: what is a part, what is a class, what is passed over and said."""

from __future__ import annotations

import os
import shutil
import warnings

import numpy as np
import pytest
from PIL import Image

from alexnet_lab.data import decoding, load_data, unreadable
from alexnet_lab.data.folders import find_pictures
from alexnet_lab.data.formats import is_system, suffixes
from alexnet_lab.data.parts import part_of
from alexnet_lab.errors import Note, UserError


def classes(base, names=("ant", "bee"), count=6, suffix=".png"):
    """Write class folders, every picture another one."""
    for k, name in enumerate(names):
        (base / name).mkdir(parents=True, exist_ok=True)
        for n in range(count):
            pixels = np.random.default_rng(1000 * k + n).integers(0, 255, (8, 8, 3), np.uint8)
            Image.fromarray(pixels).save(base / name / f"{n}{suffix}")


def flat(base, count=4, start="x"):
    base.mkdir(parents=True, exist_ok=True)
    for n in range(count):
        Image.new("RGB", (8, 8), (n, 9, 9)).save(base / f"{start}{n}.png")


def raw(path, content=b"x"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def loaded(folder):
    """Load without a cache; return the data and the notes."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        data = load_data(folder, 8, cache=False)
    assert all(issubclass(warning.category, Note) for warning in caught)
    return data, [str(warning.message) for warning in caught]


def refused(folder):
    with pytest.raises(UserError) as error:
        load_data(folder, 8, cache=False)
    message = str(error.value)
    assert "\n" not in message
    assert "remove" not in message.replace("moved", "")  # following it must not destroy anything
    assert "delete" not in message
    return message


PARTS = {
    "train": "train TRAIN Train training Training_set train-set trainset trn imagesTr train2017"
    " train_1 trainA TrainImages seg_train X_train train.bak trainval train+val entraînement"
    " Trainingsdaten Copy_of_train train_(1) train_copy TRAINING_DATA train_images labelsTr",
    "val": "val VAL valid Validation val2 dev DevSet eval evaluation holdout hold-out val2017"
    " validation_data validación Validierung held_out val_images eval-set",
    "test": "test TEST test1 Test_set testing tst imagesTs testB public_test test_images_resized"
    " test-labels prueba TestData",
}
OTHERS = (
    "ant", "trains", "test tube", "train station", "steam train", "invalid", "contest", "latest",
    "latte", "tr", "ts", "images", "data", "0", "12", "vase", "Valeria", "devil", "evaluator",
    "class_train", "tester", "protest", "n01440764", "", "testament", "devices", "training shoes",
)  # fmt: skip


def test_names_that_read_like_parts():
    for part, names in PARTS.items():
        for name in names.split():
            assert part_of(name.replace("_", " ")) == part, name
            assert part_of(name) == part, name
    assert [name for name in OTHERS if part_of(name)] == []
    assert [part_of(n) for n in ("fold1", "Fold_2", "split3", "cv0")] == ["fold"] * 4
    assert [part_of(n) for n in ("train_test", "train_val_split")] == ["several"] * 2


@pytest.mark.parametrize("second", ["Test", "valid", "DEV", "hold-out", "validation_data", "eval2"])
@pytest.mark.parametrize("first", ["Train", "TRAINING", "training_set", "train copy"])
def test_two_parts_by_other_names(tmp_path, first, second):
    classes(tmp_path / first)
    classes(tmp_path / second)
    data, notes = loaded(tmp_path)
    assert (data.classes, len(data.train), len(data.val)) == (("ant", "bee"), 12, 12)
    assert notes == []


# What lies in the folder, and what the refusal says: never a class by accident.
READINGS = {
    "a class among others": (["bus", "car", "train"], "'train' in .* may be a part or a class"),
    "test and rest": (["rest", "test"], "'test' in .*, beside 'rest' may be a part or a class"),
    "two to train on": (["train/a", "train/b", "train copy/a", "train copy/b"], "all read like"),
    "two to validate": (
        ["train/a", "train/b", "val/a", "val/b", "dev/a", "dev/b"],
        "'dev', 'val', which all read like the validation part",
    ),
    "only a test": (["test/a", "test/b"], "no part to train on"),
    "images and masks": (["images", "Masks"], "read like pictures and what was drawn over them"),
    "folds": (["fold1/a", "fold1/b", "fold2/a", "fold2/b"], "'fold1' in .* may be a part or"),
    "a part in a part": (["train/a", "train/b", "train/test"], "'test' in .* may be a part or"),
    "another case": (["train/Ant", "train/b", "val/ant", "val/b"], r"class 'ant' .*has 'Ant'"),
}


@pytest.mark.parametrize("case", READINGS)
def test_two_readings_are_both_named(tmp_path, case):
    folders, says = READINGS[case]
    for name in folders:
        classes(tmp_path / os.path.dirname(name), [os.path.basename(name)])
    import re

    assert re.search(says, refused(tmp_path))


@pytest.mark.parametrize("name", ["__MACOSX", ".ipynb_checkpoints", "@eaDir", "$RECYCLE.BIN"])
def test_a_systems_own_folders_are_passed_over_in_silence(tmp_path, name):
    assert is_system(name)
    for base in (tmp_path, tmp_path / "ant"):
        classes(base / name, ["ant"])
    classes(tmp_path)
    raw(tmp_path / "ant" / "Thumbs.db")
    raw(tmp_path / "ant" / "._0.png")
    data, notes = loaded(tmp_path)
    assert (data.classes, len(data.train) + len(data.val), notes) == (("ant", "bee"), 12, [])


@pytest.mark.parametrize("way", ["x", "pets-main/data", "a/b/c"])
@pytest.mark.parametrize("parted", [False, True])
def test_a_folder_inside_is_entered_and_said(tmp_path, way, parted):
    for part in ("Train", "Val") if parted else (".",):
        classes(tmp_path / way / part)
    raw(tmp_path / "README.md")
    raw(tmp_path / "annotations" / "ant" / "0.xml")
    data, (note,) = loaded(tmp_path)
    assert data.classes == ("ant", "bee")
    assert note == (
        f"the data set is taken from {str(tmp_path / way)!r}; no pictures in 'annotations'"
    )


def test_parts_with_a_folder_of_their_own_name(tmp_path):
    """As an archive of each part leaves them: seg_train/seg_train/ant."""
    for part in ("seg_train", "seg_test"):
        classes(tmp_path / part / part)
    data, notes = loaded(tmp_path)
    assert (data.classes, len(data.val)) == (("ant", "bee"), 12)
    assert len(notes) == 2
    classes(tmp_path / "b" / "train" / "train")
    classes(tmp_path / "b" / "train" / "val")
    assert len(loaded(tmp_path / "b")[0].val) == 12


def test_pictures_that_lie_flat(tmp_path):
    for kind in ("cat", "dog"):
        flat(tmp_path / "train", 6, f"{kind}.")
    flat(tmp_path / "test1")
    message = refused(tmp_path)
    assert "12 pictures directly inside" in message
    assert "'cat.0.png' into 'train/cat/'" in message
    flat(tmp_path / "only")
    assert "4 pictures directly inside" in refused(tmp_path / "only")


def test_a_flat_second_part(tmp_path):
    """A validation part is needed whole; a test without labels is left aside, and said."""
    classes(tmp_path / "train")
    flat(tmp_path / "test")
    data, (note,) = loaded(tmp_path)
    assert len(data.train) + len(data.val) == 12
    assert note.startswith("'test': not used, its 4 pictures without class folders")
    (tmp_path / "test").rename(tmp_path / "val")
    assert "has no class folders but 4 pictures directly inside" in refused(tmp_path)
    shutil.rmtree(tmp_path / "val")
    flat(tmp_path / "test" / "unknown")
    assert len(loaded(tmp_path)[1]) == 1


def test_a_second_part_that_lacks_a_class(tmp_path):
    classes(tmp_path / "train", ("ant", "bee", "cat"))
    classes(tmp_path / "val")
    assert "class 'cat' has no pictures in" in refused(tmp_path)


def test_what_is_not_read_is_counted_and_named(tmp_path):
    classes(tmp_path)
    for n in range(3):
        raw(tmp_path / "ant" / f"IMG_{n}.HEIC", b"\0\0\0\x18ftypheic")
    raw(tmp_path / "bee" / "notes.txt")
    _, (note,) = loaded(tmp_path)
    assert "3 .heic (ant/IMG_0.HEIC, ant/IMG_1.HEIC, ant/IMG_2.HEIC; HEIC: save as" in note
    assert note.endswith("1 .txt")
    shutil.rmtree(tmp_path / "bee")
    for n in range(2):
        raw(tmp_path / "bee" / f"{n}.heic")
    message = refused(tmp_path)
    assert "class 'bee' has no pictures" in message
    assert "only 2 .heic" in message


def test_all_that_cannot_be_read_is_named_at_once(tmp_path):
    """Of every kind, in both parts; the whole list where a line has no room for it."""
    classes(tmp_path / "train")
    classes(tmp_path / "val")
    raw(tmp_path / "train" / "ant" / "404.jpg", b"<!DOCTYPE html><html>404</html>")
    raw(tmp_path / "train" / "bee" / "empty.png", b"")
    raw(tmp_path / "val" / "ant" / "big.jpg", b"version https://git-lfs.github.com/spec/v1\n")
    (tmp_path / "val" / "bee" / "gone.png").symlink_to("nowhere")
    os.mkfifo(tmp_path / "val" / "bee" / "pipe.gif")
    message = refused(tmp_path)
    assert message.startswith("5 of 29 pictures")
    wanted = ("404.jpg' (a web page", "empty.png'", "big.jpg' (a pointer of Git LFS", "gone.png'")
    for name in (*wanted, "pipe.gif' (no ordinary file"):
        assert name in message
    for n in range(100):
        raw(tmp_path / "train" / "ant" / f"bad-{n:03}.png")
    message = refused(tmp_path)
    assert message.startswith("105 of 129 pictures")
    assert "alexnet_lab.data.unreadable(folder) names all" in message
    assert len(unreadable(tmp_path)) == 105


@pytest.mark.parametrize("suffix", sorted(suffixes() - {".apng", ".avifs", ".mpo"}))
def test_what_the_reader_reads_the_scan_takes(tmp_path, suffix):
    """One list, Pillow's: written by the suffix, found, and read."""
    first = tmp_path / "ant" / f"0{suffix}"
    try:
        classes(tmp_path, count=2, suffix=suffix)
    except (KeyError, ValueError, OSError):
        pytest.skip(f"this Pillow does not write {suffix}")
    assert len(find_pictures(tmp_path).train) == 4
    assert decoding.decode_one(str(first), 8).shape == (8, 8, 3)


def test_limit_reads_no_more_than_it_needs(tmp_path, monkeypatch):
    """Oracle: counting calls; the same pictures every time, of every class."""
    for part, count in (("train", 30), ("val", 9)):
        classes(tmp_path / part, "abcde", count)
    inner, read = decoding.decode_one, []
    monkeypatch.setattr(
        decoding, "decode_one", lambda path, size: read.append(path) or inner(path, size)
    )
    data = load_data(tmp_path, 8, cache=False, limit=20)
    assert len(read) == 25
    assert data.train.labels.bincount().tolist() == [4] * 5
    assert data.val.labels.bincount().tolist() == [1] * 5
    assert load_data(tmp_path, 8, cache=False, limit=20).fingerprint == data.fingerprint
    assert load_data(tmp_path, 8, cache=False, limit=3).train.labels.bincount().tolist() == [1] * 5
    whole = load_data(tmp_path / "train", 8, cache=False)
    part = load_data(tmp_path / "train", 8, cache=False, limit=40)
    assert (len(part.train), len(part.val)) == (40, 10)
    known = set(map(bytes, whole.val.images.flatten(1).numpy()))
    assert set(map(bytes, part.val.images.flatten(1).numpy())) <= known
