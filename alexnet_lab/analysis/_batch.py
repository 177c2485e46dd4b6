"""One rule for what may stand for images: a batch as the model takes it, or pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import UserError
from ._context import home
from .layers import kind, named_layers

#: What a function takes as an image or several: a float tensor (N, C, H, W) or (C, H, W) is the
#: model's input as it is; all else is a picture, for the model's own preprocessing.
Images = Any


def as_batch(
    model: nn.Module, images: Images, preprocess: Callable[[Any], Tensor] | None = None
) -> Tensor:
    """Return what a model takes, (N, C, H, W), on its device and of its type.

    Parameters
    ----------
    model : torch.nn.Module
        Any network.
    images : torch.Tensor, numpy.ndarray, PIL image, Photograph, path, or a list of these
        A float tensor is the model's input as it is, (N, C, H, W), or (C, H, W) for one. Pictures
        go through the preprocessing: uint8 arrays (H, W, 3) or (N, H, W, 3), uint8 tensors
        (3, H, W) or (N, 3, H, W), PIL images, photographs, paths.
    preprocess : callable, optional
        Makes one picture into (C, H, W). Default: the model's own ``preprocess``, or what networks
        of its kind are fed by custom, ``default_preprocess``.

    Raises
    ------
    UserError
        When the model says of no way to make a picture into its input, or there is no picture.
    """
    if isinstance(images, Tensor) and not _takes_pictures(model):
        return images  # whatever that is, it is the model's own affair
    made = _batch(model, images, preprocess)
    device, dtype = home(model)
    return made.to(device, dtype)


def whereabouts(images: Images) -> torch.device:
    """Return where what was found in `images` goes: to a tensor's device; the CPU for pictures."""
    return images.device if isinstance(images, Tensor) else torch.device("cpu")


def one_image(
    model: nn.Module, image: Images, preprocess: Callable[[Any], Tensor] | None = None
) -> Tensor:
    """Return one image as the model takes it, (1, C, H, W); see `as_batch`.

    Raises
    ------
    UserError
        For several.
    """
    batch = as_batch(model, image, preprocess)
    if batch.dim() != 4 or len(batch) != 1:
        raise UserError(f"image of shape {tuple(batch.shape)}; give one image, (3, H, W)")
    return batch


def _batch(model: nn.Module, images: Images, preprocess: Callable[[Any], Tensor] | None) -> Tensor:
    if isinstance(images, Tensor) and images.is_floating_point():
        return images[None] if images.dim() == 3 else images
    several = isinstance(images, np.ndarray | Tensor) and images.ndim == 4
    if several or (isinstance(images, Iterable) and not is_picture(images)):
        parts = [_batch(model, image, preprocess) for image in images]
        if not parts:
            raise UserError("no images; give one or more")
        return torch.cat([part.cpu() if several else part for part in parts])
    made = preprocess or _own(model)
    if made is None:
        raise UserError(
            f"a {type(images).__name__} is no input yet, and the model does not say how to make it"
            " one; give a float tensor (N, 3, H, W), or set model.preprocess = al.preprocess"
        )
    return made(images)[None]


def _own(model: nn.Module) -> Callable[[Any], Tensor] | None:
    return getattr(model, "preprocess", None) or getattr(model, "default_preprocess", None)


def is_picture(images: Any) -> bool:
    """Tell whether something that can be iterated over is one picture or tensor all the same."""
    return isinstance(images, str | bytes | np.ndarray | Tensor) or hasattr(images, "read")


def _takes_pictures(model: nn.Module) -> bool:
    first = [m for m in named_layers(model).values() if kind(m) in ("conv", "fc")][:1]
    return bool(first) and isinstance(first[0], nn.Conv2d)
