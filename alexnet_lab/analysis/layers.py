"""Call the layers of any network by the names that the field gives them: conv1 … fc8."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator

from torch import nn

from ..errors import UserError

_CONVOLUTIONS = (
    nn.Conv1d,
    nn.Conv2d,
    nn.Conv3d,
    nn.ConvTranspose1d,
    nn.ConvTranspose2d,
    nn.ConvTranspose3d,
)
_KINDS_BY_CLASS_NAME = (
    # A part of the class's name tells the kind, so that LocalResponseNorm or Dropout2012 of any
    # library are known without importing it.
    ("Norm", "norm"),
    ("Dropout", "drop"),
    ("Pool", "pool"),
    ("Pad", "pad"),
    ("Flatten", "flatten"),
)


def kind(module: nn.Module) -> str:
    """Return what a layer is: conv, fc, pool, norm, drop, pad, flatten, relu, tanh and so on."""
    if isinstance(module, _CONVOLUTIONS):
        return "conv"
    if isinstance(module, nn.Linear):
        return "fc"
    name = type(module).__name__
    for part, found in _KINDS_BY_CLASS_NAME:
        if part in name:
            return found
    return name.lower()


def _leaves(module: nn.Module, path: str = "") -> Iterator[tuple[str, nn.Module]]:
    """Yield the layers in the order of definition, each with its dotted path."""
    children = list(module.named_children())
    # A convolution or a normalisation that is built of parts is still one layer to its reader.
    if not children or kind(module) in ("conv", "fc", "norm"):
        yield path or kind(module), module
        return
    for name, child in children:
        yield from _leaves(child, f"{path}.{name}" if path else name)


def _paths(model: nn.Module) -> dict[str, nn.Module]:
    paths: dict[str, nn.Module] = {}
    seen: set[int] = set()
    for path, module in _leaves(model):
        if id(module) not in seen:  # one ReLU used everywhere is one layer
            seen.add(id(module))
            paths[path] = module
    return paths


def friendly_names(model: nn.Module) -> dict[str, str]:
    """Map the dotted path of each layer to its friendly name (see `named_layers`)."""
    paths = _paths(model)
    last_parts = Counter(path.rpartition(".")[2] for path in paths)
    names: dict[str, str] = {}
    taken: set[str] = {part for part in last_parts if not part.isdigit()}
    number = 0
    for path, module in paths.items():
        what = kind(module)
        number += what in ("conv", "fc")
        own = path.rpartition(".")[2]
        if not own.isdigit():
            names[path] = own if last_parts[own] == 1 else path
            continue
        name = base = f"{what}{number}"
        repeat = 1
        while name in taken:
            repeat += 1
            name = f"{base}_{repeat}"
        taken.add(name)
        names[path] = name
    return names


def named_layers(model: nn.Module) -> dict[str, nn.Module]:
    """Return the layers of `model` by friendly name, in the order in which they were defined.

    Parameters
    ----------
    model : torch.nn.Module
        Any network.

    Returns
    -------
    dict of str to torch.nn.Module
        The leaf modules. A layer keeps the name that its author gave it (``conv1``, ``fc8``) when
        no other layer has the same. Layers without a name of their own, as in torchvision's
        ``features.0``, are called by kind and number: convolutions and fully connected layers are
        counted together, as the paper does (``conv1`` … ``conv5``, ``fc6`` … ``fc8``), and what
        follows one bears its number (``relu1``, ``norm1``, ``pool1``). Where names repeat, as in a
        residual net, the name is the dotted path.

    Examples
    --------
    >>> from torch import nn
    >>> import alexnet_lab as al
    >>> net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Conv2d(8, 2, 1))
    >>> list(al.analysis.named_layers(net))
    ['conv1', 'relu1', 'conv2']
    """
    paths = _paths(model)
    return {name: paths[path] for path, name in friendly_names(model).items()}


def find_layer(model: nn.Module, name: str) -> nn.Module:
    """Return one layer of `model` by friendly name or by dotted path.

    Parameters
    ----------
    model : torch.nn.Module
        Any network.
    name : str
        ``"conv1"``, or a path such as ``"features.0"``; a path may also name a block.

    Raises
    ------
    UserError
        When there is no such layer; the message lists those there are.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> net = al.models.alexnet_mini()
    >>> al.analysis.find_layer(net, "fc8")
    Linear(in_features=256, out_features=10, bias=True)
    """
    layers = named_layers(model)
    if name in layers:
        return layers[name]
    if name:
        try:
            return model.get_submodule(name)
        except AttributeError:
            pass
    raise UserError(unknown_layer(name, list(layers)))


def layer_name(model: nn.Module, name: str) -> str:
    """Return the friendly name of a layer that is named either way, ``features.0`` or ``conv1``.

    Raises
    ------
    UserError
        When there is no such layer.
    """
    module = find_layer(model, name)
    return next((own for own, layer in named_layers(model).items() if layer is module), name)


def unknown_layer(name: str, known: list[str]) -> str:
    """Say in one line that `name` is no layer, and what is."""
    close = difflib.get_close_matches(name, known, n=3)
    hint = f"did you mean {' or '.join(close)}? " if close else ""
    return f"unknown layer {name!r}; {hint}known: {', '.join(known)}"
