"""A network as a list of layers that JSON can hold, with where the numbers of each lie.

A file of weights says of itself no more than names and shapes: strides, paddings, poolings and
response norms are in the network's code. With this list beside the weights a program in another
language, such as a page of the book, can build the network (`widgets/_runtime/own-chain-core.js`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from ..errors import UserError
from .berkeley import ConvStack
from .layers import Dropout2012, RoundUpConv2d
from .response_norm import LocalResponseNorm

Entry = dict[str, Any]


def describe_layers(
    model: nn.Module,
    *,
    names: Mapping[str, str] | None = None,
    input_size: int | None = None,
) -> list[Entry]:
    """Describe the layers of a network, in the order in which they run.

    Layers that do nothing in eval mode (dropout, flattening, an adaptive pooling of maps that have
    its size already) are left out.

    Parameters
    ----------
    model : torch.nn.Module
        One of `alexnet_lab.models`, or an ``nn.Sequential`` of layers of the same kinds. May be on
        the ``meta`` device: no weight is read.
    names : mapping, optional
        From dotted paths (``features.0``) to names; default: the last part of the path.
    input_size : int, optional
        Side of the input in pixels; by default what the network says, else 224.

    Returns
    -------
    list of dict
        ``name``, ``kind``, the numbers of the kind, and for layers with weights ``tensors``: the
        names of ``weight``, ``bias`` and so on in the state dict. Pairs are rows, columns:

        - ``conv``: ``shape`` of its weight, ``kernel``, ``stride``, ``padding``, ``over`` (zeros
          beyond the right and bottom padding), ``dilation``, ``groups``;
        - ``fc``: ``shape`` of its weight; ``relu``, ``tanh``, ``sigmoid``;
        - ``pool``: ``mode`` (max or mean), ``kernel``, ``stride``, ``padding``, ``ceil``, and
          ``padded``: whether a mean counts the padding;
        - ``lrn``: ``size``, ``scale`` (of the sum of squares), ``beta``, ``k``, ``groups``;
        - ``affine``: a batch norm, with ``eps``; ``scale``: ``factor``.

    Raises
    ------
    UserError
        For a layer of another kind, and where the layers do not follow one another.
    """
    side = int(input_size or getattr(model, "input_size", 224))  # type: ignore[arg-type]
    x = torch.zeros(1, 3, side, side, device="meta")
    found: list[Entry] = []
    for path, layer in in_order(model):
        name = (names or {}).get(path, path.rpartition(".")[2])
        before, x = x, _shape_after(name, layer, x)
        said = _described(name, layer, before, x)
        if said is None:
            continue
        tensors = {part: f"{path}.{part}" for part in said.pop("parts", ())}
        found.append({"name": name, **said, **({"tensors": tensors} if tensors else {})})
    return found


def in_order(model: nn.Module) -> list[tuple[str, nn.Module]]:
    """Return the layers as they run, with their dotted paths."""
    if isinstance(model, nn.Sequential):
        parts: list[tuple[str, nn.Module]] = [("", model)]
    elif isinstance(getattr(model, "features", None), nn.Sequential) and isinstance(
        getattr(model, "classifier", None), nn.Sequential
    ):
        # The flattening between them stands in `forward`, ours and torchvision's.
        middle = [("avgpool", model.avgpool)] if hasattr(model, "avgpool") else []
        features, classifier = model.features, model.classifier
        flat = [("flatten", nn.Flatten())]
        parts = [("features", features), *middle, *flat, ("classifier", classifier)]  # type: ignore[list-item]
    elif isinstance(model, ConvStack):
        parts = [("features", model.features)]
    else:
        raise UserError(
            f"cannot export a {type(model).__name__}; known: the networks of alexnet_lab.models and"
            " nn.Sequential"
        )
    found: list[tuple[str, nn.Module]] = []
    for path, part in parts:
        _collect(path, part, found)
    return found


def _collect(path: str, part: nn.Module, found: list[tuple[str, nn.Module]]) -> None:
    if not isinstance(part, nn.Sequential):
        found.append((path, part))
        return
    for name, child in part.named_children():
        _collect(f"{path}.{name}" if path else name, child, found)


def _shape_after(name: str, layer: nn.Module, x: Tensor) -> Tensor:
    """Return a tensor of the shape of a layer's output; nothing is computed."""
    state = {key: value.to("meta") for key, value in layer.state_dict().items()}
    training = layer.training
    layer.eval()
    try:
        with torch.no_grad():
            return functional_call(layer, state, (x,))
    except (RuntimeError, UserError) as error:
        raise UserError(f"{name!r} does not fit what comes before it: {error}") from error
    finally:
        layer.train(training)


