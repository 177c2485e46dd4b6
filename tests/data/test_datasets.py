"""Data sets from folders and by name; the cache in all weathers. Pictures are made on the spot."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torchvision.transforms.v2.functional as TF
from PIL import Image

from alexnet_lab.data import cache as cache_module
from alexnet_lab.data import cache_folder, datasets, decoding, load_data, loading, photograph
from alexnet_lab.errors import Note, UserError


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("ALEXNET_LAB_CACHE", str(folder))
    return folder


def picture(path, seed=0, size=(8, 8)):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return pixels


@pytest.fixture
def tree(tmp_path):
    """Two classes; train 3 + 2, val 1 + 1; 8 × 8 PNG."""
    root = tmp_path / "pets"
    for k, name in enumerate(("train/cat/b", "train/cat/a", "train/cat/deep/c", "train/dog/x")):
        picture(root / f"{name}.png", k)
    picture(root / "train/dog/y.PNG", 4)
    picture(root / "val/cat/a.png", 5)
    picture(root / "val/dog/a.png", 6)
    (root / "train/cat/notes.txt").write_text("not a picture")
    picture(root / "train/dog/.hidden.png")
    return root


@pytest.fixture
def no_decoding(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise AssertionError("decoded again")

    return lambda: monkeypatch.setattr(decoding, "decode_one", refuse)


def contents(cache):
    decoded = cache / "decoded"
    return sorted(p.name for p in decoded.iterdir()) if decoded.is_dir() else []


# What is found


def test_train_and_val(tree):
    """Oracle: the arrays that were saved, in the order of the sorted paths."""
    data = load_data(tree)
    assert data.name == "pets"
    assert data.classes == ("cat", "dog")
    assert data.train.labels.tolist() == [0, 0, 0, 1, 1]
    assert data.val.labels.tolist() == [0, 1]
    assert data.train.images.shape == (5, 3, 8, 8)
    for k, seed in enumerate((1, 0, 2, 3, 4)):
        expected = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), dtype=np.uint8)
        np.testing.assert_array_equal(data.train.images[k].permute(1, 2, 0), expected)
    pixels = data.train.images.double()
    torch.testing.assert_close(data.mean.double(), pixels.mean((0, 2, 3)), rtol=0, atol=1e-4)
    expected = pixels.std((0, 2, 3), correction=0)
    torch.testing.assert_close(data.std.double(), expected, rtol=0, atol=1e-4)
    torch.testing.assert_close(data.mean_image.double(), pixels.mean(0), rtol=0, atol=1e-4)
    assert "5 + 2 images of 8 × 8, 2 classes" in repr(data)


@pytest.mark.parametrize("name", ["valid", "validation", "test"])
def test_other_names_of_the_second_part(tree, name):
    (tree / "val").rename(tree / name)
    assert len(load_data(tree).val) == 2


def test_pictures_of_several_sizes_like_torchvision(tmp_path):
    """Oracle: torchvision v2's resize and center_crop."""
    sizes = {"a": (30, 20), "b": (20, 31), "c": (50, 50)}
    for k, (name, size) in enumerate(sizes.items()):
        for part, label in (("train", "x"), ("train", "y"), ("val", "x"), ("val", "y")):
            picture(tmp_path / f"d/{part}/{label}/{name}.png", k, size)
    data = load_data(tmp_path / "d", size=16)
    for k, name in enumerate(sizes):
        image = Image.open(tmp_path / f"d/train/x/{name}.png")
        expected = TF.pil_to_tensor(TF.center_crop(TF.resize(image, 16), 16))
        assert torch.equal(data.train.images[k], expected)
    assert load_data(tmp_path / "d").size == decoding.DEFAULT_SIZE


def test_large_jpegs_are_decoded_small(tmp_path):
    """Oracle: the picture decoded whole, then scaled: the same up to a grey level or two."""
    path = tmp_path / "large.jpg"
    photograph("retina").image.save(path, quality=95)
    quick = decoding.decode_one(str(path), 100).astype(float)
    whole = np.asarray(TF.resize(Image.open(path), 100), dtype=float)
    assert quick.shape == (100, 100, 3)
    assert np.abs(quick - whole).mean() < 2


