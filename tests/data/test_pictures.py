"""The table of `alexnet_lab.data.pictures`, row by row: in files and in arrays."""

from __future__ import annotations

import io
import struct
import warnings
import zlib

import numpy as np
import pytest
import torch
from PIL import Image, ImageCms, PngImagePlugin

from alexnet_lab.data import decoding, open_image, opening, photograph
from alexnet_lab.data.formats import formats
from alexnet_lab.errors import Note, UserError

RAMP = np.linspace(0, 1, 256).reshape(16, 16)  # every grey level once
BYTES = (RAMP * 255).round().astype(np.uint8)


def values(image):
    return np.asarray(open_image(image))[:, :, 0].astype(int)


def saved(array, suffix, **options):
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, suffix, **options)
    buffer.seek(0)
    return buffer


FULL = {
    "uint8": BYTES,
    "uint16": (RAMP * 65535).round().astype(np.uint16),
    "uint16, big end first": (RAMP * 65535).round().astype(">u2"),
    "int32 in 0-65535": (RAMP * 65535).round().astype(np.int32),
    "int64 in 0-255": BYTES.astype(np.int64),
    "int16 in 0-255": BYTES.astype(np.int32),
    "float32 in 0-1": RAMP.astype(np.float32),
    "float64 in 0-255": RAMP * 255,
    "float16 in 0-1": RAMP.astype(np.float16),
}


@pytest.mark.parametrize("kind", FULL)
def test_ranges_in_arrays_and_tensors(kind):
    given = FULL[kind]
    slack = 1 if "float16" in kind else 0
    assert np.abs(values(given) - BYTES).max() <= slack
    assert np.abs(values(np.stack([given] * 3, -1)) - BYTES).max() <= slack
    if given.dtype.isnative and given.dtype != np.uint16:
        assert np.abs(values(torch.from_numpy(given)[None]) - BYTES).max() <= slack


@pytest.mark.parametrize(
    ("array", "suffix"),
    [
        (FULL["uint16"], "PNG"),
        (FULL["uint16"], "TIFF"),
        (FULL["uint16"], "PPM"),
        (FULL["int32 in 0-65535"], "TIFF"),
        (FULL["float32 in 0-1"], "TIFF"),
        ((RAMP * 255).astype(np.float32), "TIFF"),
    ],
)
def test_ranges_in_files(array, suffix):
    """A file is treated as the array in it."""
    got = values(saved(array, suffix))
    assert np.abs(got - BYTES).max() <= 0
    np.testing.assert_array_equal(got, values(array))


def test_bool_and_bfloat16():
    assert values(np.eye(3, dtype=bool)).tolist() == (255 * np.eye(3, dtype=int)).tolist()
    assert open_image(torch.full((3, 4, 4), 0.5, dtype=torch.bfloat16)).getpixel((0, 0))[0] == 128


def tiff(array, **tags):
    return saved(array, "TIFF", tiffinfo=tags.pop("info", {}), **tags)


def test_bits_that_the_file_tells():
    twelve = (RAMP * 4095).round().astype(np.uint16)
    assert np.abs(values(saved_with_largest(twelve, 4095)) - BYTES).max() <= 1
    pgm = b"P5\n16 16\n4095\n" + twelve.astype(">u2").tobytes()
    assert np.abs(values(io.BytesIO(pgm)) - BYTES).max() <= 1
    white = saved_with_largest(FULL["uint16"], None, photometric=0)
    np.testing.assert_array_equal(values(white), 255 - BYTES)


def saved_with_largest(array, largest, photometric=1):
    """Return a minimal TIFF of one strip, 16 bits, with MaxSampleValue."""
    data = array.astype("<u2").tobytes()
    height, width = array.shape
    tags = [(256, 3, width), (257, 3, height), (258, 3, 16), (259, 3, 1), (262, 3, photometric)]
    tags += [(273, 4, 8), (277, 3, 1), (278, 3, height), (279, 4, len(data))]
    if largest is not None:
        tags.append((281, 3, largest))
    directory = struct.pack("<H", len(tags))
    directory += b"".join(
        struct.pack("<HHIHH", t, 3, 1, v, 0) if k == 3 else struct.pack("<HHII", t, 4, 1, v)
        for t, k, v in tags
    )
    return io.BytesIO(b"II*\0" + struct.pack("<I", 8 + len(data)) + data + directory + b"\0" * 4)