def _described(name: str, layer: nn.Module, x: Tensor, after: Tensor) -> Entry | None:
    for kinds, describe in _KINDS:
        if isinstance(layer, kinds):
            return describe(name, layer, x, after)
    raise UserError(
        f"cannot describe layer {name!r}, a {type(layer).__name__}; known: convolutions, fully"
        " connected layers, ReLU, tanh, sigmoid, pooling, response and batch norm, dropout"
    )


def _conv(name: str, layer: Any, x: Tensor, after: Tensor) -> Entry:
    if isinstance(layer.padding, str) or layer.padding_mode != "zeros":
        raise UserError(f"cannot describe layer {name!r}: its padding is not a number of zeros")
    over = layer.overhang(*x.shape[-2:]) if isinstance(layer, RoundUpConv2d) else (0, 0)
    return {
        "kind": "conv",
        "shape": list(layer.weight.shape),
        "kernel": list(layer.kernel_size),
        "stride": list(layer.stride),
        "padding": list(layer.padding),
        "over": list(over),
        "dilation": list(layer.dilation),
        "groups": layer.groups,
        "parts": _parts(layer),
    }


def _fc(name: str, layer: Any, x: Tensor, after: Tensor) -> Entry:
    return {"kind": "fc", "shape": list(layer.weight.shape), "parts": _parts(layer)}


def _parts(layer: Any) -> tuple[str, ...]:
    return ("weight",) if layer.bias is None else ("weight", "bias")


def _lrn(name: str, layer: Any, x: Tensor, after: Tensor) -> Entry:
    divided = getattr(layer, "divide_alpha", True)
    return {
        "kind": "lrn",
        "size": layer.size,
        "scale": layer.alpha / layer.size if divided else layer.alpha,
        "beta": layer.beta,
        "k": layer.k,
        "groups": getattr(layer, "groups", 1),
    }


def _batch_norm(name: str, layer: Any, x: Tensor, after: Tensor) -> Entry:
    if layer.running_mean is None:
        raise UserError(f"cannot describe layer {name!r}: it keeps no running statistics")
    learnt = () if layer.weight is None else ("weight", "bias")
    return {
        "kind": "affine",
        "eps": layer.eps,
        "parts": (*learnt, "running_mean", "running_var"),
    }


def _pool(name: str, layer: Any, x: Tensor, after: Tensor) -> Entry:
    most = isinstance(layer, nn.MaxPool2d)
    if most and (pair(layer.dilation) != [1, 1] or layer.return_indices):
        raise UserError(f"cannot describe layer {name!r}: dilated, or returns indices")
    if not most and layer.divisor_override is not None:
        raise UserError(f"cannot describe layer {name!r}: it has a divisor of its own")
    return {
        "kind": "pool",
        "mode": "max" if most else "mean",
        "kernel": pair(layer.kernel_size),
        "stride": pair(layer.stride if layer.stride is not None else layer.kernel_size),
        "padding": pair(layer.padding),
        "ceil": bool(layer.ceil_mode),
        "padded": not most and bool(layer.count_include_pad) and any(pair(layer.padding)),
    }


def _adaptive(name: str, layer: Any, x: Tensor, after: Tensor) -> Entry | None:
    sizes = list(zip(x.shape[-2:], after.shape[-2:], strict=True))
    if any(given % wanted for given, wanted in sizes):
        raise UserError(f"cannot describe layer {name!r}: {sizes[0][0]} to {sizes[0][1]} pixels")
    window = [given // wanted for given, wanted in sizes]
    if window == [1, 1]:
        return None
    own = {"kernel": window, "stride": window, "padding": [0, 0], "ceil": False, "padded": False}
    return {"kind": "pool", "mode": "mean", **own}


def _scale(name: str, layer: Any, x: Tensor, after: Tensor) -> Entry:
    return {"kind": "scale", "factor": 1 - layer.p}


def _nothing(name: str, layer: Any, x: Tensor, after: Tensor) -> None:
    return None


def _plain(kind: str) -> Callable[..., Entry]:
    return lambda name, layer, x, after: {"kind": kind}


def pair(value: Any) -> list[int]:
    """Return rows and columns, where torch takes one number for both."""
    return list(value) if isinstance(value, tuple | list) else [value, value]


_KINDS: tuple[tuple[Any, Callable[..., Entry | None]], ...] = (
    (nn.Conv2d, _conv),
    (nn.Linear, _fc),
    (nn.ReLU, _plain("relu")),
    (nn.Tanh, _plain("tanh")),
    (nn.Sigmoid, _plain("sigmoid")),
    ((LocalResponseNorm, nn.LocalResponseNorm), _lrn),
    (nn.BatchNorm2d, _batch_norm),
    ((nn.MaxPool2d, nn.AvgPool2d), _pool),
    (nn.AdaptiveAvgPool2d, _adaptive),
    (Dropout2012, _scale),
    ((nn.Dropout, nn.Identity, nn.Flatten), _nothing),
)
