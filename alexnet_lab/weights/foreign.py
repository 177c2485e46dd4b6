"""Weights of AlexNets in the formats of other programs: NumPy archives, ONNX, Caffe.

What comes out has the names of our networks: ``features.conv1.weight``, ``classifier.fc6.bias``.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..errors import UserError

_MOST_BYTES = 2_000_000_000
_QUANTISED = "_q7"  # int8, weight = value / 128
_LAYERS = ("conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8")

Reader = Callable[[Path], dict[str, Tensor]]


def foreign_reader(path: Path) -> Reader | None:
    """Return what reads a file of another program, told by its suffix; None for all others."""
    return _READERS.get(path.suffix.lower())


def read_npz(path: Path) -> dict[str, Tensor]:
    """Read a NumPy archive of arrays by parameter name.

    Names are ``conv1.weight`` or those of a state dict. ``conv1.weight_q7`` holds int8: the weight
    is the value divided by 128. Arrays of other names are left out; no pickle is read.

    Raises
    ------
    UserError
        When it is damaged or has no array of such a name.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _MOST_BYTES:
                raise UserError(f"{str(path)!r} unpacks to more than {_MOST_BYTES / 1e9:.0f} GB")
        with np.load(path, allow_pickle=False) as arrays:
            found = {name: arrays[name] for name in arrays.files}
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise UserError(
            f"{str(path)!r} is not an archive of NumPy arrays, or damaged: {_short(error)}"
        ) from error
    state = {}
    for name, array in found.items():
        ours = _our_name(name.removesuffix(_QUANTISED))
        if ours is None or not isinstance(array, np.ndarray) or array.dtype.kind not in "fiu":
            continue
        values = np.ascontiguousarray(array, np.float32)
        state[ours] = torch.from_numpy(values / 128 if name.endswith(_QUANTISED) else values)
    if not state:
        names = ", ".join(list(found)[:5]) or "nothing"
        raise UserError(f"{str(path)!r} has no array named as a layer's weights; it has {names}")
    return state


def read_onnx(path: Path) -> dict[str, Tensor]:
    """Read the weights of an ONNX graph with five convolutions and three matrix products.

    Raises
    ------
    UserError
        When the package ``onnx`` is missing, or the file is damaged or of another network.
    """
    try:
        import onnx
        from google.protobuf.message import DecodeError
        from onnx.numpy_helper import to_array
    except ImportError as error:
        raise UserError("reading ONNX needs the onnx package: pip install onnx") from error
    convolutions, products = [], []
    try:
        graph = onnx.load(str(path), load_external_data=False).graph
        stored = {tensor.name: tensor for tensor in graph.initializer}
        for node in graph.node:
            named = [stored[name] for name in node.input[1:3] if name in stored]
            if node.op_type not in ("Conv", "Gemm") or len(named) < 2:
                continue
            weight, bias = (to_array(tensor) for tensor in named)
            if node.op_type == "Conv":
                convolutions.append((weight, bias))
            else:
                as_stored = any(a.name == "transB" and a.i for a in node.attribute)
                products.append((weight if as_stored else weight.T, bias))
    except (DecodeError, ValueError, KeyError, OSError, TypeError) as error:
        raise UserError(f"{str(path)!r} is no ONNX file, or damaged: {_short(error)}") from error
    if (len(convolutions), len(products)) != (5, 3):
        raise UserError(
            f"{str(path)!r} has {len(convolutions)} convolutions and {len(products)} matrix"
            " products with weights and biases; an AlexNet has 5 and 3"
        )
    return _state(zip(_LAYERS, convolutions + products, strict=True), path)


