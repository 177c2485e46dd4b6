"""Layers as nodes of an ONNX graph; `export_onnx` puts them together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import UserError
from .chain import pair
from .layers import Dropout2012, RoundUpConv2d
from .response_norm import LocalResponseNorm

INT8_LARGEST = 127


class Graph:
    """Nodes, stored tensors and switches, as they are added.

    Parameters
    ----------
    onnx : module
        The `onnx` package.
    weights : str
        How weights are stored: "int8", "float16" or "float32".
    with_switches : bool
        Whether layers get the inputs that `export_onnx` describes.
    """

    def __init__(self, onnx: Any, weights: str, with_switches: bool) -> None:
        self._onnx = onnx
        self.weights = weights
        self.with_switches = with_switches
        self.nodes: list[Any] = []
        self.stored: dict[str, np.ndarray] = {}
        self.initializers: list[Any] = []
        self.switches: dict[str, tuple[int, ...]] = {}

    def node(self, kind: str, inputs: list[str], output: str, *more: str, **attributes: Any) -> str:
        """Add a node, `more` the names of its further outputs; return the name of its output."""
        outputs = [output, *more]
        made = self._onnx.helper.make_node(kind, inputs, outputs, name=output, **attributes)
        self.nodes.append(made)
        return output

    def more_of(self, pool: str) -> tuple[str, ...]:
        """Return the names of what is wanted of a max-pooling beside its values: nothing."""
        return ()

    def store(self, name: str, values: Any) -> str:
        """Store an array as it is; return its name."""
        array = self.stored[name] = np.ascontiguousarray(values)
        self.initializers.append(self._onnx.numpy_helper.from_array(array, name))
        return name

    def scalars(self, name: str, *values: float) -> str:
        """Store a few float32 numbers."""
        return self.store(name, np.array(values, dtype=np.float32))

    def switch(self, name: str, *shape: int) -> str:
        """Add an input beside the image."""
        self.switches[name] = shape
        return name

    def along(self, value: str, name: str, *shape: int) -> str:
        """Lay a vector along one axis of a shape, such as (1, −1, 1, 1)."""
        # No number of the network's: it is not among those that `stored` lists.
        wanted = self._onnx.numpy_helper.from_array(np.array(shape, np.int64), f"{name}.shape")
        self.initializers.append(wanted)
        return self.node("Reshape", [value, f"{name}.shape"], name)

    def weight(self, name: str, values: Tensor) -> str:
        """Store a weight small; return the name under which it is float32."""
        full = values.detach().float().cpu()
        if self.weights == "float32":
            return self.store(name, full.numpy())
        # Cast and Mul, and no DequantizeLinear: runtimes keep the latter for their integer kernels
        # and would run it for every image instead of once.
        if self.weights == "float16":
            return self._cast(self.store(f"{name}.f16", full.half().numpy()), name)
        whole, scale = as_int8(full)
        self.store(f"{name}.int8", whole.numpy())
        self.store(f"{name}.scale", scale.numpy())
        cast = self._cast(f"{name}.int8", f"{name}.whole")
        return self.node("Mul", [cast, f"{name}.scale"], name)

    def _cast(self, stored: str, name: str) -> str:
        return self.node("Cast", [stored], name, to=self._onnx.TensorProto.FLOAT)


def as_int8(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Round a weight to whole numbers in −127…127, each output channel with its own scale.

    Parameters
    ----------
    weight : torch.Tensor
        float32, (K, …): output channels first.

    Returns
    -------
    tuple of torch.Tensor
        int8 of the same shape, and float32 (K, 1, …): ``whole * scale`` is the weight to within
        half a scale. A channel of zeros has the scale 1.
    """
    largest = weight.flatten(1).abs().amax(1)
    scale = torch.where(largest > 0, largest / INT8_LARGEST, torch.ones_like(largest))
    scale = scale.view(-1, *[1] * (weight.ndim - 1))
    return (weight / scale).round().clamp(-INT8_LARGEST, INT8_LARGEST).to(torch.int8), scale


def append(graph: Graph, name: str, layer: nn.Module, value: str, x: Tensor) -> str:
    """Add a layer to the graph.

    Parameters
    ----------
    graph : Graph
        Grows.
    name : str
        Of the layer's output.
    layer : torch.nn.Module
        What it does in eval mode is added.
    value : str
        Name of its input.
    x : torch.Tensor
        An input of the right shape.

    Returns
    -------
    str
        `name`.

    Raises
    ------
    UserError
        For a kind of layer that has no counterpart here.
    """
    for kinds, write in _WRITERS:
        if isinstance(layer, kinds):
            return write(graph, name, layer, value, x)
    raise UserError(
        f"cannot export layer {name!r}, a {type(layer).__name__}; known: convolutions, fully"
        " connected layers, ReLU, tanh, sigmoid, pooling, response and batch norm, dropout"
    )


