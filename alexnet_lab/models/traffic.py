"""What crosses the bus between two towers, counted in bytes."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from ..tables import AsTable, SmallTable, small_table


@dataclass(frozen=True)
class TrafficRow:
    """All messages of one kind.

    Parameters
    ----------
    boundary : str
        The layer that needs what was sent: ``"conv3"``, ``"fc6"``, ``"fc7"``, ``"fc8"``.
    direction : {"forward", "backward"}
        Activations on their way up, or gradients on their way down.
    sender : int
        The tower that sent, 0 or 1; in words, tower 1 or tower 2.
    messages : int
        How often; once a training step.
    bytes : int
        All messages together.
    """

    boundary: str
    direction: str
    sender: int
    messages: int
    bytes: int


class Traffic(AsTable):
    """A ledger of bytes: who sent how much, at which boundary, in which direction.

    In one process it holds what both towers send; in two processes each rank's ledger holds what
    that rank sends, and the other's is its mirror image. Only activations and gradients are
    booked: the one-off check of the first batch and the gathering of checkpoints are not.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> traffic = al.models.Traffic()
    >>> traffic.add("conv3", "forward", 0, 128 * 13 * 13 * 4)
    >>> traffic.sent("conv3")
    86528
    """

    def __init__(self) -> None:
        self._book: dict[tuple[str, str, int], list[int]] = {}

    def add(self, boundary: str, direction: str, sender: int, bytes: int) -> None:
        """Book one message."""
        entry = self._book.setdefault((boundary, direction, sender), [0, 0])
        entry[0] += 1
        entry[1] += bytes

    def count(self, boundary: str, direction: str, sender: int, message: Tensor) -> None:
        """Book one message by its tensor."""
        self.add(boundary, direction, sender, message.numel() * message.element_size())

    @property
    def rows(self) -> list[TrafficRow]:
        """The book, in the order in which the kinds of message first came up."""
        return [TrafficRow(*key, *entry) for key, entry in self._book.items()]

    def sent(
        self,
        boundary: str | None = None,
        direction: str | None = None,
        sender: int | None = None,
    ) -> int:
        """Return the bytes sent, of all messages or of those that fit."""
        return sum(
            row.bytes
            for row in self.rows
            if boundary in (None, row.boundary)
            and direction in (None, row.direction)
            and sender in (None, row.sender)
        )

    def reset(self) -> None:
        """Start an empty page: ``reset()`` before a step, and `rows` is that step's traffic."""
        self._book.clear()

    def _table(self) -> SmallTable:
        cells = [
            (r.boundary, r.direction, f"tower {r.sender + 1}", r.messages, f"{r.bytes:,}")
            for r in self.rows
        ]
        total = sum(row.messages for row in self.rows)
        heads = ("boundary", "direction", "sender", "messages", "bytes")
        return small_table(heads, [*cells, ("total", "", "", total, f"{self.sent():,}")])


def data_parallel_bytes(model: nn.Module, workers: int = 2) -> int:
    """Return what each worker sends in a step of *data* parallel training.

    Each worker holds the whole network and a share of the batch, and all must add up their
    gradients. A ring all-reduce, which is what DDP does, makes each of n workers send
    2·(n − 1)/n times the size of the gradients; with two workers, exactly once.

    The figure does not depend on the batch, while the towers' traffic grows with it. The 2012 net
    has 60,965,224 parameters: 243,860,896 bytes a step, against 29,478,912 between its towers at
    batch 128. Above some 1,058 images a step, data parallelism sends less. And it is the fully
    connected layers, 96 % of the parameters, that make it dear: hence the mixture that Krizhevsky
    proposed in 2014 ("One weird trick for parallelizing convolutional neural networks").

    Parameters
    ----------
    model : torch.nn.Module
        A whole network; parameters that are frozen have no gradient to send.
    workers : int
        Number of processes.

    Returns
    -------
    int
        Bytes that one worker sends in one step.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> net = al.models.alexnet_mini()
    >>> al.models.data_parallel_bytes(net, workers=2)
    5793576
    """
    size = sum(p.numel() * p.element_size() for p in model.parameters() if p.requires_grad)
    return size * 2 * (workers - 1) // workers
