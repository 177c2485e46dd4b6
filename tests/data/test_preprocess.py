"""§2 of the paper, held against torchvision and hand-made pictures."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
import torchvision.transforms.v2.functional as TF
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from alexnet_lab.data import (
    IMAGENET_MEAN_RGB,
    centre_crop,
    open_image,
    photograph,
    preprocess,
    resize_shorter_side,
)
from alexnet_lab.errors import UserError


def as_tensor(image):
    return TF.pil_to_tensor(image)


@pytest.mark.parametrize("name", ["cat", "coffee", "cell"])
def test_like_torchvision(name):
    """Oracle: torchvision v2's resize, center_crop, on the PIL image."""
    photo = photograph(name)
    expected = TF.center_crop(TF.center_crop(TF.resize(photo.image, 256), 256), 224)
    expected = as_tensor(expected).float() - torch.tensor(IMAGENET_MEAN_RGB).view(3, 1, 1)
    got = preprocess(photo)
    assert got.shape == (3, 224, 224)
    assert got.dtype == torch.float32
    assert got.is_contiguous()
    torch.testing.assert_close(got, expected, rtol=0, atol=1e-4)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 90), st.integers(1, 90), st.integers(1, 70))
def test_sizes_like_torchvision(height, width, side):
    """Oracle: torchvision v2, for every shape, also rounding of odd margins."""
    noise = np.random.default_rng(height).integers(0, 256, (height, width, 3), dtype=np.uint8)
    image = Image.fromarray(noise)
    resized = resize_shorter_side(image, side)
    assert torch.equal(as_tensor(resized), as_tensor(TF.resize(image, side)))
    assert torch.equal(
        as_tensor(centre_crop(resized, side)), as_tensor(TF.center_crop(resized, side))
    )


def test_all_ways_to_give_a_picture_agree(tmp_path):
    photo = photograph("cat")
    path = tmp_path / "cat.png"
    photo.image.save(path)
    expected = preprocess(photo)
    chw = torch.from_numpy(photo.pixels).permute(2, 0, 1)
    for given_as in (photo.image, photo.pixels, chw, chw[None], path, str(path), path.open("rb")):
        assert torch.equal(preprocess(given_as), expected)


def test_mean_image_is_cropped_along():
    pixels = np.full((256, 256, 3), 100, dtype=np.uint8)
    mean = torch.arange(3 * 256 * 256).view(3, 256, 256).float() % 251
    got = preprocess(pixels, mean=mean)
    assert torch.equal(got, 100 - mean[:, 16:240, 16:240])
    assert torch.equal(got, preprocess(pixels, mean=mean[:, 16:240, 16:240]))
    assert torch.equal(preprocess(pixels, mean=None), torch.full((3, 224, 224), 100.0))
    assert torch.equal(preprocess(pixels, mean=1.0), torch.full((3, 224, 224), 99.0))
    with pytest.raises(UserError, match=r"mean of shape \(2,\)"):
        preprocess(pixels, mean=(1.0, 2.0))


def test_size_must_fit():
    with pytest.raises(UserError, match="size 300"):
        preprocess(photograph("cat"), size=300)
    with pytest.raises(UserError, match="resize it first"):
        centre_crop(photograph("cat"), 1000)


RED = (200, 30, 10)


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [
        ("RGB", RED, RED),
        ("RGBA", (*RED, 255), RED),
        ("RGBA", (*RED, 0), (255, 255, 255)),
        ("LA", (77, 0), (255, 255, 255)),
        ("L", 77, (77, 77, 77)),
        ("1", 1, (255, 255, 255)),
        ("I;16", 65535, (255, 255, 255)),
        ("I;16", 257 * 77, (77, 77, 77)),
        ("CMYK", (0, 255, 255, 0), (255, 0, 0)),
        ("P", 3, RED),
    ],
)
def test_every_mode_becomes_rgb(tmp_path, mode, colour, expected):
    image = Image.new(mode, (5, 4), colour)
    if mode == "P":
        image.putpalette([0] * 9 + list(RED))
    path = tmp_path / ("x.tif" if mode == "CMYK" else "x.png")
    image.save(path)
    for picture in (open_image(path), open_image(image)):
        assert picture.mode == "RGB"
        assert picture.getpixel((2, 2)) == expected