def deep_png(array):
    """Return a PNG of three channels of 16 bits, which Pillow does not write."""
    height, width, _ = array.shape

    def chunk(kind, body):
        crc = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc)

    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in array)
    head = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    return io.BytesIO(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


TWELVE = (RAMP * 4095).round().astype(np.uint16)
NEARLY_BLACK = {
    "array": lambda: TWELVE,
    "array of three": lambda: np.stack([TWELVE] * 3, -1),
    "8 bits in 16": lambda: BYTES.astype(np.uint16),
    "10 bits in int32": lambda: (RAMP * 1023).astype(np.int32),
    "PNG": lambda: saved(TWELVE, "PNG"),
    "TIFF": lambda: saved(TWELVE, "TIFF"),
    "PNG of three": lambda: deep_png(np.stack([TWELVE] * 3, -1)),
}


@pytest.mark.parametrize("kind", NEARLY_BLACK)
def test_twelve_bits_in_sixteen_get_a_word(kind):
    with pytest.raises(
        UserError, match=r"nearly black: of 16 bits .*; multiply them by \d"
    ) as error:
        open_image(NEARLY_BLACK[kind]())
    assert "\n" not in str(error.value)


def test_what_is_black_stays_black():
    assert values(np.zeros((4, 4), np.uint16)).max() == 0
    assert values(deep_png(np.zeros((4, 4, 3), np.uint16))).max() == 0
    bright = deep_png(np.full((4, 4, 3), 65535, np.uint16))
    assert values(bright).min() == 255


@pytest.mark.parametrize(
    ("array", "says"),
    [
        (np.full((4, 4), -0.1), "from -0.1 to -0.1: bring them to 0–1 or 0–255"),
        (np.full((4, 4), 300.0), "300"),
        (np.full((4, 4), np.inf), "not finite"),
        (np.full((4, 4), 70000), "from 70,000 to 70,000"),
        (np.full((4, 4), -5, np.int16), "from -5 to -5"),
        (np.full((4, 4), 1j), "complex128"),
        (np.full((4, 4), "a"), "<U1"),
    ],
)
def test_values_of_no_picture(array, says):
    with pytest.raises(UserError, match="the array holds ") as error:
        open_image(array)
    assert says in str(error.value)


# Metadata


def noted(**how):
    info = PngImagePlugin.PngInfo()
    for key, value in how.get("text", {}).items():
        info.add_text(key, value, zip=how.get("zip", False))
    if "itxt" in how:
        info.add_itxt("k", how["itxt"], zip=True)
    options = {"icc_profile": how["icc"]} if "icc" in how else {}
    return saved(np.stack([BYTES] * 3, -1), "PNG", pnginfo=info, **options)


LARGE = {
    "text": lambda: noted(text={"a": "x" * 2_000_000}, zip=True),
    "many texts": lambda: noted(text={f"k{n}": "x" * 900_000 for n in range(80)}, zip=True),
    "itxt": lambda: noted(itxt="x" * 1_500_000),
    "profile": lambda: noted(icc=srgb() + b"\0" * 1_500_000),
    "damaged text": lambda: damaged(noted(text={"a": "x" * 500}, zip=True), b"zTXt"),
    "damaged profile": lambda: damaged(noted(icc=srgb()), b"iCCP"),
    "text after the pixels": lambda: after(
        noted(), b"zTXt", b"a\0\0" + zlib.compress(b"x" * 2**21)
    ),
}


def srgb():
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def damaged(file, kind):
    data = bytearray(file.getvalue())
    at = data.index(kind)
    data[at + 20] ^= 0x55
    return io.BytesIO(bytes(data))


def after(file, kind, body):
    data = file.getvalue()
    crc = zlib.crc32(kind + body)
    extra = struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc)
    return io.BytesIO(data[:-12] + extra + data[-12:])


