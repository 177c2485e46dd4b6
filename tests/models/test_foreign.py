"""Files of other programs: what is read is what was written, and what is damaged is said."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from alexnet_lab.errors import UserError
from alexnet_lab.weights.foreign import (
    foreign_reader,
    read_caffemodel,
    read_npz,
    read_onnx,
)

SHAPES = {
    "conv1": (4, 3, 3, 3),
    "conv2": (4, 2, 3, 3),
    "conv3": (6, 4, 3, 3),
    "conv4": (6, 3, 3, 3),
    "conv5": (4, 3, 3, 3),
    "fc6": (5, 16),
    "fc7": (5, 5),
    "fc8": (3, 5),
}


def layers(seed: int = 0) -> dict[str, tuple[Any, Any]]:
    """Return weights and biases by layer."""
    draw = np.random.default_rng(seed)
    return {
        name: (
            draw.standard_normal(shape).astype(np.float32),
            draw.standard_normal(shape[0]).astype(np.float32),
        )
        for name, shape in SHAPES.items()
    }


def expected(made: dict[str, tuple[Any, Any]]) -> dict[str, Tensor]:
    state = {}
    for name, (weight, bias) in made.items():
        room = "features" if name.startswith("conv") else "classifier"
        state[f"{room}.{name}.weight"] = torch.from_numpy(weight)
        state[f"{room}.{name}.bias"] = torch.from_numpy(bias)
    return state


def assert_same(found: dict[str, Tensor], wanted: dict[str, Tensor]) -> None:
    assert found.keys() == wanted.keys()
    for name, value in wanted.items():
        assert torch.equal(found[name], value), name


def write_onnx(path: Path, made: dict[str, tuple[Any, Any]], transposed: bool = False) -> Path:
    onnx = pytest.importorskip("onnx")
    nodes, stored, last = [], [], "data"
    for number, (name, (weight, bias)) in enumerate(made.items()):
        conv = name.startswith("conv")
        as_stored = not conv and not transposed
        values = weight.T.copy() if not conv and transposed else weight
        for kind, array in (("w", values), ("b", bias)):
            stored.append(onnx.numpy_helper.from_array(array, f"{kind}{number}"))
        options = {} if conv or not as_stored else {"transB": 1}
        inputs = [last, f"w{number}", f"b{number}"]
        nodes.append(onnx.helper.make_node("Conv" if conv else "Gemm", inputs, [name], **options))
        nodes.append(onnx.helper.make_node("Relu", [name], [f"{name}r"]))
        last = f"{name}r"
    graph = onnx.helper.make_graph(nodes, "g", [], [], stored)
    onnx.save(onnx.helper.make_model(graph), str(path))
    return path


def varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def field(number: int, content: bytes) -> bytes:
    """Encode a length-delimited field by hand: an oracle of the schema as well."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def blob(array: Any, old: bool) -> bytes:
    data = field(5, struct.pack(f"<{array.size}f", *array.flatten().tolist()))
    if not old:
        return field(7, field(1, b"".join(varint(side) for side in array.shape))) + data
    shape = (1,) * (4 - array.ndim) + array.shape
    return b"".join(varint(n << 3) + varint(side) for n, side in enumerate(shape, 1)) + data


def caffemodel(made: dict[str, tuple[Any, Any]], old: bool) -> bytes:
    """Encode a net in the format of 2013 (`layers`, four dimensions) or of later (`layer`)."""
    net = field(1, b"AlexNet")
    for name, blobs in made.items():
        inside = field(4 if old else 1, name.encode())
        inside += b"".join(field(6 if old else 7, blob(array, old)) for array in blobs)
        net += field(2 if old else 100, inside)
    return net


@pytest.mark.parametrize("transposed", [False, True])
def test_onnx_of_any_names(tmp_path: Path, transposed: bool) -> None:
    made = layers()
    path = write_onnx(tmp_path / "net.onnx", made, transposed)
    assert_same(read_onnx(path), expected(made))


@pytest.mark.parametrize("old", [False, True])
def test_caffemodels_old_and_new(tmp_path: Path, old: bool) -> None:
    pytest.importorskip("google.protobuf")
    made = layers()
    path = tmp_path / "net.caffemodel"
    path.write_bytes(caffemodel(made, old))
    assert_same(read_caffemodel(path), expected(made))


