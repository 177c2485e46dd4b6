"""Gradients and updates while a network trains; no hook outlives its context."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from ..tables import AsTable, SmallTable, small_table


class GradientNorms(AsTable, Mapping[str, float]):
    """Euclidean norm of each gradient after the last backward pass, by parameter name."""

    def __init__(self) -> None:
        self._norms: dict[str, Tensor] = {}

    def __getitem__(self, name: str) -> float:
        return float(self._norms[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._norms)

    def __len__(self) -> int:
        return len(self._norms)

    @property
    def total(self) -> float:
        """Norm of all gradients together: what clipping compares to its bound."""
        return sum(norm**2 for norm in self.values()) ** 0.5

    def _table(self) -> SmallTable:
        rows = [(name, f"{norm:.2e}") for name, norm in self.items()]
        rows += [("all together", f"{self.total:.2e}")] if rows else []
        note = "" if rows else "no gradient yet"
        return small_table(("parameter", "norm of the gradient"), rows, note=note)


@contextmanager
def gradient_norms(model: nn.Module) -> Iterator[GradientNorms]:
    """Collect gradient norms while backward passes run.

    The cheat sheet's loop raises AttributeError as soon as one parameter is frozen; here frozen
    parameters have no norm. With several backward passes before ``zero_grad()``, the norms are
    those of the accumulated gradients. ::

        with gradient_norms(model) as norms:
            loss.backward()
        print(norms.total, norms["features.conv1.weight"])

    Parameters
    ----------
    model : nn.Module
        Its parameters that train are hooked for as long as the context lasts.

    Yields
    ------
    GradientNorms
        By parameter name; `total` is the norm of all.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> net = al.models.alexnet_mini()
    >>> with al.training.gradient_norms(net) as norms:
    ...     net(torch.rand(2, 3, 32, 32)).sum().backward()
    >>> norms.total > 0
    True
    """
    norms = GradientNorms()

    def hook_for(name: str) -> Callable[[Tensor], None]:
        def hook(parameter: Tensor) -> None:
            if parameter.grad is not None:
                norms._norms[name] = torch.linalg.vector_norm(parameter.grad.detach())

        return hook

    handles = [
        parameter.register_post_accumulate_grad_hook(hook_for(name))
        for name, parameter in model.named_parameters()
        if parameter.requires_grad
    ]
    try:
        yield norms
    finally:
        for handle in handles:
            handle.remove()


class UpdateRatio(AsTable, Mapping[str, float]):
    """‖change of w‖ / ‖w‖ of the last optimizer step, by parameter name."""

    def __init__(self) -> None:
        self._ratios: dict[str, float] = {}

    def __getitem__(self, name: str) -> float:
        return self._ratios[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._ratios)

    def __len__(self) -> int:
        return len(self._ratios)

    def _table(self) -> SmallTable:
        rows = [(name, f"{ratio:.2e}") for name, ratio in self.items()]
        note = "" if rows else "no step yet"
        return small_table(("parameter", "change / size"), rows, note=note)


@contextmanager
def update_ratio(model: nn.Module, optimizer: torch.optim.Optimizer) -> Iterator[UpdateRatio]:
    """Measure how far each step moves each parameter, relative to its size.

    About 1e-3 is usual for weights; far above is wild, far below asleep. Costs a copy of the
    trainable parameters while open. Parameters that were all zero before the step are left out.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> net = torch.nn.Linear(2, 2)
    >>> optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    >>> net(torch.ones(1, 2)).sum().backward()
    >>> with al.training.update_ratio(net, optimizer) as ratios:
    ...     optimizer.step()
    >>> sorted(ratios)
    ['bias', 'weight']
    """
    ratios = UpdateRatio()
    before: dict[str, Tensor] = {}

    def remember(*_: Any) -> None:
        before.clear()
        before.update(
            {n: p.detach().clone() for n, p in model.named_parameters() if p.grad is not None}
        )

    def compare(*_: Any) -> None:
        now = dict(model.named_parameters())
        norm = torch.linalg.vector_norm
        ratios._ratios = {
            name: float(norm(now[name].detach() - old) / norm(old))
            for name, old in before.items()
            if old.any()
        }

    handles = [
        optimizer.register_step_pre_hook(remember),
        optimizer.register_step_post_hook(compare),
    ]
    try:
        yield ratios
    finally:
        for handle in handles:
            handle.remove()