def _conv(graph: Graph, name: str, layer: Any, value: str, x: Tensor) -> str:
    if isinstance(layer.padding, str) or layer.padding_mode != "zeros":
        raise UserError(f"cannot export layer {name!r}: its padding is not a number of zeros")
    over = layer.overhang(*x.shape[-2:]) if isinstance(layer, RoundUpConv2d) else (0, 0)
    top, left = layer.padding
    inputs = _weight_and_bias(graph, name, layer, value)
    out = f"{name}.all" if graph.with_switches else name
    graph.node(
        "Conv",
        inputs,
        out,
        kernel_shape=list(layer.kernel_size),
        strides=list(layer.stride),
        dilations=list(layer.dilation),
        group=layer.groups,
        pads=[top, left, top + over[0], left + over[1]],
    )
    if not graph.with_switches:
        return out
    keep = graph.switch(f"{name}.keep", layer.out_channels)
    shape = graph.store(f"{name}.keep.shape", np.array([1, -1, 1, 1], dtype=np.int64))
    factor = graph.node("Reshape", [keep, shape], f"{name}.factor")
    return graph.node("Mul", [out, factor], name)


def _linear(graph: Graph, name: str, layer: Any, value: str, x: Tensor) -> str:
    inputs = _weight_and_bias(graph, name, layer, value)
    if not graph.with_switches:
        return graph.node("Gemm", inputs, name, transB=1)
    out = graph.node("Gemm", inputs, f"{name}.all", transB=1)
    return graph.node("Mul", [out, graph.switch(f"{name}.keep", layer.out_features)], name)


def _weight_and_bias(graph: Graph, name: str, layer: Any, value: str) -> list[str]:
    """Return the inputs of a layer with weights; with switches, one edge of it can be cut."""
    weight = graph.weight(f"{name}.weight", layer.weight)
    if graph.with_switches:
        # A weight is 0 where both its ends are: max(to, from) of the two marks.
        outputs, inputs, *window = layer.weight.shape
        ones = [1] * len(window)
        into = graph.switch(f"{name}.into", outputs)
        out_of = graph.switch(f"{name}.out_of", inputs)
        ends = [
            graph.along(into, f"{name}.into.along", -1, 1, *ones),
            graph.along(out_of, f"{name}.out_of.along", 1, -1, *ones),
        ]
        edges = graph.node("Max", ends, f"{name}.edges")
        weight = graph.node("Mul", [weight, edges], f"{name}.weight.kept")
    if layer.bias is None:
        return [value, weight]
    bias = graph.store(f"{name}.bias", layer.bias.detach().float().cpu().numpy())
    return [value, weight, bias]


def _relu(graph: Graph, name: str, layer: Any, value: str, x: Tensor) -> str:
    if not graph.with_switches:
        return graph.node("Relu", [value], name)
    # The larger of x and slope · x, and no PRelu: in ONNX Runtime Web the latter takes longer than
    # these two together, a tenth of the whole network's time.
    below = graph.node("Mul", [value, graph.switch(f"{name}.slope", 1)], f"{name}.below")
    return graph.node("Max", [value, below], name)


