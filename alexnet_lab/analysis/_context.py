"""Leave a model as it was found: its hooks, and each module's train or eval mode."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import nn


@contextmanager
def evaluating(model: nn.Module) -> Iterator[nn.Module]:
    """Put `model` in eval mode, and each of its modules back in its own mode afterwards.

    ``model.eval()`` … ``model.train()`` would not do: it wakes modules that were put in eval mode
    on purpose.
    """
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield model
    finally:
        for module, mode in modes:
            module.training = mode


@contextmanager
def hooked(
    modules: Iterable[nn.Module],
    after: Callable[..., Any] | None = None,
    before: Callable[..., Any] | None = None,
) -> Iterator[None]:
    """Put hooks on each of `modules`; take the hooks off at the end, also after an error."""
    with ExitStack() as stack:
        for module in modules:
            if before is not None:
                stack.callback(module.register_forward_pre_hook(before).remove)
            if after is not None:
                stack.callback(module.register_forward_hook(after).remove)
        yield


def home(model: nn.Module) -> tuple[torch.device, torch.dtype]:
    """Return the device and the floating-point type of the model's first weights."""
    for tensor in (*model.parameters(), *model.buffers()):
        if tensor.is_floating_point():
            return tensor.device, tensor.dtype
    return torch.device("cpu"), torch.float32


@contextmanager
def out_of_place(model: nn.Module) -> Iterator[None]:
    """Make every in-place module of `model` (ReLU, dropout) work on a copy for the while."""
    changed = [module for module in model.modules() if getattr(module, "inplace", False)]
    try:
        for module in changed:
            module.inplace = False  # type: ignore[assignment]
        yield
    finally:
        for module in changed:
            module.inplace = True  # type: ignore[assignment]


_HOOKS = (
    "_forward_hooks",
    "_forward_pre_hooks",
    "_backward_hooks",
    "_backward_pre_hooks",
)


@contextmanager
def leaving_no_hook(model: nn.Module) -> Iterator[None]:
    """Remove whatever hooks another library leaves on `model`; those there before stay."""
    before = {
        (module, name): set(getattr(module, name)) for module in model.modules() for name in _HOOKS
    }
    try:
        yield
    finally:
        for module in model.modules():
            for name in _HOOKS:
                hooks = getattr(module, name)
                for key in set(hooks) - before.get((module, name), set()):
                    del hooks[key]
