"""What every layer answers to an input."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import UserError
from ._batch import Images, as_batch, whereabouts
from ._context import evaluating, hooked
from .layers import find_layer, named_layers


def activations(
    model: nn.Module,
    x: Images,
    layers: str | Iterable[str] | None = None,
    *,
    grad: bool = False,
) -> dict[str, Tensor]:
    """Run `model` on `x` and return the outputs of its layers.

    Parameters
    ----------
    model : torch.nn.Module
        Any network. It runs in eval mode (no dropout) and is left as it was, without our hooks.
    x : torch.Tensor or pictures
        A batch as the model takes it, (N, C, H, W), or (C, H, W); or what its preprocessing makes
        into one: an array, a PIL image, a Photograph, a path, or a list of these.
    layers : str or iterable of str, optional
        Friendly names or dotted paths, as in `find_layer`. Default: all layers.
    grad : bool
        Keep the autograd graph. Off by default, which saves its memory.

    Returns
    -------
    dict of str to torch.Tensor
        In the order asked for. Each is a copy: ``output.detach()`` in a hook, as one often reads,
        shares its memory with the network, and the in-place ReLU after it would overwrite it, so
        that "conv1" shows no negative value. A layer that runs several times gives its last output.
        The network's device computes them; they come back to where `x` is.

    Raises
    ------
    UserError
        When a layer is unknown, or does not run.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> lab = al.load_pretrained("lab")
    >>> maps = al.analysis.activations(lab, al.photograph("cat"), ["conv1", "relu5"])
    >>> {name: tuple(tensor.shape) for name, tensor in maps.items()}
    {'conv1': (1, 96, 55, 55), 'relu5': (1, 256, 13, 13)}
    """
    if layers is None:
        wanted = named_layers(model)
    else:
        names = [layers] if isinstance(layers, str) else list(layers)
        wanted = {name: find_layer(model, name) for name in names}
    found: dict[nn.Module, Tensor] = {}

    def keep(module: nn.Module, _inputs: Any, output: Any) -> None:
        if isinstance(output, Tensor):
            found[module] = output.clone() if grad else output.detach().clone()

    with evaluating(model), torch.set_grad_enabled(grad), hooked(set(wanted.values()), after=keep):
        model(as_batch(model, x))
    silent = [name for name, module in wanted.items() if module not in found]
    if silent and layers is not None:
        raise UserError(f"layer {silent[0]!r} gave no tensor: it did not run on this input")
    home = whereabouts(x)
    return {name: found[module].to(home) for name, module in wanted.items() if module in found}
