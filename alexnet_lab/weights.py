"""Files of weights: written whole or not at all, and read without running what is in them.

Weights are safetensors; the metadata may say, as JSON, what someone needs to rebuild and use the
network. Files of ``torch.save`` are read too, but only tensors.
"""

from __future__ import annotations

import json
import os
import pickle
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from .errors import UserError
from .files import atomic_write

FORMAT = "alexnet-lab 1"
CHECKPOINT = "checkpoint.safetensors"
WEIGHTS = "weights.safetensors"


class Weights(NamedTuple):
    """Weights by parameter name, and what the file says about their model ({} if nothing)."""

    state: dict[str, Tensor]
    about: dict[str, Any]


def load_weights(path: str | os.PathLike[str], model: nn.Module | None = None) -> Weights:
    """Read weights from a file, and load them into `model` if one is given.

    Parameters
    ----------
    path : str or os.PathLike
        A ``.safetensors`` file (weights or a checkpoint of `fit`), the folder of a run, or a file
        of ``torch.save``, which is read with ``weights_only=True`` and nothing else: other pickles
        can run any code on your machine.
    model : nn.Module, optional
        Takes the weights; names and shapes must fit.

    Returns
    -------
    Weights
        ``(state, about)``; tensors on the CPU.

    Raises
    ------
    UserError
        One line: no such file, damaged, refused, or the first name or shape that does not fit.
    """
    file = Path(path)
    if file.is_dir():
        found = [file / name for name in (WEIGHTS, CHECKPOINT) if (file / name).is_file()]
        if not found:
            raise UserError(f"no {WEIGHTS} or {CHECKPOINT} in folder {str(path)!r}")
        file = found[0]
    if not file.is_file():
        raise UserError(f"no such file: {str(path)!r}")
    weights = _read_torch(file) if _looks_like_torch(file) else _read_safetensors(file)
    if model is not None:
        load_state(model, weights.state, source=str(path))
    return weights


def load_state(model: nn.Module, state: dict[str, Tensor], source: str = "the weights") -> None:
    """Load a state dict, or say in one line what does not fit first.

    Parameters
    ----------
    model : nn.Module
        Takes copies of the tensors; its own memory format and device stay.
    state : dict of str to Tensor
        By parameter name.
    source : str
        How the message names the state.
    """
    check_state(model, state, source)
    model.load_state_dict(state)


def check_state(model: nn.Module, state: dict[str, Tensor], source: str = "the weights") -> None:
    """Say in one line what of a state dict does not fit a model first: names, shapes, types.

    The model's tensors may be on the ``meta`` device, where they take no memory.
    """
    own = model.state_dict()
    missing = [name for name in own if name not in state]
    extra = [name for name in state if name not in own]
    if missing or extra:
        what = f"lacks {missing[0]!r}" if missing else f"has {extra[0]!r}, which the model has not"
        raise UserError(
            f"{source} does not fit: it {what} ({len(missing)} missing, {len(extra)} unknown "
            "names); build the model it was made for"
        )
    wrong = [name for name in own if own[name].shape != state[name].shape]
    if wrong:
        raise UserError(_shape_message(own, state, wrong, source))
    for name, tensor in own.items():
        if tensor.is_floating_point() != state[name].is_floating_point():
            raise UserError(
                f"{source} does not fit: {name!r} is {_type(state[name])}, the model's"
                f" {_type(tensor)}; build the model it was made for"
            )


def check_finite(state: dict[str, Tensor], source: str) -> None:
    """Refuse weights that are not numbers: what a run that diverged leaves."""
    for name, value in state.items():
        if value.is_floating_point() and not bool(torch.isfinite(value.float()).all()):
            raise UserError(
                f"{source} is of no use: {name!r} holds values that are not finite; train again"
                " with a smaller learning rate"
            )


def _type(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


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
    """
    metadata = {"format": FORMAT, "record": json.dumps({"about": about or {}})}
    write_safetensors(Path(path), dict(model.state_dict()), metadata)


def _shape_message(
    own: dict[str, Tensor], state: dict[str, Tensor], wrong: list[str], source: str
) -> str:
    ours, theirs = tuple(own[wrong[0]].shape), tuple(state[wrong[0]].shape)
    matrices = [name for name in own if own[name].ndim >= 2]
    head = matrices[-1].rpartition(".")[0] if matrices else ""
    if all(name.rpartition(".")[0] == head for name in wrong) and ours[1:] == theirs[1:]:
        return (
            f"{source} has {theirs[0]} classes, the model {ours[0]}: build it with "
            f"num_classes={theirs[0]}, then new_head(model, {ours[0]}) for other classes"
        )
    return (
        f"{source} does not fit: {wrong[0]!r} has shape {theirs}, the model's {ours}; "
        "build the model it was made for"
    )


def _looks_like_torch(file: Path) -> bool:
    with file.open("rb") as opened:
        start = opened.read(9)
    # Safetensors begins with its header's length, eight bytes that may look like anything.
    if start[8:] == b"{":
        return False
    # A zip archive, or a bare pickle of protocol 2 and up (the format before torch 1.6).
    return start[:4] == b"PK\x03\x04" or start[:1] == b"\x80"


def _read_torch(file: Path) -> Weights:
    try:
        # Opened here: given a path, torch reads what ends in .safetensors in another way. Its
        # warnings are about how the file was written, which its reader cannot change.
        with file.open("rb") as opened, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            loaded = torch.load(opened, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise UserError(
            f"{str(file)!r} refused: it holds more than weights, and loading it could run code; "
            "save its state_dict() instead"
        ) from error
    except Exception as error:  # on damaged files its unpickler raises whatever comes
        raise UserError(f"{str(file)!r} is not a torch file, or damaged") from error
    for wrapper in ("state_dict", "model"):
        if isinstance(loaded, dict) and isinstance(loaded.get(wrapper), dict):
            loaded = loaded[wrapper]
    if not isinstance(loaded, dict) or not all(
        isinstance(name, str) and isinstance(value, Tensor) for name, value in loaded.items()
    ):
        raise UserError(f"{str(file)!r} holds no state dict: expected names and tensors")
    return Weights({name.removeprefix("module."): value for name, value in loaded.items()}, {})


def _read_safetensors(file: Path) -> Weights:
    tensors, metadata = read_safetensors(file)
    about = read_record(metadata).get("about")
    # A checkpoint has its weights under "model."; the record tells it from a net of that name.
    if "optimizer" in metadata:
        tensors = with_prefix(tensors, "model.")
    return Weights(tensors, about if isinstance(about, dict) else {})


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