@pytest.mark.parametrize("kind", LARGE)
def test_sound_pixels_are_read_whatever_they_carry(kind, tmp_path):
    file = LARGE[kind]()
    np.testing.assert_array_equal(values(file), BYTES)
    (tmp_path / "x.png").write_bytes(file.getvalue())
    np.testing.assert_array_equal(values(tmp_path / "x.png"), BYTES)
    assert decoding.decode_one(str(tmp_path / "x.png"), 16)[:, :, 0].tolist() == BYTES.tolist()


def test_damaged_pixels_are_still_refused():
    with pytest.raises(UserError, match="cannot read"):
        open_image(damaged(noted(text={"a": "b"}), b"IDAT"))


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
@pytest.mark.parametrize(
    "note", [b"Exif\0\0MM\0*\0\0\0\x08" + b"\xff" * 40, b"Exif\0\0", b"x" * 60000]
)
def test_damaged_exif_is_not_looked_at(note):
    buffer = io.BytesIO()
    Image.fromarray(np.stack([BYTES] * 3, -1)).save(buffer, "JPEG", quality=100, exif=note)
    assert open_image(buffer).size == (16, 16)


# Colour profiles


def adobe_rgb():
    """Return the profile of a photograph that scikit-image ships: Adobe RGB (1998)."""
    from alexnet_lab.data.photo_table import PHOTOGRAPHS
    from alexnet_lab.data.photos import _file

    return Image.open(_file("rocket", PHOTOGRAPHS["rocket"])).info["icc_profile"]


def test_colours_come_out_as_a_browser_shows_them():
    """Oracle: the definition of Adobe RGB (1998): gamma 2.19921875, its primaries, D65."""
    pixels = np.array(
        [[[128, 128, 128], [200, 100, 50], [40, 120, 180], [255, 255, 255]]], np.uint8
    )
    linear = (pixels / 255.0) ** 2.19921875
    to_xyz = np.array(
        [[0.57667, 0.18556, 0.18823], [0.29734, 0.62736, 0.07529], [0.02703, 0.07069, 0.99134]]
    )
    to_linear = np.array(
        [[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]]
    )
    light = (linear @ to_xyz.T @ to_linear.T).clip(0, 1)
    expected = 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    for suffix in ("PNG", "TIFF"):
        got = np.asarray(open_image(saved(pixels, suffix, icc_profile=adobe_rgb())))
        assert np.abs(got - expected).max() <= 2
        assert np.abs(got.astype(int) - pixels).max() > 10
    stored = saved(pixels, "PNG", icc_profile=adobe_rgb())
    np.testing.assert_array_equal(np.asarray(open_image(stored, profile=False)), pixels)


def test_a_picture_is_turned_and_converted_once():
    """What was read can be given again: nothing of the file's notes is applied to it twice."""
    exif = Image.Exif()
    exif[0x0112] = 6
    pixels = np.random.default_rng(0).integers(0, 256, (4, 6, 3), np.uint8)
    once = open_image(saved(pixels, "PNG", icc_profile=adobe_rgb(), exif=exif))
    assert once.size == (4, 6)
    np.testing.assert_array_equal(np.asarray(open_image(once)), np.asarray(once))


def test_srgb_stays_bit_for_bit():
    pixels = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    got = np.asarray(open_image(saved(pixels, "PNG", icc_profile=srgb())))
    np.testing.assert_array_equal(got, pixels)


