"""Layers in eval mode as nodes of an ONNX graph; `export_onnx` puts them together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import UserError
from .chain import pair
from .export_graph import Graph
from .layers import Dropout2012, RoundUpConv2d
from .response_norm import LocalResponseNorm


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
    index = torch.arange(channels)
    offset = index[None, :] - index[:, None]  # the other map, seen from this one
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


def _operator(kind: str, **attributes: Any) -> Callable[..., str]:
    def write(graph: Graph, name: str, layer: Any, value: str, x: Tensor) -> str:
        return graph.node(kind, [value], name, **attributes)

    return write


def _dropout_2012(graph: Graph, name: str, layer: Any, value: str, x: Tensor) -> str:
    return graph.node("Mul", [value, graph.scalars(f"{name}.keep", 1 - layer.p)], name)


_WRITERS: tuple[tuple[Any, Callable[..., str]], ...] = (
    (nn.Conv2d, _conv),
    (nn.Linear, _linear),
    (nn.ReLU, _relu),
    (nn.Tanh, _operator("Tanh")),
    (nn.Sigmoid, _operator("Sigmoid")),
    ((LocalResponseNorm, nn.LocalResponseNorm), _response_norm),
    (nn.BatchNorm2d, _batch_norm),
    ((nn.MaxPool2d, nn.AvgPool2d), _pool),
    (nn.AdaptiveAvgPool2d, _adaptive_pool),
    (Dropout2012, _dropout_2012),
    ((nn.Dropout, nn.Identity), _operator("Identity")),
    (nn.Flatten, _operator("Flatten", axis=1)),
)
