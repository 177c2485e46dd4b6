"""Downloads from a server on this machine that misbehaves: cut, busy, wrong, gone."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import pickle
import tarfile
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from alexnet_lab.data import datasets, download, load_data
from alexnet_lab.data.download import Remote, UnreachableError, fetch, unpacked
from alexnet_lab.errors import UserError

CONTENT = np.random.default_rng(0).bytes(1_000_000)


class Server(ThreadingHTTPServer):
    """Serves `files`; `plan` says what goes wrong with each request, in turn."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.plan: list[str] = []
        self.asked: list[str | None] = []  # each request's Range

    def remote(self, name: str, content: bytes) -> Remote:
        """Serve a file, and return what a client must know of it."""
        self.files[f"/{name}"] = content
        url = f"http://127.0.0.1:{self.server_address[1]}/{name}"
        return Remote(url, f"sha256:{hashlib.sha256(content).hexdigest()}")


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.server.asked.append(wanted)
        how = self.server.plan.pop(0) if self.server.plan else ""
        body = self.server.files[self.path]
        if how.isdecimal():
            self.send_error(int(how))
            return
        start = 0
        if how == "damaged":
            body = body[:10] + b"?" + body[11:]
        if wanted and how != "no ranges":
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            if start >= len(body):
                self.send_error(416)
                return
            self.send_response(206)
            shown = 7 if how == "other part" else start
            self.send_header("Content-Range", f"bytes {shown}-{len(body) - 1}/{len(body)}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        rest = body[start:]
        self.wfile.write(rest[: len(rest) // 2] if how == "cut" else rest)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server():
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def get(remote: Remote, folder: Path, **options) -> tuple[Path, list[float]]:
    """Fetch without waiting; return the file and how long would have been waited."""
    waited: list[float] = []
    return fetch(remote, folder, pause=waited.append, **options), waited


def test_a_cut_download_goes_on_where_it_stood(server, tmp_path) -> None:
    remote = server.remote("x.bin", CONTENT)
    server.plan = ["cut", "cut", "503"]
    path, waited = get(remote, tmp_path)
    assert path.read_bytes() == CONTENT
    assert waited == [1, 2, 4]
    assert server.asked == [None, "bytes=500000-", "bytes=750000-", "bytes=750000-"]
    assert sorted(p.name for p in tmp_path.iterdir()) == [".x.bin.lock", "x.bin"]
    assert get(remote, tmp_path) == (path, [])  # and is not asked for again
    assert len(server.asked) == 4


def test_what_an_earlier_process_left_is_used(server, tmp_path) -> None:
    remote = server.remote("x.bin", CONTENT)
    (tmp_path / "x.bin.part").write_bytes(CONTENT[:999_999])
    assert get(remote, tmp_path)[0].read_bytes() == CONTENT
    assert server.asked == ["bytes=999999-"]


@pytest.mark.parametrize("plan", [["no ranges"], ["other part"], ["damaged"], []])
@pytest.mark.parametrize("left", [b"", CONTENT[:400_000], b"!" * 400_000, CONTENT + b"more"])
def test_whatever_was_left_and_whatever_comes_the_file_is_whole(
    server, tmp_path, plan, left
) -> None:
    remote = server.remote("x.bin", CONTENT)
    server.plan = list(plan)
    (tmp_path / "x.bin.part").write_bytes(left)
    assert get(remote, tmp_path)[0].read_bytes() == CONTENT


@pytest.mark.parametrize("damage", [CONTENT[:-1], b"", b"?" + CONTENT[1:]])
def test_a_damaged_file_is_replaced(server, tmp_path, damage) -> None:
    remote = server.remote("x.bin", CONTENT)
    (tmp_path / "x.bin").write_bytes(damage)
    with pytest.raises(UnreachableError, match="damaged"):
        get(remote, tmp_path, download=False)
    assert get(remote, tmp_path)[0].read_bytes() == CONTENT


def test_another_file_than_expected_is_never_kept(server, tmp_path) -> None:
    remote = server.remote("x.bin", CONTENT)
    server.files["/x.bin"] = CONTENT[::-1]
    with pytest.raises(UnreachableError, match="not the file that was expected"):
        get(remote, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == [".x.bin.lock"]
    assert len(server.asked) == download.ATTEMPTS


def test_what_is_not_there_is_asked_for_once(server, tmp_path) -> None:
    remote = server.remote("x.bin", CONTENT)
    server.plan = ["404"]
    with pytest.raises(UnreachableError, match="the server says 404"):
        get(remote, tmp_path)
    assert len(server.asked) == 1
    with pytest.raises(UnreachableError, match="not allowed"):
        get(remote, tmp_path / "new", download=False)
    assert not (tmp_path / "new").exists()


def test_nobody_listens(server, tmp_path) -> None:
    remote = server.remote("x.bin", CONTENT)
    server.shutdown()
    server.server_close()
    with pytest.raises(UnreachableError, match="refused"):
        get(remote, tmp_path)


def test_a_full_disk_leaves_nothing(server, tmp_path, monkeypatch) -> None:
    remote = server.remote("x.bin", CONTENT)

    class Full(io.FileIO):
        def write(self, data: object) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    opened = Path.open

    def open_full(path: Path, mode: str = "r", *rest: object, **options: object):
        if path.suffix == ".part" and mode != "rb":
            return Full(path, "w")
        return opened(path, mode, *rest, **options)

    monkeypatch.setattr(Path, "open", open_full)
    with pytest.raises(UserError, match="no space left on device; let ALEXNET_LAB_CACHE"):
        get(remote, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == [".x.bin.lock"]


def test_two_at_once_fetch_it_once(server, tmp_path) -> None:
    """Threads here; the lock is the system's, on an open file, and holds between processes too."""
    remote = server.remote("x.bin", CONTENT)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: get(remote, tmp_path)[0].read_bytes(), range(4)))
    assert found == [CONTENT] * 4
    assert len(server.asked) == 1


def packed(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def test_an_archive_is_unpacked_whole_or_not_at_all(server, tmp_path) -> None:
    remote = server.remote("a.tgz", packed({"a/x": b"1", "a/y": b"2"}))
    folder = unpacked(remote, tmp_path, "a")
    assert sorted(p.name for p in folder.iterdir()) == ["x", "y"]
    (folder / "x").unlink()
    (tmp_path / ".a.unpacking-killed").mkdir()
    unpacked(remote, tmp_path, "a", download=False, fresh=True)  # from the archive that was kept
    assert (folder / "x").read_bytes() == b"1"
    left = {p.name for p in tmp_path.iterdir()}
    assert left == {"a", "a.tgz", ".a.lock", ".a.tgz.lock"}


@pytest.mark.parametrize("name", ["../out", "/tmp/alexnet-lab-out"])
def test_an_archive_writes_nowhere_else(server, tmp_path, name) -> None:
    inside = tmp_path / "inside"
    remote = server.remote("a.tgz", packed({"a/x": b"1", name: b"2"}))
    if name.startswith("."):
        with pytest.raises(UnreachableError, match="cannot be unpacked"):
            unpacked(remote, inside, "a")
        assert not (inside / "a").exists()
    else:  # tarfile takes the slash away
        unpacked(remote, inside, "a")
    assert not (tmp_path / "out").exists()
    assert not Path("/tmp/alexnet-lab-out").exists()
    junk = server.remote("b.tgz", b"no archive")
    with pytest.raises(UnreachableError, match="cannot be unpacked"):
        unpacked(junk, inside, "b")


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("ALEXNET_LAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(download.time, "sleep", lambda _: None)
    return tmp_path / "cache"


def test_imagenette_repairs_itself(server, cache, monkeypatch) -> None:
    files = {}
    for k, wnid in enumerate(("n01440764", "n02102040")):
        for part in ("train", "val"):
            buffer = io.BytesIO()
            Image.new("RGB", (20, 24), (99, 50 * k, 9 * len(part))).save(buffer, "JPEG")
            files[f"imagenette2-160/{part}/{wnid}/a.JPEG"] = buffer.getvalue()
    monkeypatch.setattr(datasets, "_IMAGENETTE_IMAGES", 4)
    remote = server.remote("imagenette2-160.tgz", packed(files))
    monkeypatch.setitem(datasets._IMAGENETTE, "imagenette2-160", remote)
    server.plan = ["cut"]
    data = load_data("imagenette")
    assert (data.classes, data.size) == (("tench", "English springer"), 160)
    assert len(server.asked) == 2
    lost = cache / "downloads" / "imagenette2-160" / "val" / "n01440764" / "a.JPEG"
    lost.unlink()
    again = load_data("imagenette", download=False)
    assert lost.is_file()
    assert (again.fingerprint, len(server.asked)) == (data.fingerprint, 2)


def test_cifar10_repairs_itself(server, cache, monkeypatch) -> None:
    """Two images a batch, in the files and with the checksums that torchvision's class reads."""
    from torchvision.datasets import CIFAR10

    def batch(seed: int) -> bytes:
        pixels = np.random.default_rng(seed).integers(0, 256, (2, 3072), dtype=np.uint8)
        return pickle.dumps({"data": pixels, "labels": [0, 1]})

    names = [*(f"data_batch_{n}" for n in range(1, 6)), "test_batch"]
    contents = {name: batch(n) for n, name in enumerate(names)}
    contents["batches.meta"] = pickle.dumps({"label_names": list("abcdefghij")})
    lists = [[n, hashlib.md5(c, usedforsecurity=False).hexdigest()] for n, c in contents.items()]
    monkeypatch.setattr(CIFAR10, "train_list", lists[:5])
    monkeypatch.setattr(CIFAR10, "test_list", lists[5:6])
    monkeypatch.setattr(
        CIFAR10, "meta", {"filename": lists[6][0], "key": "label_names", "md5": lists[6][1]}
    )
    archive = packed({f"cifar-10-batches-py/{name}": c for name, c in contents.items()})
    monkeypatch.setattr(datasets, "_CIFAR10", server.remote("cifar-10-python.tar.gz", archive))
    data = load_data("cifar10", cache=cache)
    assert (len(data.train), len(data.val)) == (10, 2)
    broken = cache / "downloads" / "cifar-10-batches-py" / "data_batch_3"
    broken.write_bytes(b"?")
    again = load_data("cifar10", size=16, download=False)
    assert len(again.train) == 10
    assert broken.read_bytes() == contents["data_batch_3"]
    assert len(server.asked) == 1
