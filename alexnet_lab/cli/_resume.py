"""Whether the run in a folder is the one that is to go on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from ..errors import UserError
from ..training.checkpoint import CHECKPOINT
from ..weights import read_record


def check_resumed(out: Path, folder: Path, about: dict[str, Any], towers: bool) -> None:
    """Refuse to go on with another network, other data or other settings.

    (`fit` compares what it knows itself: the configuration, and the number of batches.)

    Parameters
    ----------
    out : pathlib.Path
        The run's folder as the user knows it.
    folder : pathlib.Path
        Where this process's checkpoint is.
    about : dict
        What the run would say of itself.
    towers : bool
        Whether two processes keep checkpoints of their own, which must be of the same step.

    Raises
    ------
    UserError
        Naming the first difference.
    """
    before = record(folder).get("about")
    before = before if isinstance(before, dict) else {}
    whole = before.get("whole")
    was = _flat(whole if isinstance(whole, dict) else before)
    for name, value in _flat(json.loads(json.dumps(about))).items():
        if was.get(name) != value:
            raise UserError(
                f"the run in {str(out)!r} began with {name} {_short(was.get(name))}, not"
                f" {_short(value)}; resume with the same settings, or choose another --out"
            )
    if towers:
        steps = [_step(out / f"tower{n}") for n in (0, 1)]
        if steps[0] != steps[1]:
            raise UserError(
                f"the towers in {str(out)!r} were saved at steps {steps[0]} and {steps[1]} and"
                " cannot go on together; choose another --out"
            )


def record(folder: Path) -> dict[str, Any]:
    """Return the record of a checkpoint, without reading its tensors."""
    path = folder / CHECKPOINT
    if not path.is_file():
        raise UserError(f"no {CHECKPOINT} in {str(folder)!r}")
    try:
        with safe_open(path, "pt") as file:
            return read_record(file.metadata() or {})
    except (SafetensorError, OSError, ValueError) as error:
        raise UserError(f"{str(path)!r} is not a checkpoint, or damaged: {error}") from error


def _step(folder: Path) -> Any:
    position = record(folder).get("position")
    return position.get("step") if isinstance(position, dict) else None


def _flat(about: dict[str, Any], above: str = "") -> dict[str, Any]:
    """Return the leaves of nested dicts, by names such as "model options norm"."""
    leaves: dict[str, Any] = {}
    for name, value in about.items():
        inner = isinstance(value, dict)
        leaves |= _flat(value, f"{above}{name} ") if inner else {f"{above}{name}": value}
    return leaves


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:37]}…"
