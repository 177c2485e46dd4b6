"""Broken pictures: read, or refused in one line that names the file."""

from __future__ import annotations

import io
import os
import struct
import zlib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from alexnet_lab import data
from alexnet_lab.cli import main
from alexnet_lab.errors import UserError

from .kit import attempt, broken, cases, one_line, tree, watched

NAMES = ("x.jpg", "x.png", "ünï cödé.gif", "x", "line\nfeed.jpg", "-.tif")


@cache
def wholes() -> list[bytes]:
    """Return sound pictures of every kind: modes, depths, frames, EXIF notes, sizes."""
    made: list[bytes] = []

    def add(image: Image.Image, kind: str, **options: Any) -> None:
        buffer = io.BytesIO()
        try:
            image.save(buffer, kind, **options)
        except (KeyError, OSError, TypeError, ValueError):  # this Pillow was built without
            return
        made.append(buffer.getvalue())

    pixels = np.random.default_rng(0).integers(0, 256, (9, 14, 4), dtype=np.uint8)
    rgba = Image.fromarray(pixels)
    rgb, grey = rgba.convert("RGB"), rgba.convert("L")
    deep = Image.fromarray(pixels[:, :, 0].astype(np.uint16) * 257)
    palette = rgb.convert("P")
    exif = Image.Exif()
    exif[0x0112] = 6
    for image in (rgb, grey, rgb.convert("CMYK")):
        add(image, "JPEG")
        add(image, "TIFF", compression="tiff_lzw")
        add(image, "TIFF")
    add(rgb, "JPEG", progressive=True, exif=exif)
    add(rgb, "JPEG", exif=b"Exif\0\0" + b"MM\0*\0\0\0\x08" + b"\xff" * 40)
    for image in (rgb, grey, rgba, rgba.convert("LA"), palette, rgb.convert("1"), deep):
        add(image, "PNG")
    add(palette, "PNG", transparency=3)
    add(rgb, "PNG", transparency=(1, 2, 3), exif=exif)
    add(palette, "GIF", save_all=True, append_images=[palette.rotate(9)] * 2)
    add(palette, "GIF", transparency=0)
    add(rgba, "WEBP", save_all=True, append_images=[rgba.rotate(9)])
    add(rgb, "WEBP", lossless=True)
    add(deep, "TIFF")
    add(deep.convert("I"), "TIFF")
    add(grey.convert("F"), "TIFF")
    add(rgb.convert("LAB"), "TIFF")
    add(rgb.convert("YCbCr"), "TIFF", compression="jpeg")
    add(rgb, "TIFF", save_all=True, append_images=[grey, palette])
    add(rgb.convert("1"), "TIFF", compression="group4")
    for image in (rgb, palette, rgb.convert("1")):
        add(image, "BMP")
    for image in (rgb, grey, rgb.convert("1"), deep):
        add(image, "PPM")
    add(rgb, "MPO", save_all=True, append_images=[rgb])
    add(rgb, "JPEG2000")
    add(rgba, "ICO", sizes=[(8, 8)])
    add(rgba, "TGA")
    for kind in ("PCX", "SGI", "QOI", "DIB"):
        add(rgb, kind)
    add(deep, "TIFF", big_tiff=True)
    add(grey.convert("F").point(lambda v: v / 255), "TIFF")
    add(grey.convert("I").point(lambda v: v * 16), "TIFF")  # 12 bits
    # What pictures carry beside their pixels: profiles, long texts, an orientation in XMP.
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    for image in (rgb, grey, rgba, palette, rgb.convert("CMYK")):
        for profile in (srgb, lab, srgb[:300], b"x" * 2_000_000):
            for kind in ("PNG", "TIFF", "JPEG", "WEBP"):
                add(image, kind, icc_profile=profile)
    notes = PngInfo()
    notes.add_text("settings", "x" * 1_100_000, zip=True)
    notes.add_itxt("more", "ü" * 600_000, zip=True)
    add(rgb, "PNG", pnginfo=notes)
    add(rgb, "JPEG", comment=b"x" * 60_000, exif=exif)
    add(rgb, "AVIF")
    add(rgb, "PDF")
    add(rgb, "EPS")
    add(rgb.crop((0, 0, 1, 1)), "PNG")
    add(rgb.crop((0, 0, 1, 9)), "GIF")
    made += [
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n",
        b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
        b"P3\n2 1\n255\n1 2 3 4 5 6\n",
        b"P5 99999 99999 255\n",
        b"P6\n1 1\n70000\n\0\0\0\0\0\0",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n(%pipe%id) (w) file\n",
    ]
    return made