def test_one_folder_of_classes_is_parted_by_content(tmp_path, monkeypatch):
    root = tmp_path / "flat"
    for k in range(200):
        picture(root / ("ab"[k % 2]) / f"{k}.png", k)
    shutil.copy(root / "a/0.png", root / "a/copy of 0.png")
    data = load_data(root)
    assert len(data.train) + len(data.val) == 201
    assert 20 <= len(data.val) <= 60  # one in five, by chance
    # The copies of a picture are in the same part.
    train, val = (set(map(bytes, s.images.flatten(1).numpy())) for s in (data.train, data.val))
    assert not train & val
    # Other names and times, another place: the same parts.
    other = tmp_path / "renamed"
    for path in root.rglob("*.png"):
        target = other / path.parent.name / f"z{path.name}"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    assert set(map(bytes, load_data(other).val.images.flatten(1).numpy())) == val
    # More pictures: the old ones stay where they are.
    for k in range(200, 240):
        picture(root / "a" / f"{k}.png", k)
    assert val <= set(map(bytes, load_data(root).val.images.flatten(1).numpy()))


def test_small_classes_have_pictures_in_both_parts(tmp_path):
    for k in range(2):
        for name in ("a", "b", "c"):
            picture(tmp_path / "tiny" / name / f"{k}.png", 10 * k + ord(name))
    data = load_data(tmp_path / "tiny")
    assert data.train.labels.tolist() == data.val.labels.tolist() == [0, 1, 2]


def test_train_without_a_second_part_is_parted(tree):
    shutil.rmtree(tree / "val")
    data = load_data(tree)
    assert len(data.train) + len(data.val) == 5
    assert set(data.val.labels.tolist()) == {0, 1}


# What is wrong


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (
            "cifra10",
            (
                "unknown data set 'cifra10'; did you mean 'cifar10'? known: cifar10, imagenette, "
                "photo-patches, or a folder of class folders"
            ),
        ),
        ("/no/such/place", "no folder '/no/such/place'"),
        ("", ""),
    ],
)
def test_unknown_names(name, says, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError) as error:
        load_data(name)
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def remove(*paths):
    def change(root):
        for path in paths:
            shutil.rmtree(root / path)

    return change


def damage(*paths):
    def change(root):
        for path in paths:
            content = (root / path).read_bytes()
            (root / path).write_bytes(content[: len(content) // 2])

    return change


def empty(path):
    def change(root):
        shutil.rmtree(root / path)
        (root / path).mkdir(parents=True)

    return change


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (remove("train/dog", "val/dog"), r"holds one class \('cat'\)"),
        (remove("train/dog", "train/cat"), "holds no class folders"),
        (empty("train/dog"), r"class 'dog' has no pictures in '.*train/dog'"),
        (remove("val/dog"), r"class 'dog' has no pictures in '.*val/dog'"),
        (remove("train"), r"has 'val', which reads like a part, and no part to train on"),
        (lambda root: picture(root / "val/cow/a.png"), "class 'cow' is in"),
        (lambda root: os.mkfifo(root / "val/dog/z.png"), "val/dog/z.png' is not an ordinary file"),
        (
            lambda root: (root / "val/dog/z.png").symlink_to("nowhere"),
            "cannot read '.*val/dog/z.png': no such file",
        ),
        (damage("train/cat/a.png"), r"cannot read '.*train/cat/a\.png'.*; replace it, or move"),
        (
            damage("train/cat/b.png", "train/dog/x.png", "train/dog/y.PNG"),
            r"3 of 7 pictures in '.*' cannot be read: 'train/cat/b.png' \(.*'train/dog/y.PNG' \(",
        ),
        (
            lambda root: (root / "val/dog/a.png").write_bytes(b""),
            r"val/dog/a\.png' is not an image",
        ),
        (
            lambda root: (
                remove("val")(root),
                remove("train/dog/")(root),
                picture(root / "train/dog/1.png"),
            ),
            "only one picture",
        ),
    ],
)
def test_wrong_folders(tree, cache, change, says):
    change(tree)
    with pytest.raises(UserError, match=says) as error:
        load_data(tree)
    assert "\n" not in str(error.value)
    assert contents(cache) == []


def test_wrong_sizes_and_files(tree):
    with pytest.raises(UserError, match="size 0"):
        load_data(tree, size=0)
    with pytest.raises(UserError, match="is a file"):
        load_data(tree / "val/dog/a.png")


# The cache


def test_the_second_time_nothing_is_decoded(tree, cache, no_decoding, monkeypatch):
    seen = []
    first = load_data(tree, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(0, 7), (5, 7), (7, 7)]
    assert contents(cache) == [first.fingerprint]
    no_decoding()
    monkeypatch.setattr(loading, "read_all", lambda found: pytest.fail("read again"))
    second = load_data(tree)
    assert second.fingerprint == first.fingerprint
    assert torch.equal(second.train.images, first.train.images)
    assert second.train.images.numpy().base is not None  # a view of the map


def test_moved_data_are_recognised(tree, no_decoding, tmp_path):
    first = load_data(tree)
    moved = tmp_path / "elsewhere"
    shutil.copytree(tree, moved)
    no_decoding()
    assert load_data(moved).fingerprint == first.fingerprint
    assert load_data(moved).name == "elsewhere"