def test_transparency_and_grey_with_a_profile():
    """Oracle: the opaque picture, converted and then laid over white."""
    colour = np.full((4, 4, 3), (200, 100, 50), np.uint8)
    plain = np.asarray(open_image(saved(colour, "PNG", icc_profile=adobe_rgb()))).astype(int)
    half = np.dstack([colour, np.full((4, 4), 128, np.uint8)])
    seen = np.asarray(open_image(saved(half, "PNG", icc_profile=adobe_rgb())))
    assert np.abs(seen - (plain * 128 / 255 + 255 * 127 / 255)).max() <= 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a grey picture with a colour profile is common
        assert open_image(saved(BYTES, "PNG", icc_profile=srgb())).mode == "RGB"


@pytest.mark.parametrize("profile", [b"nonsense", b"x" * 200, srgb()[:200]])
def test_a_profile_that_cannot_be_read_is_told(profile):
    pixels = np.full((4, 4, 3), 99, np.uint8)
    with pytest.warns(Note, match="its colour profile is ignored"):
        got = open_image(saved(pixels, "TIFF", icc_profile=profile))
    assert got.getpixel((0, 0)) == (99, 99, 99)


def test_lab_comes_out_in_colour():
    """Oracle: L* = 53.2, a* = 80.1, b* = 67.2 is sRGB's red."""
    lab = Image.new("LAB", (2, 2), (136, 128 + 80, 128 + 67))
    red = open_image(lab).getpixel((0, 0))
    assert red[0] > 235
    assert max(red[1:]) < 40


def test_a_data_set_with_profiles_is_another_one(tmp_path):
    """Pictures decoded before profiles were applied are not taken from the cache."""
    for n in range(2):
        path = tmp_path / f"{n}.png"
        pixels = np.full((4, 4, 3), 100 + n, np.uint8)
        Image.fromarray(pixels).save(path, icc_profile=(srgb(), adobe_rgb())[n])
        changes = decoding._profile_changes(path.read_bytes())
        assert changes == bool(n)


# Size


def test_a_jpeg_of_too_many_pixels_is_read_at_a_fraction(tmp_path, monkeypatch):
    """Oracle: the photograph scaled down; Pillow's own limit is passed as well."""
    photo = photograph("coffee").image  # 600 × 400: above twice Pillow's limit it raises
    monkeypatch.setattr(opening, "MAX_PIXELS", 100_000)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 90_000)
    path = tmp_path / "large.jpg"
    photo.save(path, quality=95)
    got = open_image(path)
    assert got.size == (300, 200)
    wanted = np.asarray(photo.resize((300, 200), Image.Resampling.BOX), float)
    assert np.abs(np.asarray(got) - wanted).mean() < 3
    assert open_image(path.open("rb")).size == (300, 200)
    assert decoding.decode_one(str(path), 64).shape == (64, 64, 3)
    monkeypatch.setattr(opening, "MAX_PIXELS", 5_000)
    assert open_image(path).size == (75, 50)
    monkeypatch.setattr(opening, "MAX_JPEG_PIXELS", 200_000)
    with pytest.raises(UserError, match="has 600 × 400 pixels, more than"):
        open_image(path)
    photo.save(tmp_path / "large.png")
    with pytest.raises(UserError, match="reduce it first"):
        open_image(tmp_path / "large.png")


@pytest.mark.skipif("JPEG2000" not in formats(), reason="this Pillow reads no JPEG 2000")
def test_a_jpeg_2000_too(tmp_path, monkeypatch):
    path = tmp_path / "large.jp2"
    photograph("coffee").image.save(path)
    monkeypatch.setattr(opening, "MAX_PIXELS", 100_000)
    assert open_image(path).size == (300, 200)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "is HEIC: save as JPEG"),
        (b"<!doctype html><html>", "a web page"),
        (b"  \n<svg xmlns='x'>", "SVG"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "Git LFS"),
        (b"%PDF-1.7", "a PDF"),
        (b"PK\x03\x04....", "ZIP"),
    ],
)
def test_what_is_called_jpg_and_is_none_is_named(tmp_path, content, says):
    (tmp_path / "x.jpg").write_bytes(content)
    with pytest.raises(UserError, match=r"x\.jpg' is ") as error:
        open_image(tmp_path / "x.jpg")
    assert says in str(error.value)
