"""Count what a forward pass keeps for the backward pass: the same on every machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class SavedBytes:
    """Bytes kept for the backward pass so far; each piece of memory counts once.

    Attributes
    ----------
    tensors : int
        How many different pieces of memory are kept.
    """

    def __init__(self) -> None:
        self._pieces: dict[int, tuple[int, torch.UntypedStorage]] = {}

    @property
    def total(self) -> int:
        """All together, in bytes."""
        return sum(size for size, _ in self._pieces.values())

    @property
    def tensors(self) -> int:
        """How many pieces."""
        return len(self._pieces)

    def add(self, tensor: Tensor) -> None:
        """Count a tensor's memory, unless it is counted already."""
        storage = tensor.untyped_storage()
        # The storage is kept, or its address could be given away again while we count. Not the
        # address of the data: the meta device has no data, only sizes.
        self._pieces[storage._cdata] = (storage.nbytes(), storage)

    def __repr__(self) -> str:
        return f"{self.total:,} bytes in {self.tensors} tensors"


@contextmanager
def saved_for_backward(model: nn.Module) -> Iterator[SavedBytes]:
    """Count what forward passes inside the block keep for their backward passes.

    This is the memory that grows with the batch. What is counted is what autograd asks to have
    kept: layers' inputs and outputs, masks, indices. The model's own parameters and buffers are
    left out (they are there in any case), and so is what an operation needs only while it runs.
    On torch's ``meta`` device the sum is the same, and nothing is computed.

    ::

        with saved_for_backward(model) as kept:
            loss = model(x).sum()
        print(kept.total)

    Parameters
    ----------
    model : nn.Module
        Whose parameters and buffers do not count.

    Yields
    ------
    SavedBytes
        Its memory is held until the object is dropped.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> net = al.models.alexnet_mini()
    >>> with al.training.saved_for_backward(net) as kept:
    ...     loss = net(torch.zeros(2, 3, 32, 32)).sum()
    >>> kept.total > 0
    True
    """
    kept = SavedBytes()
    own = {t.untyped_storage()._cdata for t in (*model.parameters(), *model.buffers())}

    def pack(tensor: Tensor) -> Tensor:
        if tensor.untyped_storage()._cdata not in own:
            kept.add(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        yield kept
