"""Backward passes of single layers as ONNX nodes; `step_graph` puts them together.

Overlapping max-pooling adds gradients up at the indices that the pooling itself returns;
`step_conv` writes convolutions. All are operators of inference, which every ONNX runtime has.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import UserError
from .export_layers import append, neighbours
from .layers import Dropout2012, LocalConv2d
from .response_norm import LocalResponseNorm
from .step_conv import convolution
from .training_graph import GRADIENT, TrainingGraph

Back = Callable[[str, bool], str]
"""Adds a layer's backward pass: from its output's gradient to its input's, "" if not wanted."""


def forward(graph: TrainingGraph, name: str, layer: nn.Module, value: str, x: Tensor) -> str:
    """Add a layer; return the name of its output."""
    if isinstance(layer, LocalConv2d):
        return _local(graph, name, layer, value)
    if graph.training and isinstance(layer, nn.Dropout | Dropout2012):
        graph.masks[f"{name}.mask"] = tuple(x.shape[1:])
        return graph.node("Mul", [value, f"{name}.mask"], name)
    return append(graph, name, layer, value, x)


def backward(graph: TrainingGraph, name: str, layer: nn.Module, value: str, x: Tensor) -> Back:
    """Return how a layer's backward pass is added.

    Parameters
    ----------
    graph : TrainingGraph
        With the layer's forward pass in it.
    name, layer, value, x
        As `forward` took them.

    Raises
    ------
    UserError
        For a kind of layer that has no backward pass here.
    """
    for kinds, make in _BACK:
        if isinstance(layer, kinds):
            return lambda d, wanted: make(graph, name, layer, value, x, d, wanted)
    raise UserError(
        f"cannot train layer {name!r}, a {type(layer).__name__}, as an ONNX graph; known:"
        " convolutions, locally and fully connected layers, ReLU, tanh, sigmoid, pooling,"
        " response norm, dropout"
    )


def _linear(g: TrainingGraph, name: str, layer: Any, value: str, x: Tensor, d: str, w: bool) -> str:
    g.node("Gemm", [d, value], f"{name}.weight{GRADIENT}", transA=1)
    if layer.bias is not None:
        g.node("ReduceSum", [d, g.whole(0)], f"{name}.bias{GRADIENT}", keepdims=0)
    return g.node("MatMul", [d, f"{name}.weight"], f"{name}.back") if w else ""


def _relu(g: TrainingGraph, name: str, layer: Any, value: str, x: Tensor, d: str, w: bool) -> str:
    above = g.node("Greater", [value, g.number(0.0)], f"{name}.above")
    slope = g.node("Cast", [above], f"{name}.slope", to=1)  # 1: float32
    return g.node("Mul", [d, slope], f"{name}.back")


def _tanh(g: TrainingGraph, name: str, layer: Any, value: str, x: Tensor, d: str, w: bool) -> str:
    square = g.node("Mul", [name, name], f"{name}.square")
    slope = g.node("Sub", [g.number(1.0), square], f"{name}.slope")
    return g.node("Mul", [d, slope], f"{name}.back")


def _sigmoid(
    g: TrainingGraph, name: str, layer: Any, value: str, x: Tensor, d: str, w: bool
) -> str:
    rest = g.node("Sub", [g.number(1.0), name], f"{name}.rest")
    slope = g.node("Mul", [name, rest], f"{name}.slope")
    return g.node("Mul", [d, slope], f"{name}.back")


def _max_pool(
    g: TrainingGraph, name: str, layer: Any, value: str, x: Tensor, d: str, w: bool
) -> str:
    tag = f"{name}.back"
    count = g.node("Unsqueeze", [g.node("Size", [value], f"{tag}.size"), g.whole(0)], f"{tag}.n")
    zeros = g.node("ConstantOfShape", [count], f"{tag}.zeros")  # float32, where nothing is said
    indices = g.node("Reshape", [f"{name}.indices", g.whole(-1)], f"{tag}.at")
    row = g.node("Reshape", [d, g.whole(-1)], f"{tag}.row")
    # Where windows overlap, an input that wins in several gets the gradient of all.
    sums = g.node("ScatterElements", [zeros, indices, row], f"{tag}.sums", axis=0, reduction="add")
    return g.node("Reshape", [sums, g.node("Shape", [value], f"{tag}.shape")], tag)


def _mean_pool(
    g: TrainingGraph, name: str, layer: Any, value: str, x: Tensor, d: str, w: bool
) -> str:
    if layer.divisor_override is not None:
        raise UserError(f"cannot train layer {name!r}: it has a divisor of its own")
    # Mean pooling is a matrix along the rows and one along the columns, edges included.
    rows, columns = (_pooling(layer, axis, side) for axis, side in enumerate(x.shape[-2:]))
    left = g.store(f"{name}.rows", rows.numpy())
    right = g.store(f"{name}.columns", columns.T.contiguous().numpy())
    return g.node("MatMul", [left, g.node("MatMul", [d, right], f"{name}.wide")], f"{name}.back")


def _pooling(layer: nn.AvgPool2d, axis: int, side: int) -> Tensor:
    """Return (side, pooled side): how much of each output comes from each input."""
    kernel, stride, padding = (
        value[axis] if isinstance(value, tuple) else value
        for value in (layer.kernel_size, layer.stride, layer.padding)
    )
    each = torch.eye(side)[:, None]
    options = {"ceil_mode": layer.ceil_mode, "count_include_pad": layer.count_include_pad}
    return F.avg_pool1d(each, kernel, stride, padding, **options)[:, 0]