def test_numpy_archives_whole_and_in_eight_bits(tmp_path: Path) -> None:
    made = layers()
    arrays = {f"{name}.weight": pair[0] for name, pair in made.items()}
    arrays |= {f"{name}.bias": pair[1] for name, pair in made.items()}
    np.savez(tmp_path / "whole.npz", mean_image=np.zeros(3), **arrays)
    assert_same(read_npz(tmp_path / "whole.npz"), expected(made))
    small = np.array([[-128, 0, 127]], np.int8).reshape(1, 3, 1, 1)
    np.savez(tmp_path / "small.npz", **{"conv1.weight_q7": small, "features.0.bias": np.float16(1)})
    found = read_npz(tmp_path / "small.npz")
    assert found["features.conv1.weight"].flatten().tolist() == [-1, 0, 127 / 128]
    assert found["features.0.bias"].dtype == torch.float32


@pytest.mark.parametrize("suffix", [".npz", ".onnx", ".caffemodel"])
@pytest.mark.parametrize(
    "spoil",
    [
        lambda whole: b"",
        lambda whole: whole[: len(whole) // 2],
        lambda whole: b"<html>404 not found</html>",
        lambda whole: b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
        lambda whole: bytes(range(256)) * 8,
        lambda whole: whole[:200] + b"\xff" * 200 + whole[400:],
    ],
    ids=["empty", "half", "web page", "pointer", "noise", "holes"],
)
def test_damaged_files_are_one_line(
    tmp_path: Path, suffix: str, spoil: Callable[[bytes], bytes]
) -> None:
    """Whatever is read is whole; everything else is refused in a line that names the file."""
    made, path = layers(), tmp_path / f"net{suffix}"
    if suffix == ".npz":
        np.savez(path, **{f"{name}.weight": pair[0] for name, pair in made.items()})
    elif suffix == ".onnx":
        write_onnx(path, made)
    else:
        path.write_bytes(caffemodel(made, old=False))
    path.write_bytes(spoil(path.read_bytes()))
    reader = foreign_reader(path)
    assert reader is not None
    found, line = {}, ""
    try:
        found = reader(path)
    except UserError as error:
        line = str(error)
    assert bool(line) != bool(found)
    assert not line or (str(path) in line and "\n" not in line)
    wanted = {name: value.shape for name, value in expected(made).items()}
    assert all(value.shape == wanted[name] for name, value in found.items())  # holes in numbers


def test_other_networks_are_named(tmp_path: Path) -> None:
    made = layers()
    few = {name: made[name] for name in ("conv1", "conv2", "fc6")}
    with pytest.raises(UserError, match="2 convolutions and 1 matrix products"):
        read_onnx(write_onnx(tmp_path / "few.onnx", few))
    path = tmp_path / "few.caffemodel"
    path.write_bytes(caffemodel(few, old=False))
    with pytest.raises(UserError, match=r"no layer 'conv3' .* have weights: conv1, conv2, fc6"):
        read_caffemodel(path)
    np.savez(tmp_path / "few.npz", kernel=np.zeros(3))
    with pytest.raises(UserError, match="no array named as a layer's weights; it has kernel"):
        read_npz(tmp_path / "few.npz")


def test_pickles_are_not_opened(tmp_path: Path) -> None:
    harm = np.array([print], dtype=object)
    np.savez(tmp_path / "harm.npz", **{"conv1.weight": harm})
    with pytest.raises(UserError, match="not an archive of NumPy arrays, or damaged"):
        read_npz(tmp_path / "harm.npz")


def test_a_shape_that_lies(tmp_path: Path) -> None:
    made = layers()
    weight, bias = made["conv1"]
    lie = blob(weight, old=False).replace(varint(3) * 3, varint(3) * 2 + varint(99), 1)
    inside = field(1, b"conv1") + field(7, lie) + field(7, blob(bias, old=False))
    path = tmp_path / "lie.caffemodel"
    rest = {name: pair for name, pair in made.items() if name != "conv1"}
    path.write_bytes(field(100, inside) + caffemodel(rest, old=False))
    with pytest.raises(UserError, match="is damaged: 108 numbers for a layer of shape"):
        read_caffemodel(path)