def read_caffemodel(path: Path) -> dict[str, Tensor]:
    """Read the layers conv1–conv5 and fc6–fc8 of a ``.caffemodel``.

    Read by protobuf, with those fields of ``caffe.proto`` (github.com/BVLC/caffe) that hold
    weights.

    Raises
    ------
    UserError
        When the package ``protobuf`` is missing, or the file is damaged or of another network.
    """
    try:
        from google.protobuf.message import DecodeError
    except ImportError as error:
        raise UserError(
            "reading a caffemodel needs the protobuf package: pip install protobuf"
        ) from error
    net = caffe_message()()
    try:
        net.ParseFromString(path.read_bytes())
    except (DecodeError, OSError, ValueError) as error:
        raise UserError(
            f"{str(path)!r} is not a caffemodel, or damaged: {_short(error)}"
        ) from error
    blobs = {layer.name: list(layer.blobs) for layer in (*net.layers, *net.layer) if layer.blobs}
    lacking = [name for name in _LAYERS[:5] if len(blobs.get(name, [])) < 2]
    if lacking:
        names = ", ".join(list(blobs)[:8]) or "none"
        raise UserError(
            f"{str(path)!r} has no layer {lacking[0]!r} with weights and biases; layers that have"
            f" weights: {names}"
        )
    layers = [(name, blobs[name][:2]) for name in _LAYERS if name in blobs]
    return _state(((name, (_array(w, path), _array(b, path))) for name, (w, b) in layers), path)


def _our_name(name: str) -> str | None:
    """Return a parameter's name in our networks: conv1.weight → features.conv1.weight."""
    if name.startswith(("features.", "classifier.")):
        return name
    if not re.fullmatch(rf"({'|'.join(_LAYERS)})\.(weight|bias)", name):
        return None
    return f"{'features' if name.startswith('conv') else 'classifier'}.{name}"


def _state(layers: Iterable[tuple[str, tuple[Any, Any]]], path: Path) -> dict[str, Tensor]:
    state = {}
    for name, (weight, bias) in layers:
        wanted = 4 if name.startswith("conv") else 2
        if weight.ndim > wanted:  # Caffe's old format has four dimensions for everything
            weight = weight.reshape(weight.shape[-wanted:])
        if weight.ndim != wanted:
            raise UserError(f"{str(path)!r}: the weights of {name} have the shape {weight.shape}")
        for kind, values in (("weight", weight), ("bias", bias.reshape(-1))):
            state[f"{_our_name(f'{name}.{kind}')}"] = torch.from_numpy(np.array(values, np.float32))
    return state


def _array(blob: Any, path: Path) -> Any:
    shape = list(blob.shape.dim) or [blob.num, blob.channels, blob.height, blob.width]
    values = np.array(blob.data or blob.double_data, np.float32)
    if min(shape) < 0 or values.size != np.prod(shape, dtype=object):
        raise UserError(
            f"{str(path)!r} is damaged: {values.size:,} numbers for a layer of shape {shape}"
        )
    return values.reshape(shape)


# Of caffe.proto: name, number, type, repeated.
_CAFFE: dict[str, list[tuple[str, int, str, bool]]] = {
    "BlobShape": [("dim", 1, "int64", True)],
    "BlobProto": [
        ("num", 1, "int32", False),
        ("channels", 2, "int32", False),
        ("height", 3, "int32", False),
        ("width", 4, "int32", False),
        ("data", 5, "float", True),
        ("shape", 7, "BlobShape", False),
        ("double_data", 8, "double", True),
    ],
    "LayerParameter": [("name", 1, "string", False), ("blobs", 7, "BlobProto", True)],
    "V1LayerParameter": [("name", 4, "string", False), ("blobs", 6, "BlobProto", True)],
    "NetParameter": [
        ("name", 1, "string", False),
        ("layers", 2, "V1LayerParameter", True),
        ("layer", 100, "LayerParameter", True),
    ],
}


def caffe_message() -> Any:
    """Return the class of ``caffe.NetParameter``, with the fields that hold weights."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    file = descriptor_pb2.FileDescriptorProto(name="alexnet_lab/caffe.proto", package="caffe")
    kinds = descriptor_pb2.FieldDescriptorProto
    for message, fields in _CAFFE.items():
        declared = file.message_type.add(name=message)
        for name, number, kind, repeated in fields:
            field = declared.field.add(name=name, number=number)
            field.label = kinds.LABEL_REPEATED if repeated else kinds.LABEL_OPTIONAL
            if kind in _CAFFE:
                field.type, field.type_name = kinds.TYPE_MESSAGE, f".caffe.{kind}"
            else:
                field.type = getattr(kinds, f"TYPE_{kind.upper()}")
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("caffe.NetParameter"))


_READERS: dict[str, Reader] = {
    ".npz": read_npz,
    ".onnx": read_onnx,
    ".caffemodel": read_caffemodel,
}


def _short(error: BaseException) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__
