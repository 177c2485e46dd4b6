"""Whether the run in a folder is the one that is to go on."""

from __future__ import annotations

import difflib
import json
import shlex
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from ..errors import UserError
from ..training import TrainConfig
from ..training.checkpoint import CHECKPOINT, exists
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


def nothing_to_resume(out: Path, folder: Path) -> str:
    """Say that there is no run to go on with, and which one may have been meant."""
    inner = folder.relative_to(out)
    try:
        beside = [path.name for path in out.parent.iterdir() if exists(path / inner)]
    except OSError:
        beside = []
    near = difflib.get_close_matches(out.name, beside, n=1)
    hint = f"; did you mean {str(out.parent / near[0])!r}?" if near else ""
    return f"no run to resume in {str(out)!r}: a new one begins{hint}"


def check_length(out: Path, folder: Path, config: TrainConfig, data: str) -> None:
    """Refuse another number of epochs where the rate was laid out for the old one; say how to.

    Raises
    ------
    UserError
        With the command that trains on.
    """
    before = record(folder).get("config")
    before = before if isinstance(before, dict) else {}
    planned = before.get("epochs")
    if not isinstance(planned, int) or planned == config.epochs:
        return
    if config.schedule not in ("onecycle", "cosine") or before.get("schedule") != config.schedule:
        return  # `fit` knows
    more = max(1, config.epochs - planned)
    command = ["alexnet-lab", "train", "--data", data, "--weights", str(out)]
    command += ["--epochs", str(more), "--out", f"{out}-more"]
    raise UserError(
        f"the run in {str(out)!r} has its {config.schedule} schedule laid out for {planned} epochs,"
        f" not {config.epochs}: resume it with --epochs {planned}, or train on from its weights by:"
        f" {shlex.join(command)}"
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