def _response_norm(graph: Graph, name: str, layer: Any, value: str, x: Tensor) -> str:
    groups = getattr(layer, "groups", 1)
    # The energy of the neighbours is a 1×1 convolution of the squares with a matrix of zeros and
    # ones, in which towers are blocks. ONNX has an operator LRN too, which takes as long, knows no
    # towers, reads an even `size` the other way round, and could not be switched off in part.
    square = graph.node("Mul", [value, value], f"{name}.square")
    scale = layer.alpha / layer.size if getattr(layer, "divide_alpha", True) else layer.alpha
    band = neighbours(x.shape[1] // groups, layer.size).repeat(groups, 1) * scale
    weight = graph.store(f"{name}.neighbours", band[:, :, None, None].numpy())
    if graph.with_switches:
        inhibit = graph.switch(f"{name}.inhibit", 1)
        weight = graph.node("Mul", [weight, inhibit], f"{name}.inhibitors")
    k = graph.store(f"{name}.k", np.full(x.shape[1], layer.k, dtype=np.float32))
    energy = graph.node("Conv", [square, weight, k], f"{name}.energy", group=groups)
    divisor = _power(graph, f"{name}.divisor", energy, layer.beta)
    if not graph.with_switches:
        return graph.node("Div", [value, divisor], name)
    divide = graph.switch(f"{name}.divide", 1)
    # 1 + divide · (divisor − 1): 1 where nothing is divided.
    one = graph.scalars(f"{name}.one", 1.0)
    excess = graph.node("Sub", [divisor, one], f"{name}.excess")
    part = graph.node("Mul", [excess, divide], f"{name}.part")
    return graph.node("Div", [value, graph.node("Add", [part, one], f"{name}.by")], name)


def neighbours(channels: int, size: int) -> Tensor:
    """Return float32 (channels, channels): 1 where the second map is in the first one's window."""
    place = torch.arange(channels)
    offset = place[None, :] - place[:, None]  # the other map, seen from this one
    return ((offset >= -(size // 2)) & (offset <= (size - 1) // 2)).float()


def _power(graph: Graph, name: str, value: str, beta: float) -> str:
    if beta == 0.75:  # the paper's: two square roots take less time than a power
        root = graph.node("Sqrt", [value], f"{name}.root")
        return graph.node("Mul", [root, graph.node("Sqrt", [root], f"{name}.fourth")], name)
    return graph.node("Pow", [value, graph.scalars(f"{name}.beta", beta)], name)


def _batch_norm(graph: Graph, name: str, layer: Any, value: str, x: Tensor) -> str:
    if layer.running_mean is None:
        raise UserError(f"cannot export layer {name!r}: it keeps no running statistics")
    ones = torch.ones_like(layer.running_mean)
    parts = {
        "weight": ones if layer.weight is None else layer.weight,
        "bias": 0 * ones if layer.bias is None else layer.bias,
        "mean": layer.running_mean,
        "var": layer.running_var,
    }
    stored = [
        graph.store(f"{name}.{part}", tensor.detach().float().cpu().numpy())
        for part, tensor in parts.items()
    ]
    return graph.node("BatchNormalization", [value, *stored], name, epsilon=layer.eps)


def _pool(graph: Graph, name: str, layer: Any, value: str, x: Tensor) -> str:
    window = pair(layer.kernel_size)
    options: dict[str, Any] = {
        "kernel_shape": window,
        "strides": pair(layer.stride if layer.stride is not None else layer.kernel_size),
        "pads": pair(layer.padding) * 2,
        "ceil_mode": int(layer.ceil_mode),
    }
    if isinstance(layer, nn.AvgPool2d):
        if layer.divisor_override is not None:
            raise UserError(f"cannot export layer {name!r}: it has a divisor of its own")
        padded = layer.count_include_pad and any(options["pads"])
        return graph.node("AveragePool", [value], name, count_include_pad=int(padded), **options)
    if pair(layer.dilation) != [1, 1] or layer.return_indices:
        raise UserError(f"cannot export layer {name!r}: dilated, or returns indices")
    return graph.node("MaxPool", [value], name, *graph.more_of(name), **options)


def _adaptive_pool(graph: Graph, name: str, layer: Any, value: str, x: Tensor) -> str:
    wanted = [w or n for w, n in zip(pair(layer.output_size), x.shape[-2:], strict=True)]
    if any(n % w for n, w in zip(x.shape[-2:], wanted, strict=True)):
        raise UserError(f"cannot export layer {name!r}: {tuple(x.shape[-2:])} to {tuple(wanted)}")
    window = [n // w for n, w in zip(x.shape[-2:], wanted, strict=True)]
    return graph.node("AveragePool", [value], name, kernel_shape=window, strides=window)


def _plain(kind: str, **attributes: Any) -> Callable[..., str]:
    def write(graph: Graph, name: str, layer: Any, value: str, x: Tensor) -> str:
        return graph.node(kind, [value], name, **attributes)

    return write


def _dropout_2012(graph: Graph, name: str, layer: Any, value: str, x: Tensor) -> str:
    return graph.node("Mul", [value, graph.scalars(f"{name}.keep", 1 - layer.p)], name)


_WRITERS: tuple[tuple[Any, Callable[..., str]], ...] = (
    (nn.Conv2d, _conv),
    (nn.Linear, _linear),
    (nn.ReLU, _relu),
    (nn.Tanh, _plain("Tanh")),
    (nn.Sigmoid, _plain("Sigmoid")),
    ((LocalResponseNorm, nn.LocalResponseNorm), _response_norm),
    (nn.BatchNorm2d, _batch_norm),
    ((nn.MaxPool2d, nn.AvgPool2d), _pool),
    (nn.AdaptiveAvgPool2d, _adaptive_pool),
    (Dropout2012, _dropout_2012),
    ((nn.Dropout, nn.Identity), _plain("Identity")),
    (nn.Flatten, _plain("Flatten", axis=1)),
)
