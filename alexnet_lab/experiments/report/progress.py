"""What the runs have decided so far: how many there are, their hours, the rows still undecided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...tables import percent
from ..design.claim import UNDECIDED, UNTESTABLE
from ..records.store import Library
from .ledger import Row, rows

SECOND_EDITION = "2026-11-30"  # its runs began on this day


@dataclass(frozen=True)
class Progress:
    """How far a set of records comes.

    Attributes
    ----------
    runs : int
        Records, short pilots included.
    hours : float
        That they took, of two cores.
    undecided, rows : int
        Rows that are undecided, of those that can be tested.
    """

    runs: int
    hours: float
    undecided: int
    rows: int

    @property
    def share(self) -> str:
        """The share of rows undecided, in words."""
        return f"{self.undecided} of {self.rows} ({percent(self.undecided / max(self.rows, 1))})"


class FirstEdition(Library):
    """The records of a library that are older than this edition."""

    def _open(self, path: Path) -> dict[str, Any] | None:
        record = super()._open(path)
        old = record is not None and record.get("started", "") < SECOND_EDITION
        return record if old else None


def progress(library: Library, found: Sequence[Row] | None = None) -> tuple[Progress, Progress]:
    """Return how far the first edition's records come by today's rules, and how far all come."""
    first = FirstEdition(library.folder, also=library.folders[1:])
    return _of(first, rows(first)), _of(library, rows(library) if found is None else found)


def _of(library: Library, found: Sequence[Row]) -> Progress:
    records = list(library.all())
    tested = [row for row in found if row.status != UNTESTABLE]
    return Progress(
        len(records),
        sum(record["seconds"] for record in records) / 3600,
        sum(row.status == UNDECIDED for row in tested),
        len(tested),
    )
