"""Activations while a network works: their statistics, dead units; no hook outlives its context."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import UserError
from ..tables import AsTable, SmallTable, small_table
from .modes import device_of, evaluating


@dataclass(frozen=True)
class LayerStatistics:
    """One layer's outputs, over all batches that passed while the monitor was open.

    ``sparsity`` is the fraction of zeros. A unit that is zero on this batch may be alive on the
    next one: see `dead_units`.
    """

    mean: float
    std: float
    sparsity: float
    values: int

    def __repr__(self) -> str:
        return f"mean {self.mean:.4g}, std {self.std:.4g}, zeros {self.sparsity:.1%}"


class ActivationStatistics(AsTable, Mapping[str, LayerStatistics]):
    """Statistics by layer name; a mapping whose repr is a table."""

    def __init__(self) -> None:
        self._sums: dict[str, Tensor] = {}

    def add(self, name: str, output: Tensor) -> None:
        """Count one output of a layer."""
        values = output.detach().double()
        parts = (values.sum(), values.square().sum(), (values == 0).sum())
        sums = torch.stack([part.double() for part in parts]).cpu()
        count = torch.tensor([values.numel()], dtype=torch.float64)
        self._sums[name] = self._sums.get(name, 0) + torch.cat([sums, count])

    def __getitem__(self, name: str) -> LayerStatistics:
        total, squares, zeros, n = self._sums[name].tolist()
        mean = total / n
        return LayerStatistics(mean, max(squares / n - mean**2, 0.0) ** 0.5, zeros / n, int(n))

    def __iter__(self) -> Iterator[str]:
        return iter(self._sums)

    def __len__(self) -> int:
        return len(self._sums)

    def _table(self) -> SmallTable:
        rows = [(n, f"{s.mean:.4g}", f"{s.std:.4g}", f"{s.sparsity:.1%}") for n, s in self.items()]
        note = "" if rows else "nothing has passed yet"
        return small_table(("layer", "mean", "std", "zeros"), rows, note=note)


@contextmanager
def activation_statistics(
    model: nn.Module, layers: Iterable[str] | None = None
) -> Iterator[ActivationStatistics]:
    """Collect mean, standard deviation and sparsity of layer outputs.

    ::

        with activation_statistics(model) as statistics:
            model(x)
        print(statistics)

    Parameters
    ----------
    model : nn.Module
        Mode and outputs are left alone.
    layers : iterable of str, optional
        Names from ``model.named_modules()``; every module without children by default.

    Yields
    ------
    ActivationStatistics
        By layer name.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> net = al.models.alexnet_mini()
    >>> with al.training.activation_statistics(net, ["features.relu1"]) as statistics:
    ...     out = net(torch.zeros(2, 3, 32, 32))
    >>> sorted(statistics)
    ['features.relu1']
    """
    statistics = ActivationStatistics()
    # Statistics are taken at once, so a later in-place ReLU cannot overwrite what they describe.
    with _watching(model, layers, statistics.add):
        yield statistics


def dead_units(
    model: nn.Module,
    batches: Iterable[tuple[Tensor, Any] | Tensor],
    layers: Iterable[str] | None = None,
) -> dict[str, Tensor]:
    """Find units that are zero on *every* input of a data set.

    The cheat sheet calls the fraction of zeros on one batch "dead". That is sparsity, and healthy
    in a ReLU net; a dead unit never fires at all, and no gradient can wake it.

    Parameters
    ----------
    model : nn.Module
        Run in eval mode without gradients; modes are restored.
    batches : iterable
        Of images (N, 3, H, W), or of (images, anything).
    layers : iterable of str, optional
        Names from ``model.named_modules()``; by default every `nn.ReLU`.

    Returns
    -------
    dict of str to Tensor
        By layer: bool (channels,), True where a channel (or a unit of a fully connected layer) was
        at most 0 at every place of every input.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 4), torch.nn.ReLU())
    >>> batches = [torch.rand(8, 3, 2, 2)]
    >>> {name: tuple(dead.shape) for name, dead in al.training.dead_units(net, batches).items()}
    {'2': (4,)}
    """
    alive: dict[str, Tensor] = {}

    def see(name: str, output: Tensor) -> None:
        fired = (output > 0).transpose(0, 1).flatten(1).any(dim=1).cpu()  # (C,)
        alive[name] = alive[name] | fired if name in alive else fired

    if layers is None:
        layers = [name for name, m in model.named_modules() if isinstance(m, nn.ReLU)]
        if not layers:
            raise UserError("no nn.ReLU in the model; name the layers to look at")
    device = device_of(model)
    with evaluating(model), torch.inference_mode(), _watching(model, layers, see):
        for batch in batches:
            model((batch if isinstance(batch, Tensor) else batch[0]).to(device))
    return {name: ~fired for name, fired in alive.items()}


@contextmanager
def _watching(
    model: nn.Module, layers: Iterable[str] | None, see: Callable[[str, Tensor], None]
) -> Iterator[None]:
    modules = dict(model.named_modules())
    leaves = [name for name, module in modules.items() if not any(module.children())]
    chosen = leaves if layers is None else list(layers)
    for name in chosen:
        if name not in modules:
            raise UserError(f"unknown layer {name!r}; known: {', '.join(n for n in modules if n)}")

    def hook_for(name: str) -> Callable[..., None]:
        def hook(module: nn.Module, inputs: Any, output: Any) -> None:
            if isinstance(output, Tensor):
                see(name, output)

        return hook

    handles = [modules[name].register_forward_hook(hook_for(name)) for name in chosen]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