def test_transparent_palette_lies_over_white(tmp_path):
    image = Image.new("P", (4, 4), 0)
    image.putpalette([10, 20, 30])
    image.save(tmp_path / "x.gif", transparency=0)
    assert open_image(tmp_path / "x.gif").getpixel((0, 0)) == (255, 255, 255)


def test_16_bit_array_is_scaled():
    deep = np.full((4, 5, 3), 65535, dtype=np.uint16)
    assert open_image(deep).getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photographs_are_turned_upright(tmp_path, orientation):
    """Oracle: the EXIF standard's table, by numpy: how the stored array becomes the upright one."""
    turn = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.transpose(1, 0, 2),
        6: lambda a: np.rot90(a, -1),
        7: lambda a: np.rot90(a, 2).transpose(1, 0, 2),
        8: lambda a: np.rot90(a, 1),
    }[orientation]
    stored = np.random.default_rng(0).integers(0, 256, (6, 9, 3), dtype=np.uint8)
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(stored).save(tmp_path / "x.png", exif=exif)
    np.testing.assert_array_equal(np.asarray(open_image(tmp_path / "x.png")), turn(stored))


def png_of(width, height):
    """Return a PNG that claims a size, with next to no data."""
    import struct
    import zlib

    def chunk(kind, body):
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def whole(kind):
    buffer = io.BytesIO()
    photograph("cat").image.save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not an image"),
        (b"just some text\n", "not an image"),
        (whole("JPEG")[:5000], "cannot read"),
        (whole("PNG")[:5000], "cannot read"),
        (whole("JPEG")[:20], ""),
        (png_of(0, 10), ""),
        (png_of(9_000, 10_001), "cannot read"),
        (png_of(11_000, 10_000), "100 million"),
        (png_of(100_000, 100_000), "100 million"),
    ],
)
def test_bad_files_get_one_line_with_the_path(tmp_path, content, says):
    path = tmp_path / "bad.img"
    path.write_bytes(content)
    with pytest.raises(UserError) as error:
        preprocess(path)
    assert str(path) in str(error.value)
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_a_picture_too_narrow_to_be_scaled_is_named(tmp_path):
    path = tmp_path / "thread.png"
    Image.new("RGB", (1, 2000)).save(path)
    with pytest.raises(UserError, match=f"'{path}', 1 × 2000 pixels, is too narrow"):
        preprocess(path)


def test_a_refused_picture_is_closed_at_once(tmp_path, monkeypatch):
    path, opened = tmp_path / "large.png", []
    path.write_bytes(png_of(11_000, 10_000))
    pillows = Image.open

    def noted(*args, **options):
        opened.append(pillows(*args, **options))
        return opened[-1]

    monkeypatch.setattr(Image, "open", noted)
    with pytest.raises(UserError, match="100 million"):
        preprocess(path)
    assert opened[0].fp is None


def test_no_file_and_folders(tmp_path):
    with pytest.raises(UserError, match="no such file"):
        preprocess(tmp_path / "none.jpg")
    with pytest.raises(UserError, match="directory"):
        preprocess(tmp_path)


@pytest.mark.parametrize(
    "wrong",
    [
        42,
        None,
        torch.zeros(3, 8, 8) - 1,
        np.full((8, 8, 3), np.nan),
        np.zeros((8, 8, 5), dtype=np.uint8),
        torch.zeros(2, 3, 8, 8, dtype=torch.uint8),
        np.zeros((0, 8, 3), dtype=np.uint8),
        Image.new("RGB", (0, 3)),
    ],
    ids=lambda wrong: f"{type(wrong).__name__} {tuple(getattr(wrong, 'shape', ()))}",
)
def test_what_is_no_picture(wrong):
    with pytest.raises(UserError):
        preprocess(wrong)
