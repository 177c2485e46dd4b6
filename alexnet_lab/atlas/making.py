"""All pictures of a network's units, a few units at a time: what is done is not done again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..errors import UserError
from ..files import atomic_write
from . import pictures
from .windows import LAYERS, Window, window

BATCH = 16  # units optimised together
STARTS = 2


def make_pictures(
    network: Any,
    folder: Path,
    *,
    layers: Sequence[str] = LAYERS,
    starts: int = STARTS,
    log: Callable[[str], object] | None = None,
) -> None:
    """Find a picture for every unit from several starts; each batch is a file in `folder`.

    Parameters
    ----------
    network : torch.nn.Module
        From `load_pretrained`.
    folder : pathlib.Path
        Made if it is not there. Batches that lie there already are kept.
    layers : sequence of str
        Which ones.
    starts : int
        Pictures a unit.
    log : callable, optional
        Gets a line a batch.

    Raises
    ------
    UserError
        When the folder holds pictures of another network or made in another way.
    """
    claim(folder, network)
    for layer in layers:
        cut = window(network, layer)
        for start, units, path in batches(folder, cut, starts):
            if path.is_file():
                continue
            found = pictures.excite(cut, units, start)
            pixels = found.round().to(torch.uint8).numpy()
            with atomic_write(path) as scratch, scratch.open("wb") as file:
                np.savez_compressed(file, pixels=pixels)
            if log:
                log(f"{layer}, start {start + 1}: units {units[0]} to {units[-1]}")


def batches(folder: Path, cut: Window, starts: int) -> Iterator[tuple[int, range, Path]]:
    """Yield start, units and file of each batch of a layer."""
    for start in range(starts):
        for first in range(0, cut.units, BATCH):
            units = range(first, min(first + BATCH, cut.units))
            yield start, units, folder / cut.layer / f"{start}-{first:03d}.npz"


def claim(folder: Path, network: Any) -> None:
    """Note whose pictures a folder holds, or check that they are this network's."""
    mine = {
        "weights": weights_digest(network),
        "steps": pictures.STEPS,
        "step_size": pictures.STEP_SIZE,
        "pull_to_grey": pictures.PULL_TO_GREY,
        "jitter": pictures.JITTER,
    }
    note = folder / "made.json"
    if note.is_file():
        if json.loads(note.read_text(encoding="utf-8")) != mine:
            raise UserError(
                f"{str(folder)!r} holds pictures of another network, or made in another way; name"
                " another folder"
            )
        return
    with atomic_write(note) as scratch:
        scratch.write_text(json.dumps(mine, indent=1) + "\n", encoding="utf-8")


def weights_digest(network: Any) -> str:
    """Return a digest of the convolutional layers' weights as they are used, in float32."""
    digest = hashlib.sha256()
    for name, value in sorted(network.features.state_dict().items()):
        digest.update(name.encode() + value.detach().float().contiguous().numpy().tobytes())
    return digest.hexdigest()