def _response_norm(
    g: TrainingGraph, name: str, layer: Any, value: str, x: Tensor, d: str, w: bool
) -> str:
    # y = x / D^β, D = k + Σ s·x²: the gradient is d / D^β − 2βs·x·Σ d·y / D, and the last sum runs
    # over those units that have this one in their window.
    groups = getattr(layer, "groups", 1)
    scale = layer.alpha / layer.size if getattr(layer, "divide_alpha", True) else layer.alpha
    band = neighbours(x.shape[1] // groups, layer.size).T.repeat(groups, 1)
    weight = (2 * layer.beta * scale * band)[:, :, None, None].contiguous()
    stored = g.store(f"{name}.inhibited", weight.numpy())
    share = g.node("Div", [name, f"{name}.energy"], f"{name}.back.share")
    each = g.node("Mul", [d, share], f"{name}.back.each")
    sums = g.node("Conv", [each, stored], f"{name}.back.sums", group=groups)
    others = g.node("Mul", [value, sums], f"{name}.back.others")
    own = g.node("Div", [d, f"{name}.divisor"], f"{name}.back.own")
    return g.node("Sub", [own, others], f"{name}.back")


def _dropout(
    g: TrainingGraph, name: str, layer: Any, value: str, x: Tensor, d: str, w: bool
) -> str:
    return g.node("Mul", [d, f"{name}.mask"], f"{name}.back")


def _flatten(
    g: TrainingGraph, name: str, layer: Any, value: str, x: Tensor, d: str, w: bool
) -> str:
    return g.node("Reshape", [d, g.whole(-1, *x.shape[1:])], f"{name}.back")


def _same(g: TrainingGraph, name: str, layer: Any, value: str, x: Tensor, d: str, w: bool) -> str:
    return d


def _local(g: TrainingGraph, name: str, layer: LocalConv2d, value: str) -> str:
    side, reach, steps = layer.side, layer.kernel // 2, range(layer.kernel)
    pads = g.whole(0, 0, reach, reach, 0, 0, reach, reach)
    padded = g.node("Pad", [value, pads], f"{name}.padded")
    first = g.node("Transpose", [padded], f"{name}.first", perm=[2, 3, 0, 1])
    cut = [
        g.node(
            "Slice",
            [first, g.whole(i, j), g.whole(i + side, j + side), g.whole(0, 1)],
            f"{name}.at{i}.{j}",
        )
        for i in steps
        for j in steps
    ]
    joined = g.node("Concat", cut, f"{name}.joined", axis=3)
    shape = g.whole(side**2, -1, layer.weight.shape[1])
    windows = g.node("Reshape", [joined, shape], f"{name}.windows")  # (S², N, k·k·C)
    out = g.node("MatMul", [windows, f"{name}.weight"], f"{name}.product")
    bias = g.node("Unsqueeze", [f"{name}.bias", g.whole(1)], f"{name}.shift")
    out = g.node("Add", [out, bias], f"{name}.sum")
    out = g.node("Transpose", [out], f"{name}.last", perm=[1, 2, 0])
    return g.node("Reshape", [out, g.whole(-1, layer.maps, side, side)], name)


def _local_back(
    g: TrainingGraph, name: str, layer: LocalConv2d, value: str, x: Tensor, d: str, w: bool
) -> str:
    side, reach, kernel, maps = layer.side, layer.kernel // 2, layer.kernel, x.shape[1]
    flat = g.node("Reshape", [d, g.whole(-1, layer.maps, side**2)], f"{name}.back.flat")
    each = g.node("Transpose", [flat], f"{name}.back.each", perm=[2, 0, 1])  # (S², N, maps)
    turned = g.node("Transpose", [f"{name}.windows"], f"{name}.turned", perm=[0, 2, 1])
    g.node("MatMul", [turned, each], f"{name}.weight{GRADIENT}")
    g.node("ReduceSum", [each, g.whole(1)], f"{name}.bias{GRADIENT}", keepdims=0)
    if not w:
        return ""
    across = g.node("Transpose", [f"{name}.weight"], f"{name}.across", perm=[0, 2, 1])
    windows = g.node("MatMul", [each, across], f"{name}.back.windows")
    shape = g.whole(side, side, -1, maps * kernel**2)
    windows = g.node("Reshape", [windows, shape], f"{name}.back.square")
    parts = []
    for i in range(kernel):
        for j in range(kernel):
            at = (i * kernel + j) * maps
            ends = [g.whole(at), g.whole(at + maps), g.whole(3)]
            cut = g.node("Slice", [windows, *ends], f"{name}.back.cut{i}.{j}")
            pads = g.whole(i, j, 0, 0, kernel - 1 - i, kernel - 1 - j, 0, 0)
            parts.append(g.node("Pad", [cut, pads], f"{name}.back.pad{i}.{j}"))
    total = g.node("Sum", parts, f"{name}.back.total")
    ends = [g.whole(reach, reach), g.whole(reach + side, reach + side), g.whole(0, 1)]
    inner = g.node("Slice", [total, *ends], f"{name}.back.inner")
    return g.node("Transpose", [inner], f"{name}.back", perm=[2, 3, 0, 1])


_BACK: tuple[tuple[Any, Callable[..., str]], ...] = (
    (nn.Conv2d, convolution),
    (nn.Linear, _linear),
    (LocalConv2d, _local_back),
    (nn.ReLU, _relu),
    (nn.Tanh, _tanh),
    (nn.Sigmoid, _sigmoid),
    (nn.MaxPool2d, _max_pool),
    (nn.AvgPool2d, _mean_pool),
    ((LocalResponseNorm, nn.LocalResponseNorm), _response_norm),
    ((nn.Dropout, Dropout2012), _dropout),
    (nn.Flatten, _flatten),
    (nn.Identity, _same),
)
