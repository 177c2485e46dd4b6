"""Safetensors: written whole or not at all, and read with what their metadata say."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from ..errors import UserError
from ..files import atomic_write, json_text
from .fit import check_finite

FORMAT = "alexnet-lab 1"
CHECKPOINT = "checkpoint.safetensors"
WEIGHTS = "weights.safetensors"


def save_weights(
    path: str | os.PathLike[str], model: nn.Module, about: dict[str, Any] | None = None
) -> None:
    """Write a model's weights as safetensors, whole or not at all.

    Parameters
    ----------
    path : str or os.PathLike
        The file, by custom ``*.safetensors``.
    model : nn.Module
        Its state dict is written.
    about : dict, optional
        What someone needs to rebuild and use the model, as JSON holds it; kept in the file's
        metadata. By custom ``{"model": {"name": …, "options": {…}}, "classes": […], …}``.

    Raises
    ------
    UserError
        For weights that are not finite, and where the file cannot be written.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> net = al.models.alexnet_mini()
    >>> al.training.save_weights("mini.safetensors", net, {"classes": ["cat", "dog"]})
    >>> al.training.load_weights("mini.safetensors").about
    {'classes': ['cat', 'dog']}
    """
    state = dict(model.state_dict())
    check_finite(state, "the model")
    record = json_text({"about": about or {}}, "what is said of the model")
    write_safetensors(Path(path), state, {"format": FORMAT, "record": record})


def read_record(metadata: dict[str, str]) -> dict[str, Any]:
    """Return what a file's metadata say as JSON; {} when that is nothing, or no record."""
    try:
        found = json.loads(metadata.get("record", "{}"))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def write_safetensors(path: Path, tensors: dict[str, Tensor], metadata: dict[str, str]) -> None:
    """Write tensors and metadata, whole or not at all; tied tensors are written twice."""
    seen: set[int] = set()
    plain = {}
    for name, tensor in tensors.items():
        value = tensor.detach().contiguous()
        if value.untyped_storage().data_ptr() in seen:
            value = value.clone()
        seen.add(value.untyped_storage().data_ptr())
        plain[name] = value
    with atomic_write(path) as scratch:
        try:
            save_file(plain, scratch, metadata)
        except SafetensorError as error:  # a full disk, among others
            raise UserError(f"cannot write {str(path)!r}: {error}") from error


def read_safetensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Read all tensors and the metadata of a file."""
    if not path.is_file():
        raise UserError(f"no such file: {str(path)!r}")
    try:
        with safe_open(path, "pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except Exception as error:  # also what torch raises for a type or a shape that it cannot have
        reason = " ".join(str(error).split())[:200]
        raise UserError(f"{str(path)!r} is not a safetensors file, or damaged: {reason}") from error


def with_prefix(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Return the tensors whose names start with `prefix`, which is taken off."""
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