def png(width: int, height: int, mode: int, depth: int, body: bytes) -> bytes:
    """Return a PNG that claims what it likes."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, height, depth, mode, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(body))
        + chunk(b"IEND", b"")
    )


sides = st.sampled_from((0, 1, 2, 300, 3_000, 100_001, 65_535, 100_000, 2**31 - 1, 2**32 - 1))
claims = st.builds(
    png,
    sides,
    sides,
    st.sampled_from((0, 2, 3, 4, 6, 7)),
    st.sampled_from((1, 2, 4, 8, 16, 3)),
    st.binary(max_size=40),
)


@st.composite
def lying_gif(draw: Any) -> bytes:
    """Return a GIF or BMP with other dimensions in its header."""
    data = bytearray(draw(st.sampled_from([w for w in wholes() if w[:3] == b"GIF"])))
    data[6:10] = struct.pack("<HH", draw(st.integers(0, 65_535)), draw(st.integers(0, 65_535)))
    return bytes(data)


sound = st.deferred(lambda: st.sampled_from(wholes()))
pictures = st.one_of(
    broken(sound),
    broken(sound),
    sound,
    claims,
    lying_gif(),
    st.binary(max_size=200),
)


@cases(quick=100, full=500)
@given(content=pictures, name=st.sampled_from(NAMES), draft=st.booleans())
def test_broken_pictures(tmp_path_factory, content, name, draft) -> None:
    path = tmp_path_factory.getbasetemp() / "picture" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    if draft:  # as a data set's pictures are decoded
        from alexnet_lab.data.decoding import decode_one

        seen = attempt("broken pictures", lambda: decode_one(str(path), 32), repr(str(path)))
        shape = (32, 32, 3)
    else:
        seen = attempt("broken pictures", lambda: data.preprocess(path), repr(str(path)))
        shape = (3, 224, 224)
    path.unlink()
    assert seen is None or seen.shape == shape


def fifo(path: Path) -> None:
    os.mkfifo(path)


def loop(path: Path) -> None:
    path.symlink_to(path.name)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda p: p.mkdir(), "directory"),
        (fifo, "ordinary file"),
        (loop, ""),
        (lambda p: p.symlink_to("/dev/zero"), "ordinary file"),
        (lambda p: p.symlink_to("nowhere"), "no such file"),
    ],
    ids=["directory", "pipe", "loop", "device", "dangling"],
)
def test_what_is_no_file(tmp_path, make, says) -> None:
    path = tmp_path / "x.jpg"
    make(path)
    for work in (lambda: data.open_image(path), lambda: data.preprocess(str(path))):
        with watched(), pytest.raises(UserError) as error:
            work()
        one_line(str(error.value), repr(str(path)))
        assert says in str(error.value)


def test_nothing_starts_another_program(tmp_path, monkeypatch) -> None:
    """PostScript is a program; Pillow would have Ghostscript run it, whatever the file's name."""
    import subprocess

    def refuse(*_args: Any, **_options: Any) -> None:
        raise AssertionError("a program was started")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    path = tmp_path / "x.jpg"
    Image.new("RGB", (9, 9)).save(path, "EPS")
    with pytest.raises(UserError, match="is PostScript: save it as PNG"):
        data.open_image(path)


def test_the_command_line_passes_over_what_it_cannot_read(tmp_path, capsys) -> None:
    """One line for each broken picture, one to count them; the good ones are done."""
    folder = tmp_path / "in"
    folder.mkdir()
    for n, content in enumerate(wholes()[::4] + [w[: len(w) // 2] for w in wholes()[::4]]):
        (folder / f"{n:02}.jpg").write_bytes(content)
    fifo(folder / "pipe.jpg")
    loop(folder / "loop.png")
    with watched():
        code = main(["features", "--image", str(folder), "--out", str(tmp_path / "f.npz")])
    told = capsys.readouterr()
    lines = told.err.splitlines()
    complaints = [line for line in lines if not line.startswith("alexnet-lab: note: ")]
    done = np.load(tmp_path / "f.npz")["features"]
    assert code == 2
    assert len(complaints) > 5
    assert all(line.startswith("alexnet-lab: ") for line in complaints)
    bad, of = len(complaints) - 1, len(complaints) - 1 + len(done)
    assert complaints[-1].startswith(f"alexnet-lab: {bad} of {of} pictures could not be read")
    assert sorted(tree(tmp_path)) == sorted(
        [*(f"in/{p.name}" for p in folder.iterdir()), "in", "f.npz"]
    )
