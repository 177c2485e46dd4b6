"""Activation checkpointing: less memory for one more forward pass."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint


@contextmanager
def checkpoint_activations(model: nn.Module) -> Iterator[None]:
    """Recompute activations in the backward pass instead of keeping them.

    Each `nn.Sequential` among the model's children is cut before every layer that has weights, so
    that the inputs of these layers alone are kept: for AlexNet the pooled maps, not the ten times
    larger ones before the pooling. Other children are recomputed as a whole. Values and gradients
    stay the same: dropout draws the same mask again, and batch norm counts each batch once.

    Parameters
    ----------
    model : nn.Module
        Changed for as long as the context lasts; its own forward passes are put back at the end,
        also after an error.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> net = al.models.alexnet_mini()
    >>> with al.training.checkpoint_activations(net):
    ...     net(torch.zeros(2, 3, 32, 32)).sum().backward()
    """
    parts = [model] if isinstance(model, nn.Sequential) else list(model.children())
    changed = [module for module in parts if any(True for _ in module.parameters())]
    for module in changed:
        if isinstance(module, nn.Sequential):
            forward = partial(_forward_in_segments, segments(module))
        else:
            forward = partial(_recomputed, [module.forward], [module])
        # An attribute of the object hides the method of its class; deleting it shows it again.
        object.__setattr__(module, "forward", forward)
    try:
        yield
    finally:
        for module in changed:
            object.__delattr__(module, "forward")


def segments(layers: nn.Sequential) -> list[list[nn.Module]]:
    """Cut a Sequential before every layer with weights of its own."""
    cut: list[list[nn.Module]] = []
    for layer in layers:
        starts = isinstance(layer, nn.Conv2d | nn.Linear)
        if starts or not cut:
            cut.append([])
        cut[-1].append(layer)
    return cut


def _forward_in_segments(cut: list[list[nn.Module]], x: Tensor) -> Tensor:
    for layers in cut:
        x = _recomputed(list(layers), layers, x)
    return x


def _recomputed(calls: list[Any], modules: list[nn.Module], *inputs: Any) -> Any:
    def run(*values: Any) -> Any:
        for call in calls:
            values = (call(*values),)
        return values[0]

    return checkpoint(
        run,
        *inputs,
        use_reentrant=False,
        context_fn=lambda: (nullcontext(), _statistics_kept(modules)),
    )


@contextmanager
def _statistics_kept(modules: list[nn.Module]) -> Iterator[None]:
    """Keep batch norm from counting the batch a second time when it is recomputed."""
    norms = [
        m
        for module in modules
        for m in module.modules()
        if isinstance(m, nn.modules.batchnorm._BatchNorm) and m.num_batches_tracked is not None
    ]
    before: list[tuple[Any, Any, Any]] = [
        (norm, norm.momentum, norm.num_batches_tracked) for norm in norms
    ]
    for norm, _, counted in before:
        norm.momentum, norm.num_batches_tracked = 0.0, torch.zeros_like(counted)
    try:
        yield
    finally:
        for norm, momentum, counted in before:
            norm.momentum, norm.num_batches_tracked = momentum, counted
