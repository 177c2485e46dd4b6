"""Images as points in the space of the last hidden layer, and their neighbours there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import UserError
from ._batch import Images, as_batch, is_picture
from ._context import evaluating, hooked
from .layers import find_layer, named_layers


def features(
    model: nn.Module,
    images: Images,
    layer: str | None = None,
    *,
    batch_size: int = 64,
) -> Tensor:
    """Return one vector an image.

    Parameters
    ----------
    model : torch.nn.Module
        Any network. It runs in eval mode, where dropout is off (with dropout on, the same image
        would give another vector each time), and is left as it was.
    images : torch.Tensor, pictures or iterable
        (N, 3, H, W), or (3, H, W), as the model takes it; a picture (array, PIL image, Photograph,
        path) or a list of pictures for its own preprocessing; or batches: tensors, or tuples whose
        first item is one (labels are ignored).
    layer : str, optional
        Whose output to take, flattened. ``"fc7"`` is what that layer computes, *before* its ReLU;
        ``"relu7"`` is after it. Default: what the last fully connected layer is given, which in
        AlexNet is fc7 after its ReLU: the "last, 4096-dimensional hidden layer" of the paper
        (§6.1).
    batch_size : int
        Images at a time, when `images` is one tensor.

    Returns
    -------
    torch.Tensor
        (N, D), float32, on the CPU. D is 4096 for the paper's network and for
        ``load_pretrained("imagenet")``; the head of ``load_pretrained("lab")`` is narrower, and its
        vectors are as wide as its fc7.

    Raises
    ------
    UserError
        When there are no images, the layer is unknown, or the model has no fully connected layer.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> lab = al.load_pretrained("lab")
    >>> vectors = al.analysis.features(lab, [al.photograph("cat"), al.photograph("temple")])
    >>> tuple(vectors.shape)
    (2, 256)
    """
    module = _last_linear(model) if layer is None else find_layer(model, layer)
    found: list[Tensor] = []

    def keep(vectors: Tensor) -> None:
        found.append(vectors.detach().flatten(1).to("cpu", torch.float32, copy=True))

    hooks: dict[str, Any] = (
        {"before": lambda _module, inputs: keep(inputs[0])}
        if layer is None
        else {"after": lambda _module, _inputs, output: keep(output)}
    )
    with evaluating(model), torch.no_grad(), hooked([module], **hooks):
        for batch in _batches(images, batch_size):
            model(as_batch(model, batch))
    if not found:
        raise UserError("no images to take features of")
    return torch.cat(found)


def _batches(images: Images, batch_size: int) -> Iterator[Any]:
    """Yield what can be computed at a time."""
    if isinstance(images, Tensor | np.ndarray) and images.ndim == 4:
        for start in range(0, len(images), batch_size):
            yield images[start : start + batch_size]
    elif is_picture(images) or not isinstance(images, Iterable):
        yield images
    else:
        for batch in images:
            # A loader's pair of images and labels.
            yield batch[0] if isinstance(batch, tuple | list) else batch


def _last_linear(model: nn.Module) -> nn.Module:
    linear = [m for m in named_layers(model).values() if isinstance(m, nn.Linear)]
    if not linear:
        raise UserError(f"{type(model).__name__} has no fully connected layer; name a layer")
    return linear[-1]


class Neighbours(NamedTuple):
    """What `nearest_neighbours` found, nearest first.

    Attributes
    ----------
    distances : torch.Tensor
        (Q, k), Euclidean.
    indices : torch.Tensor
        (Q, k), rows of the bank.
    """

    distances: Tensor
    indices: Tensor


def nearest_neighbours(query: Tensor, bank: Tensor, k: int = 6) -> Neighbours:
    """Find the `k` rows of `bank` nearest to each row of `query`, by Euclidean distance.

    As in Fig. 4 (right) of the paper: six training images for each test image, by the distance of
    their last hidden layers.

    Parameters
    ----------
    query : torch.Tensor
        (Q, D), or (D,) for one.
    bank : torch.Tensor
        (N, D).
    k : int
        Neighbours wanted, 1 to N. A query that is itself in the bank finds itself first.

    Returns
    -------
    Neighbours
        Distances and indices, (Q, k) each; equal distances in the order of the bank.

    Raises
    ------
    UserError
        When the sizes do not fit.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> bank = torch.tensor([[0.0], [1.0], [5.0]])
    >>> al.analysis.nearest_neighbours(torch.tensor([[4.0]]), bank, k=2).indices.tolist()
    [[2, 1]]
    """
    query = query[None] if query.dim() == 1 else query
    if bank.dim() != 2 or query.dim() != 2 or query.shape[1] != bank.shape[1]:
        raise UserError(
            f"query {tuple(query.shape)} and bank {tuple(bank.shape)} must be (Q, D) and (N, D)"
        )
    if not 1 <= k <= len(bank):
        raise UserError(f"k={k} neighbours of a bank of {len(bank)}; give 1 to {len(bank)}")
    # By differences, not by |q|² + |b|² − 2q·b: that is faster, but equal vectors come out apart.
    distances = torch.cdist(query, bank, compute_mode="donot_use_mm_for_euclid_dist")
    nearest = distances.sort(dim=1, stable=True)
    return Neighbours(nearest.values[:, :k], nearest.indices[:, :k])