def test_changed_content_is_noticed_even_with_the_old_size_and_time(tree):
    path = tree / "train/cat/a.png"
    Image.new("RGB", (8, 8), (10, 20, 30)).save(path, "BMP")
    os.utime(path, ns=(0, 0))
    first = load_data(tree)
    size = path.stat().st_size
    changed = path.stat().st_ctime_ns
    while path.stat().st_ctime_ns == changed:  # file systems count time in steps of milliseconds
        Image.new("RGB", (8, 8), (30, 20, 10)).save(path, "BMP")
        os.utime(path, ns=(0, 0))
    assert path.stat().st_size == size
    second = load_data(tree)
    assert second.fingerprint != first.fingerprint
    assert first.train.images[0, :, 0, 0].tolist() == [10, 20, 30]
    assert second.train.images[0, :, 0, 0].tolist() == [30, 20, 10]


def test_each_size_is_a_set_of_its_own(tree, cache):
    assert len({load_data(tree, size=size).fingerprint for size in (None, 8, 4)}) == 2
    assert len(contents(cache)) == 2


def truncate(folder):
    path = folder / "train.npy"
    os.truncate(path, path.stat().st_size - 1)


def other_shape(folder):
    np.save(folder / "val.npy", np.zeros((2, 3, 4, 4), np.uint8))


BREAK = {
    "truncated": truncate,
    "other shape": other_shape,
    "no record": lambda folder: (folder / "record.json").unlink(),
    "half a record": lambda folder: (folder / "record.json").write_text('{"size": 8'),
    "odd record": lambda folder: (folder / "record.json").write_text("[]"),
    "no labels": lambda folder: (folder / "train_labels.npy").unlink(),
    "wrong labels": lambda folder: np.save(folder / "val_labels.npy", np.array([0, 7])),
    "pickle": lambda folder: np.save(folder / "mean_image.npy", np.array([None])),
    "empty": lambda folder: [path.unlink() for path in folder.iterdir()],
}


@pytest.mark.parametrize("how", BREAK)
def test_a_broken_cache_repairs_itself(tree, cache, how):
    first = load_data(tree)
    expected = first.train.images.clone()
    del first
    (fingerprint,) = contents(cache)
    BREAK[how](cache / "decoded" / fingerprint)
    assert torch.equal(load_data(tree).train.images, expected)
    assert contents(cache) == [fingerprint]


def test_a_broken_index_is_no_matter(tree, cache):
    first = load_data(tree)
    for note in (cache / "index").iterdir():
        note.write_text("nonsense")
    assert load_data(tree).fingerprint == first.fingerprint
    (note,) = (cache / "index").iterdir()
    assert json.loads(note.read_text())["fingerprint"] == first.fingerprint


LOAD = """
import os, sys
from alexnet_lab.data import load_data, decoding
decoding._BLOCK = 2
def progress(done, total):
    if sys.argv[2] == "kill" and done >= 3:
        os.kill(os.getpid(), 9)
print(load_data(sys.argv[1], progress=progress).fingerprint)
"""


def start(tree, how):
    command = [sys.executable, "-c", LOAD, str(tree), how]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_killed_while_decoding(tree, cache):
    process = start(tree, "kill")
    process.communicate()
    assert process.returncode == -9
    (left,) = contents(cache)
    assert left.startswith(".part-")
    elsewhere = cache / "decoded" / ".part-another_machine-1-x"  # whose process may be alive
    elsewhere.mkdir()
    data = load_data(tree)  # sweeps what a process of this machine has left
    assert contents(cache) == sorted([elsewhere.name, data.fingerprint])
    os.utime(elsewhere, (0, 0))
    load_data(tree, size=4)  # sweeps what is a day old
    assert elsewhere.name not in contents(cache)


def test_two_processes_at_once(tree, cache):
    processes = [start(tree, "race") for _ in range(2)]
    answers = {process.communicate()[0].strip() for process in processes}
    assert [process.returncode for process in processes] == [0, 0]
    assert contents(cache) == list(answers)


def test_the_first_of_two_writers_wins(tree, cache, monkeypatch):
    inner = decoding.decode_one
    other = []

    def slow(path, size):
        if not other:  # while this one decodes, another process does it all
            other.append(True)
            other.append(load_data(tree))
        return inner(path, size)

    monkeypatch.setattr(decoding, "decode_one", slow)
    monkeypatch.setattr(decoding, "_threads", lambda: _Inline())
    data = load_data(tree)
    assert torch.equal(data.train.images, other[1].train.images)
    assert contents(cache) == [data.fingerprint]


