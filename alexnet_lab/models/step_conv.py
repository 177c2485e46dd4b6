"""The backward pass of a convolution as ONNX nodes."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from ..errors import UserError
from .layers import RoundUpConv2d
from .training_graph import GRADIENT, TrainingGraph

_FAR = -(2**31)  # where a slice that runs backwards ends: beyond the first


def convolution(
    g: TrainingGraph, name: str, layer: Any, value: str, x: Tensor, d: str, w: bool
) -> str:
    """Add the gradients of weights and biases; return the input's, "" if not wanted.

    Parameters
    ----------
    g : TrainingGraph
        With the layer's forward pass in it.
    name, layer, value, x
        As `step_layers.forward` took them.
    d : str
        Name of the output's gradient.
    w : bool
        Whether the input's gradient is wanted.

    Raises
    ------
    UserError
        For a dilated layer.
    """
    if layer.dilation != (1, 1):
        raise UserError(f"cannot train layer {name!r}: it is dilated")
    over = layer.overhang(*x.shape[-2:]) if isinstance(layer, RoundUpConv2d) else (0, 0)
    _weights(g, name, layer, value, x, d, over)
    if layer.bias is not None:
        g.node("ReduceSum", [d, g.whole(0, 2, 3)], f"{name}.bias{GRADIENT}", keepdims=0)
    if not w:
        return ""
    inner = all(p < k for p, k in zip(layer.padding, layer.kernel_size, strict=True))
    if layer.stride == (1, 1) and inner:
        return _turned(g, name, layer, x, d, over)
    top, left = layer.padding
    return g.node(
        "ConvTranspose",
        [d, f"{name}.weight"],
        f"{name}.back",
        strides=list(layer.stride),
        pads=[top, left, top + over[0], left + over[1]],
        group=layer.groups,
        output_padding=[
            (size + 2 * pad + more - kernel) % stride  # rows and columns that no window reaches
            for size, pad, more, kernel, stride in _each(layer, x, over)
        ],
    )


def _each(layer: Any, x: Tensor, over: tuple[int, int]) -> zip[tuple[int, int, int, int, int]]:
    """Return size, padding, overhang, kernel and stride along the rows, and along the columns."""
    return zip(x.shape[-2:], layer.padding, over, layer.kernel_size, layer.stride, strict=True)


def _sides(layer: Any, x: Tensor, over: tuple[int, int]) -> list[int]:
    return [(n + 2 * p + more - k) // s + 1 for n, p, more, k, s in _each(layer, x, over)]


def _weights(
    g: TrainingGraph, name: str, layer: Any, value: str, x: Tensor, d: str, over: tuple[int, int]
) -> None:
    # One matrix product of all that the kernel's places see with the errors. A convolution with
    # batch and channels exchanged gives the same; but its output is as small as a kernel, and fills
    # the vectors of ONNX Runtime Web badly: a whole step then takes a fourteenth longer.
    tag, (top, left) = f"{name}.weight{GRADIENT}", layer.padding
    margins = g.whole(0, 0, top, left, 0, 0, top + over[0], left + over[1])
    padded = g.node("Pad", [value, margins], f"{tag}.padded")
    axes = {"perm": [1, 0, 2, 3]}
    inputs = _parts(g, g.node("Transpose", [padded], f"{tag}.x", **axes), layer.groups)
    errors = _parts(g, g.node("Transpose", [d], f"{tag}.d", **axes), layer.groups)
    found = []
    for i, (a, b) in enumerate(zip(inputs, errors, strict=True)):
        last = tag if layer.groups == 1 else f"{tag}.part{i}"
        for axis, n, kernel, stride in zip(
            (2, 3), _sides(layer, x, over), layer.kernel_size, layer.stride, strict=True
        ):
            cut = []
            for k in range(kernel):
                ends = [
                    g.whole(k),
                    g.whole(k + stride * (n - 1) + 1),
                    g.whole(axis),
                    g.whole(stride),
                ]
                cut.append(g.node("Slice", [a, *ends], f"{last}.cut{axis}.{k}"))
            a = g.node("Concat", cut, f"{last}.seen{axis}", axis=0)
        # (places · maps, N · rows · columns) and (kernels, the same).
        places = layer.kernel_size[0] * layer.kernel_size[1] * layer.in_channels // layer.groups
        kernels = layer.out_channels // layer.groups
        seen = g.node("Reshape", [a, g.whole(places, -1)], f"{last}.seen")
        wrong = g.node("Reshape", [b, g.whole(kernels, -1)], f"{last}.wrong")
        product = g.node("Gemm", [seen, wrong], f"{last}.product", transB=1)
        shape = g.whole(*layer.kernel_size[::-1], -1, kernels)
        product = g.node("Reshape", [product, shape], f"{last}.kernels")
        found.append(g.node("Transpose", [product], last, perm=[3, 2, 1, 0]))
    if layer.groups > 1:
        g.node("Concat", found, tag, axis=0)


def _turned(
    g: TrainingGraph, name: str, layer: Any, x: Tensor, d: str, over: tuple[int, int]
) -> str:
    # A convolution with the kernels turned round, which runtimes do faster than a transposed one.
    groups, (high, wide) = layer.groups, layer.kernel_size
    tag, kernels, maps = f"{name}.turned", layer.out_channels, layer.in_channels
    backwards = [g.whole(-1, -1), g.whole(_FAR, _FAR), g.whole(2, 3), g.whole(-1, -1)]
    turned = g.node("Slice", [f"{name}.weight", *backwards], f"{tag}.round")
    shape = g.whole(groups, kernels // groups, maps // groups, high, wide)
    turned = g.node("Reshape", [turned, shape], f"{tag}.groups")
    turned = g.node("Transpose", [turned], f"{tag}.across", perm=[0, 2, 1, 3, 4])
    turned = g.node("Reshape", [turned, g.whole(maps, kernels // groups, high, wide)], tag)
    before = [k - 1 - p for _, p, _, k, _ in _each(layer, x, over)]
    after = [
        n - out - pad + k - 1
        for (n, _, _, k, _), out, pad in zip(
            _each(layer, x, over), _sides(layer, x, over), before, strict=True
        )
    ]
    return g.node("Conv", [d, turned], f"{name}.back", pads=[*before, *after], group=groups)


def _parts(graph: TrainingGraph, value: str, groups: int) -> list[str]:
    if groups == 1:
        return [value]
    names = [f"{value}.{i}" for i in range(groups)]
    graph.node("Split", [value], *names, axis=0)
    return names