class _Inline:
    """A pool that works in the calling thread."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def map(self, function, items, chunksize=1):
        return map(function, items)


def test_interrupted_or_without_room_nothing_is_left(tree, cache, monkeypatch):
    def full(_file):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(cache_module, "_flush", full)
    with pytest.raises(UserError, match=r"no space left on device; set ALEXNET_LAB_CACHE"):
        load_data(tree)
    assert contents(cache) == []
    monkeypatch.undo()
    monkeypatch.setenv("ALEXNET_LAB_CACHE", str(cache))

    def interrupt(_done, _total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_data(tree, progress=interrupt)
    assert contents(cache) == []


def test_a_cache_that_cannot_be_written(tree, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot write the cache"):
        load_data(tree, cache=tmp_path / "file")
    assert len(load_data(tree, cache=False).train) == 5


def test_without_a_folder_to_write_to_it_goes_on_in_memory(tree, tmp_path, monkeypatch):
    """A home that cannot be written: one line that says what to do; root may write everywhere."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ALEXNET_LAB_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.warns(
        Note, match=r"cannot write the cache .*; to keep them, set ALEXNET_LAB_CACHE"
    ):
        data = load_data(tree)
    monkeypatch.setenv("ALEXNET_LAB_CACHE", str(tmp_path / "cache"))
    kept = load_data(tree)
    assert torch.equal(data.train.images, kept.train.images)
    assert data.fingerprint == kept.fingerprint


def test_a_disk_without_room_is_known_before_the_work(tree, cache, no_decoding, monkeypatch):
    no_decoding()
    usage = SimpleNamespace(free=1000)
    monkeypatch.setattr(cache_module.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(UserError, match=r"take 1 kB, and .* has 1 kB free: set ALEXNET_LAB_CACHE"):
        load_data(tree)
    assert contents(cache) == []


def test_without_a_cache_nothing_is_written(tree, cache):
    data = load_data(tree, cache=False)
    assert not cache.exists()
    kept = load_data(tree)
    assert data.fingerprint == kept.fingerprint
    assert torch.equal(data.val.images, kept.val.images)
    assert torch.equal(data.mean_image, kept.mean_image)


def test_writing_to_the_images_does_not_reach_the_file(tree):
    load_data(tree).train.images.zero_()
    assert load_data(tree).train.images.any()


def test_where_the_cache_is(monkeypatch, tmp_path):
    assert cache_folder("here") == Path("here")
    assert cache_folder() == tmp_path / "cache"
    monkeypatch.delenv("ALEXNET_LAB_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "alexnet-lab"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(cache_module.sys, "platform", "linux")
    assert cache_folder() == Path("~/.cache/alexnet-lab").expanduser()
    monkeypatch.setattr(cache_module.sys, "platform", "darwin")
    assert cache_folder() == Path("~/Library/Caches/alexnet-lab").expanduser()


# By name: torchvision's classes, replaced where they would go to the network


def test_cifar10_through_torchvision(monkeypatch, cache):
    import torchvision.datasets

    calls = []

    def fake(root, train):
        calls.append((Path(root), train))
        rng = np.random.default_rng(train)
        images = rng.integers(0, 256, (50 if train else 20, 32, 32, 3), dtype=np.uint8)
        return SimpleNamespace(
            data=images, targets=[k % 10 for k in range(len(images))], classes=list("abcdefghij")
        )

    monkeypatch.setattr(torchvision.datasets, "CIFAR10", fake)
    monkeypatch.setattr(datasets, "unpacked", lambda *_: None)
    data = load_data("cifar10")
    assert calls == [(cache / "downloads", train) for train in (True, False)]
    assert (data.name, len(data.train), len(data.val), data.size) == ("cifar10", 50, 20, 32)
    expected = torch.from_numpy(fake("", True).data).permute(0, 3, 1, 2)
    assert torch.equal(data.train.images, expected)
    calls.clear()
    assert torch.equal(load_data("cifar10").val.images, data.val.images)
    assert calls == []
    assert load_data("cifar10", size=24).size == 24


@pytest.mark.parametrize("name", ["cifar10", "imagenette"])
def test_without_a_network(monkeypatch, cache, name):
    import urllib.request

    def refuse(*_args, **_kwargs):
        raise urllib.error.URLError("Name or service not known")

    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    with pytest.raises(UserError) as error:
        load_data(name)
    message = str(error.value)
    assert message.startswith(f"cannot download {name} (Name or service not known); fetch https://")
    assert str(cache / "downloads") in message
    assert "\n" not in message
    with pytest.raises(UserError, match=f"{name} is not in"):
        load_data(name, download=False)
